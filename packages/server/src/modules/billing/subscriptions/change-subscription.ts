import { isDeepStrictEqual } from 'node:util'
import {
  addChanges,
  afterResume,
  emptyChangeSet,
  endCases,
  subscriptionFact,
  viewOf,
  voidUnpaidStart,
  type BillingTools,
  type ChangeSet,
  type SubscriptionState,
} from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { closeCase } from '@perennial/core/recovery'
import {
  cancelSubscription as decideCancel,
  editSubscription,
  isEnded,
  pauseSubscription as decidePause,
  reactivateSubscription as decideReactivate,
  resumeSubscription as decideResume,
  type EditRefusal,
  type PauseBehavior,
  type Refused as RefusedInCore,
  type Subscription,
  type SubscriptionEdit,
  type SubscriptionItem,
} from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { lockSubscriptions } from '../../subscriptions/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { loadStates } from '../load/load-states.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import { changedFields } from './changed-fields.ts'
import { refusedAs } from './refused-as.ts'

export type ChangeRefusal = EditRefusal | 'subscription_not_found'

/** Cancels now or at the end of the period. */
export function cancelSubscription(
  deps: BillingDeps,
  context: CommandContext,
  request: {
    readonly id: Uuid
    readonly mode: 'immediately' | 'period_end'
    readonly reason: string | null
  },
): Promise<Decision<Uuid, ChangeRefusal>> {
  return changeSubscription(deps, context, request.id, {
    decide: (subscription, now) => decideCancel(subscription, request, now),
    event: 'canceled',
  })
}

/** Takes back a cancellation at the end of the period. */
export function reactivateSubscription(
  deps: BillingDeps,
  context: CommandContext,
  id: Uuid,
): Promise<Decision<Uuid, ChangeRefusal>> {
  return changeSubscription(deps, context, id, { decide: decideReactivate, event: 'updated' })
}

export function pauseSubscription(
  deps: BillingDeps,
  context: CommandContext,
  request: {
    readonly id: Uuid
    readonly behavior: PauseBehavior
    readonly resumesAt: Instant | null
  },
): Promise<Decision<Uuid, ChangeRefusal>> {
  return changeSubscription(deps, context, request.id, {
    decide: (subscription, now) => decidePause(subscription, request, now),
    event: 'paused',
  })
}

export function resumeSubscription(
  deps: BillingDeps,
  context: CommandContext,
  id: Uuid,
): Promise<Decision<Uuid, ChangeRefusal>> {
  return changeSubscription(deps, context, id, {
    decide: (subscription, now, state) => {
      const decision = decideResume(subscription, now)
      if (decision.kind === 'refused') return decision
      return { kind: 'accepted', subscription: afterResume(state, decision.subscription, now) }
    },
    event: 'resumed',
  })
}

/**
 * Edits fields. Quantity and amount count from the next bill on. A cancellation at period end that is set by it is told as
 * one; an edit that changes nothing writes nothing.
 */
export function updateSubscription(
  deps: BillingDeps,
  context: CommandContext,
  request: { readonly id: Uuid; readonly edit: SubscriptionEdit },
): Promise<Decision<Uuid, ChangeRefusal>> {
  return changeSubscription(deps, context, request.id, {
    decide: (_subscription, now, state) => editSubscription(state, request.edit, now),
    event: 'updated',
  })
}

export type Change = {
  readonly decide: (
    subscription: Subscription,
    now: Instant,
    state: SubscriptionState,
  ) => ChangeDecision
  /** `subscription.<event>` */
  readonly event: 'canceled' | 'updated' | 'paused' | 'resumed'
  /** Where it ends, nobody is left to ask for what is owed, whatever its profile says. */
  readonly givesUpCases?: boolean
}

export type ChangeDecision =
  | RefusedInCore<EditRefusal>
  | {
      readonly kind: 'accepted'
      readonly subscription: Subscription
      readonly items?: readonly SubscriptionItem[]
    }

/** Load and lock, decide, apply: the path of every change that moves no money. */
async function changeSubscription(
  deps: BillingDeps,
  context: CommandContext,
  id: Uuid,
  change: Change,
): Promise<Decision<Uuid, ChangeRefusal>> {
  return context.inTx(async (tx) => {
    const result = await changeLocked(deps, context, { tx, ids: [id] }, change)
    if (result.kind === 'accepted') await context.remember(tx, 'subscription', id)
    return result.kind === 'accepted' ? accepted(id) : result
  })
}

/** Cancels one in a transaction that does more. One that has ended already stays as it ended. */
export async function cancelWith(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly tx: Tx; readonly id: Uuid; readonly reason: string },
): Promise<void> {
  const { tx, id, reason } = given
  const cancel: Change = {
    decide: (subscription, now) => decideCancel(subscription, { mode: 'immediately', reason }, now),
    event: 'canceled',
  }
  const decision = await changeLocked(deps, context, { tx, ids: [id] }, cancel)
  const isGone = decision.kind === 'refused' && decision.code === 'subscription_not_found'
  assert(!isGone, 'an invoice names a subscription of its account')
}

