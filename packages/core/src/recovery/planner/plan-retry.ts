import { instantFromMs, MS_PER_HOUR, offsetMsAt, type Instant } from '../../time/index.ts'
import {
  gatewayFailureRate,
  localDayOf,
  localHourOf,
  segmentKey,
  weekdayIndexOf,
  type CardTraits,
  type FailureReason,
} from './evidence.ts'
import { fundsChance } from './funds-model.ts'
import type { PlannerModel, SegmentModel } from './model.ts'
import { refusalChance, spellIsOver } from './refusal-model.ts'
import { isOver } from './weights.ts'

/** What is known of one unpaid bill when the next try is to be chosen. */
export type RetryQuestion = {
  readonly traits: CardTraits
  readonly now: Instant
  /** Nothing may be tried at or after it. */
  readonly endsAt: Instant
  readonly attemptsLeft: number
  /** From when the card networks and the issuer's advice allow another try. */
  readonly earliestAt: Instant
  readonly lastReason: FailureReason
  readonly lastAttemptAt: Instant
  readonly shortAt: Instant | null
  readonly refusedAt: Instant | null
  readonly limitAt: Instant | null
  readonly issuerDownAt: Instant | null
  /** Gateways with a token of this card, in the merchant's order. */
  readonly gateways: readonly string[]
  /**
   * The instant of the merchant's own schedule, where there is one: the try is made by then, and at that very instant
   * unless an earlier one is worth clearly more.
   */
  readonly rungAt?: Instant
  /** Between 0 and 1; now and then another gateway is tried, to know more. */
  readonly draw: number
}

/** One way to go on: when, where, and what it promises. */
export type RetryOption = {
  readonly at: Instant
  readonly gateway: string
  /** The chance of an approval. */
  readonly chance: number
}

export type RetryPlan =
  | {
      readonly kind: 'attempt'
      readonly chosen: RetryOption
      readonly runnerUp: RetryOption | null
      readonly isExploring: boolean
    }
  /** Only new card data can help; the bill is looked at again when they come. */
  | { readonly kind: 'wait_for_card' }
  | { readonly kind: 'stop'; readonly code: 'final' | 'attempts_used' | 'horizon_over' | 'no_hope' }

/** What an attempt must be worth, as a share of the bill: fees, and the network's patience. */
const ATTEMPT_COSTS = 0.03
/** What a day of waiting costs, as a share of the bill. */
const DAY_COSTS = 0.006
/** What is left of a later chance once an earlier try has failed: failures tell of failures. */
const LATER_KEEPS = 0.93
/** After a decline, the next try waits this long: issuers hold quick repetitions against a card. */
const PAUSE_HOURS = 24
/** The same, where the card itself was not judged. */
const TECHNICAL_PAUSE_HOURS = 3
const HOPELESS = 0.02
/** A merchant's own instant is left for one that is worth this much more, as a share of the bill. */
const LEAVES_RUNG_FOR = 0.03
/** The same while the account has shown little: a prior is a guess about strangers. */
const LEAVES_RUNG_UNLEARNED_FOR = 0.1
const LEARNED_AFTER = 200
const EXPLORES = 0.03

/** The instant and gateway that promise most, less what they cost. Looks at every hour until the end. */
export function planRetry(model: PlannerModel, question: RetryQuestion): RetryPlan {
  switch (question.lastReason) {
    case 'final':
    case 'authentication':
      return { kind: 'stop', code: 'final' }
    case 'card_ended':
      return { kind: 'wait_for_card' }
    default:
  }
  if (question.attemptsLeft <= 0) return { kind: 'stop', code: 'attempts_used' }
  const options = listOptions(model, question)
  if (options.length === 0) return { kind: 'stop', code: 'horizon_over' }
  const [chosen, runnerUp] = choose(options, question, model)
  // A merchant who names the instants wants the try, whatever it promises.
  const isWanted = question.rungAt !== undefined
  if (chosen === undefined || (!isWanted && chosen.chance < HOPELESS))
    return { kind: 'stop', code: 'no_hope' }
  const explored = explore(model, question, chosen)
  return {
    kind: 'attempt',
    chosen: explored ?? chosen,
    runnerUp: explored === null ? (runnerUp ?? null) : chosen,
    isExploring: explored !== null,
  }
}

