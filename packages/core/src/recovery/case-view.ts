import type { Decline } from '../declines/index.ts'
import type { Uuid } from '../ids/index.ts'
import type { Instant } from '../time/index.ts'
import type { RecoveryCase } from './case.ts'
import type { GuardAnswer, GuardedCard } from './guard/ask-guard.ts'
import type { CardTraits } from './planner/card-traits.ts'
import type { PlannerModel } from './planner/model.ts'
import type { GatewayFees } from './planner/try-fees.ts'
import type { PolicyKind, RecoveryPolicy } from './policy.ts'
import type { SalvagePlan } from './salvage-plan.ts'

/** One charge that was made for the bill and refused, or returned by the bank. */
export type CaseTry = {
  readonly at: Instant
  readonly paymentMethodId: Uuid
  readonly decline: Decline
  /** Null or absent where nobody knows it, and where it is none, because a bank has returned what was paid. */
  readonly gatewayId?: Uuid | null
  /** Counted from 1; null or absent for a first charge, and for a try by hand. */
  readonly retryNumber?: number | null
  /** Made in an outage of ours: what it was refused with says nothing of the card, except to its network. */
  readonly isInOutage?: boolean
}

/** A method that a retry may charge. */
export type CaseCard = {
  readonly paymentMethodId: Uuid
  /** Null for what is no card: the networks' rules do not hold for it. */
  readonly guarded: GuardedCard | null
  readonly traits: CardTraits
  /** Gateways with a token of it, in the merchant's order. */
  readonly gatewayIds: readonly Uuid[]
}

/** All that a case is planned by, beside itself. */
export type CaseView = {
  readonly policy: RecoveryPolicy
  /** By priority, best first. */
  readonly cards: readonly CaseCard[]
  /** Oldest first. */
  readonly tries: readonly CaseTry[]
  /** What the planner believes; null where nobody asks it. */
  readonly model: PlannerModel | null
  /** Says of each scheduled try where it is made and of how much; absent = as the charges of the subscription are. */
  readonly salvage?: SalvagePlan
  /** The account's rules choose the gateway, and the planner none. */
  readonly isRouted: boolean
  /** Between 0 and 1. */
  readonly draw: number
  /** What gateways charge the merchant; absent = nobody has said. */
  readonly fees?: ReadonlyMap<string, GatewayFees>
  readonly gatewayName: (gatewayId: string) => string
}

export type PlannedOption = {
  readonly at: Instant
  readonly gatewayId: Uuid | null
  readonly chance: number
}

/** Why a case goes on as it does. Written once for each time that it was decided anew. */
export type CaseDecision = {
  readonly kind: 'try' | 'wait_for_card' | 'wait_for_chance' | 'give_up'
  readonly policy: PolicyKind
  /** Of the retry that was decided on, counted from 1. */
  readonly retryNumber: number
  /** Of the try, or of the end of waiting. */
  readonly dueAt: Instant
  readonly gatewayId: Uuid | null
  readonly paymentMethodId: Uuid | null
  /** What the planner expects; null where it was not asked. */
  readonly chance: number | null
  readonly runnerUp: PlannedOption | null
  readonly guard: GuardAnswer
  /** In words, the weightiest first. */
  readonly reasons: readonly string[]
  /** How many attempts the planner has learned from. */
  readonly learnedFrom: number
  readonly decidedAt: Instant
}

export type PlannedCase = { readonly recovery: RecoveryCase; readonly decision: CaseDecision }
