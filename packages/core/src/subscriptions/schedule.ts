import { assertNever } from '../fault/index.ts'
import {
  addDays,
  addDuration,
  addMs,
  boundaryAfter,
  boundaryAt,
  maxInstant,
  minInstant,
  MS_PER_HOUR,
  type Instant,
} from '../time/index.ts'
import type { Period, Schedule, Subscription } from './subscription.ts'
import { isCountUsedUp, isTermBilled } from './term.ts'

/** A first payment that is still outstanding after this long ends the subscription (revkeen.md 2.6). */
const FIRST_PAYMENT_HOURS = 23
/** `subscription.trial_ending` goes out this long before the trial's end (revkeen.md 6.5). */
const TRIAL_NOTICE_DAYS = 3

/** The period of cycle `cycle` of the schedule. `renewedAt` matters for `from_renewal` only. */
export function periodOfCycle(schedule: Schedule, cycle: number, renewedAt: Instant): Period {
  const { anchor, anchorCycle, frequency, zone } = schedule
  const boundary = cycle - anchorCycle
  switch (schedule.dateRule) {
    case 'anchored':
      return {
        start: boundaryAt(anchor, frequency, boundary),
        end: boundaryAt(anchor, frequency, boundary + 1),
      }
    case 'from_renewal':
      return { start: renewedAt, end: addDuration({ from: renewedAt, frequency, zone }) }
    default:
      return assertNever(schedule.dateRule)
  }
}

/** The cycle in which `at` lies, so that a subscription that stood still does not bill the time it missed. */
export function cycleAround(schedule: Schedule, at: Instant): number {
  return boundaryAfter(schedule.anchor, schedule.frequency, at).n - 1 + schedule.anchorCycle
}

/** A start that is first billed at `billedAt` waits this long for its first payment. */
export function firstPaymentDueAt(billedAt: Instant): Instant {
  return addMs(billedAt, FIRST_PAYMENT_HOURS * MS_PER_HOUR)
}

/** When the notice of a trial's end is due; null when it was sent or would fall before the start. */
function trialNoticeAt(subscription: Subscription): Instant | null {
  if (subscription.trialEnd === null || subscription.isTrialEndingNoticeSent) return null
  const at = addDays(subscription.trialEnd, -TRIAL_NOTICE_DAYS)
  return at > subscription.startedAt ? at : null
}

/** Billing has begun, though the status may still say `trialing`: its first charge is under way. */
export function isTrialOver({ trialEnd, period }: Subscription): boolean {
  return trialEnd !== null && period.start >= trialEnd
}

/** Also of one that is suspended in its trial. */
export function isInTrial(subscription: Subscription): boolean {
  return subscription.trialEnd !== null && !isTrialOver(subscription)
}

function earliest(...instants: (Instant | null)[]): Instant | null {
  const set = instants.filter((instant) => instant !== null)
  const [first, ...rest] = set
  return first === undefined ? null : minInstant(first, ...rest)
}

/** The one instant at which the subscription next needs something done, from its own state. */
export function nextDueAt(subscription: Subscription): Instant | null {
  const { period, endsAt } = subscription
  switch (subscription.status) {
    case 'pending':
    case 'incomplete': {
      const isNotStarted = subscription.cycle < 0 && subscription.latestInvoiceId === null
      if (isNotStarted) return subscription.startedAt
      const dueAt = firstPaymentDueAt(subscription.startedAt)
      // A start that was billed late was given longer, and keeps it.
      return subscription.nextDueAt === null ? dueAt : maxInstant(dueAt, subscription.nextDueAt)
    }
    case 'trialing':
      if (isTrialOver(subscription)) return null // the outcome of its first charge moves it on
      return earliest(trialNoticeAt(subscription), period.end)
    case 'active':
      return earliest(period.end, endsAt)
    case 'past_due':
      return earliest(...whileBehind(subscription))
    case 'paused':
      return subscription.pauseBehavior === 'suspend'
        ? earliest(cancelAt(subscription), subscription.resumesAt, endsAt)
        : earliest(period.end, subscription.resumesAt, endsAt)
    case 'unpaid':
      return earliest(isCountUsedUp(subscription) ? period.end : cancelAt(subscription), endsAt)
    case 'incomplete_expired':
    case 'canceled':
    case 'expired':
      return null
    default:
      return assertNever(subscription.status)
  }
}

/**
 * What awaits one that is past due. After its last bill it waits for the money, which is asked for as long as any other. One
 * that follows a profile may be behind for ever, so there the end of its term ends it all the same.
 */
function whileBehind(subscription: Subscription): readonly (Instant | null)[] {
  const { profile, period, endsAt } = subscription
  if (!isTermBilled(subscription)) return [period.end, endsAt]
  return profile === null ? [cancelAt(subscription)] : [cancelAt(subscription), endsAt]
}

/** When a cancellation that was asked for takes effect. */
function cancelAt({ cancelAtPeriodEnd, period }: Subscription): Instant | null {
  return cancelAtPeriodEnd ? period.end : null
}

/** The same subscription with its next due instant worked out anew and its version raised. */
export function touched(subscription: Subscription, at: Instant): Subscription {
  const next = { ...subscription, version: subscription.version + 1, updatedAt: at }
  return { ...next, nextDueAt: nextDueAt(next) }
}
