import { assertNever } from '../../fault/index.ts'
import {
  issueTransfers,
  writeOffTransfers,
  type Invoice,
  type InvoiceLine,
} from '../../invoices/index.ts'
import { ratio } from '../../money/index.ts'
import type { PauseBehavior, Subscription } from '../../subscriptions/index.ts'
import { addCalendarDays, type Instant, type TimeZone } from '../../time/index.ts'
import type { Renewal, RenewalKind } from '../state/change-set.ts'
import { draftBill, type BillOrder } from './draft-bill.ts'
import { addShipment, redeemDiscounts } from '../extras/follow-lines.ts'
import { invoiceFact } from '../state/facts.ts'
import type { DeniedCharge } from '../charges/guard-charge.ts'
import { draftAtTax } from '../recycling/retax.ts'
import {
  addCharge,
  addStop,
  findFirstRoute,
  isAnnounced,
  type FoundRoute,
} from '../charges/route-charge.ts'
import type { SubscriptionState, Work } from '../state/state.ts'
import { payWithCredit } from './use-credit.ts'

/** What became of a bill: nothing owed, sent to the customer, about to be charged, told to its payer, or nothing to charge. */
export type BillResult =
  | 'settled'
  | 'sent'
  | 'charging'
  | 'announced'
  | 'no_payment_method'
  | 'set_aside'

export type IssuedBill = {
  readonly result: BillResult
  /** Why nothing can be charged, where nothing can. */
  readonly failureCode?: string
  /** The card networks forbid the charge. */
  readonly denied?: DeniedCharge
  readonly invoice: Invoice
  readonly lines: readonly InvoiceLine[]
}

/**
 * Bills the period that `state.subscription` stands in: an issued invoice with its lines and postings,
 * the renewal it belongs to and, where there is something to charge and a way to, the attempt that is
 * committed before any gateway is called. Adds everything but the subscription itself to the changes.
 */
export function issueBill(state: SubscriptionState, order: BillOrder, work: Work): IssuedBill {
  const { at, tools, changes } = work
  const { isCustomerPresent = false } = order
  const { invoice: drafted, lines } = draftBill(state, order, work)
  // A start is paid by whoever subscribes: given up, it would have to give the credit back.
  const creditMinor = order.kind === 'initial' ? 0n : (state.creditMinor ?? 0n)
  const { draft, found } = routed(state, { drafted, order, creditMinor, at })
  const owedMinor = draft.totalMinor - creditMinor
  const result = resultOf(draft, { found, owedMinor })
  const { daysUntilDue, schedule } = state.subscription
  const issued = issuedInvoice(draft, { result, daysUntilDue, zone: schedule.zone }, work)
  const invoice = payWithCredit(issued, creditMinor, work)
  const failure = found?.kind === 'none' ? failureOf(found) : {}
  const bill = { result, invoice, lines, ...failure }

  changes.newInvoices.push(invoice)
  changes.newLines.push(...lines)
  const status = renewalStatusOf(result, order.kind)
  changes.newRenewals.push(renewalFor(state.subscription, bill, { kind: order.kind, status }, work))
  changes.transfers.push(...issueTransfers(invoice, at, tools.nextId))
  changes.facts.push(invoiceFact('created', bill, at), invoiceFact('finalized', bill, at))
  if (result === 'settled') changes.facts.push(invoiceFact('paid', bill, at))
  if (state.extras !== undefined) {
    redeemDiscounts(bill, work)
    const { subscription } = state
    if (result === 'settled') addShipment({ ...bill, subscription }, work)
  }
  if (result === 'sent') {
    changes.facts.push(invoiceFact('sent', bill, at))
    changes.mailedInvoices.push(invoice)
  }
  if (found?.kind === 'route')
    addCharge(
      found,
      { invoice, number: 1, isCustomerPresent, book: state.routing?.routing.book },
      work,
    )
  if (found?.kind === 'none') addStop(found, { invoiceId: invoice.id, paymentIntentId: null }, work)
  return bill
}

/** The draft with the way to charge it, and with the tax of the method that is charged. */
function routed(
  state: SubscriptionState,
  bill: {
    readonly drafted: Invoice
    readonly order: BillOrder
    readonly creditMinor: bigint
    readonly at: Instant
  },
): { readonly draft: Invoice; readonly found: FoundRoute | null } {
  const { drafted: draft, order, creditMinor, at } = bill
  const owedMinor = draft.totalMinor - creditMinor
  const found = owedMinor > 0n ? findRouteOf(state, { draft, order, owedMinor, at }) : null
  if (found === null || state.recycling === undefined) return { draft, found }
  const taxed = draftAtTax(state.recycling, { invoice: draft, found })
  return { draft: taxed.invoice, found: taxed.found }
}

