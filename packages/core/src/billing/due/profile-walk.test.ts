import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { owedMinor } from '../../invoices/index.ts'
import type { GatewayOutcome } from '../../payments/index.ts'
import {
  type FollowedProfile,
  type Subscription,
  editSubscription,
  isEnded,
  occurrencesDone,
  resumeSubscription,
  suspendSubscription,
} from '../../subscriptions/index.ts'
import {
  addDays,
  addMs,
  type Frequency,
  type Instant,
  maxInstant,
  MS_PER_DAY,
} from '../../time/index.ts'
import { afterResume } from '../index.ts'
import { APPROVED, at, DECLINED, numberedId, PENDING, POLICY, SILENCE } from '../test-samples.ts'
import { Shop } from '../test-shop.ts'
import { CALENDARS, nextInstant, ZONES } from './test-dates.ts'

/** One thing that happens to a subscription with a profile. */
type Happening =
  | { readonly kind: 'pass'; readonly days: number; readonly answers: readonly GatewayOutcome[] }
  | { readonly kind: 'renew'; readonly outcome: GatewayOutcome }
  | { readonly kind: 'answer'; readonly outcome: GatewayOutcome }
  | { readonly kind: 'pay' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'activate' }
  | { readonly kind: 'date'; readonly days: number }
  | { readonly kind: 'profile'; readonly nth: number }

const outcome = fc.constantFrom(APPROVED, APPROVED, DECLINED, DECLINED, PENDING, SILENCE)
const happenings = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('pass' as const),
      days: fc.integer({ min: 1, max: 90 }),
      answers: fc.array(outcome, { maxLength: 6 }),
    }),
    fc.record({ kind: fc.constantFrom('renew' as const, 'answer' as const), outcome }),
    fc.record({ kind: fc.constantFrom('pay' as const, 'suspend' as const, 'activate' as const) }),
    fc.record({ kind: fc.constant('date' as const), days: fc.integer({ min: -40, max: 40 }) }),
    fc.record({ kind: fc.constant('profile' as const), nth: fc.nat({ max: 2 }) }),
  ),
  { maxLength: 40 },
)

const frequencies: fc.Arbitrary<Frequency> = fc.oneof(
  fc.record({
    kind: fc.constant('unit' as const),
    unit: fc.constantFrom('day' as const, 'week' as const, 'month' as const, 'year' as const),
    count: fc.integer({ min: 1, max: 60 }),
  }),
  ...CALENDARS.map((each) => fc.constantFrom(...each)),
)
const calendar = fc.record({
  followed: fc.tuple(frequencies, frequencies, frequencies),
  zone: fc.constantFrom(...ZONES),
})

const limits = fc.record({
  occurrences: fc.option(fc.integer({ min: 1, max: 12 }), { nil: null }),
  overdueLimit: fc.integer({ min: 0, max: 3 }),
  retriesFailed: fc.boolean(),
})

test('whatever happens, a profile is kept to: dates, occurrences, limits and who owes', () => {
  fc.assert(
    fc.property(limits, calendar, happenings, (given, { followed, zone }, story) => {
      const profiles = followed.map((frequency, nth) => ({
        ...given,
        id: numberedId(70 + nth),
        frequency,
      }))
      const [profile] = profiles
      ok(profile !== undefined)
      const start = at('2027-01-31')
      const { frequency } = profile
      const request = { startAt: start, frequency, profile, zone }
      const shop = new Shop({ request, policy: POLICY })
      shop.answer(APPROVED, start)
      for (const happening of story) {
        const before = { next: shop.subscription.period.end, made: shop.renewals.size }
        const edited = happen(shop, happening, profiles)
        hold(shop, given)
        keepTheDate(shop, edited === null ? before : { ...before, next: edited })
      }
    }),
    { numRuns: 150 },
  )
})

/** The next date, where it is set. */
function happen(
  shop: Shop,
  happening: Happening,
  profiles: readonly FollowedProfile[],
): Instant | null {
  const { now } = shop
  switch (happening.kind) {
    case 'pass': {
      const until = addDays(now, happening.days)
      shop.work(until, happening.answers)
      shop.now = maxInstant(until, shop.now)
      return null
    }
    case 'renew':
      shop.renewNow(now, shop.liveAttempts().length === 0 ? happening.outcome : undefined)
      return null
    case 'answer':
      if (shop.liveAttempts().length > 0) shop.answer(happening.outcome, now)
      return null
    case 'pay': {
      const busy = new Set(shop.liveAttempts().map(({ invoiceId }) => invoiceId))
      const open = shop.openInvoices().find(({ id }) => !busy.has(id))
      if (open !== undefined) shop.payByHand(open, owedMinor(open), now)
      return null
    }
    case 'suspend':
      shop.command(suspendSubscription(shop.subscription, now))
      return null
    case 'activate': {
      const decision = resumeSubscription(shop.subscription, now)
      if (decision.kind === 'refused') return null
      shop.subscription = afterResume(shop.state(), decision.subscription, now)
      return null
    }
    case 'date': {
      const nextBillingAt = addDays(now, happening.days)
      // No period is turned round.
      const next = maxInstant(nextBillingAt, addMs(shop.subscription.period.start, 1))
      return edit(shop, { nextBillingAt }, now) ? next : null
    }
    case 'profile':
      edit(shop, { profile: profiles[happening.nth] }, now)
      return null
  }
}

function edit(shop: Shop, change: Parameters<typeof editSubscription>[1], now: Instant): boolean {
  return shop.command(editSubscription(shop.state(), change, now))
}

function hold(shop: Shop, limit: Pick<FollowedProfile, 'occurrences' | 'overdueLimit'>): void {
  const { subscription } = shop
  const made = [...shop.renewals.values()]
  const overdue = made.filter(({ status }) => status === 'overdue' || status === 'partially_paid')
  if (subscription.status === 'active') equal(overdue.length, 0, 'who is active owes nothing')
  if (subscription.status === 'past_due') ok(overdue.length > 0, 'who is past due owes something')
  const { occurrences } = limit
  ok(occurrences === null || occurrencesDone(subscription) <= occurrences, 'no renewal too many')
  const dates = made.map(({ renewalAt }) => renewalAt)
  equal(new Set(dates).size, dates.length, 'one renewal a date')
  ok(
    dates.every((date, index) => index === 0 || date > (dates[index - 1] ?? date)),
    'in order',
  )
  equal(made.length - 1, occurrencesDone(subscription), 'every renewal counts')
  ok(isStill(subscription), 'what is suspended or over is due for nothing')
}

/**
 * A renewal by hand is dated when it is made, and so is one by itself that is a day late or more; the next date is one
 * duration after it, and only an edit moves it otherwise (spec/revcent.md 6.2).
 */
function keepTheDate(shop: Shop, before: { readonly next: Instant; readonly made: number }): void {
  const { schedule, period } = shop.subscription
  let { next } = before
  for (const { kind, renewalAt, createdAt } of [...shop.renewals.values()].slice(before.made)) {
    const isInTime = kind === 'automatic' && createdAt - next < MS_PER_DAY
    equal(renewalAt, isInTime ? next : createdAt)
    next = nextInstant(renewalAt, schedule.frequency, schedule.zone)
  }
  equal(period.end, next, 'the next date')
}

function isStill({ status, pauseBehavior, nextDueAt }: Subscription): boolean {
  const waits = isEnded(status) || (status === 'paused' && pauseBehavior === 'suspend')
  return !waits || nextDueAt === null
}