/** The chance of an approval at this instant and gateway, by what is known of the bill. */
export function chanceOf(
  model: PlannerModel,
  question: RetryQuestion,
  way: { readonly at: Instant; readonly gateway: string },
): number {
  const segment = model.of(question.traits)
  return cardChance(model, segment, question, way.at) * gatewayChance(model, segment, question, way)
}

function listOptions(model: PlannerModel, question: RetryQuestion): RetryOption[] {
  const from = earliest(question)
  const segment = model.of(question.traits)
  const options: RetryOption[] = []
  const add = (at: Instant): void => {
    const option = bestGateway(model, segment, question, at)
    if (option !== null) options.push(option)
  }
  const { rungAt, endsAt } = question
  let isRungAdded = rungAt === undefined || rungAt < from || rungAt >= endsAt
  for (let at: number = from; at < endsAt; at += stepMs(at - question.now)) {
    if (!isRungAdded && rungAt !== undefined && at >= rungAt) {
      if (at > rungAt) add(rungAt)
      isRungAdded = true
    }
    add(instantFromMs(at))
  }
  if (!isRungAdded && rungAt !== undefined) add(rungAt)
  return options
}

/** Hour by hour at first, then every second hour: paydays have an hour of their own. */
function stepMs(aheadMs: number): number {
  return aheadMs < 72 * MS_PER_HOUR ? MS_PER_HOUR : 2 * MS_PER_HOUR
}

function earliest(question: RetryQuestion): number {
  const isTechnical = ['gateway_down', 'issuer_down'].includes(question.lastReason)
  const pause = isTechnical ? TECHNICAL_PAUSE_HOURS : PAUSE_HOURS
  const rested = question.lastAttemptAt + pause * MS_PER_HOUR
  return Math.max(question.now, question.earliestAt, rested)
}

function bestGateway(
  model: PlannerModel,
  segment: SegmentModel,
  question: RetryQuestion,
  at: Instant,
): RetryOption | null {
  const card = cardChance(model, segment, question, at)
  let best: RetryOption | null = null
  for (const gateway of question.gateways) {
    const chance = card * gatewayChance(model, segment, question, { at, gateway })
    if (best === null || chance > best.chance) best = { at, gateway, chance }
  }
  return best
}

function localOf(question: RetryQuestion, at: number): number {
  // One offset for the whole horizon: an hour's error after a change of clocks is no matter here.
  return at + offsetMsAt(question.now, question.traits.zone)
}

/** The chance that card and issuer are able and willing, whatever the gateway. */
function cardChance(
  model: PlannerModel,
  segment: SegmentModel,
  question: RetryQuestion,
  at: Instant,
): number {
  const local = localOf(question, at)
  let chance = 1
  if (question.shortAt !== null) {
    const shortLocal = localOf(question, question.shortAt)
    chance *= fundsChance(segment.funds, model.table, { shortLocal, local })
  }
  if (question.limitAt !== null) {
    const isSameDay = localDayOf(local) === localDayOf(localOf(question, question.limitAt))
    chance *= isSameDay ? 0.05 : 0.97
  }
  if (question.issuerDownAt !== null) chance *= issuerIsBack(model, question, at)
  return chance
}

/** Issuers' outages: half are over after so many hours, with this spread of the logarithm. */
const OUTAGE_HOURS = 8
const OUTAGE_SPREAD = 17 / 12

function issuerIsBack(model: PlannerModel, question: RetryQuestion, at: Instant): number {
  const { issuerDownAt } = question
  if (issuerDownAt === null) return 1
  const seen = model.evidence.segments.get(segmentKey(question.traits))
  if (seen !== undefined && seen.lastUpAt > Math.max(issuerDownAt, seen.lastDownAt)) return 0.98
  return isOver((at - issuerDownAt) / MS_PER_HOUR, OUTAGE_HOURS, OUTAGE_SPREAD)
}

function gatewayChance(
  model: PlannerModel,
  segment: SegmentModel,
  question: RetryQuestion,
  way: { readonly at: Instant; readonly gateway: string },
): number {
  const local = localOf(question, way.at)
  const when = { hour: localHourOf(local), weekday: weekdayIndexOf(local) }
  const refused = refusalChance(segment.refusals, when, way.gateway)
  const up =
    (1 - gatewayFailureRate(model.evidence, way.gateway, way.at)) * outageFactor(model, way)
  if (question.refusedAt === null) return (1 - refused) * up
  const over = spellIsOver(segment.refusals, (way.at - question.refusedAt) / MS_PER_HOUR)
  return (over * (1 - refused) + (1 - over) * 0.05) * up
}

