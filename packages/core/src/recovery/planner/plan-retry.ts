import { assert } from '../../fault/index.ts'
import { instantFromMs, MS_PER_HOUR, type Instant } from '../../time/index.ts'
import { keepsAfter } from './attempt-factors.ts'
import { bestAt, chancesOf, promiseOf, type Chances } from './chances.ts'
import type { PlannerModel } from './model.ts'
import type { RetryQuestion } from './retry-question.ts'
import { worthOf } from './worth.ts'

/** One way to go on: when, where, and what it promises. */
export type RetryOption = {
  readonly at: Instant
  readonly gateway: string
  /** The chance of an approval. */
  readonly chance: number
  /** What the try is expected to cost in fees, as a share of the bill. */
  readonly fee: number
  /** What it is worth together with what may follow when it fails, less what both cost, as a share of the bill. */
  readonly value: number
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

/** After a decline, the next try waits this long, as the first delay of spec/revtain.md 8.2: issuers hold quick repetitions against a card. */
const PAUSE_HOURS = 24
/** The same, where the card itself was not judged; ours, by judgement, between its first two tries then, after 1 and 6 hours. */
const TECHNICAL_PAUSE_HOURS = 3
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
  const options = listOptions(chancesOf(model, question), question)
  if (options.count === 0) return { kind: 'stop', code: 'horizon_over' }
  const keeps = keepsAfter(model.attemptFactors(), question.failedBefore ?? 1)
  const scores = scoresOf(options, question, keeps)
  const [chosen, runnerUp] = choose(options, scores, { question, model }).map((index) =>
    optionAt(options, question, { index, value: scores[index] ?? 0 }),
  )
  // A merchant who names the instants wants the try, whatever it promises; nobody else wants one that costs more.
  const isWanted = question.rungAt !== undefined
  if (chosen === undefined || (!isWanted && worthOf(chosen, question.now) <= 0))
    return { kind: 'stop', code: 'no_hope' }
  const explored = explore(model, question, chosen)
  return {
    kind: 'attempt',
    chosen: explored ?? chosen,
    runnerUp: explored === null ? (runnerUp ?? null) : chosen,
    isExploring: explored !== null,
  }
}

/** Every instant and the best gateway at it, in the order of time; in plain arrays, because a decision looks at hundreds. */
type Options = {
  readonly count: number
  readonly at: Float64Array
  readonly chance: Float64Array
  readonly fee: Float64Array
  readonly gatewayIndex: Uint16Array
}

function listOptions(chances: Chances, question: RetryQuestion): Options {
  const { rungAt, endsAt, now } = question
  const from = earliest(question)
  const most = Math.max(0, Math.ceil((endsAt - from) / MS_PER_HOUR)) + 2
  const at = new Float64Array(most)
  const chance = new Float64Array(most)
  const fee = new Float64Array(most)
  const gatewayIndex = new Uint16Array(most)
  let count = 0
  const add = (instant: number): void => {
    if (question.gateways.length === 0) return
    const best = bestAt(chances, instant)
    at[count] = instant
    chance[count] = best.chance
    fee[count] = best.fee
    gatewayIndex[count] = best.gatewayIndex
    count += 1
  }
  let isRungAdded = rungAt === undefined || rungAt < from || rungAt >= endsAt
  for (let instant = from; instant < endsAt; instant += stepMs(instant - now)) {
    if (!isRungAdded && rungAt !== undefined && instant >= rungAt) {
      if (instant > rungAt) add(rungAt)
      isRungAdded = true
    }
    add(instant)
  }
  if (!isRungAdded && rungAt !== undefined) add(rungAt)
  return { count, at, chance, fee, gatewayIndex }
}

