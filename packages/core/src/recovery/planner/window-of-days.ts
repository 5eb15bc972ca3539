import { addDays, addMs, maxInstant, type Instant } from '../../time/index.ts'
import { rungAt } from '../case.ts'
import type { RetryQuestion } from './retry-question.ts'

/**
 * What the days of a merchant leave to the planner: each try after the day of the one before it, and by its own. A late try
 * keeps its distance to the next, and the end moves with it.
 */
export function windowOfDays(given: {
  /** After the first failure, ascending. */
  readonly days: readonly number[]
  readonly openedAt: Instant
  readonly retriesMade: number
  readonly lastTryAt: Instant
  readonly now: Instant
  /** From when the card networks allow another try. */
  readonly allowedAt: Instant
  /** Where the case goes on after the last of the days. */
  readonly endsAt?: Instant
}): Pick<RetryQuestion, 'endsAt' | 'attemptsLeft' | 'earliestAt' | 'rungAt'> {
  const { days, openedAt, retriesMade, now, allowedAt } = given
  const lastTryAt = maxInstant(given.lastTryAt, openedAt)
  const rung = rungAt({ countsFrom: openedAt, retriesMade }, { retryDays: days }, lastTryAt)
  const endsAt = given.endsAt ?? addDays(openedAt, days.at(-1) ?? 0)
  const before = days[retriesMade - 1]
  const beginsAt = before === undefined ? openedAt : addMs(addDays(openedAt, before), 1)
  return {
    // The last instant belongs to it.
    endsAt: addMs(maxInstant(endsAt, rung ?? endsAt), 1),
    attemptsLeft: days.length - retriesMade,
    earliestAt: maxInstant(allowedAt, beginsAt),
    ...(rung === null ? {} : { rungAt: maxInstant(rung, now) }),
  }
}
