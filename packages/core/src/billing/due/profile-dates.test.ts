import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FollowedProfile, StartRequest } from '../../subscriptions/index.ts'
import {
  addDays,
  addDuration,
  addMs,
  type Frequency,
  type Instant,
  MS_PER_DAY,
  type TimeZone,
  UTC,
} from '../../time/index.ts'
import { APPROVED, at, numberedId, textOf } from '../test-samples.ts'
import { paidShop, Shop } from '../test-shop.ts'
import { CALENDARS, nextInstant, ZONES } from './test-dates.ts'

const PROFILE: FollowedProfile = {
  id: numberedId(70),
  frequency: { kind: 'unit', unit: 'day', count: 30 },
  occurrences: null,
  overdueLimit: 0,
  retriesFailed: false,
}

const every = (count: number, unit: 'day' | 'week' | 'month' | 'year'): Frequency => ({
  kind: 'unit',
  unit,
  count,
})
const nthOf = (
  nth: number,
  unit: 'day' | 'week' | 'month',
  parentUnit: 'week' | 'month' | 'year',
): Frequency => ({ kind: 'calendar', nth, unit, parentUnit })

function soldAt(start: Instant, frequency: Frequency, zone: TimeZone = UTC): Shop {
  const profile = { ...PROFILE, frequency }
  return paidShop({ startAt: start, frequency, profile, zone })
}

/** Renews and pays, each at its own date; the dates. */
function renewedOn(shop: Shop, count: number): string[] {
  return Array.from({ length: count }, () => {
    const due = shop.subscription.nextDueAt
    ok(due !== null)
    equal(shop.step(due), 'renew')
    shop.answer(APPROVED, due)
    return textOf(due).slice(0, 10)
  })
}

/** Sold at ten in the morning; the numbers are those of revcent.md 19, the others 6.3 and 6.4. */
const DATES: readonly (readonly [sold: string, Frequency, renewed: string[]])[] = [
  ['2025-01-15', every(30, 'day'), ['2025-02-14', '2025-03-16', '2025-04-15']], // 1, 3, 4
  ['2025-01-15', every(2, 'week'), ['2025-01-29', '2025-02-12']], // 8
  ['2025-01-31', every(1, 'month'), ['2025-02-28', '2025-03-28', '2025-04-28']], // 9
  ['2024-02-29', every(1, 'year'), ['2025-02-28', '2026-02-28', '2027-02-28', '2028-02-28']], // 10
  ['2025-01-15', nthOf(15, 'day', 'month'), ['2025-02-15', '2025-03-15']], // 11
  ['2025-01-14', nthOf(15, 'day', 'month'), ['2025-01-15', '2025-02-15']], // 11
  ['2025-01-31', nthOf(31, 'day', 'month'), ['2025-02-28', '2025-03-31', '2025-04-30']], // 12
  ['2025-01-15', nthOf(2, 'week', 'month'), ['2025-02-08', '2025-03-08']], // 13
  ['2025-01-30', nthOf(5, 'week', 'month'), ['2025-02-28', '2025-03-29']], // no 29th in February
  ['2025-01-15', nthOf(1, 'day', 'week'), ['2025-01-20', '2025-01-27']], // 14
  ['2025-01-15', nthOf(7, 'day', 'week'), ['2025-01-19', '2025-01-26']],
  ['2023-12-31', nthOf(366, 'day', 'year'), ['2024-12-31', '2025-12-31']],
  ['2024-12-30', nthOf(53, 'week', 'year'), ['2025-12-22', '2026-12-28']],
  ['2025-01-15', nthOf(3, 'month', 'year'), ['2025-03-01', '2026-03-01']],
  ['2025-01-15', { kind: 'fiscal', period: 'standard', nth: 1 }, ['2025-04-01', '2025-07-01']], // 15
  ['2025-01-15', { kind: 'fiscal', period: 'infrequent', nth: 2 }, ['2025-07-01', '2026-01-01']], // 15
]

test('a profile renews on the dates of its frequency, each counted from the one before', () => {
  for (const [sold, frequency, expected] of DATES) {
    const shop = soldAt(at(`${sold}T10:00:00Z`), frequency)
    deepEqual(renewedOn(shop, expected.length), expected, `${sold} ${frequency.kind}`)
  }
})

