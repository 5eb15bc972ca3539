import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkOfDigits } from './network-rules.ts'

const ranges = [
  ['411111', 'visa'],
  ['510000', 'mastercard'],
  ['559999', 'mastercard'],
  ['560000', 'other'],
  ['222099', 'other'],
  ['222100', 'mastercard'],
  ['272099', 'mastercard'],
  ['272100', 'other'],
  ['340000', 'amex'],
  ['370000', 'amex'],
  ['352800', 'other'],
  ['601100', 'discover'],
  ['643999', 'other'],
  ['644000', 'discover'],
  ['650000', 'discover'],
  ['360000', 'discover'],
  ['305000', 'discover'],
  ['306000', 'other'],
  ['620000', 'other'],
] as const

test('the first digits of a card tell its network, up to the ends of each range', () => {
  assert.deepEqual(
    ranges.map(([digits]) => [digits, networkOfDigits(digits)]),
    ranges,
  )
})
