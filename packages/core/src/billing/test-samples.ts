// Sample requests, items and answers for the tests of this module.
import { assert } from '../fault/index.ts'
import { type Uuid, isUuid } from '../ids/index.ts'
import { type Currency, parseCurrency, ratio } from '../money/index.ts'
import type { CustomerSale } from '../sales/index.ts'
import type { ChargeRoute, GatewayOutcome, NewIntent } from '../payments/index.ts'
import type { RecoveryPolicy } from '../recovery/index.ts'
import type { StartRequest, SubscriptionItem } from '../subscriptions/index.ts'
import { type Frequency, type Instant, UTC, formatInstant, parseInstant } from '../time/index.ts'

/** "2027-01-31" is nine o'clock UTC on that day; anything longer is taken as it is. */
export function at(text: string): Instant {
  const instant = parseInstant(text.length === 10 ? `${text}T09:00:00Z` : text)
  assert(instant !== null, 'a test names an instant')
  return instant
}

/** The reverse of `at`. */
export function textOf(instant: Instant | null): string {
  return instant === null ? 'never' : formatInstant(instant).replace('T09:00:00.000Z', '')
}

export const MONTHLY: Frequency = { kind: 'unit', unit: 'month', count: 1 }

/** Retries 1, 3 and 7 days after the first failure (revkeen.md 7.6). */
export const POLICY: RecoveryPolicy = {
  kind: 'ladder',
  retryDays: [1, 3, 7],
  isFree: false,
  graceDays: 7,
  onExhausted: 'unpaid',
}

export const APPROVED: GatewayOutcome = {
  kind: 'succeeded',
  gatewayReference: 'ch_1',
  networkTransactionId: null,
}
export const PENDING: GatewayOutcome = { kind: 'pending', gatewayReference: 'ch_1' }
export const SILENCE: GatewayOutcome = {
  kind: 'unknown',
  gatewayReference: null,
  cause: 'timed out',
}
export const CHALLENGE: GatewayOutcome = {
  kind: 'needs_action',
  gatewayReference: 'ch_1',
  nextAction: { type: 'redirect_to_url', url: 'https://bank.example/confirm' },
}
export const DECLINED: GatewayOutcome = {
  kind: 'declined',
  gatewayReference: 'ch_1',
  decline: { code: 'insufficient_funds', isoCode: '51', adviceCode: null, message: null },
}

export function usd(): Currency {
  const currency = parseCurrency('USD')
  assert(currency !== null, 'the dollar is known')
  return currency
}

export function numberedId(number: number): Uuid {
  const id = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
  assert(isUuid(id), 'a numbered id is a uuid')
  return id
}

const CUSTOMER = numberedId(1)
const SUBSCRIPTION = numberedId(2)
export const ROUTE: ChargeRoute = {
  paymentMethodId: numberedId(3),
  gatewayId: numberedId(4),
  methodType: 'card',
  cardBrand: 'visa',
  cardLast4: '4242',
}

/** A cart of that customer's, to be charged by that route. */
export const SALE_ROW: CustomerSale = {
  id: numberedId(10),
  version: 1,
  customerId: CUSTOMER,
  invoiceId: numberedId(11),
  status: 'pending',
  currency: usd(),
  campaign: 'spring',
  shop: null,
  paymentMethodId: ROUTE.paymentMethodId,
  makesDefault: false,
  extras: null,
  paymentProfileId: null,
  billTo: null,
  shipTo: { city: 'London' },
  metadata: { source: 'ad' },
  createdAt: at('2027-01-31'),
  updatedAt: at('2027-01-31'),
  begunAt: null,
  voidedAt: null,
}

/** 49.00 a month from nine o'clock on 31 January 2027, charged automatically. */
export function startRequest(more: Partial<StartRequest> = {}): StartRequest {
  return {
    id: SUBSCRIPTION,
    customerId: CUSTOMER,
    businessId: null,
    productId: null,
    priceId: null,
    currency: usd(),
    quantity: 1n,
    amountMinor: 4900n,
    collectionMethod: 'charge_automatically',
    daysUntilDue: 14,
    zone: UTC,
    frequency: MONTHLY,
    startAt: at('2027-01-31'),
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

/** 49.00 from the method of the route, taken as soon as it is authorised. */
export function newIntent(more: Partial<NewIntent> = {}): NewIntent {
  return {
    id: numberedId(50),
    customerId: CUSTOMER,
    paymentMethodId: ROUTE.paymentMethodId,
    amountMinor: 4900n,
    currency: usd(),
    captureMethod: 'automatic',
    description: null,
    statementDescriptor: null,
    statementDescriptorSuffix: null,
    receiptEmail: null,
    clientSecret: 'secret',
    metadata: {},
    ...more,
  }
}

/** One seat at 49.00. */
export function item(more: Partial<SubscriptionItem> = {}): SubscriptionItem {
  const bounds = { freeUnits: 0n, minimumMinor: null, maximumMinor: null }
  const scheme = { kind: 'per_unit', unitAmount: ratio(4900n, 1n) } as const
  return {
    id: numberedId(5),
    subscriptionId: SUBSCRIPTION,
    position: 0,
    component: 'standard',
    terms: { currency: usd(), scheme, ...bounds },
    priceId: null,
    productId: null,
    description: 'Seat',
    quantity: 1n,
    unitAmountMinor: null,
    ownAmountMinor: null,
    cycleFirst: 0,
    cycleCount: null,
    fulfillmentType: 'none',
    metadata: {},
    createdAt: at('2027-01-01'),
    updatedAt: at('2027-01-01'),
    ...more,
  }
}
