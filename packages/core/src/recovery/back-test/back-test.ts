import { assert } from '../../fault/index.ts'
import { MS_PER_DAY, MS_PER_HOUR, addDays, instantFromMs, type Instant } from '../../time/index.ts'
import { failureReasonOf } from '../planner/failure-reason.ts'
import { feesOfBill } from '../planner/try-fees.ts'
import { emptyEvidence, learn, type Evidence } from '../planner/evidence.ts'
import { buildModel, type PlannerModel } from '../planner/model.ts'
import { chanceOf } from '../planner/chances.ts'
import { estimate, type JudgedCase, type JudgedTry } from './estimate.ts'
import { cutAt, horizonDaysOf } from './horizon.ts'
import type { PastCase, PastEvidence, TestedPolicy } from './past-case.ts'
import { stateAfter, walkPolicy, type WalkedTry } from './walk-policy.ts'

export type BackTestRequest = {
  /** In the order in which they began, each at least `horizonDaysOf` the policies ago. */
  readonly cases: readonly PastCase[]
  /** Every charge that is known, in the order in which they were made. */
  readonly evidence: readonly PastEvidence[]
  readonly policies: readonly TestedPolicy[]
  /** Chooses the samples of the interval. */
  readonly seed: number
}

export type BackTestResult = {
  readonly policy: TestedPolicy
  /** Expected to be won by retries, with a range: 90 of 100 samples lie in it. */
  readonly recoveredMinor: bigint
  readonly lowMinor: bigint
  readonly highMinor: bigint
  /** Expected to be kept by gateways, as their fees are today; what is left is what the policy is worth. */
  readonly feesMinor: bigint
  readonly tries: number
  /** Share of these tries with a real one of the same case within 12 hours: the rest is what the model believes. */
  readonly nearShare: number
}

export type BackTest = {
  readonly cases: number
  readonly horizonDays: number
  readonly failedMinor: bigint
  /** What was really won by retries within the horizon. */
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
 * What policies would have won of failed payments of the past. The past is cut in two: of each failed payment the planner
 * chooses by what its own half had shown when it began, and every policy is judged by what the other half has shown since.
 * The judge is held to the real tries, and its error is drawn with the rest.
 */
export function backTest(request: BackTestRequest): BackTest {
  const { policies, seed } = request
  const horizonDays = horizonDaysOf(policies)
  const cases = request.cases.map((past) => cutAt(past, horizonDays))
  const judged = judgeCases({ ...request, cases })
  const results = policies.map((policy, index) => ({
    policy,
    ...estimate(judged, { policy: index, seed }),
  }))
  const real = judged.flatMap(({ real: tries }) => tries)
  const won = real.filter(({ isWon }) => isWon).length
  const expected = real.reduce((sum, { chance }) => sum + chance, 0)
  return {
    cases: cases.length,
    horizonDays,
    failedMinor: sumOf(cases),
    actualMinor: sumOf(cases.filter(isWon)),
    actualTries: real.length,
    checkedTries: real.length,
    expectedPerWon: won === 0 ? null : expected / won,
    results,
  }
}

function sumOf(cases: readonly PastCase[]): bigint {
  return cases.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
}

function isWon({ tries }: PastCase): boolean {
  return tries.at(-1)?.failed === null
}

function judgeCases({ cases, evidence, policies }: BackTestRequest): JudgedCase[] {
  const folds = Array.from({ length: FOLDS }, (_, fold) =>
    evidence.filter(({ billId }) => foldOf(billId) === fold),
  )
  const choosing = folds.map((own) => createLearner(own))
  const judging = folds.map((own) => createLearner(own))
  return stepsOf(cases).flatMap(([step, own]) => {
    const startsAt = instantFromMs(step * STEP_MS)
    const endsAt = instantFromMs((step + 1) * STEP_MS)
    const known = addDays(endsAt, HINDSIGHT_DAYS)
    const choosers = choosing.map((learner) => learner.modelAt(startsAt, startsAt))
    const judges = judging.map((learner) => learner.modelAt(known, endsAt))
    return own.map((past) => {
      const fold = foldOf(past.billId)
      const chooser = choosers[fold]
      const judge = judges[(fold + 1) % FOLDS]
      assert(chooser !== undefined && judge !== undefined, 'each fold has learned')
      const walks = policies.map((policy) => walkPolicy(past, policy, { chooser, judge }))
      return judgeCase(past, { judge, walks })
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
  const fees = feesOfBill(past.fees, past)
  return {
    amountMinor: past.amountMinor,
    reason: failureReasonOf(past.firstDecline),
    real: judgeReal(past, given.judge),
    walks: given.walks.map((walk) =>
      walk.map(({ at, gateway, chance }) => ({
        chance,
        isNear: isNear(past, at),
        fees: fees.get(gateway),
      })),
    ),
  }
}

/** Real tries, each judged as if nothing but what came before it were known. */
function judgeReal(past: PastCase, judge: PlannerModel): JudgedTry[] {
  return past.tries.map(({ at, gateway, failed }, index) => {
    const lastAt = past.tries[index - 1]?.at ?? past.openedAt
    const state = stateAfter(past, lastAt, index + 1)
    const chance = chanceOf(judge, { ...state, now: at }, { at, gateway })
    return { chance, isWon: failed === null }
  })
}

const NEAR_MS = 12 * MS_PER_HOUR

function isNear({ tries }: PastCase, at: Instant): boolean {
  return tries.some((real) => Math.abs(real.at - at) <= NEAR_MS)
}

/** Which half of the past a bill belongs to. */
function foldOf(id: string): number {
  let hash = 7
  for (let index = 0; index < id.length; index += 1)
    hash = (Math.imul(hash, 31) + id.charCodeAt(index)) | 0
  return Math.abs(hash) % FOLDS
}

/** Learns in order of time; asked for ever later instants. */
function createLearner(all: readonly PastEvidence[]): {
  readonly modelAt: (until: Instant, at: Instant) => PlannerModel
} {
  const evidence: Evidence = emptyEvidence()
  let next = 0
  return {
    modelAt: (until, at) => {
      for (let seen = all[next]; seen !== undefined && seen.at < until; seen = all[next]) {
        learn(evidence, seen)
        next += 1
      }
      return buildModel(evidence, at)
    },
  }
}
