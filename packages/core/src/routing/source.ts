import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import type { UsageRule } from './usage.ts'

/** What a charge is for (revcent 7.4). */
export type RequestType =
  | 'initial_sale'
  | 'pending_sale_recovery'
  | 'subscription_renewal'
  | 'trial_expiration'

/** When an entry may be used. What is absent is not asked. */
export type EntryRules = {
  readonly brands?: readonly string[]
  readonly currencies?: readonly Currency[]
  readonly minAmountMinor?: bigint
  readonly maxAmountMinor?: bigint
  /** The card's BIN lies in one of these. */
  readonly binProfileIds?: readonly Uuid[]
  readonly usage?: readonly UsageRule[]
}

export type SourceEntry =
  | { readonly kind: 'gateway'; readonly gatewayId: Uuid; readonly rules?: EntryRules }
  | { readonly kind: 'group'; readonly groupId: Uuid; readonly rules?: EntryRules }

export type GroupChoice = 'sort_order' | 'round_robin' | 'even_distribution' | 'weighted'

/** How one of several gateways is chosen. */
export type Choice = GroupChoice | 'random'

/** How much of what is still owed a step asks for. */
export type StepAmount =
  | { readonly kind: 'full' }
  | { readonly kind: 'percent'; readonly percent: number }
  | { readonly kind: 'fixed'; readonly amountMinor: bigint }
