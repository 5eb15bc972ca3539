import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import type { ChargeRoute } from '../payments/index.ts'
import type { PaymentProfile, RoutingConfig } from './profile.ts'
import type { RequestType } from './source.ts'
import type { NetworkRefusal, RouteReason, StopCode } from './reason.ts'
import type { RoutingBook, Turn } from './usage.ts'

/** A payment method that the charge may use, with the gateways that have a token for it. */
export type RouteMethod = {
  readonly paymentMethodId: Uuid
  readonly brand: string | null
  /** The first six to eight digits, where they are known. */
  readonly bin: string | null
  readonly gatewayIds: readonly Uuid[]
}

/** What is known of the charge at hand. */
export type ChargeFacts = {
  readonly requestType: RequestType
  /** What is owed now. */
  readonly amountMinor: bigint
  readonly currency: Currency
  /** By priority, best first. */
  readonly methods: readonly RouteMethod[]
  /** On what is charged, before this route began. */
  readonly attemptsMade: number
  readonly productIds: readonly Uuid[]
  readonly customerGroups: readonly string[]
  readonly campaign: string | null
  readonly metadata: Readonly<Record<string, string>>
  /** Gateways at which this customer's charges were approved, and declined, before. */
  readonly approvedGatewayIds: readonly Uuid[]
  readonly declinedGatewayIds: readonly Uuid[]
  readonly forcedGatewayId: Uuid | null
  readonly preferredGatewayId: Uuid | null
  readonly lastSuccessGatewayId: Uuid | null
  /** What the networks' rules forbid now; absent = nobody asked. */
  readonly forbids?: (charge: {
    readonly paymentMethodId: Uuid
    readonly gatewayId: Uuid
    readonly amountMinor: bigint
  }) => NetworkRefusal | null
  /** Asked for by name: no other method is charged, now or later in the route. */
  readonly fixedMethodId?: Uuid
}

/** What a route is found with: configuration, profile (null = the account's own order), memory and chance. */
export type Routing = {
  readonly config: RoutingConfig
  readonly profile: PaymentProfile | null
  readonly book: RoutingBook
  /** From 0 up to 1, 1 excluded. */
  readonly draw: () => number
}

/** How the charges of one bill are routed, where the account says anything about it. */
export type BillRouting = {
  readonly routing: Routing
  readonly known: Pick<
    ChargeFacts,
    | 'methods'
    | 'customerGroups'
    | 'approvedGatewayIds'
    | 'declinedGatewayIds'
    | 'forcedGatewayId'
    | 'preferredGatewayId'
    | 'lastSuccessGatewayId'
    | 'fixedMethodId'
  >
  /** What a transaction tells of each method. The gateway is the routing's to name. */
  readonly methods: readonly Omit<ChargeRoute, 'gatewayId'>[]
  /** Decline codes that end the route, where the bill's own strategy says which; absent = as of every route (`toRouteOutcome`). */
  readonly hardDeclines?: readonly string[]
}

/** How far a route has come: plain JSON, kept with the attempt that it led to. */
export type RouteState = {
  readonly profileId: Uuid | null
  readonly profileVersion: number
  /** As it was at the route's first charge, for all that follow. Absent of a route that began before this was kept. */
  readonly requestType?: RequestType
  readonly stage: 'forced' | 'preferred' | 'account_order' | 'basic' | 'cascade' | 'flow'
  /** Of a basic profile, from 0. */
  readonly step: number
  /** Of a flow: the node that charged, and the one that changed the amount last. */
  readonly node: string | null
  readonly amountNode: string | null
  readonly fixedMethodId: Uuid | null
  readonly paymentMethodId: Uuid | null
  readonly gatewayId: Uuid | null
  /** A preferred gateway that was tried; the profile passes over it. */
  readonly skippedGatewayId: Uuid | null
  /** Asked already with the present method, by a cascade. */
  readonly triedGatewayIds: readonly Uuid[]
  readonly declinedGatewayIds: readonly Uuid[]
  readonly triedMethodIds: readonly Uuid[]
  readonly lastDeclineCode: string | null
  readonly attemptsBefore: number
  readonly attempts: number
  readonly nodesSeen: number
  readonly metadata: Readonly<Record<string, string>>
}

/** What became of the charge that a route led to. `error`: it did not reach an issuer. */
export type RouteOutcome =
  | { readonly kind: 'approved' }
  /** `isFinal`: no other try with this card may follow, whatever the profile says. */
  | { readonly kind: 'declined'; readonly code: string; readonly isFinal: boolean }
  | { readonly kind: 'error'; readonly code: string }

/** What the flow wants done besides charging. */
export type RouteEffect = {
  readonly kind: 'call_function'
  readonly node: string
  readonly functionName: string
}

export type RouteStep =
  | {
      readonly kind: 'charge'
      readonly gatewayId: Uuid
      readonly paymentMethodId: Uuid
      readonly amountMinor: bigint
      readonly currency: Currency
      readonly state: RouteState
      readonly reasons: readonly RouteReason[]
      readonly turns: readonly Turn[]
      readonly effects: readonly RouteEffect[]
    }
  | {
      readonly kind: 'stop'
      readonly code: StopCode
      readonly state: RouteState
      readonly reasons: readonly RouteReason[]
      readonly turns: readonly Turn[]
      readonly effects: readonly RouteEffect[]
    }

export type ChargeStep = Extract<RouteStep, { readonly kind: 'charge' }>

/** A decision at work: what it is taken on, and what it has come to so far. */
export type Walk = {
  readonly routing: Routing
  readonly facts: ChargeFacts
  state: RouteState
  readonly reasons: RouteReason[]
  readonly turns: Turn[]
  readonly effects: RouteEffect[]
}

export function chargeVia(
  walk: Walk,
  pick: {
    readonly gatewayId: Uuid
    readonly method: RouteMethod
    readonly amountMinor: bigint
  },
): RouteStep {
  const { gatewayId, method, amountMinor } = pick
  const { paymentMethodId } = method
  const { reasons, turns, effects, facts } = walk
  const state = { ...walk.state, gatewayId, paymentMethodId, attempts: walk.state.attempts + 1 }
  const { currency } = facts
  const charge = { gatewayId, paymentMethodId, amountMinor, currency }
  return { kind: 'charge', ...charge, state, reasons, turns, effects }
}

export function stopWith(walk: Walk, code: StopCode, message: string | null = null): RouteStep {
  const { state, reasons, turns, effects } = walk
  reasons.push({ code: 'stopped', by: code, message })
  return { kind: 'stop', code, state, reasons, turns, effects }
}
