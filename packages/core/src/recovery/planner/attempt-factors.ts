import { MS_PER_DAY, type Instant } from '../../time/index.ts'
import { localDayOf, localHourOf, type Evidence, type Segment } from './evidence.ts'
import { fundsOfDay } from './funds-of-day.ts'
import type { CalendarTable } from './income-calendars.ts'
import type { FundsModel } from './funds-model.ts'
import { answeredChance, type RefusalModel } from './refusal-model.ts'

/**
 * What is left of a later chance once an earlier try has failed, before evidence: failures tell of failures, and what the next plan will
 * make of this one is not known yet. Ours, by judgement: no figures were found of how approvals fall from one retry to the next.
 */
const KEEPS_BEFORE_EVIDENCE = 0.93
/** So many expected approvals of tries with one number make what they show count half. */
const NEEDS = 25
/** Later tries are taken for the last of these. */
const NUMBERS = 8
const FACTOR_LEAST = 0.3
const FACTOR_MOST = 1.2
/** Of so many segments, those that were seen most, so many of the newest tries are looked at: it is done once a day. */
const SEGMENTS = 12
const TRIES = 100
/** Evidence counts half after so many days, as it does for paydays. */
const HALVES_AFTER_DAYS = 25

/** By the number of a try, how much of what their instants promise such tries win; place 0 is a first charge. */
export type AttemptFactors = readonly number[]

type Beliefs = { readonly funds: FundsModel; readonly refusals: RefusalModel }

/** A try whose end is known, with the chance that its instant alone promised. */
type JudgedTry = {
  readonly number: number
  readonly chance: number
  readonly isOk: boolean
  readonly weight: number
}

/** What the account's own retries show: approvals by number against what their instants promised. */
export function learnAttemptFactors(
  evidence: Evidence,
  given: {
    readonly table: CalendarTable
    readonly at: Instant
    readonly of: (segment: Segment) => Beliefs
  },
): AttemptFactors {
  const expected = new Float64Array(NUMBERS + 1)
  const approved = new Float64Array(NUMBERS + 1)
  const mostSeen = [...evidence.segments.values()]
    .toSorted((a, b) => b.attempts - a.attempts)
    .slice(0, SEGMENTS)
  for (const segment of mostSeen) {
    const model = given.of(segment)
    const tries = [...judgeFunds(segment, model, given), ...judgeSpells(segment, model, given)]
    for (const { number, chance, isOk, weight } of tries) {
      expected[number] = (expected[number] ?? 0) + weight * chance
      approved[number] = (approved[number] ?? 0) + (isOk ? weight : 0)
    }
  }
  return factorsOf(approved, expected)
}

/** Each number begins with what the one before it shows, the first with all. */
function factorsOf(approved: Float64Array, expected: Float64Array): number[] {
  const factors = [1]
  for (let number = 1; number <= NUMBERS; number += 1) {
    const prior = factors[number - 1] ?? 1
    const shown = ((approved[number] ?? 0) + NEEDS * prior) / ((expected[number] ?? 0) + NEEDS)
    factors.push(Math.min(FACTOR_MOST, Math.max(FACTOR_LEAST, shown)))
  }
  return factors
}

/** The factor of a try that so many tries of its bill came before. */
export function factorAt(factors: AttemptFactors, failedBefore: number): number {
  return factors[Math.min(failedBefore, NUMBERS)] ?? 1
}

/** What is left of a later chance once a try has failed that so many came before. */
export function keepsAfter(factors: AttemptFactors, failedBefore: number): number {
  const next = factorAt(factors, failedBefore + 1)
  return (KEEPS_BEFORE_EVIDENCE * next) / factorAt(factors, failedBefore)
}

type Known = { readonly table: CalendarTable; readonly at: Instant }

function judgeFunds(segment: Segment, { funds }: Beliefs, { table, at }: Known): JudgedTry[] {
  return segment.fundsRetries.slice(-TRIES).flatMap(({ shortLocal, local, isOk, number }) => {
    const day = localDayOf(local)
    if (number === 0 || day <= table.fromDay) return []
    const chances = fundsOfDay(funds, table, { shortDay: shortLocal / MS_PER_DAY, day })
    const chance = chances[localHourOf(local)] ?? 0
    return [{ number: placeOf(number), chance, isOk, weight: weightOf(local, at) }]
  })
}

function judgeSpells(segment: Segment, { refusals }: Beliefs, { at }: Known): JudgedTry[] {
  return segment.spellRetries.slice(-TRIES).flatMap(({ hours, at: triedAt, isOk, number }) => {
    if (number === 0) return []
    const chance = answeredChance(refusals, hours)
    return [{ number: placeOf(number), chance, isOk, weight: weightOf(triedAt, at) }]
  })
}

function placeOf(number: number): number {
  return Math.min(number, NUMBERS)
}

function weightOf(triedAt: number, now: Instant): number {
  return 0.5 ** (Math.max(0, now - triedAt) / MS_PER_DAY / HALVES_AFTER_DAYS)
}
