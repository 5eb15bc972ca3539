import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import type { CollectionMethod, Period } from '../subscriptions/index.ts'
import type { Instant } from '../time/index.ts'

export type InvoiceStatus =
  | 'draft'
  | 'pending_approval'
  | 'finalized'
  | 'approved'
  | 'sent'
  | 'partially_paid'
  | 'paid'
  | 'overdue'
  | 'void'
  | 'uncollectible'

export type BillingReason =
  | 'manual'
  | 'subscription_create'
  | 'subscription_cycle'
  | 'subscription_update'

/** Amounts in minor units; `totalMinor = subtotalMinor - discountMinor + taxMinor`. */
export type Invoice = {
  readonly id: Uuid
  readonly version: number
  /** Given by the store when the invoice leaves draft, gap-free; null before. */
  readonly number: string | null
  readonly customerId: Uuid
  readonly subscriptionId: Uuid | null
  readonly billingReason: BillingReason
  readonly status: InvoiceStatus
  readonly currency: Currency
  readonly subtotalMinor: bigint
  readonly discountMinor: bigint
  readonly taxMinor: bigint
  readonly totalMinor: bigint
  readonly paidMinor: bigint
  /** Of what was paid: what came from the customer's credit. */
  readonly creditAppliedMinor: bigint
  /** Of what was paid: what refunds give back, those under way included. */
  readonly refundedMinor: bigint
  /** Of what was paid: what credit notes give back without a refund. */
  readonly creditedMinor: bigint
  readonly collectionMethod: CollectionMethod
  readonly period: Period | null
  readonly dueAt: Instant | null
  readonly finalizedAt: Instant | null
  readonly sentAt: Instant | null
  readonly paidAt: Instant | null
  readonly voidedAt: Instant | null
  readonly overdueAt: Instant | null
  readonly publicToken: string | null
  /** How often money that had paid it went back, so that it is owed again. */
  readonly reopenCount: number
  readonly metadata: Readonly<Record<string, unknown>>
  readonly customFields: Readonly<Record<string, unknown>>
  readonly createdAt: Instant
  readonly updatedAt: Instant
}

/** What is true of every invoice before anything has happened to it. */
export const NEW_INVOICE = {
  version: 1,
  number: null,
  paidMinor: 0n,
  creditAppliedMinor: 0n,
  refundedMinor: 0n,
  creditedMinor: 0n,
  dueAt: null,
  finalizedAt: null,
  sentAt: null,
  paidAt: null,
  voidedAt: null,
  overdueAt: null,
  publicToken: null,
  reopenCount: 0,
  metadata: {},
  customFields: {},
} as const satisfies Partial<Invoice>

/** What a line is made of besides an item. Tax that prices include is told by a line that is not added up. */
export type LineSource =
  | { readonly kind: 'discount'; readonly discountId: Uuid }
  | {
      readonly kind: 'shipping'
      /** Null where no rate qualified: it is shipped for nothing. */
      readonly shippingProfileId: Uuid | null
      readonly provider: string | null
      readonly providerMethod: string | null
    }
  | { readonly kind: 'tax'; readonly taxRateId: Uuid; readonly isIncluded: boolean }

export type InvoiceLine = {
  readonly id: Uuid
  readonly invoiceId: Uuid
  readonly position: number
  readonly subscriptionItemId: Uuid | null
  readonly priceId: Uuid | null
  readonly productId: Uuid | null
  readonly description: string
  readonly quantity: bigint
  /** Decimal text in minor units, where one unit has one price. */
  readonly unitAmountDecimal: string | null
  /** Negative for a discount. */
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly period: Period | null
  readonly isProration: boolean
  /** Absent = an item, or something that was written by hand. */
  readonly source?: LineSource
}

/** What is still owed on it. */
export function owedMinor(invoice: Pick<Invoice, 'totalMinor' | 'paidMinor'>): bigint {
  return invoice.totalMinor - invoice.paidMinor
}

const ISSUED: ReadonlySet<InvoiceStatus> = new Set([
  'finalized',
  'approved',
  'sent',
  'partially_paid',
  'overdue',
])

/** Issued and not settled: the states in which money may be taken for it (and from `uncollectible`, late). */
export function isOpen(status: InvoiceStatus): boolean {
  return ISSUED.has(status)
}
