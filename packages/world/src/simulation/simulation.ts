import { assert } from '@perennial/core/fault'
import type { Decline } from '@perennial/core/declines'
import { type Currency, parseCurrency } from '@perennial/core/money'
import {
  type AttemptEvidence,
  type CardNetwork,
  type CardTraits,
  emptyEvidence,
  type Evidence,
  type PlannerModel,
  type PlanReasons,
  type Watches,
} from '@perennial/core/recovery'
import type { World } from '../judging/world.ts'
import { createReferee, type Referee } from '../referee/referee.ts'
import type { Happening } from './open-case.ts'
import type { Policy } from './policy.ts'
import type { CaseResult } from './tally.ts'
import { createTimeline, type Timeline } from './timeline.ts'

export type SimulationRequest = {
  readonly world: World
  readonly policy: Policy
  readonly subscribers: number
  readonly months: number
  readonly seed: number
  /** Whether customers are asked for another card. */
  readonly contact: boolean
  readonly onProgress?: (share: number) => void
  /** Told of every charge, first ones and retries, as a merchant sees it. */
  readonly onCharge?: (charge: SimulatedCharge) => void
  /** Told of each attempt that the planner makes, and why. */
  readonly onReasons?: (told: { readonly at: number; readonly reasons: PlanReasons }) => void
}

/** `billId`: what it was for. */
export type SimulatedCharge = AttemptEvidence & {
  readonly billId: string
  readonly network: CardNetwork
  readonly decline: Decline | null
  readonly amountMinor: number
  readonly gateways: readonly string[]
}

/** What one run goes on with. */
export type Simulation = {
  readonly request: SimulationRequest
  readonly currency: Currency
  readonly timeline: Timeline<Happening>
  readonly results: CaseResult[]
  readonly evidence: Evidence
  readonly watches: Watches
  readonly traits: Map<string, CardTraits>
  /** Attempts that the planner has seen, by month of the bill. */
  readonly seenByMonth: Map<number, number>
  readonly referee: Referee
  /** How often retries broke which rule of the card networks. */
  readonly brokenRules: Map<string, number>
  model: PlannerModel | null
}

export function startSimulation(request: SimulationRequest): Simulation {
  const currency = parseCurrency(request.world.file.customers.currency)
  assert(currency !== null, 'a world names a currency')
  return {
    request,
    currency,
    timeline: createTimeline(request.world.startsAt),
    results: [],
    evidence: emptyEvidence(),
    watches: new Map(),
    traits: new Map(),
    seenByMonth: new Map(),
    referee: createReferee(),
    brokenRules: new Map(),
    model: null,
  }
}
