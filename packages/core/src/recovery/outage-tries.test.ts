import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUuid, type Uuid } from '../ids/index.ts'
import { parseCurrency } from '../money/index.ts'
import { addDays, parseInstant, type Instant } from '../time/index.ts'
import {
  caseEndsAt,
  countRetryInOutage,
  excuseRetries,
  isInOutage,
  markOutages,
  openCase,
  type CaseTry,
  type KnownOutage,
  type RecoveryCase,
  type RecoveryPolicy,
} from './index.ts'

const OPENED = parseInstant('2026-11-10T09:00:00Z') as Instant
const USD = parseCurrency('USD') ?? assert.fail('USD is a currency')
const uuid = (n: number): Uuid => {
  const id = `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
  return isUuid(id) ? id : assert.fail(id)
}
const AMBER = uuid(7)
const BIRCH = uuid(8)
const day = (days: number): Instant => addDays(OPENED, days)
const dayOf = (at: Instant): number => (at - OPENED) / 86_400_000

const POLICY: RecoveryPolicy = {
  kind: 'ladder',
  retryDays: [1, 3, 7],
  isFree: false,
  graceDays: 7,
  onExhausted: 'unpaid',
}

/** The first charge is retry 0. */
function tryOn(days: number, retryNumber: number, gatewayId = AMBER): CaseTry {
  const decline = { code: 'do_not_honor', isoCode: '05', adviceCode: null, message: null }
  return {
    at: day(days),
    paymentMethodId: uuid(3),
    decline,
    gatewayId,
    retryNumber: retryNumber === 0 ? null : retryNumber,
  }
}

function caseWith(retriesMade: number): RecoveryCase {
  const ids = { id: uuid(1), invoiceId: uuid(2), subscriptionId: uuid(4), customerId: uuid(5) }
  const open = openCase({ ...ids, amountMinor: 2_900n, currency: USD }, 'do_not_honor', POLICY, OPENED) // prettier-ignore
  return { ...open, retriesMade }
}

function outage(from: number, to: number | null, gateway = AMBER): KnownOutage {
  const endedAt = to === null ? null : day(to)
  return { gateway, currency: 'USD', sinceAt: day(from), endedAt }
}

function excused(open: RecoveryCase, tries: readonly CaseTry[], outages: readonly KnownOutage[]) {
  return excuseRetries(open, markOutages(tries, outages, 'USD'))
}

/** What was tried on which day, the outage, and what is left: retries that count, and from which day the days count. */
const EXCUSED: readonly (readonly [
  what: string,
  tries: readonly CaseTry[],
  outages: readonly KnownOutage[],
  retriesMade: number,
  countsFrom: number,
])[] = [
  ['none fell into it', [tryOn(0, 0), tryOn(1, 1)], [outage(2, null)], 1, 0],
  ['it was opened in one', [tryOn(0, 0), tryOn(1, 1)], [outage(0, null)], 0, 1],
  ['it was found out late', [tryOn(0, 0), tryOn(1, 1), tryOn(3, 2)], [outage(0, 5)], 0, 3],
  ['it began after the first retry', [tryOn(0, 0), tryOn(1, 1), tryOn(3, 2)], [outage(2, 4)], 1, 2],
  ['it was over before the last', [tryOn(0, 0), tryOn(1, 1), tryOn(3, 2)], [outage(0, 2)], 1, 1],
  ['it was elsewhere', [tryOn(0, 0), tryOn(1, 1, BIRCH)], [outage(0, null)], 1, 0],
  ['a route tried it twice', [tryOn(0, 0), tryOn(1, 1), tryOn(1.01, 1)], [outage(0, null)], 0, 1.01],
  ['people tried it too', [tryOn(0, 0), tryOn(1, 1), tryOn(2, 0)], [outage(0, null)], 0, 1],
] // prettier-ignore
for (const [what, tries, outages, retriesMade, countsFrom] of EXCUSED)
  test(`retries in an outage of ours do not count where ${what}`, () => {
    const made = new Set(tries.flatMap(({ retryNumber }) => retryNumber ?? [])).size
    const left = excused(caseWith(made), tries, outages)
    assert.equal(left.retriesMade, retriesMade)
    assert.ok(Math.abs(dayOf(left.countsFrom) - countsFrom) < 1e-6, `${dayOf(left.countsFrom)}`)
    assert.equal(dayOf(caseEndsAt(left, POLICY)), 7 + dayOf(left.countsFrom))
    // Nothing is taken off twice.
    assert.deepEqual(excused(left, tries, outages), left)
  })

test('a retry of an outage that lasts is taken off as soon as it is made, and the next one keeps its distance', () => {
  let open = caseWith(0)
  const tries = [tryOn(0, 0)]
  for (let days = 1; days <= 9; days += 1) {
    open = countRetryInOutage({ ...open, nextAttemptAt: null }, 'do_not_honor', POLICY, day(days))
    assert.equal(open.state, 'open')
    tries.push(tryOn(days, 1))
    open = excused(open, tries, [outage(0, null)])
    assert.deepEqual([open.retriesMade, dayOf(open.countsFrom)], [0, days])
  }
})

test('the last retry of all ends nothing where it falls into an outage', () => {
  const during = { ...caseWith(2), nextAttemptAt: null }
  const open = countRetryInOutage(during, 'do_not_honor', POLICY, day(7))
  assert.deepEqual([open.state, open.waitsFor, open.planAt], ['open', 'end', day(7)])
})

test('an outage is one gateway in one currency, from its first refusal to its end or for 30 days', () => {
  const charge = { gatewayId: AMBER, currency: 'USD', at: day(1) }
  const during = (over: Partial<typeof charge>, of = outage(0, null)) =>
    isInOutage([of], { ...charge, ...over })
  assert.deepEqual(
    [during({}), during({ at: day(0) }), during({ at: day(29) })],
    [true, true, true],
  )
  const outside = [
    during({ at: day(-0.01) }),
    during({ at: day(30) }),
    during({ at: day(5) }, outage(0, 5)),
    during({ currency: 'EUR' }),
    during({ gatewayId: BIRCH }),
  ]
  assert.deepEqual(outside, [false, false, false, false, false])
})
