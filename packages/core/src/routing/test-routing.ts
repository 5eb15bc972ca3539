import { assert } from '../fault/index.ts'
import { isUuid, type Uuid } from '../ids/index.ts'
import { parseCurrency, type Currency } from '../money/index.ts'
import { parseBins, type BinRanges } from './bin-profile.ts'
import { compileProfile, type GatewayGroup, type ProfileDefinition } from './profile.ts'
import type { ChargeFacts, RouteStep, Routing } from './route.ts'
import type { SourceEntry } from './source.ts'
import {
  emptyBook,
  NO_FIGURES,
  type GatewayUsage,
  type RoutingBook,
  type UsageRule,
} from './usage.ts'

export function uuid(number: number): Uuid {
  const text = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
  assert(isUuid(text), 'a uuid for tests')
  return text
}

const usd = parseCurrency('USD')
assert(usd !== null, 'a known currency')
export const USD: Currency = usd

export const G1 = uuid(1)
export const G2 = uuid(2)
export const G3 = uuid(3)
export const METHOD = uuid(900)

/** `G1` for the first gateway, and so on. */
export function nameOf(id: Uuid | null): string {
  return id === null ? '-' : `G${Number.parseInt(id.slice(-12), 10)}`
}

export function gateway(gatewayId: Uuid): SourceEntry {
  return { kind: 'gateway', gatewayId }
}

export const CASCADE = [gateway(G1), gateway(G2), gateway(G3)]

/** The payment profile of the acceptance list: step 1 a cascade of all three, step 2 the second. */
export const TWO_STEPS: ProfileDefinition = {
  kind: 'basic',
  prefersLastSuccess: true,
  steps: [
    { source: 'cascade', entries: CASCADE },
    { source: 'gateway', entries: [gateway(G2)] },
  ],
}

export type Shop = {
  readonly definition?: ProfileDefinition | null
  readonly disabled?: readonly Uuid[]
  readonly rules?: ReadonlyMap<Uuid, readonly UsageRule[]>
  readonly groups?: readonly GatewayGroup[]
  readonly bins?: ReadonlyMap<Uuid, readonly string[]>
  readonly book?: RoutingBook
  readonly draw?: () => number
}

export function routingOf(shop: Shop = {}): Routing {
  const { definition = TWO_STEPS, disabled = [], groups = [] } = shop
  const gateways = [G1, G2, G3].map((id) => ({
    id,
    isEnabled: !disabled.includes(id),
    rules: shop.rules?.get(id) ?? [],
    isSmartBin: true,
  }))
  return {
    config: {
      gateways: new Map(gateways.map((one) => [one.id, one])),
      groups: new Map(groups.map((group) => [group.id, group])),
      binProfiles: new Map(
        [...(shop.bins ?? [])].map(([id, lines]): [Uuid, BinRanges] => {
          const parsed = parseBins(lines)
          assert(parsed.kind === 'parsed', 'BINs for tests')
          return [id, parsed.ranges]
        }),
      ),
    },
    profile: definition === null ? null : compileProfile({ id: uuid(500), version: 1, definition }),
    book: shop.book ?? emptyBook(),
    draw: shop.draw ?? (() => 0),
  }
}

export function factsOf(facts: Partial<ChargeFacts> = {}): ChargeFacts {
  return {
    requestType: 'subscription_renewal',
    amountMinor: 40_00n,
    currency: USD,
    methods: [{ paymentMethodId: METHOD, brand: 'visa', bin: '424242', gatewayIds: [G1, G2, G3] }],
    attemptsMade: 0,
    productIds: [],
    customerGroups: [],
    campaign: null,
    metadata: {},
    approvedGatewayIds: [],
    declinedGatewayIds: [],
    forcedGatewayId: null,
    preferredGatewayId: null,
    lastSuccessGatewayId: null,
    ...facts,
  }
}

/** What a gateway has captured in every period. */
export function captured(amounts: Readonly<Record<Uuid, bigint>>): RoutingBook {
  const usage = new Map<Uuid, GatewayUsage>()
  for (const [id, amountMinor] of Object.entries(amounts)) {
    assert(isUuid(id), 'a gateway')
    const figures = { ...NO_FIGURES, capturedMinor: new Map([[USD, amountMinor]]) }
    usage.set(id, { hour: figures, day: figures, week: figures, month: figures })
  }
  return { ...emptyBook(), usage }
}

/** `G2` for a charge there, `stop: code` for none. */
export function told(step: RouteStep): string {
  return step.kind === 'charge' ? nameOf(step.gatewayId) : `stop: ${step.code}`
}
