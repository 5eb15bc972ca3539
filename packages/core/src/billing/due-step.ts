import { assertNever } from '../fault/index.ts'
import type { Subscription } from '../subscriptions/index.ts'
import type { Instant } from '../time/index.ts'

/** What a due subscription needs done. One step at a time: what is due after it is found again. */
export type DueStep =
  | 'none'
  | 'begin'
  | 'expire_first_payment'
  | 'notice_trial_end'
  | 'end_trial'
  | 'resume'
  | 'pause'
  | 'cancel'
  | 'expire'
  | 'set_aside'
  | 'renew'

/** Names the step that is due at `now`, from the subscription's own state. */
export function dueStep(subscription: Subscription, now: Instant): DueStep {
  const { status, period, nextDueAt } = subscription
  if (nextDueAt === null || nextDueAt > now) return 'none'
  const isTermOver = subscription.endsAt !== null && subscription.endsAt <= now
  switch (status) {
    case 'pending':
    case 'incomplete':
      return subscription.latestInvoiceId === null ? 'begin' : 'expire_first_payment'
    case 'trialing':
      if (period.end > now) return 'notice_trial_end'
      return subscription.cancelAtPeriodEnd ? 'cancel' : 'end_trial'
    case 'active':
    case 'past_due':
      if (isTermOver) return 'expire'
      return periodEndStep(subscription)
    case 'paused':
      if (isTermOver) return 'expire'
      if (subscription.resumesAt !== null && subscription.resumesAt <= now) return 'resume'
      return subscription.cancelAtPeriodEnd ? 'cancel' : 'set_aside'
    case 'unpaid':
      return 'expire'
    case 'incomplete_expired':
    case 'canceled':
    case 'expired':
      return 'none'
    default:
      return assertNever(status)
  }
}

function periodEndStep(subscription: Subscription): DueStep {
  if (subscription.cancelAtPeriodEnd) return 'cancel'
  const { cyclesMax } = subscription
  if (cyclesMax !== null && subscription.cyclesBilled >= cyclesMax) return 'expire'
  if (subscription.pauseAtPeriodEnd && subscription.status === 'active') return 'pause'
  return 'renew'
}
