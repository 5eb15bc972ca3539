import type { FailureReason } from '../planner/evidence.ts'

export type JudgedTry = { readonly chance: number; readonly isWon: boolean }

/** One case as its judge sees it: what was really tried, and what each policy would try. */
export type JudgedCase = {
  readonly amountMinor: bigint
  readonly reason: FailureReason
  readonly real: readonly JudgedTry[]
  /** By policy. */
  readonly walks: readonly (readonly { readonly chance: number; readonly isNear: boolean }[])[]
}

export type Estimate = {
  readonly recoveredMinor: bigint
  readonly lowMinor: bigint
  readonly highMinor: bigint
  readonly tries: number
  readonly nearShare: number
}

const SAMPLES = 200
/** Of the samples, this share lies below the range, and as much above it. */
const TAIL = 0.05
/** With fewer tries expected to succeed the judge is taken at its word. */
const CHECKED_FROM = 10
/** A judge that errs by more than this is not to be made good by a factor. */
const FACTOR_MAX = 2

/** What a policy would have won. The range comes from drawing the cases again, with the judge's correction each time. */
export function estimate(
  cases: readonly JudgedCase[],
  given: { readonly policy: number; readonly seed: number },
): Estimate {
  const all = cases.map((_case, index) => index)
  const { minor, tries, near } = addUp(cases, all, given.policy)
  const draw = createDraw(given.seed)
  const samples = Array.from({ length: cases.length === 0 ? 0 : SAMPLES }, () => {
    const drawn = all.map(() => Math.floor(draw() * cases.length))
    return addUp(cases, drawn, given.policy).minor
  }).toSorted((one, other) => one - other)
  return {
    recoveredMinor: toMinor(minor),
    lowMinor: toMinor(samples[Math.floor(SAMPLES * TAIL)] ?? minor),
    highMinor: toMinor(samples[Math.ceil(SAMPLES * (1 - TAIL)) - 1] ?? minor),
    tries,
    nearShare: tries === 0 ? 1 : near / tries,
  }
}

function toMinor(minor: number): bigint {
  return BigInt(Math.round(minor))
}

function addUp(cases: readonly JudgedCase[], chosen: readonly number[], policy: number) {
  const factors = factorsOf(cases, chosen)
  const sum = { minor: 0, tries: 0, near: 0 }
  for (const index of chosen) {
    const one = cases[index]
    if (one === undefined) continue
    const factor = factors.get(one.reason) ?? 1
    let open = 1
    for (const { chance, isNear } of one.walks[policy] ?? []) {
      const believed = Math.min(chance * factor, 0.99)
      sum.tries += open
      if (isNear) sum.near += open
      sum.minor += open * believed * toNumber(one.amountMinor)
      open *= 1 - believed
    }
  }
  return sum
}

/** How many real tries succeeded for each that was expected to, by why the payments had failed. */
function factorsOf(
  cases: readonly JudgedCase[],
  chosen: readonly number[],
): ReadonlyMap<FailureReason, number> {
  const seen = new Map<FailureReason, { expected: number; won: number }>()
  for (const index of chosen) {
    const one = cases[index]
    if (one === undefined) continue
    const sum = seen.get(one.reason) ?? { expected: 0, won: 0 }
    for (const { chance, isWon } of one.real) {
      sum.expected += chance
      sum.won += isWon ? 1 : 0
    }
    seen.set(one.reason, sum)
  }
  return new Map(
    [...seen].map(([reason, { expected, won }]) => {
      const factor = expected < CHECKED_FROM ? 1 : won / expected
      return [reason, Math.min(Math.max(factor, 1 / FACTOR_MAX), FACTOR_MAX)]
    }),
  )
}

/** Sums of estimates need no exactness beyond 2^53. */
function toNumber(amountMinor: bigint): number {
  return Number.parseInt(String(amountMinor), 10)
}

/** A plain generator (mulberry32): the same seed, the same samples. */
function createDraw(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
