import { assert, assertNever } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import { ratio, type Currency, type Ratio } from '../money/index.ts'
import {
  alignToBillingDay,
  boundaryAt,
  fractionOf,
  hasBillingDays,
  maxInstant,
  type Anchor,
  type BillingDayRule,
  type Frequency,
  type Instant,
  type TimeZone,
} from '../time/index.ts'
import { termsOf } from './profile.ts'
import type { FollowedProfile } from './profile-terms.ts'
import { nextDueAt, periodOfCycle } from './schedule.ts'
import type {
  CollectionMethod,
  FirstCharge,
  Period,
  ProrationMode,
  Schedule,
  Subscription,
  SubscriptionExtras,
} from './subscription.ts'

export type StartRequest = {
  readonly id: Uuid
  readonly customerId: Uuid
  readonly businessId: Uuid | null
  readonly productId: Uuid | null
  readonly priceId: Uuid | null
  readonly currency: Currency
  readonly quantity: bigint
  readonly amountMinor: bigint
  readonly collectionMethod: CollectionMethod
  readonly daysUntilDue: number
  readonly zone: TimeZone
  readonly frequency: Frequency
  readonly startAt: Instant
  readonly trialEnd: Instant | null
  readonly billingDay: BillingDayRule
  readonly firstCharge: FirstCharge
  readonly cyclesMax: number | null
  readonly endsAt: Instant | null
  readonly cancelAtPeriodEnd: boolean
  readonly pauseAtPeriodEnd: boolean
  readonly prorationMode: ProrationMode
  readonly metadata: Readonly<Record<string, unknown>>
  /** Where cycles are counted from, if not from the first bill: cycle 0 is billed at the start all the same. */
  readonly anchor?: Anchor
  /** Decides the dates and limits of its renewals; the frequency is this profile's. */
  readonly profile?: FollowedProfile
  readonly shipTo?: Readonly<Record<string, string>> | null
  readonly extras?: SubscriptionExtras | null
  readonly campaign?: string | null
}

export type StartRefusal =
  | 'trial_end_in_past'
  | 'start_in_past'
  | 'end_before_start'
  | 'billing_day_not_monthly'

/** What the start asks money for: nothing yet, a full cycle, or a share of one. */
export type FirstBill =
  | { readonly kind: 'none' }
  | { readonly kind: 'cycle'; readonly share: Ratio }

export type Started = {
  readonly kind: 'accepted'
  readonly subscription: Subscription
  readonly firstBill: FirstBill
}

export type StartDecision = { readonly kind: 'refused'; readonly code: StartRefusal } | Started

const WHOLE = ratio(1n, 1n)

/**
 * A new subscription and what it is billed at once. A start in the future and a trial bill nothing;
 * `next_anchor` gives the time up to the billing day for free; `prorate` bills that time's share of a
 * cycle; `immediate` bills a whole cycle for it. Refusals are checked in the order of `StartRefusal`:
 * a trial that ends before it starts, a start in the past, a term that ends before anything is billed, a day of the month
 * for periods of days or weeks.
 */
