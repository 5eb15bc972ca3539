import type { FailureReason } from '../planner/evidence.ts'
import { expectedFee, type TryFees } from '../planner/try-fees.ts'
import { createDraw, drawGamma, type Draw } from './draws.ts'

/** A try that a policy would make. `fees`: of its gateway; absent = nobody has said. */
export type JudgedStep = {
  readonly chance: number
  readonly isNear: boolean
  readonly fees?: TryFees | undefined
}

export type JudgedTry = { readonly chance: number; readonly isWon: boolean }

/** One case as its judge sees it: what was really tried, and what each policy would try. */
export type JudgedCase = {
  readonly amountMinor: bigint
  readonly reason: FailureReason
  readonly real: readonly JudgedTry[]
  /** By policy. */
  readonly walks: readonly (readonly JudgedStep[])[]
}

export type Estimate = {
  readonly recoveredMinor: bigint
  readonly lowMinor: bigint
  readonly highMinor: bigint
  /** What gateways would keep of it and of the tries that fail, by the fees that are known. */
  readonly feesMinor: bigint
  readonly tries: number
  readonly nearShare: number
}

const SAMPLES = 400
/** Of the samples, this share lies below the range, and as much above it. */
const TAIL = 0.05
/** The judge is trusted as if it had been right about so many tries that succeeded: real ones soon outweigh them. */
const TRUST = 4
const CHANCE_MAX = 0.99

/**
 * What a policy would have won. Each sample draws the judge's error from what the real tries tell of it, the cases, and how
 * each try ends: the range is of what comes true, and not of its mean.
 */
export function estimate(
  cases: readonly JudgedCase[],
  given: { readonly policy: number; readonly seed: number },
): Estimate {
  const played = cases.map(({ amountMinor, reason, walks }) => ({
    amount: toNumber(amountMinor),
    reason,
    walk: walks[given.policy] ?? [],
  }))
  const checks = checkReasons(cases)
  const draw = createDraw(given.seed)
  const sum = { minor: 0, fees: 0, tries: 0, near: 0 }
  const samples = Array.from({ length: SAMPLES }, () => {
    const errors = drawErrors(checks, draw)
    const expected = expect(played, errors)
    sum.minor += expected.minor / SAMPLES
    sum.fees += expected.fees / SAMPLES
    sum.tries += expected.tries / SAMPLES
    sum.near += expected.near / SAMPLES
    return play(played, errors, draw)
  }).toSorted((one, other) => one - other)
  const low = samples[Math.floor(SAMPLES * TAIL)] ?? 0
  const high = samples[Math.ceil(SAMPLES * (1 - TAIL)) - 1] ?? 0
  return {
    recoveredMinor: toMinor(sum.minor),
    lowMinor: toMinor(Math.min(low, sum.minor)),
    highMinor: toMinor(Math.max(high, sum.minor)),
    feesMinor: toMinor(sum.fees),
    tries: sum.tries,
    nearShare: sum.tries === 0 ? 1 : sum.near / sum.tries,
  }
}

function toMinor(minor: number): bigint {
  return BigInt(Math.round(minor))
}

type Played = {
  readonly amount: number
  readonly reason: FailureReason
  readonly walk: JudgedCase['walks'][number]
}
type Errors = ReadonlyMap<FailureReason, number>

function believed(chance: number, error: number): number {
  return Math.min(chance * error, CHANCE_MAX)
}

/** The mean over how tries end. */
function expect(cases: readonly Played[], errors: Errors) {
  const sum = { minor: 0, fees: 0, tries: 0, near: 0 }
  for (const { amount, reason, walk } of cases) {
    const error = errors.get(reason) ?? 1
    let open = 1
    for (const { chance, isNear, fees } of walk) {
      sum.tries += open
      if (isNear) sum.near += open
      const approved = believed(chance, error)
      const won = open * approved
      sum.minor += won * amount
      sum.fees += open * amount * expectedFee(fees, approved)
      open -= won
    }
  }
  return sum
}

/** As many cases, drawn again, and the end of each of their tries. */
function play(cases: readonly Played[], errors: Errors, draw: Draw): number {
  let minor = 0
  for (let drawn = 0; drawn < cases.length; drawn += 1) {
    const one = cases[Math.floor(draw() * cases.length)]
    const error = one === undefined ? 1 : (errors.get(one.reason) ?? 1)
    const isWon = one?.walk.some(({ chance }) => draw() < believed(chance, error)) === true
    if (isWon) minor += one.amount
  }
  return minor
}

type Check = { expected: number; won: number }

/** How many real tries were expected to succeed and did, by why the payments had failed. */
function checkReasons(cases: readonly JudgedCase[]): ReadonlyMap<FailureReason, Check> {
  const checks = new Map<FailureReason, Check>()
  for (const { reason, real } of cases) {
    const sum = checks.get(reason) ?? { expected: 0, won: 0 }
    for (const { chance, isWon } of real) {
      sum.expected += chance
      sum.won += isWon ? 1 : 0
    }
    checks.set(reason, sum)
  }
  return checks
}

/** How many succeed for each that the judge expects to: with a gamma belief of mean 1, and successes that follow Poisson. */
function drawErrors(checks: ReadonlyMap<FailureReason, Check>, draw: Draw): Errors {
  return new Map(
    [...checks].map(([reason, { expected, won }]) => [
      reason,
      drawGamma(draw, TRUST + won) / (TRUST + expected),
    ]),
  )
}

/** Sums of estimates need no exactness beyond 2^53. */
function toNumber(amountMinor: bigint): number {
  return Number.parseInt(String(amountMinor), 10)
}