/** Cancels those of these subscriptions that run, in a transaction that does more: deletes their customer, voids their sale. */
export async function cancelAllOf(
  deps: BillingDeps,
  context: CommandContext,
  given: {
    readonly tx: Tx
    readonly subscriptionIds: readonly Uuid[]
    readonly reason?: string
  },
): Promise<void> {
  const { tx, reason = 'customer_deleted' } = given
  // One that has ended between the listing and its lock stays as it ended.
  const locked = await lockSubscriptions(tx, context.accountId, given.subscriptionIds)
  const ids = locked.filter(({ status }) => !isEnded(status)).map(({ id }) => id)
  if (ids.length === 0) return
  const decision = await changeLocked(
    deps,
    context,
    { tx, ids },
    {
      decide: (subscription, now) =>
        decideCancel(subscription, { mode: 'immediately', reason }, now),
      event: 'canceled',
      givesUpCases: true,
    },
  )
  assert(decision.kind === 'accepted', 'a running subscription can be canceled')
}

async function changeLocked(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly tx: Tx; readonly ids: readonly Uuid[] },
  change: Change,
): Promise<Decision<null, ChangeRefusal>> {
  const { tx } = given
  const scope = scopeOf(context)
  const locked = await lockSubscriptions(tx, context.accountId, given.ids)
  if (locked.length < given.ids.length) return refused('subscription_not_found')
  const changes = emptyChangeSet()
  for (const state of await loadStates(tx, scope, locked)) {
    const changed = changesOf(state, change, { at: context.now, tools: toolsOf(deps) })
    if (changed.kind === 'refused') return refusedAs(state.subscription, changed)
    addChanges(changes, changed.changes)
  }
  await applyChanges(tx, scope, {
    changes,
    leaseUntil: leaseEnd(deps),
    nextId: () => deps.ids.next(),
  })
  return accepted(null)
}

export type ChangedSubscription =
  | RefusedInCore<EditRefusal>
  | {
      readonly kind: 'accepted'
      readonly subscription: Subscription
      readonly items: readonly SubscriptionItem[]
      readonly changes: ChangeSet
    }

/** A change that moves no money, with everything that follows from it. Nothing does of one that leaves all as it is. */
export function changesOf(
  state: SubscriptionState,
  change: Change,
  { at, tools }: { readonly at: Instant; readonly tools: BillingTools },
): ChangedSubscription {
  const changes = emptyChangeSet()
  const decision = change.decide(state.subscription, at, state)
  if (decision.kind === 'refused') return decision
  const { subscription } = decision
  const changed = decision.items ?? []
  const items = state.items.map((item) => changed.find(({ id }) => id === item.id) ?? item)
  if (isSame(state, { subscription, items }))
    return { kind: 'accepted', subscription: state.subscription, items: state.items, changes }
  changes.changedItems.push(...changed)
  changes.changedSubscriptions.push(subscription)
  if (haveTermsChanged(state.subscription, subscription)) changes.changedTerms.push(subscription)
  const view = viewOf({ ...state, items }, subscription, state.openCases[0] ?? null)
  for (const event of eventsOf(change.event, state, { subscription, items })) {
    const previous = event === 'updated' ? changedFields(state.subscription, subscription) : null
    changes.facts.push(subscriptionFact(event, view, at, previous))
  }
  if (isEnded(subscription.status)) {
    const ended =
      change.givesUpCases === true
        ? state.openCases.map((open) => closeCase(open, 'canceled', at))
        : endCases(state, at)
    changes.changedCases.push(...ended)
    voidUnpaidStart(state, { at, tools, changes })
  }
  return { kind: 'accepted', subscription, items, changes }
}

type Edited = Pick<SubscriptionState, 'subscription' | 'items'>

/** An update that schedules a cancellation tells of that, and of itself only where it changes more. */
function eventsOf(
  event: Change['event'],
  before: Edited,
  { subscription, items }: Edited,
): readonly Change['event'][] {
  const { cancelAtPeriodEnd, canceledAt, cancelReason, nextDueAt } = before.subscription
  if (event !== 'updated' || cancelAtPeriodEnd || !subscription.cancelAtPeriodEnd) return [event]
  const kept = { ...subscription, cancelAtPeriodEnd, canceledAt, cancelReason, nextDueAt }
  return isSame(before, { subscription: kept, items }) ? ['canceled'] : ['updated', 'canceled']
}

/** Whether nothing differs but when it was written. */
function isSame(before: Edited, after: Edited): boolean {
  const { version, updatedAt } = before.subscription
  const writtenAt = new Map(before.items.map((item) => [item.id, item.updatedAt]))
  const items = after.items.map((item) => ({
    ...item,
    updatedAt: writtenAt.get(item.id) ?? item.updatedAt,
  }))
  const subscription = { ...after.subscription, version, updatedAt }
  return (
    isDeepStrictEqual(before.subscription, subscription) && isDeepStrictEqual(before.items, items)
  )
}

/** Something that is written apart, because renewals never change it. */
function haveTermsChanged(before: Subscription, after: Subscription): boolean {
  return (
    before.profile !== after.profile ||
    before.shipTo !== after.shipTo ||
    before.extras !== after.extras ||
    before.schedule.frequency !== after.schedule.frequency ||
    before.schedule.dateRule !== after.schedule.dateRule
  )
}
