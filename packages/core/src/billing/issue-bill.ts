import { assert } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import {
  billItems,
  issueTransfers,
  writeOffTransfers,
  type BillingReason,
  type Invoice,
  type InvoiceLine,
} from '../invoices/index.ts'
import type { Ratio } from '../money/index.ts'
import { planAttempt, type ChargeRoute, type PaymentAttempt } from '../payments/index.ts'
import type { RecoveryCase, RecoveryPolicy } from '../recovery/index.ts'
import type { PauseBehavior, Subscription, SubscriptionItem } from '../subscriptions/index.ts'
import { addDays, type Instant } from '../time/index.ts'
import type { ChangeSet, Renewal, RenewalKind } from './change-set.ts'
import { invoiceFact } from './facts.ts'

/** Ids and public tokens, handed in. */
export type BillingTools = { readonly nextId: () => Uuid; readonly nextToken: () => string }

/** Everything a decision about one subscription needs. `routes`: ways to charge it, best first. */
export type SubscriptionState = {
  readonly subscription: Subscription
  readonly items: readonly SubscriptionItem[]
  readonly routes: readonly ChargeRoute[]
  readonly openCases: readonly RecoveryCase[]
  readonly policy: RecoveryPolicy
}

/** What became of a bill: nothing owed, sent to the customer, about to be charged, or nothing to charge. */
export type BillResult = 'settled' | 'sent' | 'charging' | 'no_payment_method' | 'set_aside'

export type IssuedBill = {
  readonly result: BillResult
  readonly invoice: Invoice
  readonly lines: readonly InvoiceLine[]
  readonly attempt: PaymentAttempt | null
}

export type BillOrder = {
  readonly kind: RenewalKind
  readonly reason: BillingReason
  readonly share: Ratio
}

/**
 * Bills the period that `state.subscription` stands in: an issued invoice with its lines and postings, the
 * renewal it belongs to and, where there is something to charge and a way to, the attempt that is committed
 * before any gateway is called. Adds everything but the subscription itself to `changes`.
 */
export function issueBill(
  state: SubscriptionState,
  order: BillOrder,
  at: Instant,
  tools: BillingTools,
  changes: ChangeSet,
): IssuedBill {
  const drafted = draftBill(state, order, at, tools)
  const { lines } = drafted
  const isSettled = drafted.invoice.totalMinor === 0n
  const isSent = state.subscription.collectionMethod === 'send_invoice'
  const invoice: Invoice = {
    ...drafted.invoice,
    status: isSettled ? 'paid' : isSent ? 'sent' : 'finalized',
    finalizedAt: at,
    publicToken: tools.nextToken(),
    paidAt: isSettled ? at : null,
    sentAt: isSent && !isSettled ? at : null,
    dueAt: isSent && !isSettled ? addDays(at, state.subscription.daysUntilDue) : null,
  }

  const route = state.routes[0] ?? null
  const attempt =
    isSettled || isSent || route === null
      ? null
      : attemptFor(invoice, route, { id: tools.nextId(), number: 1 }, at)
  const result: BillResult = isSettled
    ? 'settled'
    : isSent
      ? 'sent'
      : attempt === null
        ? 'no_payment_method'
        : 'charging'

  changes.newInvoices.push(invoice)
  changes.newLines.push(...lines)
  changes.newRenewals.push(
    renewalFor(
      state.subscription,
      invoice,
      order.kind,
      isSettled ? 'paid' : 'processing',
      at,
      tools,
    ),
  )
  changes.transfers.push(...issueTransfers(invoice, at, tools.nextId))
  changes.facts.push(
    invoiceFact('created', { invoice, lines }, at),
    invoiceFact('finalized', { invoice, lines }, at),
  )
  if (isSettled) changes.facts.push(invoiceFact('paid', { invoice, lines }, at))
  if (result === 'sent') {
    changes.facts.push(invoiceFact('sent', { invoice, lines }, at))
    changes.mailedInvoices.push(invoice)
  }
  if (attempt !== null) changes.newAttempts.push(attempt)
  return { result, invoice, lines, attempt }
}

