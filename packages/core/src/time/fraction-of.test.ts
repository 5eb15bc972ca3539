import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from '../fault/index.ts'
import { compareRatio, ratio } from '../money/index.ts'
import { addMs, fractionOf, instantFromMs, secondsBetween } from './index.ts'

const start = instantFromMs(1_000_000)
const end = addMs(start, 10_000)

test('the fraction of a period is by whole seconds, 0 before it and 1 after it', () => {
  const rows = [
    [-5_000, ratio(0n, 1n)],
    [0, ratio(0n, 1n)],
    [999, ratio(0n, 1n)],
    [2_500, ratio(1n, 5n)],
    [5_000, ratio(1n, 2n)],
    [10_000, ratio(1n, 1n)],
    [60_000, ratio(1n, 1n)],
  ] as const
  for (const [ms, expected] of rows) {
    deepEqual(fractionOf({ start, end, at: addMs(start, ms) }), expected, `${ms} ms`)
  }
})

test('a period without length cannot be prorated', () => {
  throws(() => fractionOf({ start, end: start, at: start }), Fault)
  throws(() => fractionOf({ start: end, end: start, at: start }), Fault)
})

test('seconds between instants carry their sign', () => {
  equal(secondsBetween(start, end), 10)
  equal(secondsBetween(end, start), -10)
})

test('the fraction only grows with time', () => {
  const offsets = fc.integer({ min: -20_000, max: 20_000 })
  fc.assert(
    fc.property(offsets, offsets, (a, b) => {
      const [early, late] = a <= b ? [a, b] : [b, a]
      const before = fractionOf({ start, end, at: addMs(start, early) })
      const after = fractionOf({ start, end, at: addMs(start, late) })
      equal(compareRatio(before, after) <= 0, true)
    }),
  )
})