/** While a gateway refuses everything, one that does not is the better choice; alone, it is tried all the same. */
const OUT_OF_ORDER = 0.5

function outageFactor(
  { evidence }: PlannerModel,
  { gateway }: { readonly gateway: string },
): number {
  return evidence.outages.has(gateway) ? OUT_OF_ORDER : 1
}

/** The best option by what it is worth together with what may follow when it fails; then the best of another day. */
function choose(
  options: readonly RetryOption[],
  question: RetryQuestion,
  { evidence }: PlannerModel,
): readonly (RetryOption | undefined)[] {
  const worth = options.map((option) => worthAlone(option, question))
  const later = bestLater(options, worth)
  const scores = options.map((option, index) => {
    const next = question.attemptsLeft > 1 ? (later[index] ?? 0) : 0
    return (worth[index] ?? 0) + (1 - option.chance) * LATER_KEEPS * next
  })
  const { rungAt } = question
  if (rungAt !== undefined) {
    const isLearned = evidence.attempts >= LEARNED_AFTER
    const margin = isLearned ? LEAVES_RUNG_FOR : LEAVES_RUNG_UNLEARNED_FOR
    return chooseByRung(options, scores, { rungAt, margin })
  }
  const best = indexOfBest(scores, () => true)
  const first = best === null ? undefined : options[best]
  if (first === undefined) return []
  const isElsewhere = (index: number) =>
    Math.abs((options[index]?.at ?? 0) - first.at) >= PAUSE_HOURS * MS_PER_HOUR
  const second = indexOfBest(scores, isElsewhere)
  return [first, second === null ? undefined : options[second]]
}

/** The rung, unless an instant before it is worth clearly more; then the rung is the runner-up. */
function chooseByRung(
  options: readonly RetryOption[],
  scores: readonly number[],
  { rungAt, margin }: { readonly rungAt: Instant; readonly margin: number },
): readonly (RetryOption | undefined)[] {
  const rung = options.findIndex(({ at }) => at === rungAt)
  // It lies before the first instant that is allowed: what comes first comes closest to it.
  if (rung < 0) return [options[0]]
  const best = indexOfBest(scores, (index) => index < rung)
  if (best === null) return [options[rung]]
  const isLeft = (scores[best] ?? 0) >= (scores[rung] ?? 0) + margin
  return isLeft ? [options[best], options[rung]] : [options[rung], options[best]]
}

function worthAlone(option: RetryOption, question: RetryQuestion): number {
  const days = (option.at - question.now) / MS_PER_HOUR / 24
  return option.chance * (1 - DAY_COSTS * days) - ATTEMPT_COSTS
}

/** For each option, the best worth among those that a pause lies between. */
function bestLater(options: readonly RetryOption[], worth: readonly number[]): number[] {
  const later = Array<number>(options.length).fill(0)
  let next = options.length - 1
  let best = 0
  for (let index = options.length - 1; index >= 0; index -= 1) {
    const until = (options[index]?.at ?? 0) + PAUSE_HOURS * MS_PER_HOUR
    while (next > index && (options[next]?.at ?? 0) >= until) {
      best = Math.max(best, worth[next] ?? 0)
      next -= 1
    }
    later[index] = best
  }
  return later
}

function indexOfBest(scores: readonly number[], counts: (index: number) => boolean): number | null {
  let best: number | null = null
  for (let index = 0; index < scores.length; index += 1) {
    if (!counts(index)) continue
    if (best === null || (scores[index] ?? 0) > (scores[best] ?? 0)) best = index
  }
  return best
}

/** Now and then the second-best gateway, when it is nearly as good: what is never tried is never known. */
function explore(
  model: PlannerModel,
  question: RetryQuestion,
  chosen: RetryOption,
): RetryOption | null {
  const others = question.gateways.filter((gateway) => gateway !== chosen.gateway)
  if (question.draw >= EXPLORES || others.length === 0) return null
  const segment = model.of(question.traits)
  const gateway = others[Math.floor((question.draw / EXPLORES) * others.length)]
  if (gateway === undefined) return null
  const way = { at: chosen.at, gateway }
  const chance =
    cardChance(model, segment, question, chosen.at) * gatewayChance(model, segment, question, way)
  return chance >= 0.7 * chosen.chance ? { ...way, chance } : null
}