/** revcent.md 6.2: sold 2025-01-15 10:00 with 30 days, so due on 2025-02-14 10:00. */
const LATE: readonly (readonly [done: string, renewal: string, next: string])[] = [
  ['2025-02-14T10:00:00Z', '2025-02-14T10:00:00.000Z', '2025-03-16T10:00:00.000Z'],
  ['2025-02-14T13:00:00Z', '2025-02-14T10:00:00.000Z', '2025-03-16T10:00:00.000Z'], // 6
  ['2025-02-15T09:59:59Z', '2025-02-14T10:00:00.000Z', '2025-03-16T10:00:00.000Z'],
  ['2025-02-15T10:00:00Z', '2025-02-15T10:00:00.000Z', '2025-03-17T10:00:00.000Z'], // a day late
  ['2025-06-01T12:00:00Z', '2025-06-01T12:00:00.000Z', '2025-07-01T12:00:00.000Z'], // one for all
]

test('less than a day late a renewal keeps its date; later it is dated when it is made', () => {
  for (const [done, renewal, next] of LATE) {
    const shop = soldAt(at('2025-01-15T10:00:00Z'), every(30, 'day'))
    equal(shop.step(at(done)), 'renew')
    const { start, end } = shop.subscription.period
    deepEqual([textOf(start), textOf(end)], [renewal, next], done)
  }
})

test('a renewal by hand is dated now and moves all later dates', () => {
  const shop = soldAt(at('2025-01-15T10:00:00Z'), every(30, 'day')) // 5
  equal(shop.renewNow(at('2025-02-03T15:30:00Z'), APPROVED), 'paid')
  equal(textOf(shop.subscription.nextDueAt), '2025-03-05T15:30:00.000Z')
  equal(shop.renewNow(at('2025-02-03T15:30:00Z')), 'renewed_at_this_instant')
  deepEqual(
    [...shop.renewals.values()].map(({ kind, renewalAt }) => `${kind} ${textOf(renewalAt)}`),
    ['initial 2025-01-15T10:00:00.000Z', 'manual 2025-02-03T15:30:00.000Z'],
  )
})

test('the renewal after a trial is one duration after its end', () => {
  const trialEnd = at('2025-06-15T00:00:00Z') // 56, 57
  const request = { startAt: at('2025-06-01T00:00:00Z'), trialEnd, profile: PROFILE }
  const shop = paidShopInTrial(request)
  equal(textOf(shop.subscription.period.end), '2025-06-15T00:00:00.000Z')
  equal(shop.step(trialEnd), 'end_trial')
  shop.answer(APPROVED, trialEnd)
  equal(textOf(shop.subscription.nextDueAt), '2025-07-15T00:00:00.000Z')
})

/** The trial ends on 15 June 2025 at midnight. */
const LATE_TRIALS: readonly (readonly [done: string, next: string])[] = [
  ['2025-06-15T23:59:59Z', '2025-07-15T00:00:00.000Z'],
  ['2025-06-16T00:00:00Z', '2025-07-16T00:00:00.000Z'], // a day late
  ['2025-09-01T12:00:00Z', '2025-10-01T12:00:00.000Z'], // no renewal beside it
]

test('less than a day late the end of a trial counts from its day; later from when it is billed', () => {
  for (const [done, next] of LATE_TRIALS) {
    const trialEnd = at('2025-06-15T00:00:00Z')
    const shop = paidShopInTrial({ startAt: at('2025-06-01T00:00:00Z'), trialEnd, profile: PROFILE }) // prettier-ignore
    equal(shop.step(at(done)), 'end_trial')
    shop.answer(APPROVED, at(done))
    equal(textOf(shop.subscription.nextDueAt), next, done)
  }
})

const zones = fc.constantFrom(...ZONES)

test('every calendar that there is renews on the days that its rule names', () => {
  const starts = fc.tuple(fc.integer({ min: 0, max: 12 * 365 * MS_PER_DAY }), zones)
  fc.assert(
    fc.property(starts, ([startMs, zone]) => {
      const from = addMs(at('2024-01-01T00:00:00Z'), startMs)
      for (const frequency of CALENDARS.flat()) {
        const [found, expected] = [addDuration({ from, frequency, zone }), nextInstant(from, frequency, zone)] // prettier-ignore
        equal(textOf(found), textOf(expected), JSON.stringify(frequency))
      }
    }),
    { numRuns: 10 },
  )
})

// ten years ------------------------------------------------------------------------------------------

