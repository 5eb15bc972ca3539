import { isOpen, type Invoice } from '../../invoices/index.ts'
import { closeCase, type RecoveryCase } from '../../recovery/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { giveUpCase } from '../failed/collection-failed.ts'
import type { DeniedCharge } from '../charges/guard-charge.ts'
import { giveUp } from '../failed/recycle-bill.ts'
import { isRecycling, type RecyclingState } from '../recycling/terms.ts'
import { makeTry } from './retry.ts'
import type { RetryState } from '../state/billed-state.ts'
import type { BillingTools, Work } from '../state/state.ts'

export type HandRefusal =
  | 'case_closed'
  | 'invoice_being_paid'
  | 'subscription_paused'
  | 'no_payment_method'
  | 'attempt_forbidden'

export type HandRetry =
  | { readonly kind: 'charging'; readonly changes: ChangeSet }
  | {
      readonly kind: 'refused'
      readonly code: HandRefusal
      /** Why the card networks forbid it, where they do. */
      readonly denied: DeniedCharge | null
    }

/**
 * A try of an open case because somebody wants it now. It leaves the schedule as it is and does not count; the guard is
 * asked as ever. Refusals in the order of the union.
 */
export function retryByHand(state: RetryState, at: Instant, tools: BillingTools): HandRetry {
  const work: Work = { at, tools, changes: emptyChangeSet() }
  const { billed, invoice } = state
  const own = billed.openCases.find((open) => open.invoiceId === invoice.id)
  if (own === undefined || !isOpen(invoice.status)) return refuse('case_closed')
  if (state.chargedAt !== null) return refuse('invoice_being_paid')
  if (billed.subscription.status === 'paused') return refuse('subscription_paused')
  const made = makeTry(state, { open: own, during: own, gatewayId: null, kind: 'manual' }, work)
  switch (made.kind) {
    case 'charging':
      return { kind: 'charging', changes: work.changes }
    case 'no_route':
      return refuse('no_payment_method')
    case 'forbidden':
      return refuse('attempt_forbidden', made.denied)
  }
}

function refuse(code: HandRefusal, denied: DeniedCharge | null = null): HandRetry {
  return { kind: 'refused', code, denied }
}

/** A recycled subscription ends, or goes on, as its own strategy says. */
function endOf(billed: RecyclingState, own: RecoveryCase) {
  const onEnd = billed.recycling.rules.onExhausted
  return { own, code: own.lastDeclineCode, onEnd, endsAs: 'canceled' } as const
}

type CancelDecision =
  | { readonly kind: 'canceled'; readonly changes: ChangeSet }
  | { readonly kind: 'refused'; readonly code: 'case_closed' | 'invoice_being_paid' }

/**
 * Nothing is tried any more: the case is canceled, and its subscription ends as after the last retry. One that is paused
 * stays so.
 */
export function cancelRecovery(
  state: RetryState,
  at: Instant,
  tools: BillingTools,
): CancelDecision {
  const work: Work = { at, tools, changes: emptyChangeSet() }
  const own = state.billed.openCases.find((open) => open.invoiceId === state.invoice.id)
  if (own === undefined) return { kind: 'refused', code: 'case_closed' }
  if (state.chargedAt !== null) return { kind: 'refused', code: 'invoice_being_paid' }
  const { billed } = state
  if (billed.subscription.status === 'paused')
    work.changes.changedCases.push(closeCase(own, 'canceled', at))
  else if (isRecycling(billed)) giveUp(billed, state, endOf(billed, own), work)
  else giveUpCase(billed, state, { open: own, endsAs: 'canceled' }, work)
  return { kind: 'canceled', changes: work.changes }
}

/**
 * What was left to people is not to be tried by them either. Its subscription has gone on, or has ended, since its tries
 * were used up: nothing else changes.
 */
export function cancelExhausted(
  state: {
    readonly ended: RecoveryCase
    readonly invoice: Invoice
    readonly isBeingPaid: boolean
  },
  at: Instant,
): CancelDecision {
  const { ended, invoice } = state
  if (ended.state !== 'exhausted' || !isOpen(invoice.status))
    return { kind: 'refused', code: 'case_closed' }
  if (state.isBeingPaid) return { kind: 'refused', code: 'invoice_being_paid' }
  const changes = emptyChangeSet()
  changes.changedCases.push(closeCase(ended, 'canceled', at))
  return { kind: 'canceled', changes }
}
