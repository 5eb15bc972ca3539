import { isLastOccurrenceDone, type Subscription } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { moveTo } from './move-to.ts'

/** Over once its last renewal is paid and nothing else is owed (revcent.md 6.5). */
export function completeIfLast(subscription: Subscription, at: Instant): Subscription {
  const { status } = subscription
  if (status !== 'active' || !isLastOccurrenceDone(subscription)) return subscription
  return { ...moveTo(subscription, 'expire', at), endedAt: at }
}
