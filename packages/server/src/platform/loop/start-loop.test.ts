import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createLogger } from '../log/index.ts'
import { startLoop } from './start-loop.ts'

const log = createLogger({ level: 'silent', pretty: false })
// A loop that sleeps keeps no process alive, this one included.
const awake = setInterval(() => undefined, 1_000)
after(() => clearInterval(awake))

test('a loop goes on at once while there is more, and a stop waits for the round under way', async () => {
  let rounds = 0
  let isInside = false
  let release = (): void => undefined
  const third = new Promise<void>((reached) => {
    release = reached
  })
  const loop = startLoop({
    name: 'test',
    intervalMs: 60_000,
    log,
    round: async () => {
      isInside = true
      rounds += 1
      if (rounds === 3) release()
      await new Promise((resolve) => setImmediate(resolve))
      isInside = false
      return { hasMore: rounds < 3 }
    },
  })
  await third
  await loop.stop()
  assert.equal(isInside, false)
  assert.equal(rounds, 3, 'the long interval was not waited for while there was more')
})

test('a round that throws does not end the loop', async () => {
  let rounds = 0
  let release = (): void => undefined
  const second = new Promise<void>((reached) => {
    release = reached
  })
  const loop = startLoop({
    name: 'test',
    intervalMs: 1,
    log,
    round: async () => {
      rounds += 1
      if (rounds === 1) throw new Error('a bad moment')
      release()
      return { hasMore: false }
    },
  })
  await second
  await loop.stop()
  assert.ok(rounds >= 2)
})
