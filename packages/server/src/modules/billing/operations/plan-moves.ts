import { afterResume, decideRenewNow } from '@perennial/core/billing'
import {
  cancelSubscription,
  isLastOccurrenceDone,
  resumeSubscription,
  suspendSubscription,
  type Subscription,
} from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import { accepted, type CommandContext } from '../../../platform/command/index.ts'
import { forbidden } from '../load/guarded-cards.ts'
import { changesOf, type Change } from '../subscriptions/change-subscription.ts'
import { refusedAs } from '../subscriptions/refused-as.ts'
import { toolsOf, type BillingDeps } from '../scope.ts'
import type { DecidedOperation, PlannedOperation, PlanOperation, WarningCode } from './operation.ts'

/** Renews now, by hand: the date of today, and all later ones counted from it (spec/revcent.md 6.2). */
export function planRenew(deps: BillingDeps, { now }: CommandContext): PlanOperation {
  return async () =>
    accepted({
      decide: (state) => {
        const decision = decideRenewNow(state, now, toolsOf(deps))
        if (decision.kind === 'refused')
          return decision.code === 'attempt_forbidden'
            ? forbidden(decision.denied)
            : refusedAs(state.subscription, decision)
        const { subscription, changes } = decision
        const isUncharged = changes.newAttempts.length === 0 && subscription.status === 'past_due'
        const warnings: WarningCode[] = isUncharged ? ['nothing_to_charge'] : []
        if (isLastOccurrenceDone(subscription)) warnings.push('no_renewals_follow')
        const after = { subscription, items: state.items }
        return accepted<DecidedOperation>({ after, successor: null, changes, warnings })
      },
    })
}

export function planSuspend(deps: BillingDeps, context: CommandContext): PlanOperation {
  return planChange(deps, context, { decide: suspendSubscription, event: 'paused' })
}

/** The end of a suspension, or of any other pause. The date that is set stays. */
export function planActivate(deps: BillingDeps, context: CommandContext): PlanOperation {
  return planChange(deps, context, {
    decide: (subscription, at, state) => {
      const decision = resumeSubscription(subscription, at)
      if (decision.kind === 'refused') return decision
      return { kind: 'accepted', subscription: afterResume(state, decision.subscription, at) }
    },
    event: 'resumed',
  })
}

/** Ends it now and for good. */
export function planCancel(
  deps: BillingDeps,
  context: CommandContext,
  reason: string | null,
): PlanOperation {
  const request = { mode: 'immediately', reason } as const
  return planChange(deps, context, {
    decide: (subscription, at) => cancelSubscription(subscription, request, at),
    event: 'canceled',
  })
}

function planChange(deps: BillingDeps, context: CommandContext, change: Change): PlanOperation {
  return async () => accepted(changeOperation(deps, context, change))
}

export function changeOperation(
  deps: BillingDeps,
  { now: at }: CommandContext,
  change: Change,
  warnings: readonly WarningCode[] = [],
): PlannedOperation {
  return {
    decide: (state) => {
      const changed = changesOf(state, change, { at, tools: toolsOf(deps) })
      if (changed.kind === 'refused') return refusedAs(state.subscription, changed)
      const { subscription, items, changes } = changed
      const late: WarningCode[] = isLate(subscription, at) ? ['next_renewal_in_past'] : []
      const told = [...warnings, ...late]
      return accepted<DecidedOperation>({
        after: { subscription, items },
        successor: null,
        changes,
        warnings: told,
      })
    },
  }
}

/** It renews on the next pass. */
function isLate(subscription: Subscription, at: Instant): boolean {
  const { nextDueAt, period } = subscription
  if (isLastOccurrenceDone(subscription)) return false
  return nextDueAt !== null && nextDueAt <= at && period.end <= at
}
