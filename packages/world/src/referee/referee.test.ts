import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS } from '../calendar/zone.ts'
import type { Outcome } from '../judging/attempt.ts'
import { createReferee, type SeenTry } from './referee.ts'

const STARTS_AT = Date.UTC(2027, 0, 1)
const DAY = 24

const approved: Outcome = { kind: 'approved' }

function refused(isoCode: string, adviceCode: string | null = null): Outcome {
  const decline = { isoCode, adviceCode, code: '', returnCode: null, message: '' }
  return { kind: 'declined', decline }
}

type Over = Partial<Omit<SeenTry, 'at' | 'outcome'>>

function tried(hours: number, outcome: Outcome, over: Over = {}): SeenTry {
  const card = { merchant: 'm', card: 'c', network: 'visa', country: 'US' }
  const charge = { amountMinor: 1_000, currency: 'USD', outcome }
  return { ...card, ...charge, at: STARTS_AT + hours * HOUR_MS, ...over }
}

/** So many refusals for lack of money, so many hours apart, from the beginning on. */
function times(count: number, hoursApart: number, over: Over = {}): SeenTry[] {
  return Array.from({ length: count }, (_, index) => tried(index * hoursApart, refused('51'), over))
}

const mastercard = { network: 'mastercard' }
const brazil = { network: 'mastercard', country: 'BR' }
const amex = { network: 'amex' }

/** What was tried; which rule the last of it broke. */
const CASES: readonly (readonly [string, readonly SeenTry[], string | null])[] = [
  ['a first try', [tried(0, approved)], null],
  ['Visa, the 15th refusal of an amount in 30 days', times(15, 40), null],
  ['Visa, the 16th', times(16, 40), 'visa, 15 in 30 days'],
  ['Visa, the 16th once the first is 30 days old', times(16, 48), null],
  ['Visa, the 16th of another amount', [...times(15, 40), tried(601, approved, { amountMinor: 999 })], null],
  ['Visa, the 16th in another currency', [...times(15, 40), tried(601, approved, { currency: 'EUR' })], null],
  ['Visa, the 16th on another card', [...times(15, 40), tried(601, approved, { card: 'd' })], null],
  ['Visa, the 16th by another merchant', [...times(15, 40), tried(601, approved, { merchant: 'n' })], null],
  ['Visa, the 16th after an approval', [...times(15, 40), tried(601, approved), tried(602, approved)], null],
  ['Mastercard, the 9th refusal in a day', times(9, 2, mastercard), null],
  ['Mastercard, the 10th', times(10, 2, mastercard), 'mastercard, 9 in 24 hours'],
  ['Mastercard, the 10th once the first is a day old', times(10, 3, mastercard), null],
  ['Mastercard, the 10th of another amount', [...times(9, 2, mastercard), tried(20, approved, { ...mastercard, amountMinor: 9 })], 'mastercard, 9 in 24 hours'],
  ['Mastercard, the 34th in 30 days', times(34, 20, mastercard), null],
  ['Mastercard, the 35th', times(35, 20, mastercard), 'mastercard, 34 in 30 days'],
  ['Mastercard in Brazil, the 7th in a month', times(7, 100, brazil), null],
  ['Mastercard in Brazil, the 8th', times(8, 100, brazil), 'mastercard in Brazil, 7 in a month'],
  ['Mastercard in Brazil, two in a day', times(2, 23, brazil), 'mastercard in Brazil, a day apart'],
  ['American Express, two in a day', times(2, 23, amex), 'amex and discover, a day apart'],
  ['American Express, two a day apart', times(2, DAY, amex), null],
  ['American Express, two in a day after an approval', [tried(0, approved, amex), tried(1, approved, amex)], null],
  ['American Express, the 16th of an amount', times(16, 40, amex), 'amex and discover, 15 in 30 days'],
  ['Visa, after a code of category 1', [tried(0, refused('R1')), tried(9_999, approved)], 'visa category 1: R1'],
  ['Visa, what it forbids all the same after an approval', [tried(0, refused('14')), tried(1, approved), tried(2, approved)], 'visa category 1: 14'],
  ['Visa, the number that came after such a card', [tried(0, refused('54')), tried(1, approved, { card: 'd' })], null],
  ['Mastercard, after a stolen card', [tried(0, refused('43'), mastercard), tried(1, approved, mastercard)], 'never again after 43'],
  ['Mastercard, after 79: the card was replaced', [tried(0, refused('79'), mastercard), tried(99, approved, mastercard)], 'never again after 79'],
  ['Visa, after 79: a technical fault', [tried(0, refused('79')), tried(99, approved)], null],
  ['after advice 03', [tried(0, refused('51', '03'), mastercard), tried(9_999, approved, mastercard)], 'advice 03: never again'],
  ['after advice 21', [tried(0, refused('05', '21'), mastercard), tried(9_999, approved, mastercard)], 'advice 21: never again'],
  ['before the delay of advice 26 is over', [tried(0, refused('51', '26'), mastercard), tried(47, approved, mastercard)], 'advice 26: 48 hours'],
  ['once it is', [tried(0, refused('51', '26'), mastercard), tried(48, approved, mastercard)], null],
  ['what did not reach the network does not count', Array.from({ length: 20 }, (_, index) => tried(index, { kind: 'gateway_error' }, mastercard)), null],
  ['nor what timed out without a charge', Array.from({ length: 20 }, (_, index) => tried(index, { kind: 'timed_out', charged: false }, amex)), null],
  ['what timed out and was charged counts as approved', [...times(15, 40), tried(601, { kind: 'timed_out', charged: true }), tried(602, approved)], null],
] // prettier-ignore

for (const [what, tries, expected] of CASES)
  test(`${what}: ${expected ?? 'no rule is broken'}`, () => {
    const referee = createReferee()
    assert.equal(tries.map((one) => referee.watch(one)).at(-1), expected)
  })
