import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { hintOf, isNear, tellable } from './near-names.ts'

const PAIRS: readonly (readonly [given: string, known: string, isNear: boolean])[] = [
  ['customer', 'customer_id', true],
  ['created[gte]', 'created_gte', true],
  ['amount', 'amountMinor', true],
  ['amountMinor', 'amount_to_capture', false],
  ['trial_period_days', 'trialDays', true],
  ['discount_code', 'discounts', true],
  ['ammount', 'amount', true],
  ['amuont', 'amount', true],
  ['quantitiy', 'quantity', true],
  ['start_at', 'startDate', true],
  ['qty', 'quantity', true],
  ['is_preview', 'preview', true],
  ['id', 'paid_at', false],
  ['total', 'to', false],
  ['tax', 'trialEnd', false],
  ['note', 'name', false],
  ['priority', 'product_id', false],
  ['', 'name', false],
]

for (const [given, known, expected] of PAIRS) {
  test(`${given} is ${expected ? '' : 'not '}near to ${known}`, () => {
    equal(isNear(known, given), expected)
    equal(isNear(given, known), expected)
  })
}

test('a hint names a few, and nothing but names is told back', () => {
  equal(hintOf([]), '')
  equal(hintOf(['a', 'b']), ' Did you mean a or b?')
  equal(tellable('lines[0].qty', 'body'), 'lines[0].qty')
  equal(tellable('4242 4242 4242 4242', 'body'), 'body')
})