function optionAt(
  { at, chance, fee, gatewayIndex }: Options,
  { gateways }: RetryQuestion,
  { index, value }: { readonly index: number; readonly value: number },
): RetryOption {
  const gateway = gateways[gatewayIndex[index] ?? 0]
  assert(gateway !== undefined, 'an option is at one of the gateways')
  const promised = { chance: chance[index] ?? 0, fee: fee[index] ?? 0 }
  return { at: instantFromMs(at[index] ?? 0), gateway, ...promised, value }
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

/** The best option by what it is worth together with what may follow when it fails; then the best of another day. */
function choose(
  options: Options,
  scores: Float64Array,
  of: { readonly question: RetryQuestion; readonly model: PlannerModel },
): readonly number[] {
  const { rungAt } = of.question
  if (rungAt !== undefined) {
    const isLearned = of.model.evidence.attempts >= LEARNED_AFTER
    const margin = isLearned ? LEAVES_RUNG_FOR : LEAVES_RUNG_UNLEARNED_FOR
    return chooseByRung(options, scores, { rungAt, margin })
  }
  const first = indexOfBest(scores, () => true)
  if (first === null) return []
  const firstAt = options.at[first] ?? 0
  const isElsewhere = (index: number) =>
    Math.abs((options.at[index] ?? 0) - firstAt) >= PAUSE_HOURS * MS_PER_HOUR
  const second = indexOfBest(scores, isElsewhere)
  return second === null ? [first] : [first, second]
}

/** The rung, unless an instant before it is worth clearly more; then the rung is the runner-up. */
function chooseByRung(
  options: Options,
  scores: Float64Array,
  { rungAt, margin }: { readonly rungAt: Instant; readonly margin: number },
): readonly number[] {
  const rung = options.at.subarray(0, options.count).indexOf(rungAt)
  // It lies before the first instant that is allowed: what comes first comes closest to it.
  if (rung < 0) return [0]
  const best = indexOfBest(scores, (index) => index < rung)
  if (best === null) return [rung]
  const isLeft = (scores[best] ?? 0) >= (scores[rung] ?? 0) + margin
  return isLeft ? [best, rung] : [rung, best]
}

/** For each option its worth, and that of the best which a pause lies between, should it fail. */
function scoresOf(
  { count, at, chance, fee }: Options,
  question: RetryQuestion,
  keeps: number,
): Float64Array {
  const { now, attemptsLeft } = question
  const worth = new Float64Array(count)
  for (let index = 0; index < count; index += 1) {
    const option = { at: at[index] ?? 0, chance: chance[index] ?? 0, fee: fee[index] ?? 0 }
    worth[index] = worthOf(option, now)
  }
  const scores = new Float64Array(count)
  let next = count - 1
  let best = 0
  for (let index = count - 1; index >= 0; index -= 1) {
    const until = (at[index] ?? 0) + PAUSE_HOURS * MS_PER_HOUR
    while (next > index && (at[next] ?? 0) >= until) {
      best = Math.max(best, worth[next] ?? 0)
      next -= 1
    }
    const later = attemptsLeft > 1 ? best : 0
    scores[index] = (worth[index] ?? 0) + (1 - (chance[index] ?? 0)) * keeps * later
  }
  return scores
}

function indexOfBest(scores: Float64Array, counts: (index: number) => boolean): number | null {
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
  const gateway = others[Math.floor((question.draw / EXPLORES) * others.length)]
  if (gateway === undefined) return null
  const way = { at: chosen.at, gateway }
  const { chance, fee } = promiseOf(model, question, way)
  const isNearlyAsGood = chance - fee >= 0.7 * (chosen.chance - chosen.fee)
  return isNearlyAsGood
    ? { ...way, chance, fee, value: valueInstead(chosen, { ...way, chance, fee }, question.now) }
    : null
}

/** What another option at the same instant is worth: the same may follow when it fails. */
function valueInstead(of: RetryOption, other: Omit<RetryOption, 'value'>, now: Instant): number {
  const later = (of.value - worthOf(of, now)) / (1 - of.chance)
  return worthOf(other, now) + (1 - other.chance) * later
}
