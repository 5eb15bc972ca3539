import { owedMinor, type Invoice } from '../invoices/index.ts'
import type { PaymentAttempt } from '../payments/index.ts'
import { toRouteOutcome, type RouteOutcome } from '../routing/index.ts'
import { collectionFailed } from './collection-failed.ts'
import { moveTo } from './move-to.ts'
import { addAttempt, addStop, findNextRoute } from './route-charge.ts'
import type { SettlementState, Work } from './state.ts'

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
  if (billed?.routing === undefined || routeState === undefined) return false
  if (owedMinor(invoice) <= 0n || !isCharged(state)) return false
  const bill = {
    owedMinor: owedMinor(invoice),
    currency: invoice.currency,
    renewalKind: state.renewal?.kind ?? null,
    attemptsMade: attempt.attemptNumber,
  }
  const outcome = outcomeOf(attempt)
  const found = findNextRoute(billed, bill, { state: routeState, outcome })
  if (found.kind === 'none') {
    addStop(found, invoice.id, work)
    return false
  }
  const { book } = billed.routing.routing
  addAttempt(found, { invoice, number: attempt.attemptNumber + 1, book }, work)
  return true
}

/** A subscription that has ended meanwhile is charged no more. */
function isCharged({ billed, isRecoveryOver }: SettlementState): boolean {
  if (billed === null || isRecoveryOver === true) return false
  const { status } = billed.subscription
  return !['canceled', 'expired', 'incomplete_expired', 'unpaid'].includes(status)
}

function outcomeOf(attempt: PaymentAttempt): RouteOutcome {
  if (attempt.state === 'succeeded') return { kind: 'approved' }
  const code = attempt.decline?.code ?? 'generic_decline'
  const decline = attempt.decline ?? { code, isoCode: null, adviceCode: null, message: null }
  return toRouteOutcome(decline)
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
  if (!['trialing', 'active', 'past_due', 'paused'].includes(status)) return
  const declineCode = routeState?.lastDeclineCode ?? 'generic_decline'
  const paidInPart = changes.changedInvoices.indexOf(invoice)
  collectionFailed(billed, { invoice, lines: state.lines }, declineCode, work)
  // The last retry writes off what is left: one row is written once.
  const isWrittenOff = changes.changedInvoices.filter(({ id }) => id === invoice.id).length > 1
  if (isWrittenOff) changes.changedInvoices.splice(paidInPart, 1)
}
