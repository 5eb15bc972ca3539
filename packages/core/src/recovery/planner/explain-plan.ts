import { formatInstant, formatInstantIn, MS_PER_HOUR, offsetMsAt } from '../../time/index.ts'
import { factorAt } from './attempt-factors.ts'
import { segmentKey } from './card-traits.ts'
import { gatewayFailureRate, localHourOf, weekdayIndexOf } from './evidence.ts'
import { describeCalendar, INCOME_CALENDARS } from './income-calendars.ts'
import type { PlannerModel } from './model.ts'
import type { RetryOption, RetryPlan } from './plan-retry.ts'
import type { RetryQuestion } from './retry-question.ts'
import { SECOND_BEST, whyLost } from './second-best.ts'
import { refusalChance, spellIsOver } from './refusal-model.ts'
import { findOutage } from './suspected-outage.ts'

/** Why a try was planned as it was, for people. Chances are between 0 and 1. */
export type PlanReasons = {
  /** "71 of 100 on 2026-11-28T09:00:00+00:00 at amber" */
  readonly expected: string
  /** What it rests on, the weightiest first. */
  readonly evidence: readonly string[]
  /** What else was considered, what it was worth and why it was not taken: "second best: …". */
  readonly runnerUp: string | null
  /** In one line. */
  readonly summary: string
}

/** The reasons of a planned attempt, from the same model and question that it was planned with. */
export function explainPlan(
  model: PlannerModel,
  question: RetryQuestion,
  plan: Extract<RetryPlan, { kind: 'attempt' }>,
): PlanReasons {
  const evidence = [
    ...fundsEvidence(model, question),
    ...spellEvidence(model, question, plan.chosen),
    refusalEvidence(model, question, plan.chosen),
    ...numberEvidence(model, question),
    ...gatewayEvidence(model, question, plan.chosen),
    ...feeEvidence(question, plan.chosen),
    ...outageEvidence(model, question),
    ...(plan.isExploring ? ['another gateway than the best, to learn about it'] : []),
  ]
  const expected = describeOption(question, plan.chosen)
  const { runnerUp } = plan
  return {
    expected,
    evidence,
    runnerUp:
      runnerUp === null
        ? null
        : `${SECOND_BEST}${describeOption(question, runnerUp)}, ${whyLost(plan, question)}`,
    summary: `${expected}, because ${evidence[0] ?? 'nothing is known yet'}`,
  }
}

function describeOption(question: RetryQuestion, option: RetryOption): string {
  const when = formatInstantIn(option.at, question.traits.zone)
  return `${ofHundred(option.chance)} on ${when} at ${option.gateway}`
}

/** "71 of 100" */
export function ofHundred(chance: number): string {
  return `${Math.round(chance * 100)} of 100`
}

const CALENDAR_NAMES = INCOME_CALENDARS.map(({ calendar }) => describeCalendar(calendar))

/** How many beliefs are worth a reader's time. */
const BELIEFS_TOLD = 2

function fundsEvidence(model: PlannerModel, question: RetryQuestion): string[] {
  if (question.shortAt === null) return []
  const { funds } = model.of(question.traits)
  const segment = model.evidence.segments.get(segmentKey(question.traits))
  const calendars = new Map<string, number>()
  for (const { calendarIndex, weight } of funds.beliefs) {
    const name = CALENDAR_NAMES[calendarIndex] ?? 'unknown'
    calendars.set(name, (calendars.get(name) ?? 0) + weight)
  }
  const told = [...calendars]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, BELIEFS_TOLD)
    .map(([name, weight]) => `${name} (${ofHundred(weight)})`)
  const seen = segment === undefined ? 'no attempt' : `${segment.attempts} attempts`
  return [`the account was short; income comes on ${told.join(' or ')}, from ${seen} on such cards`]
}

function spellEvidence(
  model: PlannerModel,
  question: RetryQuestion,
  chosen: RetryOption,
): string[] {
  if (question.refusedAt === null) return []
  const hours = Math.round((chosen.at - question.refusedAt) / MS_PER_HOUR)
  const over = spellIsOver(model.of(question.traits).refusals, hours)
  return [`a refusal without a reason is over after ${hours} hours with ${ofHundred(over)}`]
}

function refusalEvidence(
  model: PlannerModel,
  question: RetryQuestion,
  chosen: RetryOption,
): string {
  const { refusals } = model.of(question.traits)
  const local = chosen.at + offsetMsAt(question.now, question.traits.zone)
  const when = { hour: localHourOf(local), weekday: weekdayIndexOf(local) }
  const chance = refusalChance(refusals, when, chosen.gateway)
  return `${Math.round(chance * 1_000)} of 1,000 are refused at this hour, weekday and gateway, from ${Math.round(refusals.tried)} recent tries`
}

/** Worth telling where the account's own retries have shown something. */
function numberEvidence(model: PlannerModel, { failedBefore = 1 }: RetryQuestion): string[] {
  const shown = factorAt(model.attemptFactors(), failedBefore)
  if (Math.round(shown * 100) === 100) return []
  return [
    `retry ${failedBefore} of this card: such retries win ${ofHundred(shown)} of what their instants promise`,
  ]
}

function outageEvidence({ evidence }: PlannerModel, question: RetryQuestion): string[] {
  const { gateways, currency, now: at } = question
  return gateways.flatMap((gateway) => {
    const outage = findOutage(evidence.outages, { gateway, currency, at })
    if (outage === null) return []
    const { tried, approved, sinceAt } = outage
    const since = formatInstant(sinceAt)
    return [
      `${gateway} has approved ${approved} of ${tried} charges in ${outage.currency} since ${since}: taken for an outage of ours, and not learned from`,
    ]
  })
}

/** What tries cost at the gateways, where anybody has said, the chosen one first. */
function feeEvidence({ gateways, fees }: RetryQuestion, chosen: RetryOption): string[] {
  const others = gateways.filter((gateway) => gateway !== chosen.gateway)
  const told = [chosen.gateway, ...others].flatMap((gateway) => {
    const fee = fees?.get(gateway)
    if (fee === undefined) return []
    return [`${gateway} ${percent(fee.approved)} or ${percent(fee.declined)}`]
  })
  if (told.length === 0) return []
  return [`fees taken off, as shares of this bill when approved or declined: ${told.join(', ')}`]
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`
}

/** Worth telling only when a gateway is in trouble. */
const TROUBLE = 0.05

function gatewayEvidence(
  model: PlannerModel,
  question: RetryQuestion,
  chosen: RetryOption,
): string[] {
  return question.gateways
    .filter((gateway) => gateway !== chosen.gateway)
    .map((gateway) => ({
      gateway,
      rate: gatewayFailureRate(model.evidence.gateways.get(gateway), question.now),
    }))
    .filter(({ rate }) => rate > TROUBLE)
    .map(({ gateway, rate }) => `${gateway} fails ${ofHundred(rate)} calls right now`)
}
