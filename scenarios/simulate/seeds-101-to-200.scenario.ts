// Runs alone: beside the first hundred.
import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { describeFailure, simulate } from './simulate.ts'

test('another hundred random merchants come through with their books in order', async () => {
  const { failed } = await simulate({ from: 101, seeds: 100 })
  deepEqual(failed.map(describeFailure), [])
})
