import {
  cancelSubscription,
  editSubscription,
  isEnded,
  isInTrial,
  resumeSubscription,
  suspendSubscription,
  type EditRefusal,
  type SubscriptionDecision,
  type Subscription,
  type SubscriptionEdit,
} from '../../subscriptions/index.ts'
import type { Instant } from '../../time/index.ts'
import { assertNever } from '../../fault/index.ts'
import { afterResume } from '../due/after-resume.ts'
import { actionOf, type BulkAction } from './bulk-action.ts'
import {
  bulkStanding,
  type BulkChoices,
  type BulkStanding,
  type BulkState,
  type BulkStep,
  type GatewayChoice,
} from './bulk-state.ts'
import { editOf, type WishRefusal } from './edit-of.ts'
import { reverseOf } from './reverse-of.ts'

/** Checked in this order, before what the change itself refuses. */
export type BulkSkip =
  | 'subscription_ended'
  | 'renewal_in_progress'
  | 'profile_unavailable'
  | 'gateway_unavailable'
  | WishRefusal
  | EditRefusal

export type BulkWarning =
  | 'next_renewal_in_past'
  | 'date_of_suspended'
  | 'trial_moves_along'
  | 'custom_profile_discarded'
  | 'no_fallback'
  | 'cannot_be_undone'

export type BulkDecision =
  | { readonly kind: 'skipped'; readonly reason: BulkSkip }
  | { readonly kind: 'unchanged' }
  | BulkChange

export type BulkChange = {
  readonly kind: 'changed'
  readonly after: BulkStanding
  /** None where only its gateways change. */
  readonly steps: readonly BulkStep[]
  /** Null where they stay. */
  readonly gateways: GatewayChoice | null
  /** Nobody can follow the profile any more that it followed. */
  readonly discardsProfile: boolean
  readonly warnings: readonly BulkWarning[]
  /** What takes it back; null when nothing can. */
  readonly undo: readonly BulkAction[] | null
}

/**
 * What the actions of a segment do to one subscription, in the order profile, amount, discounts, gateways, date, status (revcent.md
 * 13.4). All of it happens, or nothing. The review and the run take the same decision; `unchanged`: all is as asked.
 */
export function decideBulkEdit(
  state: BulkState,
  given: { readonly actions: readonly BulkAction[]; readonly choices: BulkChoices },
  at: Instant,
): BulkDecision {
  const { actions } = given
  if (actions.length === 0) return { kind: 'unchanged' }
  const blocked = blockOf(state, given)
  if (blocked !== null) return { kind: 'skipped', reason: blocked }

  const wish = editOf(state, given, at)
  if (wish.kind === 'refused') return { kind: 'skipped', reason: wish.code }
  const steps: BulkStep[] = []
  let { subscription } = state
  if (Object.keys(wish.edit).length > 0) {
    const edited = editSubscription(state, wish.edit, at)
    if (edited.kind === 'refused') return { kind: 'skipped', reason: edited.code }
    subscription = withAnchor(edited.subscription, actions)
    steps.push({ event: 'updated', subscription, items: edited.items })
  }
  const move = actionOf(actions, 'status')
  if (move !== undefined) {
    const moved = moveBy(move, { ...state, subscription }, at)
    if (moved.kind === 'refused') return { kind: 'skipped', reason: moved.code }
    subscription = moved.subscription
    steps.push({ event: EVENT_OF[move.kind], subscription, items: [] })
  }
  const gateways = gatewaysAfter(state.gateways, actions)
  if (steps.length === 0 && gateways === null) return { kind: 'unchanged' }
  const discardsProfile = wish.edit.profile !== undefined && state.hasOwnProfile
  const undo = reverseOf(state, { subscription, edit: wish.edit, gateways, move: move?.kind })
  const changed = { subscription, edit: wish.edit, gateways, discardsProfile, undo }
  return {
    kind: 'changed',
    after: bulkStanding(subscription, gateways ?? state.gateways),
    steps,
    gateways,
    discardsProfile,
    warnings: warningsOf(state, changed, at),
    undo,
  }
}

