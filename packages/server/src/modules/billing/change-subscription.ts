import {
  emptyChangeSet,
  subscriptionFact,
  viewOf,
  type ChangeSet,
  type SubscriptionState,
} from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { isOpen, voidInvoice, voidTransfers } from '@perennial/core/invoices'
import { closeCase } from '@perennial/core/recovery'
import {
  cancelSubscription as decideCancel,
  isEnded,
  pauseSubscription as decidePause,
  reactivateSubscription as decideReactivate,
  resumeSubscription as decideResume,
  touched,
  type PauseBehavior,
  type Subscription,
  type SubscriptionDecision,
  type SubscriptionRefusal,
} from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import { invoiceFact } from '@perennial/core/billing'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../platform/command/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { listInvoiceLines, lockInvoices } from '../invoices/index.ts'
import { findLiveAttempt } from '../payments/index.ts'
import { lockSubscriptions } from '../subscriptions/index.ts'
import { applyChanges } from './apply-changes.ts'
import { loadStates } from './load-states.ts'
import { cycleAmount } from './plan-subscription.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from './scope.ts'

export type ChangeRefusal =
  | SubscriptionRefusal
  | 'subscription_not_found'
  | 'quantity_of_several_items'

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
  return changeSubscription(deps, context, id, { decide: decideResume, event: 'resumed' })
}

export type SubscriptionEdit = {
  readonly id: Uuid
  readonly quantity?: bigint
  readonly cancelAtPeriodEnd?: boolean
  readonly pauseAtPeriodEnd?: boolean
  /** Merged; a key set to null is removed. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Edits fields. A new quantity counts from the next bill on. */
export function updateSubscription(
  deps: BillingDeps,
  context: CommandContext,
  edit: SubscriptionEdit,
): Promise<Decision<Uuid, ChangeRefusal>> {
  return changeSubscription(deps, context, edit.id, {
    decide: (subscription, now, state) => decideEdit(subscription, { edit, now, state }),
    event: 'updated',
    itemsOf: (state) =>
      edit.quantity === undefined
        ? []
        : state.items.slice(0, 1).map((item) => ({
            ...item,
            quantity: edit.quantity ?? item.quantity,
            updatedAt: context.now,
          })),
  })
}

function decideEdit(
  subscription: Subscription,
  given: {
    readonly edit: SubscriptionEdit
    readonly now: Instant
    readonly state: SubscriptionState
  },
): SubscriptionDecision | { readonly kind: 'refused'; readonly code: 'quantity_of_several_items' } {
  const { edit, now, state } = given
  const isMetadataOnly =
    edit.quantity === undefined &&
    edit.cancelAtPeriodEnd === undefined &&
    edit.pauseAtPeriodEnd === undefined
  if (isEnded(subscription.status) && !isMetadataOnly)
    return { kind: 'refused', code: 'subscription_ended' }
  let next = subscription
  if (edit.quantity !== undefined) {
    const [only, ...others] = state.items
    if (only === undefined || others.length > 0)
      return { kind: 'refused', code: 'quantity_of_several_items' }
    const amountMinor = cycleAmount([{ ...only, quantity: edit.quantity }])
    next = { ...next, quantity: edit.quantity, amountMinor }
  }
  if (edit.pauseAtPeriodEnd !== undefined)
    next = { ...next, pauseAtPeriodEnd: edit.pauseAtPeriodEnd }
  if (edit.metadata !== undefined)
    next = { ...next, metadata: merged(next.metadata, edit.metadata) }
  if (edit.cancelAtPeriodEnd === true && !next.cancelAtPeriodEnd) {
    return decideCancel(next, { mode: 'period_end', reason: null }, now)
  }
  if (edit.cancelAtPeriodEnd === false && next.cancelAtPeriodEnd) return decideReactivate(next, now)
  return { kind: 'accepted', subscription: touched(next, now) }
}

function merged(
  before: Readonly<Record<string, unknown>>,
  change: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries({ ...before, ...change }).filter(([, value]) => value !== null),
  )
}

