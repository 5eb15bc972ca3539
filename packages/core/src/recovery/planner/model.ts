import { MS_PER_DAY, type Instant } from '../../time/index.ts'
import { learnAttemptFactors, type AttemptFactors } from './attempt-factors.ts'
import { segmentKey, type CardFunding, type CardTraits } from './card-traits.ts'
import { toLocalMs, type Evidence, type Segment } from './evidence.ts'
import { averageBelief, learnFunds, type FundsModel } from './funds-model.ts'
import { makeCalendarTable, type CalendarTable } from './income-calendars.ts'
import { learnRefusals, type RefusalModel } from './refusal-model.ts'

/** What is believed about one kind of card. */
export type SegmentModel = { readonly funds: FundsModel; readonly refusals: RefusalModel }

/** What the planner believes at one time. Made anew about once a day from the evidence. */
export type PlannerModel = {
  readonly table: CalendarTable
  readonly builtAt: Instant
  readonly evidence: Evidence
  /** Worked out when it is first asked for. */
  attemptFactors(): AttemptFactors
  of(traits: CardTraits): SegmentModel
}

const DAYS_BACK = 80
/** Schedules go as far as 90 days from the first failure; a model is a day old at most. */
const DAYS_AHEAD = 93
/** A segment speaks for others once so many attempts were seen. */
const SPEAKS_AFTER = 60

/** Of what a segment begins with, so much comes from its neighbours of the same funding, the rest from all of its country. */
const FROM_FUNDING = 0.6

/** Whose beliefs are asked for: a segment that was seen, or one that was not. */
type Kind = Pick<Segment, 'key' | 'country' | 'funding' | 'zone'>

/** The beliefs that the evidence supports. Segments are worked out when they are first asked for. */
export function buildModel(evidence: Evidence, at: Instant): PlannerModel {
  const today = Math.floor(at / MS_PER_DAY)
  const table = makeCalendarTable(today - DAYS_BACK, today + DAYS_AHEAD)
  const fundsPriorOf = fundsPriors(evidence, table, at)
  const refusalPriorOf = refusalPriors(evidence)
  const known = new Map<string, SegmentModel>()

  const modelOf = (kind: Kind): SegmentModel => {
    const found = known.get(kind.key)
    if (found !== undefined) return found
    const segment = evidence.segments.get(kind.key)
    const told = { ...kind, funding: kind.funding ?? segment?.funding ?? null }
    const now = { localMs: toLocalMs(at, kind.zone), countryPrior: fundsPriorOf(told) }
    const model = {
      funds: learnFunds(segment, table, now),
      refusals: learnRefusals(segment, refusalPriorOf(told)),
    }
    known.set(kind.key, model)
    return model
  }
  let factors: AttemptFactors | null = null
  return {
    table,
    builtAt: at,
    evidence,
    attemptFactors: () => (factors ??= learnAttemptFactors(evidence, { table, at, of: modelOf })),
    of: (traits) => modelOf(kindOf(traits)),
  }
}

function kindOf(traits: CardTraits): Kind {
  const { country, funding = null, zone } = traits
  return { key: segmentKey(traits), country: country ?? 'unknown', funding, zone }
}

/** When the other segments of a country say that people are paid, those of the same funding before the others. */
function fundsPriors(
  { segments }: Evidence,
  table: CalendarTable,
  at: Instant,
): (kind: Kind) => Float64Array | null {
  const alone = new Map<string, FundsModel>()
  const fundsAlone = (segment: Segment): FundsModel => {
    const now = { localMs: toLocalMs(at, segment.zone), countryPrior: null }
    const model = alone.get(segment.key) ?? learnFunds(segment, table, now)
    alone.set(segment.key, model)
    return model
  }
  return ({ key, country, funding }) => {
    const neighbours = [...segments.values()].filter(
      (one) => one.country === country && one.key !== key && one.attempts >= SPEAKS_AFTER,
    )
    const alike = neighbours.filter((one) => funding !== null && one.funding === funding)
    const all = averageBelief(neighbours.map(fundsAlone))
    const near = averageBelief(alike.map(fundsAlone))
    if (all === null || near === null) return all
    return near.map(
      (weight, index) => FROM_FUNDING * weight + (1 - FROM_FUNDING) * (all[index] ?? 0),
    )
  }
}

/** How cards of one funding are refused, and without one everybody's: what a segment of them begins with. */
function refusalPriors({ segments }: Evidence): (kind: Kind) => RefusalModel {
  const all = [...segments.values()]
  const everybody = learnRefusals(pooled(all), null)
  const known = new Map<CardFunding, RefusalModel>()
  return ({ funding }) => {
    if (funding === null) return everybody
    const alike = all.filter((segment) => segment.funding === funding)
    const model = known.get(funding) ?? learnRefusals(pooled(alike), everybody)
    known.set(funding, model)
    return model
  }
}

/** Segments together, as if they were one. */
function pooled(segments: readonly Segment[]): Segment | undefined {
  const first = segments[0]
  if (first === undefined) return undefined
  const whole: Segment = {
    ...first,
    key: 'together',
    spellRetries: segments.flatMap((segment) => segment.spellRetries.slice(-40)),
    byHour: { tried: Array(24).fill(0), refused: Array(24).fill(0) },
    byWeekday: { tried: Array(7).fill(0), refused: Array(7).fill(0) },
    byGateway: new Map(),
  }
  for (const segment of segments) {
    addCounts(whole.byHour, segment.byHour)
    addCounts(whole.byWeekday, segment.byWeekday)
    for (const [gateway, counts] of segment.byGateway) {
      const sum = whole.byGateway.get(gateway) ?? { tried: 0, refused: 0 }
      sum.tried += counts.tried
      sum.refused += counts.refused
      whole.byGateway.set(gateway, sum)
    }
  }
  return whole
}

function addCounts(
  whole: { readonly tried: number[]; readonly refused: number[] },
  part: { readonly tried: readonly number[]; readonly refused: readonly number[] },
): void {
  for (let index = 0; index < whole.tried.length; index += 1) {
    whole.tried[index] = (whole.tried[index] ?? 0) + (part.tried[index] ?? 0)
    whole.refused[index] = (whole.refused[index] ?? 0) + (part.refused[index] ?? 0)
  }
}