const EVENT_OF = { suspend: 'paused', activate: 'resumed', cancel: 'canceled' } as const

function blockOf(
  { subscription, isBeingRenewed }: BulkState,
  { actions, choices }: { readonly actions: readonly BulkAction[]; readonly choices: BulkChoices },
): BulkSkip | null {
  if (isEnded(subscription.status)) return 'subscription_ended'
  if (isBeingRenewed) return 'renewal_in_progress'
  const profile = actionOf(actions, 'profile')
  if (profile !== undefined && !choices.profiles.has(profile.profileId))
    return 'profile_unavailable'
  const named = [actionOf(actions, 'forced_gateway'), actionOf(actions, 'preferred_gateway')]
  const isGone = named.some((action) => {
    const id = action?.gatewayId ?? null
    return id !== null && !choices.gatewayIds.has(id)
  })
  return isGone ? 'gateway_unavailable' : null
}

function moveBy(
  action: Extract<BulkAction, { readonly kind: 'suspend' | 'activate' | 'cancel' }>,
  state: BulkState,
  at: Instant,
): SubscriptionDecision {
  const { subscription } = state
  switch (action.kind) {
    case 'suspend':
      return suspendSubscription(subscription, at)
    case 'activate': {
      const resumed = resumeSubscription(subscription, at)
      if (resumed.kind === 'refused') return resumed
      return { kind: 'accepted', subscription: afterResume(state, resumed.subscription, at) }
    }
    case 'cancel':
      return cancelSubscription(subscription, { mode: 'immediately', reason: action.reason }, at)
    default:
      return assertNever(action)
  }
}

/** A date that is given back is counted from what it was counted from before. */
function withAnchor(subscription: Subscription, actions: readonly BulkAction[]): Subscription {
  const date = actionOf(actions, 'date')
  if (date?.kind !== 'restore_next_renewal') return subscription
  const { schedule } = subscription
  const anchor = { at: date.anchorAt, zone: schedule.anchor.zone, day: date.anchorDay }
  return { ...subscription, schedule: { ...schedule, anchor, anchorCycle: date.anchorCycle } }
}

/** Null where they stay as they are. */
function gatewaysAfter(
  before: GatewayChoice,
  actions: readonly BulkAction[],
): GatewayChoice | null {
  const forced = actionOf(actions, 'forced_gateway')
  const preferred = actionOf(actions, 'preferred_gateway')
  const after = {
    forcedGatewayId: forced === undefined ? before.forcedGatewayId : forced.gatewayId,
    preferredGatewayId: preferred === undefined ? before.preferredGatewayId : preferred.gatewayId,
  }
  const isSame =
    after.forcedGatewayId === before.forcedGatewayId &&
    after.preferredGatewayId === before.preferredGatewayId
  return isSame ? null : after
}

function warningsOf(
  before: BulkState,
  changed: {
    readonly subscription: Subscription
    readonly edit: SubscriptionEdit
    readonly gateways: GatewayChoice | null
    readonly discardsProfile: boolean
    readonly undo: readonly BulkAction[] | null
  },
  at: Instant,
): BulkWarning[] {
  const { subscription, edit, gateways, discardsProfile, undo } = changed
  const { nextDueAt, period } = subscription
  const isMoved = edit.nextBillingAt !== undefined
  const isForcedAnew =
    gateways !== null &&
    gateways.forcedGatewayId !== null &&
    gateways.forcedGatewayId !== before.gateways.forcedGatewayId
  const warnings: readonly (readonly [BulkWarning, boolean])[] = [
    ['next_renewal_in_past', nextDueAt !== null && nextDueAt <= at && period.end <= at],
    ['date_of_suspended', isMoved && subscription.pauseBehavior === 'suspend'],
    ['trial_moves_along', isMoved && isInTrial(before.subscription)],
    ['custom_profile_discarded', discardsProfile],
    ['no_fallback', isForcedAnew],
    ['cannot_be_undone', undo === null],
  ]
  return warnings.flatMap(([warning, isSo]) => (isSo ? [warning] : []))
}