function failureOf(
  found: Extract<FoundRoute, { kind: 'none' }>,
): Pick<IssuedBill, 'failureCode' | 'denied'> {
  const { code: failureCode, denied } = found
  return denied === undefined ? { failureCode } : { failureCode, denied }
}

/** The way to charge a draft; null for one that is sent to the customer. */
function findRouteOf(
  state: SubscriptionState,
  bill: {
    readonly draft: Invoice
    readonly order: BillOrder
    readonly owedMinor: bigint
    readonly at: Instant
  },
): FoundRoute | null {
  const { draft, order, owedMinor, at } = bill
  if (draft.collectionMethod === 'send_invoice') return null
  const { currency } = draft
  const { isCustomerPresent = false } = order
  const charged = { currency, owedMinor, attemptsMade: 0, at, isCustomerPresent }
  return findFirstRoute(state, { ...charged, renewalKind: order.kind })
}

function resultOf(
  draft: Invoice,
  { found, owedMinor }: { readonly found: FoundRoute | null; readonly owedMinor: bigint },
): BillResult {
  if (owedMinor <= 0n) return 'settled'
  if (found === null || draft.collectionMethod === 'send_invoice') return 'sent'
  if (found.kind === 'none') return 'no_payment_method'
  return isAnnounced(found, draft.currency) ? 'announced' : 'charging'
}

function renewalStatusOf(result: BillResult, kind: RenewalKind): Renewal['status'] {
  if (result === 'settled') return 'paid'
  // A start without a method may still be paid in its time; anything else has failed to collect.
  return result === 'no_payment_method' && kind !== 'initial' ? 'overdue' : 'processing'
}

function issuedInvoice(
  draft: Invoice,
  given: { readonly result: BillResult; readonly daysUntilDue: number; readonly zone: TimeZone },
  { at, tools }: Work,
): Invoice {
  const issued = { ...draft, finalizedAt: at, publicToken: tools.nextToken() }
  switch (given.result) {
    case 'settled':
      return { ...issued, status: 'paid', paidAt: at }
    case 'sent':
      return {
        ...issued,
        status: 'sent',
        sentAt: at,
        dueAt: addCalendarDays(at, given.daysUntilDue, given.zone),
      }
    case 'charging':
    case 'announced':
    case 'no_payment_method':
    case 'set_aside':
      return { ...issued, status: 'finalized' }
    default:
      return assertNever(given.result)
  }
}

/** The bill of a period that passes while paused: kept, written off or voided, never charged. */
export function setBillAside(
  state: SubscriptionState,
  behavior: PauseBehavior,
  work: Work,
): IssuedBill {
  const { at, tools, changes } = work
  const order = { kind: 'automatic', reason: 'subscription_cycle', share: ratio(1n, 1n) } as const
  const { invoice: draft, lines } = draftBill(state, order, work)
  const invoice = asideInvoice(draft, behavior, work)
  const bill: IssuedBill = { result: 'set_aside', invoice, lines }

  changes.newInvoices.push(invoice)
  changes.newLines.push(...lines)
  const given = { kind: order.kind, status: 'void' } as const
  changes.newRenewals.push(renewalFor(state.subscription, bill, given, work))
  // What is written off or void at once uses up nothing.
  if (behavior === 'keep_as_draft') redeemDiscounts(bill, work)
  changes.facts.push(invoiceFact('created', bill, at))
  if (behavior === 'void') changes.facts.push(invoiceFact('voided', bill, at))
  if (behavior === 'mark_uncollectible') {
    changes.transfers.push(
      ...issueTransfers(invoice, at, tools.nextId),
      ...writeOffTransfers(invoice, at, tools.nextId),
    )
    changes.facts.push(
      invoiceFact('finalized', bill, at),
      invoiceFact('marked_uncollectible', bill, at, BigInt(invoice.version)),
    )
  }
  return bill
}

function asideInvoice(draft: Invoice, behavior: PauseBehavior, { at, tools }: Work): Invoice {
  switch (behavior) {
    case 'keep_as_draft':
      return draft
    case 'void':
      return { ...draft, status: 'void', voidedAt: at }
    case 'mark_uncollectible': {
      const publicToken = tools.nextToken()
      return { ...draft, status: 'uncollectible', finalizedAt: at, publicToken }
    }
    default:
      return assertNever(behavior)
  }
}

function renewalFor(
  subscription: Subscription,
  bill: { readonly invoice: Invoice },
  given: { readonly kind: RenewalKind; readonly status: Renewal['status'] },
  { at, tools }: Work,
): Renewal {
  return {
    id: tools.nextId(),
    subscriptionId: subscription.id,
    cycle: subscription.cycle,
    kind: given.kind,
    status: given.status,
    renewalAt: subscription.period.start,
    period: subscription.period,
    amountMinor: bill.invoice.totalMinor,
    currency: bill.invoice.currency,
    invoiceId: bill.invoice.id,
    createdAt: at,
  }
}
