import type { Uuid } from '../ids/index.ts'
import type { BinRanges } from './bin-profile.ts'
import type { FlowNode } from './flow-node.ts'
import type { GroupChoice, SourceEntry, StepAmount } from './source.ts'
import type { UsageRule } from './usage.ts'

export type RoutingGateway = {
  readonly id: Uuid
  readonly isEnabled: boolean
  /** The gateway's own caps, whatever led to it. */
  readonly rules: readonly UsageRule[]
  /** Whether learned routing may choose it. */
  readonly isSmartBin: boolean
}

export type GatewayGroup = {
  readonly id: Uuid
  readonly isEnabled: boolean
  readonly choice: GroupChoice
  readonly gatewayIds: readonly Uuid[]
  /** Of a weighted group: whole numbers from 1, one for each gateway. */
  readonly weights?: readonly number[] | null
}

/** What an account routes over. `gateways` are in the account's own order. */
export type RoutingConfig = {
  readonly gateways: ReadonlyMap<Uuid, RoutingGateway>
  readonly groups: ReadonlyMap<Uuid, GatewayGroup>
  readonly binProfiles: ReadonlyMap<Uuid, BinRanges>
}

/** One attempt (revcent 7.3). */
export type ProfileStep = {
  /** `gateway`: exactly one entry. `cascade`: the first valid one of several is used. */
  readonly source: 'gateway' | 'cascade'
  readonly entries: readonly SourceEntry[]
  /** Of steps 2 and 3. */
  readonly amount?: StepAmount
  /** Which declines of the step before lead into steps 2 and 3; absent = any. */
  readonly enterOnDeclines?: readonly string[]
  /** Gateways that have declined this charge are not asked again. */
  readonly excludesDeclined?: boolean
}

/**
 * How a charge finds its gateway. `basic`: up to three attempts. `cascade`: every valid entry once, and with
 * `methods: 'all'` the same for each payment method by priority (revolv3 6.2); with `each_once` each method is charged at
 * its first valid entry, as long as another card may cure the refusal. `flow`: a graph.
 */
export type ProfileDefinition =
  | {
      readonly kind: 'basic'
      readonly steps: readonly ProfileStep[]
      /** The gateway of the subscription's last success goes first where step 1 is a cascade (revcent 7.6). */
      readonly prefersLastSuccess?: boolean
    }
  | {
      readonly kind: 'cascade'
      readonly entries: readonly SourceEntry[]
      readonly methods?: CascadeMethods
    }
  | { readonly kind: 'flow'; readonly nodes: readonly FlowNode[] }

export type CascadeMethods = 'first' | 'all' | 'each_once'

export type PaymentProfile = {
  readonly id: Uuid
  /** Each saved change is another version; a route that has begun ends when its version is gone. */
  readonly version: number
  readonly definition: ProfileDefinition
  /** Of a flow, by id. */
  readonly nodes: ReadonlyMap<string, FlowNode>
}

/** Makes a definition that was found valid ready to route with. */
export function compileProfile(
  given: Pick<PaymentProfile, 'id' | 'version' | 'definition'>,
): PaymentProfile {
  const { definition } = given
  const nodes = definition.kind === 'flow' ? definition.nodes : []
  return { ...given, nodes: new Map(nodes.map((node) => [node.id, node])) }
}
