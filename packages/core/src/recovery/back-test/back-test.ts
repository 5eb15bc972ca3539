import { MS_PER_DAY, MS_PER_HOUR, addDays, instantFromMs, type Instant } from '../../time/index.ts'
import { emptyEvidence, learn, type Evidence } from '../planner/evidence.ts'
import { buildModel, type PlannerModel } from '../planner/model.ts'
import { chanceOf } from '../planner/chances.ts'
import { estimate, type JudgedCase, type JudgedTry } from './estimate.ts'
import type { PastCase, PastEvidence, TestedPolicy } from './past-case.ts'
import { stateAfter, walkPolicy, type WalkedTry } from './walk-policy.ts'

export type BackTestRequest = {
  /** In the order in which they began. */
  readonly cases: readonly PastCase[]
  /** Every charge that is known, in the order in which they were made. */
  readonly evidence: readonly PastEvidence[]
  readonly policies: readonly TestedPolicy[]
  /** Chooses the samples of the interval. */
  readonly seed: number
}

export type BackTestResult = {
  readonly policy: TestedPolicy
  /** Expected to be won by retries, with the range in which 90 of 100 samples lie. */
  readonly recoveredMinor: bigint
  readonly lowMinor: bigint
  readonly highMinor: bigint
  readonly tries: number
  /** Share of these tries with a real one of the same case within 12 hours: the rest is what the model believes. */
  readonly nearShare: number
}

export type BackTest = {
  readonly cases: number
  readonly failedMinor: bigint
  /** What was really won by retries. */
  readonly actualMinor: bigint
  readonly actualTries: number
  /** Real tries that the judge was checked against, and how many of them it expected to succeed, per one that did. */
  readonly checkedTries: number
  readonly expectedPerWon: number | null
  readonly results: readonly BackTestResult[]
}

/** Beliefs are worked out anew so often. */
const STEP_MS = 7 * MS_PER_DAY
/** What happens so long after a case began is known to its judge. */
const HINDSIGHT_DAYS = 28
const FOLDS = 2

/**
 * What policies would have won of failed payments of the past. Two beliefs are kept apart: the planner chooses by what
 * could be known when a case began, and every policy is judged by what other cases have taught since, never by its own;
 * the judge is held to the real tries, and its error is made good before anything is added up.
 */
export function backTest(request: BackTestRequest): BackTest {
  const { cases, policies, seed } = request
  const judged = judgeCases(request)
  const results = policies.map((policy, index) => ({
    policy,
    ...estimate(judged, { policy: index, seed }),
  }))
  const real = judged.flatMap(({ real: tries }) => tries)
  const won = real.filter(({ isWon }) => isWon).length
  const expected = real.reduce((sum, { chance }) => sum + chance, 0)
  return {
    cases: cases.length,
    failedMinor: cases.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
    actualMinor: cases.filter(isWon).reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
    actualTries: cases.reduce((sum, { tries }) => sum + tries.length, 0),
    checkedTries: real.length,
    expectedPerWon: won === 0 ? null : expected / won,
    results,
  }
}

function isWon({ tries }: PastCase): boolean {
  return tries.at(-1)?.failed === null
}

function judgeCases({ cases, evidence, policies }: BackTestRequest): JudgedCase[] {
  const past = createLearner(evidence, () => true)
  const judges = Array.from({ length: FOLDS }, (_, fold) =>
    createLearner(evidence, ({ caseId }) => caseId === null || foldOf(caseId) !== fold),
  )
  return stepsOf(cases).flatMap(([step, own]) => {
    const startsAt = instantFromMs(step * STEP_MS)
    const endsAt = instantFromMs((step + 1) * STEP_MS)
    const chooser = past.modelAt(startsAt, startsAt)
    const known = judges.map((judge) => judge.modelAt(addDays(endsAt, HINDSIGHT_DAYS), endsAt))
    return own.map((one) => {
      const judge = known[foldOf(one.id)] ?? chooser
      const walks = policies.map((policy) => walkPolicy(one, policy, { chooser, judge }))
      return judgeCase(one, { judge, walks })
    })
  })
}

/** Cases that began in the same step, in the order of time. */
function stepsOf(cases: readonly PastCase[]): (readonly [number, readonly PastCase[]])[] {
  const steps = new Map<number, PastCase[]>()
  for (const one of cases) {
    const step = Math.floor(one.openedAt / STEP_MS)
    const own = steps.get(step) ?? []
    own.push(one)
    steps.set(step, own)
  }
  return [...steps].toSorted(([one], [other]) => one - other)
}

function judgeCase(
  past: PastCase,
  given: { readonly judge: PlannerModel; readonly walks: readonly (readonly WalkedTry[])[] },
): JudgedCase {
  return {
    amountMinor: past.amountMinor,
    reason: past.firstReason,
    real: judgeReal(past, given.judge),
    walks: given.walks.map((walk) =>
      walk.map(({ at, chance }) => ({ chance, isNear: isNear(past, at) })),
    ),
  }
}

/** Real tries, each judged as if nothing but what came before it were known. */
function judgeReal(past: PastCase, judge: PlannerModel): JudgedTry[] {
  return past.tries.map(({ at, gateway, failed }, index) => {
    const lastAt = past.tries[index - 1]?.at ?? past.openedAt
    const chance = chanceOf(judge, { ...stateAfter(past, lastAt), now: at }, { at, gateway })
    return { chance, isWon: failed === null }
  })
}

const NEAR_MS = 12 * MS_PER_HOUR

function isNear({ tries }: PastCase, at: Instant): boolean {
  return tries.some((real) => Math.abs(real.at - at) <= NEAR_MS)
}

/** Half of the cases judge the other half. */
function foldOf(id: string): number {
  let hash = 7
  for (let index = 0; index < id.length; index += 1)
    hash = (Math.imul(hash, 31) + id.charCodeAt(index)) | 0
  return Math.abs(hash) % FOLDS
}

/** Learns in order of time; asked for ever later instants. */
function createLearner(
  all: readonly PastEvidence[],
  counts: (seen: PastEvidence) => boolean,
): { readonly modelAt: (until: Instant, at: Instant) => PlannerModel } {
  const evidence: Evidence = emptyEvidence()
  let next = 0
  return {
    modelAt: (until, at) => {
      for (let seen = all[next]; seen !== undefined && seen.at < until; seen = all[next]) {
        if (counts(seen)) learn(evidence, seen)
        next += 1
      }
      return buildModel(evidence, at)
    },
  }
}
