import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { describeFailure, simulate } from './main.ts'

const SEEDS = 200

test(`${SEEDS} random merchants come through crashes and lost answers with their books in order`, async () => {
  const { failed } = await simulate({ from: 1, seeds: SEEDS }, () => undefined)
  deepEqual(failed.map(describeFailure), [])
})