type Change = {
  readonly decide: (
    subscription: Subscription,
    now: Instant,
    state: SubscriptionState,
  ) =>
    | SubscriptionDecision
    | { readonly kind: 'refused'; readonly code: 'quantity_of_several_items' }
  /** `subscription.<event>` */
  readonly event: 'canceled' | 'updated' | 'paused' | 'resumed'
  readonly itemsOf?: (state: SubscriptionState) => SubscriptionState['items']
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

/** Cancels every running subscription of a customer, in the transaction that deletes the customer. */
export async function cancelAllOf(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly tx: Tx; readonly subscriptionIds: readonly Uuid[] },
): Promise<void> {
  if (given.subscriptionIds.length === 0) return
  await changeLocked(
    deps,
    context,
    { tx: given.tx, ids: given.subscriptionIds },
    {
      decide: (subscription, now) =>
        decideCancel(subscription, { mode: 'immediately', reason: 'customer_deleted' }, now),
      event: 'canceled',
    },
  )
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
    const decision = change.decide(state.subscription, context.now, state)
    if (decision.kind === 'refused') return refused(decision.code)
    const { subscription } = decision
    const items = change.itemsOf?.(state) ?? []
    changes.changedItems.push(...items)
    changes.changedSubscriptions.push(subscription)
    const view = viewOf(
      { ...state, items: items.length > 0 ? items : state.items },
      subscription,
      state.openCases[0] ?? null,
    )
    const previous =
      change.event === 'updated' ? changedFields(state.subscription, subscription) : null
    changes.facts.push(subscriptionFact(change.event, view, context.now, previous))
    if (isEnded(subscription.status)) await endWith(deps, { tx, context, state, changes })
  }
  await applyChanges(tx, scope, {
    changes,
    leaseUntil: leaseEnd(deps),
    nextId: () => deps.ids.next(),
  })
  return accepted(null)
}

/** What ends with a subscription: its recovery, and the first invoice nobody has paid or is paying. */
async function endWith(
  deps: BillingDeps,
  given: {
    readonly tx: Tx
    readonly context: CommandContext
    readonly state: SubscriptionState
    readonly changes: ChangeSet
  },
): Promise<void> {
  const { tx, context, state, changes } = given
  const { now, accountId } = context
  changes.changedCases.push(...state.openCases.map((open) => closeCase(open, 'canceled', now)))
  const { status, latestInvoiceId } = state.subscription
  if ((status !== 'pending' && status !== 'incomplete') || latestInvoiceId === null) return
  const [invoice] = await lockInvoices(tx, accountId, [latestInvoiceId])
  if (invoice === undefined || !isOpen(invoice.status)) return
  if ((await findLiveAttempt(tx, accountId, invoice.id)) !== null) return
  const decision = voidInvoice(invoice, now)
  if (decision.kind === 'refused') return
  const lines = await listInvoiceLines(tx, accountId, [invoice.id])
  changes.changedInvoices.push(decision.invoice)
  changes.transfers.push(...voidTransfers(invoice, now, toolsOf(deps).nextId))
  changes.facts.push(invoiceFact('voided', { invoice: decision.invoice, lines }, now))
}

/** Old values of what an update changed, in the API's words. */
function changedFields(before: Subscription, after: Subscription): Record<string, unknown> {
  const watched = {
    status: [before.status, after.status],
    quantity: [Number(before.quantity), Number(after.quantity)],
    amount_minor: [Number(before.amountMinor), Number(after.amountMinor)],
    cancel_at_period_end: [before.cancelAtPeriodEnd, after.cancelAtPeriodEnd],
    pause_at_period_end: [before.pauseAtPeriodEnd, after.pauseAtPeriodEnd],
  }
  const changed = Object.entries(watched).filter(([, [old, now]]) => old !== now)
  const metadata = before.metadata === after.metadata ? {} : { metadata: before.metadata }
  return { ...Object.fromEntries(changed.map(([name, [old]]) => [name, old])), ...metadata }
}