export function startSubscription(request: StartRequest, now: Instant): StartDecision {
  const { startAt, trialEnd, endsAt } = request
  const billedFrom = trialEnd ?? startAt
  const isTrialOver = trialEnd !== null && trialEnd <= maxInstant(now, startAt)
  if (isTrialOver) return { kind: 'refused', code: 'trial_end_in_past' }
  if (startAt < now) return { kind: 'refused', code: 'start_in_past' }
  if (endsAt !== null && endsAt <= billedFrom) return { kind: 'refused', code: 'end_before_start' }

  const { zone, frequency, billingDay, firstCharge } = request
  if (billingDay.kind !== 'same_day' && !hasBillingDays(frequency))
    return { kind: 'refused', code: 'billing_day_not_monthly' }
  const anchor = request.anchor ?? alignToBillingDay({ from: billedFrom, zone, rule: billingDay })
  const dateRule = request.profile === undefined ? 'anchored' : 'from_renewal'
  const schedule: Schedule = { zone, frequency, dateRule, anchor, anchorCycle: 0 }
  const pending: Subscription = {
    ...requestFields(request),
    version: 1,
    profile: request.profile === undefined ? null : termsOf(request.profile, 1),
    status: 'pending',
    schedule,
    firstCharge,
    cycle: -1,
    cyclesBilled: 0,
    startedAt: startAt,
    period: firstPeriod(schedule, billedFrom),
    isTrialEndingNoticeSent: false,
    nextDueAt: null,
    canceledAt: request.cancelAtPeriodEnd ? now : null,
    endedAt: null,
    cancelReason: null,
    pauseBehavior: null,
    pausedAt: null,
    resumesAt: null,
    latestInvoiceId: null,
    replacesId: null,
    replacedById: null,
    parkedAt: null,
    parkedReason: null,
    createdAt: now,
    updatedAt: now,
  }

  if (trialEnd !== null) {
    const period = { start: startAt, end: trialEnd }
    return started({ ...pending, status: 'trialing', period }, { kind: 'none' })
  }
  if (startAt > now) return started(pending, { kind: 'none' })
  if (request.anchor === undefined) return beginBilling(pending, startAt)
  const period = { start: startAt, end: boundaryAt(anchor, frequency, 1) }
  return started({ ...pending, cycle: 0, period }, { kind: 'cycle', share: WHOLE })
}

/**
 * The first bill of a subscription whose billing begins at `from`: at once, at a start that lay in the
 * future, or at the end of a trial. `next_anchor` makes it active without a bill; otherwise the caller
 * moves it on once it knows how the bill went.
 */
export function beginBilling(subscription: Subscription, from: Instant): Started {
  const { anchor, frequency } = subscription.schedule
  const period = firstPeriod(subscription.schedule, from)
  if (!hasStub(subscription.schedule, from))
    return started({ ...subscription, period, cycle: 0 }, { kind: 'cycle', share: WHOLE })
  assert(boundaryAt(anchor, frequency, -1) <= from, 'a stub is no longer than one period')
  // A stub that is billed is the first cycle, so that what the first one alone costs is asked for once.
  const schedule = { ...subscription.schedule, anchorCycle: 1 }
  const billed = { ...subscription, schedule, period, cycle: 0 }
  switch (subscription.firstCharge) {
    case 'immediate':
      return started(billed, { kind: 'cycle', share: WHOLE })
    case 'next_anchor':
      return started({ ...subscription, period, status: 'active' }, { kind: 'none' })
    case 'prorate': {
      const passed = fractionOf({
        start: boundaryAt(anchor, frequency, -1),
        end: anchor.at,
        at: from,
      })
      const share = ratio(passed.denominator - passed.numerator, passed.denominator)
      return started(billed, { kind: 'cycle', share })
    }
    default:
      return assertNever(subscription.firstCharge)
  }
}

/** A profile that it came to follow before its first bill counts from that bill, whatever billing day there was. */
function hasStub({ anchor, dateRule }: Schedule, from: Instant): boolean {
  return dateRule === 'anchored' && anchor.at > from
}

function firstPeriod(schedule: Schedule, from: Instant): Period {
  const { anchor, anchorCycle } = schedule
  if (hasStub(schedule, from)) return { start: from, end: anchor.at }
  return periodOfCycle(schedule, anchorCycle, from)
}

function started(subscription: Subscription, firstBill: FirstBill): Started {
  return {
    kind: 'accepted',
    subscription: { ...subscription, nextDueAt: nextDueAt(subscription) },
    firstBill,
  }
}

function requestFields(request: StartRequest) {
  const { startAt: _1, zone: _2, frequency: _3, billingDay: _4, firstCharge: _5, ...rest } = request
  const { profile: _6, anchor: _7, shipTo = null, extras = null, campaign = null, ...kept } = rest
  return { ...kept, shipTo, extras, campaign }
}
