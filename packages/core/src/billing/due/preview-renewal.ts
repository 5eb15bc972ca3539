import type { InvoiceLine } from '../../invoices/index.ts'
import {
  beginBilling,
  isEnded,
  isTermBilled,
  type Subscription,
} from '../../subscriptions/index.ts'
import { ratio } from '../../money/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet } from '../state/change-set.ts'
import { draftBill } from '../bills/draft-bill.ts'
import { enterNextCycle } from './renew.ts'
import type { BillingTools, SubscriptionState } from '../state/state.ts'

export type PreviewedRenewal = {
  readonly totalMinor: bigint
  readonly lines: readonly InvoiceLine[]
}

/** What the next renewal will ask for, as things stand, before credit; null when none will come. */
export function previewRenewal(
  state: SubscriptionState,
  at: Instant,
  tools: BillingTools,
): PreviewedRenewal | null {
  const subscription = asBegun(state.subscription)
  const { status, cancelAtPeriodEnd } = subscription
  if (isEnded(status) || cancelAtPeriodEnd || isTermBilled(subscription)) return null
  const entered = { ...state, subscription: enterNextCycle(subscription, at) }
  const order = { kind: 'automatic', reason: 'subscription_cycle', share: ratio(1n, 1n) } as const
  const made = { at: entered.subscription.period.start, tools, changes: emptyChangeSet() }
  const { invoice, lines } = draftBill(entered, order, made)
  return { totalMinor: invoice.totalMinor, lines }
}

/** Before a start that lies ahead: a renewal follows the bill that the start brings. */
function asBegun(subscription: Subscription): Subscription {
  const { status, cycle, latestInvoiceId, startedAt } = subscription
  const isAhead = status === 'pending' && cycle < 0 && latestInvoiceId === null
  if (!isAhead) return subscription
  const { subscription: begun, firstBill } = beginBilling(subscription, startedAt)
  const cyclesBilled = begun.cyclesBilled + (firstBill.kind === 'cycle' ? 1 : 0)
  return { ...begun, cyclesBilled }
}
