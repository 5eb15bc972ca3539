import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '../fault/index.ts'
import { allocate, allocateSigned } from './index.ts'

const CASES: readonly (readonly [total: bigint, weights: bigint[], shares: bigint[]])[] = [
  [100n, [1n, 1n, 1n], [34n, 33n, 33n]], // a tie goes to the earlier index
  [101n, [1n, 1n, 1n], [34n, 34n, 33n]],
  [10n, [1n, 2n, 3n], [2n, 3n, 5n]], // exact 1.67, 3.33, 5.00
  [5n, [0n, 1n, 0n], [0n, 5n, 0n]],
  [0n, [3n, 4n], [0n, 0n]],
  [1n, [1n, 1n, 1n, 1n], [1n, 0n, 0n, 0n]],
  [7n, [1n], [7n]],
]

test('a total is split by weight and loses nothing', () => {
  for (const [total, weights, shares] of CASES) deepEqual(allocate(total, weights), shares)
})

test('a negative total is split like the positive one, negated', () => {
  for (const [total, weights, shares] of CASES) {
    deepEqual(
      allocateSigned(-total, weights),
      shares.map((share) => -share),
    )
    deepEqual(allocateSigned(total, weights), shares)
  }
})

test('a split that cannot be made is a fault', () => {
  throws(() => allocate(-1n, [1n]), Fault)
  throws(() => allocate(1n, []), Fault)
  throws(() => allocate(1n, [0n, 0n]), Fault)
  throws(() => allocate(1n, [2n, -1n]), Fault)
})

const weightsArbitrary = fc
  .array(fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 10n ** 15n })), {
    minLength: 1,
    maxLength: 40,
  })
  .filter((weights) => weights.some((weight) => weight > 0n))

test('shares sum to the total, each within one unit of exact, and a zero weight gets nothing', () => {
  const totals = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n })
  fc.assert(
    fc.property(totals, weightsArbitrary, (total, weights) => {
      const shares = allocateSigned(total, weights)
      const weightSum = weights.reduce((sum, weight) => sum + weight, 0n)
      equal(
        shares.reduce((sum, share) => sum + share, 0n),
        total,
      )
      shares.forEach((share, index) => {
        const weight = weights[index] ?? 0n
        const offBy = share * weightSum - total * weight // in units of 1/weightSum
        ok(offBy < weightSum && offBy > -weightSum)
        if (weight === 0n) equal(share, 0n)
      })
    }),
    { numRuns: 2000 },
  )
})
