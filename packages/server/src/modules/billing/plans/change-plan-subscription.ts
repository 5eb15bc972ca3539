import { emptyChangeSet, subscriptionFact, viewOf } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { runTimeOn } from '@perennial/core/recovery'
import {
  changeFrequency,
  editSubscription,
  reactivateSubscription,
  type Subscription,
} from '@perennial/core/subscriptions'
import {
  addMs,
  isSameFrequency,
  maxInstant,
  MS_PER_SECOND,
  plainDateAt,
  startOfDay,
  UTC,
  type Frequency,
  type Instant,
  type PlainDate,
} from '@perennial/core/time'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { leaseEnd, scopeOf, type BillingDeps } from '../scope.ts'
import { changedFields } from '../subscriptions/changed-fields.ts'
import { lockPlans, type LockedPlans } from './load-plan-subscription.ts'
import { updateTerms } from '../recycling/queries.ts'

/** What is absent stays. */
export type PlanSubscriptionChange = {
  readonly reference?: string | null | undefined
  readonly cancelMode?: 'immediately' | 'period_end' | undefined
  readonly frequency?: Frequency | undefined
  readonly nextBillOn?: PlainDate | undefined
  /** Takes a cancellation back that has not happened yet. */
  readonly isResumed?: boolean | undefined
}

export type ChangePlansRefusal =
  | 'subscription_not_found'
  | 'resume_of_recycling'
  | 'next_bill_in_past'
  | 'next_bill_not_movable'

/** Changes terms and dates; prices are changed by adding plans. Refusals are checked in the order of the union. */
export async function changePlanSubscription(
  deps: BillingDeps,
  context: CommandContext,
  request: { readonly id: Uuid; readonly change: PlanSubscriptionChange },
): Promise<Decision<Uuid, ChangePlansRefusal>> {
  const scope = scopeOf(context)
  const { accountId, now } = context
  return context.inTx(async (tx) => {
    const found = await lockPlans(tx, scope, { id: request.id })
    if (found === null) return refused('subscription_not_found')
    const { state, terms } = found
    const { change } = request
    const decided = decide(found, change, now)
    if (decided.kind === 'refused') return decided
    const { reference = terms.reference, cancelMode = terms.cancelMode } = change
    await updateTerms(tx, accountId, { subscriptionId: request.id, reference, cancelMode })
    const after = decided.value
    if (
      after !== state.subscription ||
      reference !== terms.reference ||
      cancelMode !== terms.cancelMode
    ) {
      const changes = emptyChangeSet()
      const touched =
        after === state.subscription
          ? { ...after, version: after.version + 1, updatedAt: now }
          : after
      changes.changedSubscriptions.push(touched)
      const { frequency } = state.subscription.schedule
      if (after.schedule.frequency !== frequency) changes.changedTerms.push(touched)
      const previous = changedFields(state.subscription, touched)
      changes.facts.push(subscriptionFact('updated', viewOf(state, touched), now, previous))
      const nextId = () => deps.ids.next()
      await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    }
    await context.remember(tx, 'subscription', request.id)
    return accepted(request.id)
  })
}

/** What is as it was stays: a day that is billed on keeps its place in the month, which the last bill may have lost. */
function decide(
  { state }: LockedPlans,
  change: PlanSubscriptionChange,
  now: Instant,
): Decision<Subscription, Exclude<ChangePlansRefusal, 'subscription_not_found'>> {
  let { subscription } = state
  if (change.isResumed === true && subscription.status === 'past_due')
    return refused('resume_of_recycling')
  if (change.isResumed === true && subscription.cancelAtPeriodEnd) {
    const decision = reactivateSubscription(subscription, now)
    if (decision.kind === 'accepted') subscription = decision.subscription
  }
  if (change.nextBillOn !== undefined) {
    const moved = moveTo(state, subscription, { on: change.nextBillOn, now })
    if (moved.kind === 'refused') return moved
    subscription = moved.value
  }
  const { frequency } = subscription.schedule
  if (change.frequency !== undefined && !isSameFrequency(change.frequency, frequency)) {
    const decision = changeFrequency(subscription, change.frequency, now)
    if (decision.kind === 'accepted') subscription = decision.subscription
  }
  return accepted(subscription)
}

/** Today means the next pass: a moment from now. */
function moveTo(
  state: LockedPlans['state'],
  subscription: Subscription,
  { on, now }: { readonly on: PlainDate; readonly now: Instant },
): Decision<Subscription, 'next_bill_in_past' | 'next_bill_not_movable'> {
  const day = startOfDay(on, UTC)
  if (day < startOfDay(plainDateAt(now, UTC), UTC)) return refused('next_bill_in_past')
  if (day === startOfDay(plainDateAt(subscription.period.end, UTC), UTC))
    return accepted(subscription)
  const { rules, recyclesStart } = state.recycling
  const minuteOfDay = recyclesStart ? 0 : rules.minuteOfDay
  const nextBillingAt = maxInstant(runTimeOn(day, 0, { minuteOfDay }), addMs(now, MS_PER_SECOND))
  const given = { subscription, items: state.items }
  const decision = editSubscription(given, { nextBillingAt }, now)
  return decision.kind === 'accepted'
    ? accepted(decision.subscription)
    : refused('next_bill_not_movable')
}
