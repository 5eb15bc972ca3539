import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createLogger } from '../log/index.ts'
import { startTurns } from './start-turns.ts'

const log = createLogger({ level: 'silent', pretty: false })
// A loop that sleeps keeps no process alive, this one included.
const awake = setInterval(() => undefined, 1_000)
after(() => clearInterval(awake))

const settings = {
  name: 'test',
  intervalMs: 1,
  log,
  keyOf: (one: string) => one,
  atOnce: 1,
  turnMs: 5,
  inWorkMax: 2,
}

test('whoever takes long holds up the others for its turn alone, and is not begun twice', async () => {
  const slow = Promise.withResolvers<void>()
  const brisk = Promise.withResolvers<void>()
  const begun: string[] = []
  let isSlowDone = false
  const turns = startTurns({
    ...settings,
    find: async () => ['slow', 'brisk'],
    work: async (one) => {
      begun.push(one)
      if (begun.filter((name) => name === 'brisk').length === 3) brisk.resolve()
      if (one === 'brisk') return
      await slow.promise
      isSlowDone = true
    },
  })
  await brisk.promise
  assert.equal(begun.filter((name) => name === 'slow').length, 1)
  const stopped = turns.stop()
  slow.resolve()
  await stopped
  assert.ok(isSlowDone, 'a stop waits for what goes on beside the turns')
})

test('no more is in work than may be', async () => {
  const all = Promise.withResolvers<void>()
  const looked = Promise.withResolvers<void>()
  const begun: string[] = []
  let rounds = 0
  const turns = startTurns({
    ...settings,
    find: async () => {
      rounds += 1
      if (rounds === 4) looked.resolve()
      return ['one', 'two', 'three']
    },
    work: async (one) => {
      begun.push(one)
      await all.promise
    },
  })
  await looked.promise
  assert.deepEqual(begun, ['one', 'two'])
  const stopped = turns.stop()
  all.resolve()
  await stopped
})

test('work that fails, in its turn or past it, is begun again', async () => {
  const again = Promise.withResolvers<void>()
  let times = 0
  const turns = startTurns({
    ...settings,
    find: async () => ['one'],
    work: async () => {
      times += 1
      if (times === 3) again.resolve()
      throw new Error('no')
    },
  })
  await again.promise
  await turns.stop()
})
