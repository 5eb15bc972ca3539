import { addDays, addMs, maxInstant, MS_PER_DAY, type Instant } from '../../time/index.ts'
import type { FailureReason } from '../planner/evidence.ts'
import type { PlannerModel } from '../planner/model.ts'
import { chanceOf } from '../planner/chances.ts'
import { planRetry } from '../planner/plan-retry.ts'
import type { RetryQuestion } from '../planner/retry-question.ts'
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

/** The tries that a policy makes in a case as long as all of them fail. */
export function walkPolicy(past: PastCase, policy: TestedPolicy, models: Models): WalkedTry[] {
  if (policy.kind === 'none' || BEYOND_RETRIES.has(past.firstReason)) return []
  const walked: WalkedTry[] = []
  for (;;) {
    const state = stateAfter(past, walked.at(-1)?.at ?? past.openedAt)
    const next =
      policy.kind === 'fixed'
        ? nextByDays(past, policy.days, walked.length)
        : nextByPlanner(past, policy, { state, made: walked.length, model: models.chooser })
    if (next === null) return walked
    walked.push({ ...next, chance: chanceOf(models.judge, { ...state, now: next.at }, next) })
  }
}

function nextByDays(past: PastCase, days: readonly number[], made: number) {
  const day = days[made]
  const [gateway] = past.gateways
  if (day === undefined || gateway === undefined) return null
  return { at: addDays(past.openedAt, day), gateway }
}

function nextByPlanner(
  past: PastCase,
  policy: Extract<TestedPolicy, { kind: 'planner' }>,
  given: { readonly state: RetryQuestion; readonly made: number; readonly model: PlannerModel },
) {
  const { state, made, model } = given
  const { days } = policy
  const endsAt = addDays(past.openedAt, days === null ? policy.horizonDays : (days.at(-1) ?? 0))
  const rung = days?.[made]
  const before = days?.[made - 1]
  const beginsAt = before === undefined ? past.openedAt : addMs(addDays(past.openedAt, before), 1)
  const plan = planRetry(model, {
    ...state,
    endsAt: days === null ? endsAt : addMs(endsAt, 1),
    attemptsLeft: (days === null ? policy.attemptsMax : days.length) - made,
    earliestAt: maxInstant(beginsAt, state.now),
    ...(rung === undefined ? {} : { rungAt: maxInstant(addDays(past.openedAt, rung), state.now) }),
  })
  return plan.kind === 'attempt' ? { at: plan.chosen.at, gateway: plan.chosen.gateway } : null
}

/** What is known after tries that all failed, the last one at `lastAt`, for the reason of the first. */
export function stateAfter(past: PastCase, lastAt: Instant): RetryQuestion {
  const { firstReason, openedAt } = past
  const when = (reason: FailureReason): Instant | null => (firstReason === reason ? lastAt : null)
  return {
    traits: past.traits,
    now: lastAt,
    endsAt: addMs(openedAt, FAR_MS),
    attemptsLeft: 1,
    earliestAt: lastAt,
    lastReason: firstReason,
    lastAttemptAt: lastAt,
    shortAt: when('funds'),
    refusedAt: when('refusal'),
    limitAt: when('limit'),
    issuerDownAt: when('issuer_down'),
    gateways: past.gateways,
    // Never explores: what a policy is worth is asked, not what it could learn.
    draw: 1,
  }
}

const FAR_MS = 365 * MS_PER_DAY
