import { assertNever } from '../../fault/index.ts'
import { areRenewalsUsedUp, isCountUsedUp, type Subscription } from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'

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

/**
 * Names the step that is due at `now`, from the subscription's own state. Work that is late is done in the
 * order in which it fell due, so the step is that of the instant which came first; at one instant an end
 * goes before a resume, and a resume before the period's bill.
 */
export function dueStep(subscription: Subscription, now: Instant): DueStep {
  const { status, period, nextDueAt: dueAt } = subscription
  if (dueAt === null || dueAt > now) return 'none'
  switch (status) {
    case 'pending':
    case 'incomplete':
      return subscription.latestInvoiceId === null ? 'begin' : 'expire_first_payment'
    case 'trialing':
      // A notice that is too late to be one is left out, so here it is `now` that counts.
      if (period.end > now) return 'notice_trial_end'
      return subscription.cancelAtPeriodEnd ? 'cancel' : 'end_trial'
    case 'active':
    case 'past_due':
      return hasTermEnded(subscription, dueAt) ? 'expire' : periodEndStep(subscription)
    case 'paused':
      if (hasTermEnded(subscription, dueAt)) return 'expire'
      if (subscription.resumesAt !== null && subscription.resumesAt <= dueAt) return 'resume'
      if (subscription.cancelAtPeriodEnd) return 'cancel'
      return isCountUsedUp(subscription) ? 'expire' : 'set_aside'
    case 'unpaid':
      if (hasTermEnded(subscription, dueAt)) return 'expire'
      return subscription.cancelAtPeriodEnd ? 'cancel' : 'expire'
    case 'incomplete_expired':
    case 'canceled':
    case 'expired':
      return 'none'
    default:
      return assertNever(status)
  }
}

function hasTermEnded({ endsAt }: Subscription, dueAt: Instant): boolean {
  return endsAt !== null && endsAt <= dueAt
}

function periodEndStep(subscription: Subscription): DueStep {
  if (subscription.cancelAtPeriodEnd) return 'cancel'
  if (areRenewalsUsedUp(subscription)) return 'expire'
  if (subscription.pauseAtPeriodEnd && subscription.status === 'active') return 'pause'
  return 'renew'
}
