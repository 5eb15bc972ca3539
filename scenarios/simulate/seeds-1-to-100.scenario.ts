import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { describeFailure, simulate } from './simulate.ts'

// Runs alone: two files of a hundred seeds run side by side.
test('a hundred random merchants come through crashes and lost answers with their books in order', async () => {
  const { failed } = await simulate({ from: 1, seeds: 100 })
  deepEqual(failed.map(describeFailure), [])
})
