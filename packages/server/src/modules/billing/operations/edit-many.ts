import {
  addChanges,
  emptyChangeSet,
  type BulkStep,
  type ChangeSet,
  type SubscriptionState,
} from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Subscription } from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { changesOf } from '../subscriptions/change-subscription.ts'
import { loadStates } from '../load/load-states.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from '../scope.ts'

/** What edits of many subscriptions are decided on, a set at a time. Whoever writes has locked them. */
export function loadEditStates(
  tx: Tx,
  scope: BillingScope,
  subscriptions: readonly Subscription[],
): Promise<SubscriptionState[]> {
  return loadStates(tx, scope, subscriptions, { withRoutes: false })
}

export type SteppedEdit = {
  readonly state: SubscriptionState
  readonly steps: readonly BulkStep[]
}

/** Writes edits that were decided on locked subscriptions, one statement a table, with the events that each step tells. */
export async function writeSteps(
  deps: BillingDeps,
  { tx, scope, at }: { readonly tx: Tx; readonly scope: BillingScope; readonly at: Instant },
  edits: readonly SteppedEdit[],
): Promise<void> {
  const changes = emptyChangeSet()
  const tools = toolsOf(deps)
  for (const edit of edits) addChanges(changes, changesOfSteps(edit, { at, tools }))
  const given = { changes, leaseUntil: leaseEnd(deps), nextId: () => deps.ids.next() }
  await applyChanges(tx, scope, given)
}

/** A row is written once, as the last step leaves it; each step is told. */
function changesOfSteps(
  { state, steps }: SteppedEdit,
  deciding: Parameters<typeof changesOf>[2],
): ChangeSet {
  const whole = emptyChangeSet()
  let current = state
  let hasNewTerms = false
  for (const { event, subscription, items } of steps) {
    const decide = () => ({ kind: 'accepted', subscription, items }) as const
    const step = changesOf(current, { decide, event }, deciding)
    assert(step.kind === 'accepted', 'a step was decided before')
    const { changedSubscriptions: _, changedTerms, ...part } = step.changes
    hasNewTerms ||= changedTerms.length > 0
    addChanges(whole, { ...emptyChangeSet(), ...part })
    current = { ...current, subscription, items: step.items }
  }
  if (steps.length > 0) whole.changedSubscriptions.push(current.subscription)
  if (hasNewTerms) whole.changedTerms.push(current.subscription)
  return whole
}
