// What the tests of this module share.
import type { PriceScheme } from '../catalog/index.ts'
import { assert } from '../fault/index.ts'
import { type Uuid, isUuid } from '../ids/index.ts'
import { parseCurrency, ratio } from '../money/index.ts'
import type { SubscriptionItem } from '../subscriptions/index.ts'
import { type Instant, parseInstant } from '../time/index.ts'
import type { Invoice, InvoiceStatus } from './index.ts'

/** "2027-01-31" is nine o'clock UTC on that day. */
export function at(date: string): Instant {
  const instant = parseInstant(`${date}T09:00:00Z`)
  assert(instant !== null, 'a test names a date')
  return instant
}

export function numberedId(number: number): Uuid {
  const id = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
  assert(isUuid(id), 'a numbered id is a uuid')
  return id
}

/** Ids from 1001 on. */
export function idMaker(): () => Uuid {
  let made = 1000
  return () => {
    made += 1
    return numberedId(made)
  }
}

export function usd() {
  const currency = parseCurrency('USD')
  assert(currency !== null, 'the dollar is known')
  return currency
}

export const PERIOD = { start: at('2027-01-15'), end: at('2027-02-15') }

/** A flat 100.00, unless the scheme says otherwise. */
export function item(
  more: Partial<SubscriptionItem> = {},
  scheme: PriceScheme = { kind: 'flat', amountMinor: 10_000n },
): SubscriptionItem {
  const bounds = { freeUnits: 0n, minimumMinor: null, maximumMinor: null }
  return {
    id: numberedId(1),
    subscriptionId: numberedId(2),
    position: 0,
    component: 'standard',
    terms: { currency: usd(), scheme, ...bounds },
    priceId: null,
    productId: null,
    description: 'Plan',
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

export const perUnit = (minor: bigint, of = 1n): PriceScheme => ({
  kind: 'per_unit',
  unitAmount: ratio(minor, of),
})

/** 100.00 less 10.00 and 20.00 of tax on top, as it stands in that status. */
export function invoiceIn(status: InvoiceStatus, more: Partial<Invoice> = {}): Invoice {
  const isDraft = status === 'draft' || status === 'pending_approval'
  return {
    id: numberedId(3),
    version: 4,
    number: isDraft ? null : 'INV-2027-0001',
    customerId: numberedId(4),
    subscriptionId: numberedId(2),
    billingReason: 'subscription_cycle',
    status,
    currency: usd(),
    subtotalMinor: 10_000n,
    discountMinor: 1000n,
    taxMinor: 2000n,
    totalMinor: 11_000n,
    paidMinor: status === 'paid' ? 11_000n : status === 'partially_paid' ? 4000n : 0n,
    collectionMethod: 'send_invoice',
    period: PERIOD,
    dueAt: null,
    finalizedAt: isDraft ? null : at('2027-01-15'),
    sentAt: null,
    paidAt: null,
    voidedAt: null,
    overdueAt: null,
    publicToken: isDraft ? null : 'token',
    reopenCount: 0,
    creditAppliedMinor: 0n,
    refundedMinor: 0n,
    creditedMinor: 0n,
    metadata: {},
    customFields: {},
    createdAt: at('2027-01-15'),
    updatedAt: at('2027-01-15'),
    ...more,
  }
}
