import { MS_PER_DAY, MS_PER_HOUR, offsetMsAt, type Instant } from '../../time/index.ts'
import {
  gatewayFailureRate,
  localDayOf,
  localHourOf,
  weekdayIndexOf,
  type GatewayRecord,
} from './evidence.ts'
import { factorAt } from './attempt-factors.ts'
import { segmentKey } from './card-traits.ts'
import { fundsOfDay } from './funds-of-day.ts'
import type { PlannerModel, SegmentModel } from './model.ts'
import { spellIsOver } from './refusal-model.ts'
import { findOutage } from './suspected-outage.ts'
import { expectedFee, type TryFees } from './try-fees.ts'
import type { RetryQuestion } from './retry-question.ts'
import { isOver } from './weights.ts'

/** What is the same at every instant of one question: looked up once, because a decision asks about hundreds of them. */
export type Chances = {
  readonly model: PlannerModel
  readonly segment: SegmentModel
  readonly question: RetryQuestion
  /** One offset for the whole horizon: an hour's error after a change of clocks is no matter here. */
  readonly offsetMs: number
  readonly ways: readonly Way[]
  /** How much of what an instant promises is left after so many tries. */
  readonly left: number
  /** By hour of a local day, the chance that there is money again; 1 where there always was. */
  readonly fundsOf: (day: number) => Float64Array
}

type Way = {
  readonly record: GatewayRecord | undefined
  /** How much likelier than elsewhere a refusal is there. */
  readonly refusalFactor: number
  readonly outageFactor: number
  readonly fees: TryFees | undefined
}

/** While a gateway refuses nearly everything, one that does not is the better choice; alone, it is tried all the same. */
const OUT_OF_ORDER = 0.5

export function chancesOf(model: PlannerModel, question: RetryQuestion): Chances {
  const { traits, now, currency, gateways, fees } = question
  const { evidence } = model
  const segment = model.of(traits)
  const ways = gateways.map((gateway) => ({
    record: evidence.gateways.get(gateway),
    refusalFactor: segment.refusals.gatewayFactor.get(gateway) ?? 1,
    outageFactor:
      findOutage(evidence.outages, { gateway, currency, at: now }) === null ? 1 : OUT_OF_ORDER,
    fees: fees?.get(gateway),
  }))
  const offsetMs = offsetMsAt(now, traits.zone)
  const fundsOf = fundsByDay(model, segment, { shortAt: question.shortAt, offsetMs })
  const left = factorAt(model.attemptFactors(), question.failedBefore ?? 1)
  return { model, segment, question, offsetMs, ways, left, fundsOf }
}

const ALWAYS = new Float64Array(24).fill(1)

/** Instants are asked about in the order of time: the day that was asked for last is kept. */
function fundsByDay(
  model: PlannerModel,
  { funds }: SegmentModel,
  { shortAt, offsetMs }: { readonly shortAt: Instant | null; readonly offsetMs: number },
): (day: number) => Float64Array {
  if (shortAt === null) return () => ALWAYS
  const shortDay = (shortAt + offsetMs) / MS_PER_DAY
  let lastDay = Number.NaN
  let last: Float64Array = ALWAYS
  return (day) => {
    if (day === lastDay) return last
    lastDay = day
    last = fundsOfDay(funds, model.table, { shortDay, day })
    return last
  }
}

/** The chance of an approval at this instant and gateway, by what is known of the bill. */
export function chanceOf(
  model: PlannerModel,
  question: RetryQuestion,
  way: { readonly at: Instant; readonly gateway: string },
): number {
  return promiseOf(model, question, way).chance
}

/** The same with what it costs. */
export function promiseOf(
  model: PlannerModel,
  question: RetryQuestion,
  { at, gateway }: { readonly at: Instant; readonly gateway: string },
): Pick<Promised, 'chance' | 'fee'> {
  return bestAt(chancesOf(model, { ...question, gateways: [gateway] }), at)
}

/** What a gateway promises at one instant. */
export type Promised = {
  readonly chance: number
  /** What a try is expected to cost there, as a share of the bill. */
  readonly fee: number
  readonly gatewayIndex: number
}

/** The gateway that promises most at an instant, its fees taken off; the first of those that promise the same. */
export function bestAt(chances: Chances, at: number): Promised {
  const { segment, question, offsetMs, ways, left } = chances
  const { refusals } = segment
  const local = at + offsetMs
  const hour = localHourOf(local)
  const card = cardChance(chances, at, { local, hour })
  const factor =
    (refusals.hourFactor[hour] ?? 1) * (refusals.weekdayFactor[weekdayIndexOf(local)] ?? 1)
  const { refusedAt } = question
  const over = refusedAt === null ? 1 : spellIsOver(refusals, (at - refusedAt) / MS_PER_HOUR)
  let best: Promised = { chance: Number.NEGATIVE_INFINITY, fee: 0, gatewayIndex: 0 }
  for (let index = 0; index < ways.length; index += 1) {
    const way = ways[index]
    if (way === undefined) continue
    const refused = Math.min(0.95, refusals.rate * (factor * way.refusalFactor))
    const up = (1 - gatewayFailureRate(way.record, at)) * way.outageFactor
    const willing = refusedAt === null ? 1 - refused : over * (1 - refused) + (1 - over) * 0.05
    const chance = Math.min(0.99, card * (willing * up) * left)
    const fee = expectedFee(way.fees, chance)
    if (chance - fee <= best.chance - best.fee) continue
    best = { chance, fee, gatewayIndex: index }
  }
  return best
}

/** The chance that card and issuer are able and willing, whatever the gateway. */
function cardChance(
  { model, question, offsetMs, fundsOf }: Chances,
  at: number,
  { local, hour }: { readonly local: number; readonly hour: number },
): number {
  const { limitAt } = question
  let chance = fundsOf(localDayOf(local))[hour] ?? 0
  if (limitAt !== null) {
    const isSameDay = localDayOf(local) === localDayOf(limitAt + offsetMs)
    chance *= isSameDay ? 0.05 : 0.97
  }
  if (question.issuerDownAt !== null) chance *= issuerIsBack(model, question, at)
  return chance
}

/**
 * Issuers' outages: half are over after so many hours, with this spread of the logarithm. Ours, by judgement, between the second and the third of
 * the tries that spec/revtain.md 8.2 makes then: after 1, 6 and 24 hours.
 */
const OUTAGE_HOURS = 8
const OUTAGE_SPREAD = 17 / 12

function issuerIsBack(model: PlannerModel, question: RetryQuestion, at: number): number {
  const { issuerDownAt } = question
  if (issuerDownAt === null) return 1
  const seen = model.evidence.segments.get(segmentKey(question.traits))
  if (seen !== undefined && seen.lastUpAt > Math.max(issuerDownAt, seen.lastDownAt)) return 0.98
  return isOver((at - issuerDownAt) / MS_PER_HOUR, OUTAGE_HOURS, OUTAGE_SPREAD)
}
