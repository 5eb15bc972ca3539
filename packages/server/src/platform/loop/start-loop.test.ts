import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DatabaseOutage } from '../db/index.ts'
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

test('a database that is away is told when it goes and when it is back, and not at every round', async () => {
  const lines: string[] = []
  const write = (line: string): void => void lines.push(line)
  let rounds = 0
  const fifth = Promise.withResolvers<void>()
  const loop = startLoop({
    name: 'test',
    intervalMs: 1,
    log: createLogger({ level: 'info', pretty: false, destination: { write } }),
    round: async () => {
      rounds += 1
      if (rounds < 4) throw new DatabaseOutage(new Error('refused'))
      if (rounds === 5) fifth.resolve()
      return { hasMore: false }
    },
  })
  await fifth.promise
  await loop.stop()
  const told = lines.map((line) => String(JSON.parse(line).message))
  assert.deepEqual(told, ['test: waiting for the database', 'test: the database is back'])
})
