import { MS_PER_DAY, type Instant } from '../../time/index.ts'
import { segmentKey, toLocalMs, type CardTraits, type Evidence, type Segment } from './evidence.ts'
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
  of(traits: CardTraits): SegmentModel
}

const DAYS_BACK = 80
/** Schedules go as far as 90 days from the first failure; a model is a day old at most. */
const DAYS_AHEAD = 93
/** A segment speaks for its country once so many attempts were seen. */
const SPEAKS_AFTER = 60

/** The beliefs that the evidence supports. Segments are worked out when they are first asked for. */
export function buildModel(evidence: Evidence, at: Instant): PlannerModel {
  const today = Math.floor(at / MS_PER_DAY)
  const table = makeCalendarTable(today - DAYS_BACK, today + DAYS_AHEAD)
  const everybody = learnRefusals(pooled(evidence), null)
  const ownFunds = new Map<string, FundsModel>()
  const known = new Map<string, SegmentModel>()

  const localNow = (segment: Segment): number => toLocalMs(at, segment.zone)
  const fundsAlone = (segment: Segment): FundsModel => {
    const model =
      ownFunds.get(segment.key) ??
      learnFunds(segment, table, { localMs: localNow(segment), countryPrior: null })
    ownFunds.set(segment.key, model)
    return model
  }
  const neighbours = (traits: CardTraits): FundsModel[] =>
    [...evidence.segments.values()]
      .filter(({ country, key, attempts }) => {
        const isNeighbour = country === (traits.country ?? 'unknown') && key !== segmentKey(traits)
        return isNeighbour && attempts >= SPEAKS_AFTER
      })
      .map(fundsAlone)
  return {
    table,
    builtAt: at,
    evidence,
    of: (traits) => {
      const key = segmentKey(traits)
      const found = known.get(key)
      if (found !== undefined) return found
      const segment = evidence.segments.get(key)
      const countryPrior = averageBelief(neighbours(traits))
      const model = {
        funds: learnFunds(segment, table, { localMs: toLocalMs(at, traits.zone), countryPrior }),
        refusals: learnRefusals(segment, everybody),
      }
      known.set(key, model)
      return model
    },
  }
}

/** All segments together. */
function pooled(evidence: Evidence): Segment | undefined {
  const segments = [...evidence.segments.values()]
  const first = segments[0]
  if (first === undefined) return undefined
  const whole: Segment = {
    ...first,
    key: 'everybody',
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
