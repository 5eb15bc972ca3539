import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createSlots } from './index.ts'

/** Work that ends when it is told to. */
function openWork() {
  const { promise, resolve } = Promise.withResolvers<string>()
  return { work: () => promise, end: () => resolve('done') }
}

test('no more is under way than there are slots, and the next begins in the order of asking', async () => {
  const slots = createSlots(2)
  const begun: number[] = []
  const works = [0, 1, 2, 3].map(() => openWork())
  const runs = works.map(({ work }, index) =>
    slots.run(() => {
      begun.push(index)
      return work()
    }),
  )
  await setImmediate()
  assert.deepEqual(begun, [0, 1])
  works[1]?.end()
  await runs[1]
  await setImmediate()
  assert.deepEqual(begun, [0, 1, 2])
  for (const { end } of works) end()
  assert.deepEqual(await Promise.all(runs), ['done', 'done', 'done', 'done'])
  assert.deepEqual(begun, [0, 1, 2, 3])
})

test('work that fails gives its slot back', async () => {
  const slots = createSlots(1)
  await assert.rejects(
    slots.run(() => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(await slots.run(async () => 'yes'), 'yes')
})
