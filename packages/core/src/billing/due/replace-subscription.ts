import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import {
  cancelSubscription,
  isInTrial,
  nextDueAt,
  outsideOf,
  RUNNING,
  termsOf,
  type FollowedProfile,
  type Refused,
  type Schedule,
  type Subscription,
  type SubscriptionExtras,
  type SubscriptionItem,
} from '../../subscriptions/index.ts'
import { isSameFrequency, type Frequency, type Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { endCases } from './end-cases.ts'
import { subscriptionFact } from '../state/facts.ts'
import { viewOf, type SubscriptionState } from '../state/state.ts'

/** What the subscription that takes over bills. */
export type Replacement = {
  readonly id: Uuid
  readonly productId: Uuid
  readonly priceId: Uuid | null
  readonly currency: Currency
  readonly quantity: bigint
  readonly amountMinor: bigint
  readonly items: readonly SubscriptionItem[]
  readonly frequency: Frequency
  readonly profile: FollowedProfile | null
  readonly extras: SubscriptionExtras | null
}

/** Checked in this order. */
export type ReplaceRefusal =
  | 'subscription_ended'
  | 'subscription_state_invalid'
  | 'currency_mismatch'

export type ReplaceDecision =
  | Refused<ReplaceRefusal>
  | {
      readonly kind: 'accepted'
      readonly ended: Subscription
      readonly started: Subscription
      readonly changes: ChangeSet
    }

/**
 * Another product takes over: a new subscription goes on at the date that is set, and this one ends. Nothing is charged
 * or prorated; what is owed stays with the one that ends, and the new one counts from nothing (revcent.md 9.2).
 */
export function decideReplacement(
  state: SubscriptionState,
  replacement: Replacement,
  at: Instant,
): ReplaceDecision {
  const { subscription } = state
  const ended = cancelSubscription(subscription, { mode: 'immediately', reason: 'replaced' }, at)
  if (ended.kind === 'refused') return { kind: 'refused', code: 'subscription_ended' }
  if (!RUNNING.includes(subscription.status)) return outsideOf(RUNNING)
  // The end of its trial is being charged: what comes of that moves this one on, and would never move its successor.
  if (subscription.status === 'trialing' && !isInTrial(subscription))
    return { kind: 'refused', code: 'subscription_state_invalid' }
  if (replacement.currency !== subscription.currency)
    return { kind: 'refused', code: 'currency_mismatch' }

  const started = successorOf(subscription, replacement, at)
  const linked = { ...ended.subscription, replacedById: started.id }
  const changes = emptyChangeSet()
  changes.newSubscriptions.push(started)
  changes.newItems.push(...replacement.items)
  changes.changedSubscriptions.push(linked)
  changes.changedTerms.push(linked)
  changes.changedCases.push(...endCases(state, at))
  changes.facts.push(
    subscriptionFact('created', viewOf({ ...state, items: replacement.items }, started), at),
    subscriptionFact('canceled', viewOf(state, linked), at),
  )
  return { kind: 'accepted', ended: linked, started, changes }
}

function successorOf(before: Subscription, given: Replacement, at: Instant): Subscription {
  const { items: _, frequency, profile, ...sold } = given
  const next: Subscription = {
    ...before,
    ...sold,
    version: 1,
    // No bill comes before its first renewal, but the one at the end of a trial.
    profile: profile === null ? null : termsOf(profile, isInTrial(before) ? 1 : 0),
    status: before.status === 'past_due' ? 'active' : before.status,
    schedule: scheduleOf(before, { frequency, isDated: profile !== null }),
    cycle: isInTrial(before) ? -1 : 0,
    cyclesBilled: 0,
    startedAt: isInTrial(before) ? before.startedAt : at,
    latestInvoiceId: null,
    replacesId: before.id,
    replacedById: null,
    parkedAt: null,
    parkedReason: null,
    createdAt: at,
    updatedAt: at,
  }
  return { ...next, nextDueAt: nextDueAt(next) }
}

/** The same dates where the frequency stays; otherwise they are counted from the next one. */
function scheduleOf(
  before: Subscription,
  next: { readonly frequency: Frequency; readonly isDated: boolean },
): Schedule {
  const { schedule, period, cycle } = before
  const { frequency, isDated } = next
  const dateRule = isDated ? 'from_renewal' : 'anchored'
  const isSame = dateRule === schedule.dateRule && isSameFrequency(frequency, schedule.frequency)
  if (isSame && cycle >= 0) return { ...schedule, anchorCycle: schedule.anchorCycle - cycle }
  const anchor = { at: period.end, zone: schedule.zone, day: schedule.anchor.day }
  return { ...schedule, frequency, dateRule, anchor, anchorCycle: isInTrial(before) ? 0 : 1 }
}
