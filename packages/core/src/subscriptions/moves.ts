import type { SubscriptionStatus } from './subscription.ts'

/**
 * Every move of the state machine by name: where it may start and where it ends.
 * Source: spec/revkeen.md 2.6, and revcent.md 3.1 for suspensions. What is not in this table is refused.
 */
export const MOVES = {
  start_trial: { from: ['pending'], to: 'trialing' },
  activate: { from: ['pending', 'incomplete', 'trialing'], to: 'active' },
  fail_first_charge: { from: ['pending', 'incomplete'], to: 'incomplete' },
  expire_unpaid_start: { from: ['pending', 'incomplete'], to: 'incomplete_expired' },
  fall_past_due: { from: ['trialing', 'active', 'past_due'], to: 'past_due' },
  recover: { from: ['past_due', 'unpaid'], to: 'active' },
  exhaust: { from: ['past_due'], to: 'unpaid' },
  pause: { from: ['active'], to: 'paused' },
  suspend: { from: ['trialing', 'active', 'past_due'], to: 'paused' },
  resume: { from: ['paused'], to: 'active' },
  resume_trial: { from: ['paused'], to: 'trialing' },
  expire: { from: ['active', 'past_due', 'paused', 'unpaid'], to: 'expired' },
  cancel: {
    from: ['pending', 'incomplete', 'trialing', 'active', 'past_due', 'paused', 'unpaid'],
    to: 'canceled',
  },
} as const satisfies Record<string, { from: readonly SubscriptionStatus[]; to: SubscriptionStatus }>

export type Move = keyof typeof MOVES

/** A "no" to a command. `needs`: the statuses in which it is done, where the present one stands against it. */
export type Refused<Code extends string> = {
  readonly kind: 'refused'
  readonly code: Code
  readonly needs?: readonly SubscriptionStatus[]
}

export type MoveDecision =
  | { readonly kind: 'moved'; readonly to: SubscriptionStatus }
  | Refused<'subscription_state_invalid'>

/** The status after `move`, or a refusal where the table does not allow it. */
export function decideMove(status: SubscriptionStatus, move: Move): MoveDecision {
  const rule: { from: readonly SubscriptionStatus[]; to: SubscriptionStatus } = MOVES[move]
  if (!rule.from.includes(status)) return outsideOf(rule.from)
  return { kind: 'moved', to: rule.to }
}

/** The refusal of what is done in these statuses alone. */
export function outsideOf(needs: readonly SubscriptionStatus[]) {
  return { kind: 'refused', code: 'subscription_state_invalid', needs } as const
}
