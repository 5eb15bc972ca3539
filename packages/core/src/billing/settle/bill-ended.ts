import type { Uuid } from '../../ids/index.ts'
import type { Subscription } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { skipMissedCycles } from '../standing/skip-missed-cycles.ts'
import { moveTo } from '../standing/move-to.ts'
import type { SubscriptionState } from '../state/state.ts'
import { isBehind } from '../standing/is-behind.ts'

/**
 * Nobody is to pay the bill any more: a subscription that stood still, or was behind, for this one alone goes on. It is the
 * same one where nothing follows. `overdueInvoiceIds` of one that is unpaid: its bills that are open.
 */
export function afterBillEnded(
  billed: Pick<SubscriptionState, 'subscription' | 'openCases' | 'overdueInvoiceIds'>,
  invoiceId: Uuid,
  at: Instant,
): Subscription {
  const { subscription } = billed
  if (isBehind(billed, invoiceId)) return subscription
  switch (subscription.status) {
    case 'past_due':
      return moveTo(subscription, 'recover', at)
    case 'unpaid':
      return moveTo(skipMissedCycles(subscription, at), 'recover', at)
    default:
      return subscription
  }
}
