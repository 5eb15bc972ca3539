import { assert, assertNever } from '../../fault/index.ts'
import { isOpen, type InvoiceLine } from '../../invoices/index.ts'
import type { Invoice } from '../../invoices/index.ts'
import { closeCase } from '../../recovery/index.ts'
import {
  cancelSubscription,
  resumeSubscription,
  suspendSubscription,
  type SubscriptionDecision,
} from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { afterResume } from '../due/after-resume.ts'
import { writeOff } from '../bills/write-off.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { giveUpCase } from '../failed/collection-failed.ts'
import { subscriptionFact } from '../state/facts.ts'
import { viewOf, type BillingTools, type SubscriptionState, type Work } from '../state/state.ts'

/** A subscription that a dunning campaign moves, with the bill that the campaign is about. */
export type DunnedState = {
  readonly billed: SubscriptionState
  readonly invoice: Invoice
  readonly lines: readonly InvoiceLine[]
}

/** What a step of a dunning campaign does to its subscription; the end of one that had paused it resumes it. */
export type DunningMove = 'pause' | 'resume' | 'cancel' | 'unpaid'

/** Faults: a move that the subscription's state does not allow. */
export function decideDunningMove(
  state: DunnedState,
  move: DunningMove,
  at: Instant,
  tools: BillingTools,
): ChangeSet {
  const work: Work = { at, tools, changes: emptyChangeSet() }
  const { billed } = state
  switch (move) {
    case 'pause':
      moveSubscription(billed, suspendSubscription(billed.subscription, at), 'paused', work)
      break
    case 'resume':
      resume(billed, work)
      break
    case 'cancel':
      cancel(state, work)
      break
    case 'unpaid': {
      const open = billed.openCases.find(({ invoiceId }) => invoiceId === state.invoice.id)
      assert(open !== undefined, 'a campaign gives up a case that is open')
      const policy = { ...billed.policy, onExhausted: 'unpaid' } as const
      giveUpCase({ ...billed, policy }, state, { open, endsAs: 'exhausted' }, work)
      break
    }
    default:
      assertNever(move)
  }
  return work.changes
}

function moveSubscription(
  billed: SubscriptionState,
  decision: SubscriptionDecision,
  what: 'paused' | 'resumed' | 'canceled',
  { at, changes }: Work,
): void {
  assert(decision.kind === 'accepted', 'a campaign makes a legal move')
  changes.changedSubscriptions.push(decision.subscription)
  changes.facts.push(subscriptionFact(what, viewOf(billed, decision.subscription), at))
}

function resume(billed: SubscriptionState, work: Work): void {
  const decision = resumeSubscription(billed.subscription, work.at)
  assert(decision.kind === 'accepted', 'a paused subscription can be resumed')
  const subscription = afterResume(billed, decision.subscription, work.at)
  moveSubscription(billed, { ...decision, subscription }, 'resumed', work)
}

/** The subscription ends, with all its recoveries; the bill of the campaign is written off. */
function cancel({ billed, invoice, lines }: DunnedState, work: Work): void {
  const { at, changes } = work
  changes.changedCases.push(...billed.openCases.map((open) => closeCase(open, 'canceled', at)))
  if (isOpen(invoice.status)) writeOff({ invoice, lines }, work)
  const request = { mode: 'immediately', reason: 'payment_failed' } as const
  moveSubscription(billed, cancelSubscription(billed.subscription, request, at), 'canceled', work)
}
