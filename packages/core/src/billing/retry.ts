import { isOpen, owedMinor } from '../invoices/index.ts'
import { closeCase } from '../recovery/index.ts'
import { addDays, addMs, MS_PER_HOUR, type Instant } from '../time/index.ts'
import { emptyChangeSet, type ChangeSet } from './change-set.ts'
import { collectionFailed } from './collection-failed.ts'
import { uncollectedFact } from './facts.ts'
import { addAttempt, addStop, findFirstRoute } from './route-charge.ts'
import type { BilledState, BillingTools, SubscriptionState, Work } from './state.ts'

export type RetryState = BilledState & {
  readonly billed: SubscriptionState
  readonly attemptsMade: number
  /** A charge for the invoice is in flight, or its outcome is unknown. */
  readonly isBeingPaid: boolean
}

export type RetryDecision = {
  readonly result: 'charging' | 'no_payment_method' | 'postponed' | 'closed'
  readonly changes: ChangeSet
}

/** While a charge is in flight nobody knows whether the invoice is paid: asked again in an hour. */
const IN_FLIGHT_WAIT_MS = MS_PER_HOUR

/**
 * The next try of an open recovery case that is due: a new attempt on the best route, or a failed retry
 * when there is no method to charge. `postponed`: a charge made by hand is in flight, or the subscription is paused. `closed`: nothing to try, because the last try is still under way or
 * something else has settled the invoice or moved the subscription on.
 */
export function decideRetry(state: RetryState, at: Instant, tools: BillingTools): RetryDecision {
  const { billed, invoice } = state
  const work: Work = { at, tools, changes: emptyChangeSet() }
  const { changes } = work
  const own = billed.openCases.find((open) => open.invoiceId === invoice.id)
  if (own === undefined || own.nextAttemptAt === null) return { result: 'closed', changes }
  const { status } = billed.subscription
  if (isOpen(invoice.status) && status === 'paused') {
    changes.changedCases.push({ ...own, nextAttemptAt: addDays(at, 1) })
    return { result: 'postponed', changes }
  }
  if (!isOpen(invoice.status) || status !== 'past_due') {
    const closedAs = invoice.status === 'paid' ? 'recovered' : 'canceled'
    changes.changedCases.push(closeCase(own, closedAs, at))
    return { result: 'closed', changes }
  }
  if (state.isBeingPaid) {
    changes.changedCases.push({ ...own, nextAttemptAt: addMs(at, IN_FLIGHT_WAIT_MS) })
    return { result: 'postponed', changes }
  }
  const found = findFirstRoute(billed, {
    owedMinor: owedMinor(invoice),
    currency: invoice.currency,
    renewalKind: state.renewal?.kind ?? null,
    attemptsMade: state.attemptsMade,
    at,
  })
  const waiting = { ...own, nextAttemptAt: null }
  if (found.kind === 'none') {
    addStop(found, { invoiceId: invoice.id, paymentIntentId: null }, work)
    const openCases = billed.openCases.map((open) => (open === own ? waiting : open))
    changes.facts.push(uncollectedFact(state, own.retriesMade + 1, at))
    collectionFailed({ ...billed, openCases }, state, found.code, work)
    return { result: 'no_payment_method', changes }
  }
  const book = billed.routing?.routing.book
  addAttempt(found, { invoice, number: state.attemptsMade + 1, book }, work)
  changes.changedCases.push(waiting)
  return { result: 'charging', changes }
}
