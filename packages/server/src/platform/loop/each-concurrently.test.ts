import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachConcurrently } from './each-concurrently.ts'

test('all items are worked on, never more than the limit at once', async () => {
  let running = 0
  let most = 0
  const done: number[] = []
  await eachConcurrently([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    running += 1
    most = Math.max(most, running)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
    done.push(item)
  })
  assert.deepEqual(
    done.toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7],
  )
  assert.equal(most, 3)
})

test('a fault is thrown only when the work of the other lanes is over', async () => {
  const done: number[] = []
  const work = eachConcurrently([1, 2, 3, 4], 2, async (item) => {
    if (item === 1) throw new Error('bad item')
    await new Promise((resolve) => setImmediate(resolve))
    done.push(item)
  })
  await assert.rejects(work, /bad item/)
  assert.deepEqual(done, [2, 3, 4])
})
