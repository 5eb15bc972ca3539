import { owedMinor, type Invoice } from '../../invoices/index.ts'
import { retryOf, type PaymentAttempt } from '../../payments/index.ts'
import { RUNNING } from '../../subscriptions/index.ts'
import { collectionFailed } from '../failed/collection-failed.ts'
import { moveTo } from '../standing/move-to.ts'
import { countingReattempts } from '../recycling/reattempts.ts'
import { chargeAtTax } from '../recycling/retax.ts'
import {
  addCharge,
  addStop,
  findNextRoute,
  routedBillOf,
  type RoutedBill,
} from '../charges/route-charge.ts'
import { soldBillOf } from '../sales/sold-bill.ts'
import type { SettlementState } from '../state/billed-state.ts'
import type { SubscriptionState, Work } from '../state/state.ts'

/**
 * The next charge of the route that led to this attempt, where there is one: then the bill is still being charged.
 * `invoice` is as the outcome has left it.
 */
export function chargeOn(
  state: SettlementState,
  { attempt, invoice }: { readonly attempt: PaymentAttempt; readonly invoice: Invoice },
  work: Work,
): boolean {
  const { billed, routeState } = state
  const routing = state.routing ?? billed?.routing
  if (routing === undefined || routeState === undefined) return false
  if (owedMinor(invoice) <= 0n || !isCharged(state)) return false
  const { attemptNumber: attemptsMade, isCustomerPresent } = attempt
  const bill = billOf(state, { invoice, attemptsMade, at: work.at, isCustomerPresent })
  const found = findNextRoute(routing, bill, { state: routeState, attempt })
  if (found.kind === 'none') {
    addStop(found, { invoiceId: invoice.id, paymentIntentId: null }, work)
    return false
  }
  const { book } = routing.routing
  const number = attempt.attemptNumber + 1
  const due = chargeAtTax(state, { invoice, found }, work)
  const round = { number, retry: retryOf(attempt), isCustomerPresent }
  addCharge(due.found, { invoice: due.invoice, ...round, book }, work)
  return true
}

function billOf(
  { billed, renewal, cards, sold }: SettlementState,
  charged: { readonly invoice: Invoice } & Pick<
    RoutedBill,
    'attemptsMade' | 'at' | 'isCustomerPresent'
  >,
): RoutedBill {
  const { invoice, ...asked } = charged
  const given = { ...asked, owedMinor: owedMinor(invoice), currency: invoice.currency }
  if (billed !== null)
    return routedBillOf(
      { ...billed, cards: cardsOf(billed, { invoice, cards }) },
      { ...given, renewalKind: renewal?.kind ?? null },
    )
  if (sold !== undefined) return soldBillOf(sold, { ...asked, invoice, cards })
  return {
    ...given,
    cards,
    requestType: 'initial_sale',
    metadata: invoice.metadata,
    productIds: [],
  }
}

/** In a run of a recycled bill the networks count what is tried again. */
function cardsOf(
  billed: SubscriptionState,
  { invoice, cards }: Pick<SettlementState, 'invoice' | 'cards'>,
): SettlementState['cards'] {
  const own = billed.openCases.find((open) => open.invoiceId === invoice.id)
  const isRun = own !== undefined && billed.recycling !== undefined
  return isRun ? countingReattempts(cards, own.openedAt) : cards
}

/** A subscription that has ended meanwhile is charged no more. */
function isCharged({ billed, isRecoveryOver }: SettlementState): boolean {
  if (billed === null) return true
  const { status } = billed.subscription
  const isEnded = ['canceled', 'expired', 'incomplete_expired', 'unpaid'].includes(status)
  return !isEnded && isRecoveryOver !== true
}

/** A route has ended with a part of the money: what is left stays open, as after a failed charge. */
export function leaveRest(state: SettlementState, invoice: Invoice, work: Work): void {
  const { billed, renewal, routeState } = state
  const { changes } = work
  if (renewal !== null && (renewal.status === 'processing' || renewal.status === 'overdue'))
    changes.changedRenewals.push({ id: renewal.id, status: 'partially_paid' })
  if (billed === null || state.isRecoveryOver === true) return
  const { status } = billed.subscription
  if (status === 'pending') {
    changes.changedSubscriptions.push(moveTo(billed.subscription, 'fail_first_charge', work.at))
    return
  }
  if (!RUNNING.includes(status)) return
  const declineCode = routeState?.lastDeclineCode ?? 'generic_decline'
  const paidInPart = changes.changedInvoices.indexOf(invoice)
  collectionFailed(billed, { invoice, lines: state.lines }, declineCode, work)
  // The last retry writes off what is left: one row is written once.
  const isWrittenOff = changes.changedInvoices.filter(({ id }) => id === invoice.id).length > 1
  if (isWrittenOff) changes.changedInvoices.splice(paidInPart, 1)
}
