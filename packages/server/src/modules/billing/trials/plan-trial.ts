import { decideTrialExpiry } from '@perennial/core/billing'
import { cancelTrial, moveTrialEnd, type TrialRefusal } from '@perennial/core/subscriptions'
import { accepted, type CommandContext } from '../../../platform/command/index.ts'
import { changesOf, type Change } from '../subscriptions/change-subscription.ts'
import { refusedAs } from '../subscriptions/refused-as.ts'
import type { DecidedOperation, PlanOperation, WarningCode } from '../operations/operation.ts'
import { toolsOf, type BillingDeps } from '../scope.ts'

/** The end moves by whole days, and the next renewal with it; fewer than none shorten the trial. */
export function planTrialMove(
  deps: BillingDeps,
  context: CommandContext,
  days: number,
): PlanOperation {
  return planTrialChange(deps, context, {
    decide: (subscription, at) => moveTrialEnd(subscription, days, at),
    event: 'updated',
  })
}

/** The subscription ends with its trial, and nothing is charged. */
export function planTrialCancel(deps: BillingDeps, context: CommandContext): PlanOperation {
  return planTrialChange(deps, context, { decide: cancelTrial, event: 'canceled' })
}

type TrialChange = {
  readonly decide: (...given: Parameters<Change['decide']>) => ReturnType<typeof moveTrialEnd>
  readonly event: Change['event']
}

function planTrialChange(
  deps: BillingDeps,
  { now: at }: CommandContext,
  { decide, event }: TrialChange,
): PlanOperation {
  return async () =>
    accepted({
      decide: (state) => {
        const decision = decide(state.subscription, at, state)
        if (decision.kind === 'refused')
          return refusedAs<TrialRefusal>(state.subscription, decision)
        const change: Change = { decide: () => decision, event }
        const changed = changesOf(state, change, { at, tools: toolsOf(deps) })
        if (changed.kind === 'refused') return refusedAs(state.subscription, changed)
        const { subscription, items, changes } = changed
        const after = { subscription, items }
        return accepted<DecidedOperation>({ after, successor: null, changes, warnings: [] })
      },
    })
}

/** The trial ends now: what its end costs is charged, as it would be when it ends by itself. */
export function planTrialExpiry(deps: BillingDeps, { now: at }: CommandContext): PlanOperation {
  return async () =>
    accepted({
      decide: (state) => {
        const decision = decideTrialExpiry(state, at, toolsOf(deps))
        if (decision.kind === 'refused') return refusedAs(state.subscription, decision)
        const { subscription, changes } = decision
        const isUncharged = changes.newAttempts.length === 0 && subscription.status === 'past_due'
        const warnings: WarningCode[] = isUncharged ? ['nothing_to_charge'] : []
        const after = { subscription, items: state.items }
        return accepted<DecidedOperation>({ after, successor: null, changes, warnings })
      },
    })
}
