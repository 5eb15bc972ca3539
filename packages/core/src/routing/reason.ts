import { assertNever } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import type { UsageMetric, UsagePeriod } from './usage.ts'

/** The card's network forbids another try with it now, as far as the gateway's acquirer has agreed on it. */
export type NetworkRefusal = {
  readonly paymentMethodId: Uuid
  readonly rule: string
  /** ISO 8601; null = not with this card data. */
  readonly allowedAt: string | null
}

/** Why a gateway was not used, with the figures of it. */
export type GatewayRefusal =
  | { readonly code: 'missing' }
  | { readonly code: 'disabled' }
  | { readonly code: 'excluded' }
  | { readonly code: 'declined_before' }
  | { readonly code: 'no_token'; readonly paymentMethodId: Uuid | null }
  | ({ readonly code: 'network_rule' } & NetworkRefusal)
  | { readonly code: 'brand'; readonly brand: string | null; readonly allowed: readonly string[] }
  | { readonly code: 'currency'; readonly currency: string; readonly allowed: readonly string[] }
  | { readonly code: 'below_minimum'; readonly amountMinor: bigint; readonly minMinor: bigint }
  | { readonly code: 'above_maximum'; readonly amountMinor: bigint; readonly maxMinor: bigint }
  | { readonly code: 'bin'; readonly bin: string | null }
  | {
      readonly code: 'usage'
      readonly metric: UsageMetric
      readonly period: UsagePeriod
      readonly figure: bigint
      readonly max: number
    }

export type ChosenBy =
  | 'forced'
  | 'preferred'
  | 'last_success'
  | 'account_order'
  | 'cascade_order'
  | 'sort_order'
  | 'round_robin'
  | 'even_distribution'
  | 'weighted'
  | 'random'
  | 'preferred_trait'
  | 'smart_bin'
  /** Of a charge that no setting had a say in: see `decideUnrouted` and `explainUnrouted`. */
  | 'hold'
  | 'only_token'
  | 'asked_for'
  | 'recovery'

/** Why a route stopped without another charge. */
export type StopCode =
  | 'approved'
  | 'hard_decline'
  | 'declined'
  | 'forced_gateway_unavailable'
  | 'no_gateway_available'
  | 'too_many_nodes'
  | 'too_many_attempts'
  | 'profile_changed'
  | 'aborted'
  | 'custom_error'

/** One thing that a decision looked at, in the order in which it did. */
export type RouteReason =
  | { readonly code: 'not_routed' }
  | { readonly code: 'step_entered'; readonly step: number }
  | { readonly code: 'step_not_entered'; readonly step: number; readonly decline: string | null }
  | { readonly code: 'method_entered'; readonly paymentMethodId: Uuid }
  | {
      readonly code: 'node_left'
      readonly node: string
      readonly type: string
      readonly output: string
    }
  | { readonly code: 'group_refused'; readonly groupId: Uuid; readonly by: 'missing' | 'disabled' }
  | { readonly code: 'refused'; readonly gatewayId: Uuid; readonly by: GatewayRefusal }
  | {
      readonly code: 'weighed'
      readonly gatewayId: Uuid
      readonly metric: 'captured_day_minor' | 'approval_percent' | 'bin_attempts' | 'weight'
      readonly figure: bigint
    }
  | {
      readonly code: 'chosen'
      readonly gatewayId: Uuid
      readonly groupId: Uuid | null
      readonly by: ChosenBy
    }
  | { readonly code: 'not_reached'; readonly gatewayIds: readonly Uuid[] }
  | { readonly code: 'failsafe_used'; readonly node: string }
  | { readonly code: 'stopped'; readonly by: StopCode; readonly message: string | null }

/** What the merchant wants answered where a flow ends: the words of its `action_return_error`. */
export function stopMessage(reasons: readonly RouteReason[]): string | null {
  return reasons.find((reason) => reason.code === 'stopped')?.message ?? null
}

/** A reason as a sentence. `nameOf` turns the id of a gateway, group or method into its name. */
export function describeReason(reason: RouteReason, nameOf: (id: Uuid) => string): string {
  switch (reason.code) {
    case 'not_routed':
      return 'No payment profile, gateway of a subscription or cap had a say in this charge.'
    case 'step_entered':
      return `Step ${reason.step + 1} begins.`
    case 'step_not_entered':
      return `Step ${reason.step + 1} is not entered after ${reason.decline ?? 'no decline'}.`
    case 'method_entered':
      return `Payment method ${nameOf(reason.paymentMethodId)} is tried.`
    case 'node_left':
      return `Node ${reason.node} (${reason.type}) is left by ${reason.output}.`
    case 'group_refused':
      return `Group ${nameOf(reason.groupId)} is ${reason.by}.`
    case 'refused':
      return `${nameOf(reason.gatewayId)} is refused: ${describeRefusal(reason.by, nameOf)}.`
    case 'weighed':
      return `${nameOf(reason.gatewayId)} has ${reason.metric} ${reason.figure}.`
    case 'chosen':
      return `${nameOf(reason.gatewayId)} is chosen ${WORDS[reason.by] ?? `by ${reason.by.replaceAll('_', ' ')}`}${
        reason.groupId === null ? '' : ` in group ${nameOf(reason.groupId)}`
      }.`
    case 'not_reached':
      return `Not needed: ${reason.gatewayIds.map(nameOf).join(', ')}.`
    case 'failsafe_used':
      return `Nothing is left at node ${reason.node}; its failsafe list is used.`
    case 'stopped':
      return `The route stops: ${reason.by.replaceAll('_', ' ')}${
        reason.message === null ? '' : ` (${reason.message})`
      }.`
    default:
      return assertNever(reason)
  }
}

/** Where the code alone is no sentence. */
const WORDS: Readonly<Partial<Record<ChosenBy, string>>> = {
  weighted: 'by its weight',
  hold: 'as it holds the money',
  only_token: 'as the only gateway that could take it then',
  asked_for: 'as whoever charged asked for it',
  recovery: 'by the plan of its recovery',
}

function describeRefusal(refusal: GatewayRefusal, nameOf: (id: Uuid) => string): string {
  switch (refusal.code) {
    case 'missing':
      return 'there is no such gateway'
    case 'disabled':
      return 'it is disabled'
    case 'excluded':
      return 'it is excluded here'
    case 'declined_before':
      return 'it has declined this charge'
    case 'no_token':
      return refusal.paymentMethodId === null
        ? 'there is no payment method'
        : `${nameOf(refusal.paymentMethodId)} has no token there`
    case 'network_rule':
      return `${nameOf(refusal.paymentMethodId)} must not be tried ${
        refusal.allowedAt === null ? 'again' : `before ${refusal.allowedAt}`
      } (${refusal.rule})`
    case 'brand':
      return `brand ${refusal.brand ?? 'unknown'} is not among ${refusal.allowed.join(', ')}`
    case 'currency':
      return `currency ${refusal.currency} is not among ${refusal.allowed.join(', ')}`
    case 'below_minimum':
      return `${refusal.amountMinor} is below ${refusal.minMinor}`
    case 'above_maximum':
      return `${refusal.amountMinor} is above ${refusal.maxMinor}`
    case 'bin':
      return `BIN ${refusal.bin ?? 'unknown'} is in none of its BIN profiles`
    case 'usage':
      return `${refusal.metric} of the ${refusal.period} would be ${refusal.figure}, above ${refusal.max}`
    default:
      return assertNever(refusal)
  }
}
