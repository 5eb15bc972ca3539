import { addDays, addMs, maxInstant, MS_PER_DAY, type Instant } from '../../time/index.ts'
import { rungAt } from '../case.ts'
import { askGuard, type PastAttempt } from '../guard/ask-guard.ts'
import { askRetryRule, strictest } from '../guard/retry-rule.ts'
import type { FailureReason } from '../planner/evidence.ts'
import { failureReasonOf } from '../planner/failure-reason.ts'
import type { PlannerModel } from '../planner/model.ts'
import { chanceOf } from '../planner/chances.ts'
import { planRetry } from '../planner/plan-retry.ts'
import type { RetryQuestion } from '../planner/retry-question.ts'
import { feesOfBill } from '../planner/try-fees.ts'
import { windowOfDays } from '../planner/window-of-days.ts'
import type { PastCase, TestedPolicy } from './past-case.ts'

/** A try that a policy would make, and how likely it is judged to succeed when all before it failed. */
export type WalkedTry = {
  readonly at: Instant
  readonly gateway: string
  readonly chance: number
}

type Models = {
  /** What could be known when the case began: the planner chooses by it. */
  readonly chooser: PlannerModel
  /** What is known from other cases by now: every policy is judged by it. */
  readonly judge: PlannerModel
}

/** Cards that are gone, and payers who have to act, are won by no retry: a back-test knows of no new card. */
const BEYOND_RETRIES: ReadonlySet<FailureReason> = new Set([
  'card_ended',
  'authentication',
  'final',
])

/** The tries that a policy makes in a case as long as all of them fail, where the card networks allow them and the refusal leaves them. */
export function walkPolicy(past: PastCase, policy: TestedPolicy, models: Models): WalkedTry[] {
  if (policy.kind === 'none' || BEYOND_RETRIES.has(failureReasonOf(past.firstDecline, past.card)))
    return []
  const walked: WalkedTry[] = []
  const refusals = [refusedAgain(past, past.openedAt)]
  for (;;) {
    const lastAt = walked.at(-1)?.at ?? past.openedAt
    const { amountMinor, currency } = past
    const history = [...past.card.history, ...refusals]
    const guard = askGuard({ ...past.card, history, amountMinor, currency, at: lastAt })
    const left = strictest(guard, askRetryRule(refusals, past.card), lastAt)
    if (left.kind === 'never') return walked
    const allowedAt = left.kind === 'until' ? left.until : lastAt
    const state = stateAfter(past, lastAt, walked.length + 1)
    const step = { state, made: walked.length, allowedAt }
    const next =
      policy.kind === 'fixed'
        ? nextByDays(past, policy.days, step)
        : nextByPlanner(past, policy, { ...step, model: models.chooser })
    if (next === null || (past.endedAt !== null && next.at >= past.endedAt)) return walked
    walked.push({ ...next, chance: chanceOf(models.judge, { ...state, now: next.at }, next) })
    refusals.push(refusedAgain(past, next.at))
  }
}

/** A try that fails, for the reason of the first. */
function refusedAgain(past: PastCase, at: Instant): PastAttempt {
  const { amountMinor, currency, firstDecline: decline } = past
  return { at, amountMinor, currency, decline }
}

type Step = {
  readonly state: RetryQuestion
  readonly made: number
  /** From when the card networks allow another try. */
  readonly allowedAt: Instant
}

function nextByDays(past: PastCase, days: readonly number[], { state, made, allowedAt }: Step) {
  const { openedAt } = past
  const rung = rungAt({ countsFrom: openedAt, retriesMade: made }, { retryDays: days }, state.now)
  const [gateway] = past.gateways
  if (rung === null || gateway === undefined) return null
  const at = maxInstant(rung, allowedAt)
  const isTooLate = at > rung && at > addDays(openedAt, days.at(-1) ?? 0)
  return isTooLate ? null : { at, gateway }
}

function nextByPlanner(
  past: PastCase,
  policy: Extract<TestedPolicy, { kind: 'planner' }>,
  { state, made, allowedAt, model }: Step & { readonly model: PlannerModel },
) {
  const { openedAt } = past
  const { days } = policy
  const { now, lastAttemptAt: lastTryAt } = state
  const window =
    days === null
      ? {
          endsAt: addDays(openedAt, policy.horizonDays),
          attemptsLeft: policy.attemptsMax - made,
          earliestAt: allowedAt,
        }
      : windowOfDays({ days, openedAt, retriesMade: made, lastTryAt, now, allowedAt })
  const plan = planRetry(model, { ...state, ...window })
  return plan.kind === 'attempt' ? { at: plan.chosen.at, gateway: plan.chosen.gateway } : null
}

/** What is known after so many tries that all failed, the last one at `lastAt`, for the reason of the first. */
export function stateAfter(past: PastCase, lastAt: Instant, failedBefore: number): RetryQuestion {
  const firstReason = failureReasonOf(past.firstDecline)
  const when = (reason: FailureReason): Instant | null => (firstReason === reason ? lastAt : null)
  return {
    traits: past.traits,
    now: lastAt,
    endsAt: addMs(past.openedAt, FAR_MS),
    attemptsLeft: 1,
    earliestAt: lastAt,
    lastReason: firstReason,
    lastAttemptAt: lastAt,
    failedBefore,
    shortAt: when('funds'),
    refusedAt: when('refusal'),
    limitAt: when('limit'),
    issuerDownAt: when('issuer_down'),
    gateways: past.gateways,
    fees: feesOfBill(past.fees, past),
    // Never explores: what a policy is worth is asked, not what it could learn.
    draw: 1,
  }
}

const FAR_MS = 365 * MS_PER_DAY
