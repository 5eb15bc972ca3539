import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { isUuid } from '../ids/index.ts'
import { parseCurrency } from '../money/index.ts'
import { type Instant, addDays, formatInstant, parseInstant } from '../time/index.ts'
import {
  type RecoveryCase,
  type RecoveryPolicy,
  closeCase,
  countFailedRetry,
  nextAttemptAt,
  openCase,
} from './index.ts'

const ID = '01890a5d-ac96-774b-bcce-b302099a8057'
const USD = parseCurrency('USD')
const OPENED = parseInstant('2027-02-28T09:00:00Z')
ok(isUuid(ID) && USD !== null && OPENED !== null)

/** Retries 1, 3 and 7 days after the first failure (revkeen.md 7.6). */
const POLICY: RecoveryPolicy = {
  kind: 'ladder',
  retryDays: [1, 3, 7],
  isFree: false,
  graceDays: 7,
  onExhausted: 'unpaid',
}
const GIVEN = {
  id: ID,
  invoiceId: ID,
  subscriptionId: ID,
  customerId: ID,
  amountMinor: 4900n,
  currency: USD,
}
const opened = (): RecoveryCase => openCase(GIVEN, 'insufficient_funds', POLICY, OPENED)
const dateOf = (instant: Instant | null) =>
  instant === null ? null : formatInstant(instant).slice(0, 10)

test('retries are counted from the first failure, not from each other', () => {
  const dates = [0, 1, 2, 3].map((retriesMade) =>
    dateOf(nextAttemptAt({ countsFrom: OPENED, retriesMade }, POLICY)),
  )
  deepEqual(dates, ['2027-03-01', '2027-03-03', '2027-03-07', null])
})

test('a case opens with the first decline and the first retry', () => {
  const { state, retriesMade, firstDeclineCode, lastDeclineCode, closedAt, ...rest } = opened()
  deepEqual(
    [state, retriesMade, firstDeclineCode, lastDeclineCode, closedAt],
    ['open', 0, 'insufficient_funds', 'insufficient_funds', null],
  )
  equal(dateOf(rest.nextAttemptAt), '2027-03-01')
})

test('each failed retry moves to the next, and the last one uses the case up', () => {
  let each = opened()
  const seen: unknown[] = []
  for (const day of [1, 3, 7]) {
    each = countFailedRetry(each, 'do_not_honor', POLICY, addDays(OPENED, day))
    seen.push([each.state, each.retriesMade, dateOf(each.nextAttemptAt), dateOf(each.closedAt)])
  }
  deepEqual(seen, [
    ['open', 1, '2027-03-03', null],
    ['open', 2, '2027-03-07', null],
    ['exhausted', 3, null, '2027-03-07'],
  ])
  deepEqual([each.firstDeclineCode, each.lastDeclineCode], ['insufficient_funds', 'do_not_honor'])
})

/** When the first retry's answer comes on that day after the first failure. */
const LATE: readonly (readonly [day: number, next: string])[] = [
  [1, '2027-03-03'],
  [2, '2027-03-03'], // a day late, and still in time
  [3, '2027-03-05'], // the second was due by now: two days on, as far as it was from the first
  [30, '2027-04-01'],
]

test('a retry that came late never makes the next one due in the past', () => {
  for (const [day, next] of LATE) {
    const counted = countFailedRetry(opened(), 'do_not_honor', POLICY, addDays(OPENED, day))
    equal(dateOf(counted.nextAttemptAt), next, `day ${day}`)
  }
})

test('a closed case has an end and no next attempt', () => {
  for (const state of ['recovered', 'canceled'] as const) {
    const closed = closeCase(opened(), state, addDays(OPENED, 2))
    deepEqual(
      [closed.state, closed.nextAttemptAt, dateOf(closed.closedAt), closed.openedAt],
      [state, null, '2027-03-02', OPENED],
    )
  }
})
