import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { Decline } from '../declines/index.ts'
import { formatInstant, parseInstant, type Instant } from '../time/index.ts'
import {
  isHardDecline,
  nextRunAt,
  RECYCLING_DEFAULTS,
  recyclingEndsAt,
  type RecyclingRules,
} from './recycling.ts'

function at(text: string): Instant {
  const instant = parseInstant(text.length === 10 ? `${text}T00:00:00Z` : text)
  ok(instant !== null)
  return instant
}

/** The instants of all runs of a bill that failed first then, each made when it is due. */
function runs(failedFirst: string, rules: Partial<RecyclingRules> = {}): string[] {
  const all = { ...RECYCLING_DEFAULTS, ...rules }
  const failedFirstAt = at(failedFirst)
  const made: string[] = []
  let now = failedFirstAt
  for (;;) {
    const given = { failedFirstAt, runsMade: made.length, billedAt: failedFirstAt }
    const next = nextRunAt(given, all, now)
    if (next === null) return made
    ok(next > now, 'runs go forward')
    made.push(formatInstant(next).slice(0, 16).replace('T00:00', ''))
    if (next >= recyclingEndsAt(failedFirstAt, all)) return made
    now = next
  }
}

test('a bill runs once a day on days 1 to 15 after it first failed', () => {
  const days = runs('2027-10-08')
  equal(days.length, 15)
  deepEqual([days[0], days.at(-1)], ['2027-10-09', '2027-10-23'])
})

const SCHEDULES: readonly (readonly [string, Partial<RecyclingRules>, readonly string[]])[] = [
  ['2027-10-08T14:30:00Z', { runsMax: 2 }, ['2027-10-09', '2027-10-10']],
  ['2027-10-08T14:30:00Z', { runsMax: 2, minuteOfDay: 375 }, ['2027-10-09T06:15', '2027-10-10T06:15']],
  ['2027-10-08', { runsMax: 4, intervalDays: [1, 3] }, ['2027-10-09', '2027-10-12', '2027-10-15', '2027-10-18']],
  ['2027-10-08', { runsMax: 0 }, []],
  // Given up on the 6th day: no run falls there, it is the end that is due.
  ['2027-10-08', { daysMax: 5 }, ['2027-10-09', '2027-10-10', '2027-10-11', '2027-10-12', '2027-10-13', '2027-10-14']],
  ['2027-10-08', { daysMax: 5, intervalDays: [10] }, ['2027-10-14']],
  ['2027-10-08', { intervalDays: [20] }, ['2027-10-28', '2027-11-08']],
] // prettier-ignore

for (const [first, rules, expected] of SCHEDULES) {
  test(`from ${first} with ${JSON.stringify(rules)}: ${expected.join(', ') || 'none'}`, () => {
    deepEqual(runs(first, rules), expected)
  })
}

test('a run that came late moves the next to the day after it', () => {
  const made = { failedFirstAt: at('2027-10-08'), runsMade: 1, billedAt: at('2027-10-08') }
  const next = nextRunAt(made, RECYCLING_DEFAULTS, at('2027-10-12T08:00:00Z'))
  equal(next, at('2027-10-13'))
})

const BARE = { isoCode: null, adviceCode: null, message: null }

const CLASSES: readonly (readonly [code: string, isHard: boolean])[] = [
  ['stolen_card', true],
  ['lost_card', true],
  ['pickup_card', true],
  ['invalid_account', true],
  ['transaction_not_allowed', true],
  ['revocation_of_authorization', true],
  ['insufficient_funds', false],
  ['do_not_honor', false],
  ['generic_decline', false],
  ['issuer_not_available', false],
  ['card_velocity_exceeded', false],
  ['expired_card', false],
  ['processing_error', false],
  ['not_permitted', true],
  ['stop_payment_order', true],
  ['fraudulent', false],
  ['highest_risk_level', false],
  ['restricted_card', false],
  ['card_not_supported', false],
  ['currency_not_supported', false],
  // The charge may have been made: another one could be the second.
  ['duplicate_transaction', true],
]

for (const [code, isHard] of CLASSES) {
  test(`${code} is ${isHard ? 'hard' : 'soft'}`, () => {
    equal(isHardDecline({ ...BARE, code }, RECYCLING_DEFAULTS.hardDeclines), isHard)
  })
}

test('which declines are hard is for the merchant to say, but for a charge that may have been made', () => {
  const isHard = (code: string) => isHardDecline({ ...BARE, code }, ['insufficient_funds'])
  deepEqual(['insufficient_funds', 'stolen_card', 'duplicate_transaction'].map(isHard), [
    true,
    false,
    true,
  ])
})

test('a response code or advice that allows another try beats the name', () => {
  const isHard = (decline: Partial<Decline>) =>
    isHardDecline({ ...BARE, code: 'not_permitted', ...decline }, RECYCLING_DEFAULTS.hardDeclines)
  deepEqual(
    [isHard({}), isHard({ isoCode: '9G' }), isHard({ adviceCode: '02' })],
    [true, false, false],
  )
})
