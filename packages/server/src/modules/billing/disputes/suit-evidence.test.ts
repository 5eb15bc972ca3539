import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Instant } from '@perennial/core/time'
import { pickAnswer } from './suit-evidence.ts'

const HANDED_IN = 1 as Instant

const CASES: readonly (readonly [promise: string, kept: readonly (Instant | null)[], answer: readonly number[]])[] = [
  ['what was not handed in yet', [null, null], [0, 1]],
  ['of a dispute taken up again what was added since', [HANDED_IN, null], [1]],
  ['without anything new what was handed in before', [HANDED_IN, HANDED_IN], [0, 1]],
  ['nothing of nothing', [], []],
] // prettier-ignore

for (const [promise, kept, answer] of CASES)
  test(`an answer is ${promise}`, () => {
    const pieces = kept.map((submittedAt, index) => ({ submittedAt, index }))
    assert.deepEqual(
      pickAnswer(pieces).map(({ index }) => index),
      answer,
    )
  })