/** The bill of a period that passes while the subscription is paused: kept, written off or voided, never charged. */
export function setBillAside(
  state: SubscriptionState,
  behavior: PauseBehavior,
  at: Instant,
  tools: BillingTools,
  changes: ChangeSet,
): IssuedBill {
  const order: BillOrder = {
    kind: 'automatic',
    reason: 'subscription_cycle',
    share: { numerator: 1n, denominator: 1n },
  }
  const drafted = draftBill(state, order, at, tools)
  const { lines } = drafted
  const invoice = asideInvoice(drafted.invoice, behavior, at, tools)
  changes.newInvoices.push(invoice)
  changes.newLines.push(...lines)
  changes.newRenewals.push(renewalFor(state.subscription, invoice, order.kind, 'void', at, tools))
  changes.facts.push(invoiceFact('created', { invoice, lines }, at))
  if (behavior === 'void') changes.facts.push(invoiceFact('voided', { invoice, lines }, at))
  if (behavior === 'mark_uncollectible') {
    changes.transfers.push(
      ...issueTransfers(invoice, at, tools.nextId),
      ...writeOffTransfers(invoice, at, tools.nextId),
    )
    changes.facts.push(
      invoiceFact('finalized', { invoice, lines }, at),
      invoiceFact('marked_uncollectible', { invoice, lines }, at),
    )
  }
  return { result: 'set_aside', invoice, lines, attempt: null }
}

function asideInvoice(
  draft: Invoice,
  behavior: PauseBehavior,
  at: Instant,
  tools: BillingTools,
): Invoice {
  switch (behavior) {
    case 'keep_as_draft':
      return draft
    case 'void':
      return { ...draft, status: 'void', voidedAt: at }
    case 'mark_uncollectible':
      return { ...draft, status: 'uncollectible', finalizedAt: at, publicToken: tools.nextToken() }
  }
}

function draftBill(
  state: SubscriptionState,
  order: BillOrder,
  at: Instant,
  tools: BillingTools,
): { invoice: Invoice; lines: readonly InvoiceLine[] } {
  const { subscription, items } = state
  const invoiceId = tools.nextId()
  const { cycle, period, currency } = subscription
  const bill = billItems({
    invoiceId,
    items,
    cycle,
    share: order.share,
    period,
    currency,
    nextId: tools.nextId,
  })
  const totalMinor = bill.subtotalMinor - bill.discountMinor
  assert(totalMinor >= 0n, 'an invoice never asks for less than nothing')
  const invoice: Invoice = {
    id: invoiceId,
    version: 1,
    number: null,
    customerId: subscription.customerId,
    subscriptionId: subscription.id,
    billingReason: order.reason,
    status: 'draft',
    currency,
    subtotalMinor: bill.subtotalMinor,
    discountMinor: bill.discountMinor,
    taxMinor: 0n,
    totalMinor,
    paidMinor: 0n,
    collectionMethod: subscription.collectionMethod,
    period,
    dueAt: null,
    finalizedAt: null,
    sentAt: null,
    paidAt: null,
    voidedAt: null,
    overdueAt: null,
    publicToken: null,
    metadata: {},
    customFields: {},
    createdAt: at,
    updatedAt: at,
  }
  return { invoice, lines: bill.lines }
}

function renewalFor(
  subscription: Subscription,
  invoice: Invoice,
  kind: RenewalKind,
  status: Renewal['status'],
  at: Instant,
  tools: BillingTools,
): Renewal {
  return {
    id: tools.nextId(),
    subscriptionId: subscription.id,
    cycle: subscription.cycle,
    kind,
    status,
    renewalAt: subscription.period.start,
    period: subscription.period,
    amountMinor: invoice.totalMinor,
    currency: invoice.currency,
    invoiceId: invoice.id,
    createdAt: at,
  }
}

/** The charge of what an invoice still owes, along one route. */
export function attemptFor(
  invoice: Invoice,
  route: ChargeRoute,
  given: { readonly id: Uuid; readonly number: number },
  at: Instant,
): PaymentAttempt {
  const request = {
    id: given.id,
    invoiceId: invoice.id,
    paymentIntentId: null,
    subscriptionId: invoice.subscriptionId,
    customerId: invoice.customerId,
    attemptNumber: given.number,
    amountMinor: invoice.totalMinor - invoice.paidMinor,
    currency: invoice.currency,
    operation: 'charge' as const,
  }
  return planAttempt(request, route, at)
}

/** The view of a subscription that its events carry. */
export function viewOf(
  state: SubscriptionState,
  subscription: Subscription,
  recovery: RecoveryCase | null = null,
) {
  return { subscription, items: state.items, recovery }
}
