import type { Dispute } from '../../disputes/index.ts'
import type { Uuid } from '../../ids/index.ts'
import type { CreditNote, CreditNoteLine, Invoice, InvoiceLine } from '../../invoices/index.ts'
import type { Transfer } from '../../ledger/index.ts'
import type { Currency } from '../../money/index.ts'
import type {
  NewCollection,
  PaymentAttempt,
  PaymentIntent,
  PaymentVoid,
  Refund,
  Sale,
  Transaction,
} from '../../payments/index.ts'
import type { RouteStep } from '../../routing/index.ts'
import type { CustomerSale, CustomerSaleLine } from '../../sales/index.ts'
import type { CaseDecision, RecoveryCase } from '../../recovery/index.ts'
import type { Shipment } from '../../shipping/index.ts'
import type { Period, Subscription, SubscriptionItem } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import type { Redemption } from './bill-extras.ts'
import type { FactType } from './fact-types.ts'

export type RenewalKind = 'initial' | 'trial_end' | 'automatic' | 'manual'
export type RenewalStatus =
  | 'processing'
  | 'paid'
  | 'partially_paid'
  | 'overdue'
  | 'void'
  | 'partially_refunded'
  | 'refunded'

/** One billed cycle of a subscription; one per (subscription, renewal date). */
export type Renewal = {
  readonly id: Uuid
  readonly subscriptionId: Uuid
  readonly cycle: number
  readonly kind: RenewalKind
  readonly status: RenewalStatus
  readonly renewalAt: Instant
  readonly period: Period
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly invoiceId: Uuid | null
  readonly createdAt: Instant
}

/** The thing an event is about, as it is once the change has been made. */
export type FactSubject =
  | {
      readonly kind: 'subscription'
      readonly subscription: Subscription
      readonly items: readonly SubscriptionItem[]
      readonly recovery: RecoveryCase | null
    }
  | { readonly kind: 'invoice'; readonly invoice: Invoice; readonly lines: readonly InvoiceLine[] }
  | {
      readonly kind: 'sale'
      readonly sale: CustomerSale
      readonly lines: readonly CustomerSaleLine[]
      readonly invoice: Invoice
    }
  | { readonly kind: 'transaction'; readonly transaction: Transaction }
  | { readonly kind: 'payment_intent'; readonly intent: PaymentIntent }
  | { readonly kind: 'refund'; readonly refund: Refund }
  | { readonly kind: 'void'; readonly paymentVoid: PaymentVoid }
  | { readonly kind: 'credit_note'; readonly note: CreditNote }
  | { readonly kind: 'dispute'; readonly dispute: Dispute }

/**
 * Something that became true. `number` tells repetitions on one object apart (cycle, attempt, version);
 * the store keeps one event per (object, type, number).
 */
export type Fact = {
  readonly type: FactType
  readonly at: Instant
  readonly number: bigint
  readonly subject: FactSubject
  readonly previous: Readonly<Record<string, unknown>> | null
}

export type SubscriptionMethod = {
  readonly subscriptionId: Uuid
  readonly priority: number
  readonly paymentMethodId: Uuid
  /** What a bill bears that is charged to it; nothing when absent. */
  readonly taxMinor?: bigint
}

/**
 * A step of a route as it is kept: `id` is the attempt's, or its own when the route stopped. It is of an invoice or of
 * a payment intent.
 */
export type RouteDecision = {
  readonly id: Uuid
  readonly invoiceId: Uuid | null
  readonly paymentIntentId: Uuid | null
  readonly step: RouteStep
  readonly at: Instant
  /** Nothing follows it: a part of a bill that was asked for, or a choice that no profile made. */
  readonly isAlone?: true
}