const rareUnits = fc.record({
  kind: fc.constant('unit' as const),
  unit: fc.constantFrom('day' as const, 'week' as const, 'month' as const, 'year' as const),
  count: fc.integer({ min: 7, max: 60 }),
})
const fewMonths = fc.record({
  kind: fc.constant('unit' as const),
  unit: fc.constantFrom('month' as const, 'year' as const),
  count: fc.integer({ min: 1, max: 6 }),
})
const fewDays = fc.record({
  kind: fc.constant('unit' as const),
  unit: fc.constantFrom('day' as const, 'week' as const),
  count: fc.integer({ min: 1, max: 6 }),
})
const calendars = fc.oneof(...CALENDARS.map((each) => fc.constantFrom(...each)))
const fiscal = fc.record({
  kind: fc.constant('fiscal' as const),
  period: fc.constantFrom('standard' as const, 'infrequent' as const),
  nth: fc.integer({ min: 2, max: 5 }),
})
/** Ten years of single days are thousands of renewals: they come up, and less often. */
const frequencies: fc.Arbitrary<Frequency> = fc.oneof(
  ...[rareUnits, fewMonths, calendars, fiscal].map((arbitrary) => ({ arbitrary, weight: 2 })),
  { arbitrary: fewDays, weight: 1 },
)

const cases = fc.record({
  frequency: frequencies,
  zone: zones,
  startMs: fc.integer({ min: 0, max: 4 * 365 * MS_PER_DAY }),
})

const TEN_YEARS_DAYS = 3_653

/** What has been settled takes no part in what comes: a walk of thousands of renewals would look through it each time. */
function forgetThePast({
  invoices,
  lines,
  renewals,
  attempts,
  transactions,
  transfers,
  facts,
}: Shop): void {
  for (const map of [invoices, renewals, attempts]) map.clear()
  for (const list of [lines, transactions, transfers, facts]) list.length = 0
}

/** How far into a period somebody renews by hand, in thousandths of it; null = nobody does. */
const hands = fc.array(fc.option(fc.integer({ min: 1, max: 999 }), { freq: 3 }), { maxLength: 60 })

test('over ten years no renewal is lost, doubled or off its date, whatever the profile and the hand', () => {
  fc.assert(
    fc.property(cases, hands, ({ frequency, zone, startMs }, byHand) => {
      const start = addMs(at('2024-01-01T00:00:00Z'), startMs)
      const shop = soldAt(start, frequency, zone)
      forgetThePast(shop)
      const until = addDays(start, TEN_YEARS_DAYS)
      let [last, due] = [start, nextInstant(start, frequency, zone)]
      for (let cycle = 1; due <= until; cycle += 1) {
        equal(textOf(shop.subscription.nextDueAt), textOf(due))
        const hand = byHand[cycle] ?? null
        const now = hand === null ? due : addMs(last, Math.ceil(((due - last) * hand) / 1000))
        if (hand === null) {
          equal(shop.step(now), 'renew')
          shop.answer(APPROVED, now)
        } else equal(shop.renewNow(now, APPROVED), 'paid')
        ok(now > last)
        ;[last, due] = [now, nextInstant(now, frequency, zone)]
        deepEqual(
          [...shop.renewals.values()].map(({ kind, period }) => ({ kind, period })),
          [{ kind: hand === null ? 'automatic' : 'manual', period: { start: last, end: due } }],
        )
        forgetThePast(shop)
      }
    }),
    { numRuns: 30 },
  )
})

const delays = fc.array(fc.integer({ min: 0, max: 3 * MS_PER_DAY }), {
  minLength: 4,
  maxLength: 40,
})

test('late workers never shift a schedule by less than a day, nor renew twice for one date', () => {
  fc.assert(
    fc.property(cases, delays, ({ frequency, zone, startMs }, late) => {
      const shop = soldAt(addMs(at('2024-01-01T00:00:00Z'), startMs), frequency, zone)
      for (const lateMs of late) {
        const due = shop.subscription.period.end
        const now = addMs(due, lateMs)
        equal(shop.step(now), 'renew')
        shop.answer(APPROVED, now)
        const dated = lateMs < MS_PER_DAY ? due : now
        equal(shop.subscription.period.start, dated)
        equal(shop.subscription.period.end, nextInstant(dated, frequency, zone))
        const isCaughtUp = shop.subscription.period.end > now
        ok(isCaughtUp || shop.subscription.nextDueAt === shop.subscription.period.end)
      }
      equal(shop.renewals.size, late.length + 1)
    }),
    { numRuns: 40 },
  )
})

function paidShopInTrial(request: Partial<StartRequest>): Shop {
  return new Shop({ request: { frequency: PROFILE.frequency, ...request } })
}
