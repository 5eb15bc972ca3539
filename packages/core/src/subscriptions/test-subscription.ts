// What the tests of this module share.
import { assert } from '../fault/index.ts'
import { type Uuid, isUuid } from '../ids/index.ts'
import { parseCurrency } from '../money/index.ts'
import { type Frequency, type Instant, UTC, formatInstant, parseInstant } from '../time/index.ts'
import type { Period, StartRequest, Subscription, SubscriptionStatus } from './index.ts'

/** "2027-01-31" is nine o'clock UTC on that day; anything longer is taken as it is. */
export function at(text: string): Instant {
  const instant = parseInstant(text.length === 10 ? `${text}T09:00:00Z` : text)
  assert(instant !== null, 'a test names an instant')
  return instant
}

/** The reverse of `at`. */
export function textOf(instant: Instant | null): string | null {
  return instant === null ? null : formatInstant(instant).replace('T09:00:00.000Z', '')
}

export function periodText({ start, end }: Period): string {
  return `${textOf(start)} ${textOf(end)}`
}

export const MONTHLY: Frequency = { kind: 'unit', unit: 'month', count: 1 }
export const ID = idOf('01890a5d-ac96-774b-bcce-b302099a8057')
const USD = parseCurrency('USD')

function idOf(text: string): Uuid {
  assert(isUuid(text), 'a test names a uuid')
  return text
}

/** A monthly subscription asked for at nine o'clock on 15 January 2027. */
export function startRequest(more: Partial<StartRequest> = {}): StartRequest {
  assert(USD !== null, 'the dollar is known')
  return {
    id: ID,
    customerId: ID,
    businessId: null,
    productId: null,
    priceId: null,
    currency: USD,
    quantity: 1n,
    amountMinor: 4900n,
    collectionMethod: 'charge_automatically',
    daysUntilDue: 0,
    zone: UTC,
    frequency: MONTHLY,
    startAt: at('2027-01-15'),
    trialEnd: null,
    billingDay: { kind: 'same_day' },
    firstCharge: 'immediate',
    cyclesMax: null,
    endsAt: null,
    cancelAtPeriodEnd: false,
    pauseAtPeriodEnd: false,
    prorationMode: 'immediate',
    metadata: {},
    ...more,
  }
}

/** A monthly subscription in its first period, 15 January to 15 February 2027, first billed and of version 7. */
export function subscriptionIn(
  status: SubscriptionStatus,
  more: Partial<Subscription> = {},
): Subscription {
  const { startAt, zone, frequency, billingDay: _, ...fields } = startRequest()
  const anchor = { at: startAt, zone, day: null }
  return {
    ...fields,
    version: 7,
    profile: null,
    status,
    schedule: { zone, frequency, dateRule: 'anchored', anchor, anchorCycle: 0 },
    cycle: 0,
    cyclesBilled: 1,
    startedAt: startAt,
    period: { start: startAt, end: at('2027-02-15') },
    trialEnd: status === 'trialing' ? at('2027-02-15') : null,
    isTrialEndingNoticeSent: status === 'trialing',
    nextDueAt: null,
    canceledAt: null,
    endedAt: null,
    cancelReason: null,
    pauseBehavior: status === 'paused' ? 'void' : null,
    pausedAt: status === 'paused' ? startAt : null,
    resumesAt: null,
    latestInvoiceId: status === 'trialing' ? null : ID,
    replacesId: null,
    replacedById: null,
    shipTo: null,
    campaign: null,
    extras: null,
    parkedAt: null,
    parkedReason: null,
    createdAt: startAt,
    updatedAt: startAt,
    ...more,
  }
}