/** Everything one or many decisions want written, by table. Written together, or not at all. */
export type ChangeSet = {
  readonly newSubscriptions: Subscription[]
  readonly changedSubscriptions: Subscription[]
  /** Those of them whose profile, frequency, address or successor changes as well: renewals never change these. */
  readonly changedTerms: Subscription[]
  readonly newItems: SubscriptionItem[]
  readonly changedItems: SubscriptionItem[]
  readonly newMethods: SubscriptionMethod[]
  readonly newRenewals: Renewal[]
  readonly changedRenewals: Pick<Renewal, 'id' | 'status'>[]
  /** Renewals whose bill comes to another amount: it bears another tax, or its draft was edited. */
  readonly repricedRenewals: Pick<Renewal, 'id' | 'amountMinor'>[]
  readonly newCustomerSales: CustomerSale[]
  readonly changedCustomerSales: CustomerSale[]
  readonly newSaleLines: CustomerSaleLine[]
  /** Lines of sales whose subscription has begun. */
  readonly begunLines: {
    readonly saleId: Uuid
    readonly position: number
    readonly subscriptionId: Uuid
  }[]
  /** Methods that have paid for a sale and are their customers' defaults from now on; the later ones count. */
  readonly newDefaults: {
    readonly customerId: Uuid
    readonly paymentMethodId: Uuid
    readonly at: Instant
  }[]
  /** Discounts of new subscriptions that their sale has used for them already. */
  readonly usedDiscounts: { readonly subscriptionId: Uuid; readonly discountId: Uuid }[]
  readonly newInvoices: Invoice[]
  readonly changedInvoices: Invoice[]
  readonly newLines: InvoiceLine[]
  readonly newIntents: PaymentIntent[]
  readonly changedIntents: PaymentIntent[]
  readonly newAttempts: PaymentAttempt[]
  /** In the place of an attempt, where a payer has to be told before. */
  readonly newCollections: NewCollection[]
  readonly newRouteDecisions: RouteDecision[]
  readonly changedAttempts: PaymentAttempt[]
  /** Those of them that a gateway has taken just now, and decides later. */
  readonly submittedAttempts: PaymentAttempt[]
  readonly newTransactions: Transaction[]
  /** Sales that are booked as refused, and have gone through after all. */
  readonly lateSales: Transaction[]
  /** How much of a sale refunds give back. */
  readonly changedSales: (Sale & { readonly changedAt: Instant })[]
  /** Refunds that had succeeded, and whose money came back to us. */
  readonly failedTransactions: { readonly id: Uuid; readonly at: Instant }[]
  readonly newRefunds: Refund[]
  readonly changedRefunds: Refund[]
  readonly newVoids: PaymentVoid[]
  readonly changedVoids: PaymentVoid[]
  readonly newCreditNotes: CreditNote[]
  readonly changedCreditNotes: CreditNote[]
  readonly newCreditNoteLines: CreditNoteLine[]
  /** What customers hold as credit; below zero is used up. */
  readonly balanceChanges: {
    readonly customerId: Uuid
    readonly currency: Currency
    readonly amountMinor: bigint
  }[]
  /** Whose money has come back; the same decision may have made them. */
  readonly voidedTransactions: { readonly id: Uuid; readonly at: Instant }[]
  /** Sales that were called off, and stand again. */
  readonly restoredTransactions: { readonly id: Uuid; readonly at: Instant }[]
  readonly newDisputes: Dispute[]
  readonly changedDisputes: Dispute[]
  readonly newCases: RecoveryCase[]
  readonly changedCases: RecoveryCase[]
  readonly newCaseDecisions: (CaseDecision & { readonly caseId: Uuid })[]
  /** Discounts that have reduced a new bill. */
  readonly newRedemptions: Redemption[]
  /** Invoices that are paid, so that their discounts are used for good. */
  readonly redeemedInvoices: { readonly id: Uuid; readonly at: Instant }[]
  readonly newShipments: Shipment[]
  /** Invoices that stay paid though their money was to go back: what was called off since then goes out after all. */
  readonly resumedShipments: {
    readonly invoiceId: Uuid
    readonly since: Instant
    readonly at: Instant
  }[]
  /** Void invoices of which refunds or credit notes may have taken tax back: that no longer stands. */
  readonly undoneTaxes: { readonly invoiceId: Uuid; readonly at: Instant }[]
  readonly transfers: Transfer[]
  readonly facts: Fact[]
  /** Invoices that go out to the customer by mail. */
  readonly mailedInvoices: Invoice[]
}

export function emptyChangeSet(): ChangeSet {
  return {
    newSubscriptions: [],
    changedSubscriptions: [],
    changedTerms: [],
    newItems: [],
    changedItems: [],
    newMethods: [],
    newRenewals: [],
    changedRenewals: [],
    repricedRenewals: [],
    newCustomerSales: [],
    changedCustomerSales: [],
    newSaleLines: [],
    begunLines: [],
    newDefaults: [],
    usedDiscounts: [],
    newInvoices: [],
    changedInvoices: [],
    newLines: [],
    newIntents: [],
    changedIntents: [],
    newAttempts: [],
    newCollections: [],
    newRouteDecisions: [],
    changedAttempts: [],
    submittedAttempts: [],
    newTransactions: [],
    lateSales: [],
    changedSales: [],
    failedTransactions: [],
    newRefunds: [],
    changedRefunds: [],
    newVoids: [],
    changedVoids: [],
    newCreditNotes: [],
    changedCreditNotes: [],
    newCreditNoteLines: [],
    balanceChanges: [],
    voidedTransactions: [],
    restoredTransactions: [],
    newDisputes: [],
    changedDisputes: [],
    newCases: [],
    changedCases: [],
    newCaseDecisions: [],
    newRedemptions: [],
    redeemedInvoices: [],
    newShipments: [],
    resumedShipments: [],
    undoneTaxes: [],
    transfers: [],
    facts: [],
    mailedInvoices: [],
  }
}

/** Adds every row of `part` to `whole`. One batch is the sum of its decisions. */
export function addChanges(whole: ChangeSet, part: ChangeSet): void {
  for (const list of LISTS) {
    const added = part[list]
    if (added.length === 0) continue
    const target: unknown[] = whole[list]
    target.push(...added)
  }
}

const LISTS = Object.keys(emptyChangeSet()) as readonly (keyof ChangeSet)[] // it names all of them
