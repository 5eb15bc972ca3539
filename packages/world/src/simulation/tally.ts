/** What became of one unpaid bill. */
export type CaseResult = {
  readonly month: number
  readonly category: string
  readonly amountMinor: number
  readonly attempts: number
  readonly feesMinor: number
  /** Attempts that the card networks forbid. */
  readonly violations: number
  /** Attempts at another gateway than the best, to learn about it. */
  readonly explored: number
  /** Hours from the first failure to the payment; null when it was not recovered. */
  readonly recoveredAfterHours: number | null
}

export type Figures = {
  readonly cases: number
  readonly failed_minor: number
  readonly recovered_minor: number
  readonly recovered_share: number
  readonly attempts: number
  readonly attempts_per_recovered: number | null
  readonly hours_to_recover: { readonly p50: number | null; readonly p90: number | null }
  readonly fees_minor: number
}

/** `guard_violations`: retries that the card networks forbid, as the world's own referee counts them. `learned_from`: attempts that the planner has seen, with those that it set aside as an outage of ours. `explored`: attempts that it made at another gateway than the best, to learn about it. */
export type FiguresOfRun = Figures & {
  readonly guard_violations: number
  readonly explored: number
  readonly learned_from: number
}

export type SimulationReport = FiguresOfRun & {
  /** How often which rule of the card networks was broken; empty where none was. */
  readonly broken_rules: Record<string, number>
  /** Of the bills of each month; what was seen of them adds up to the whole. */
  readonly by_month: Record<string, FiguresOfRun>
  /** Of the bills that failed, by why they first did: first charges that were approved are in none. */
  readonly by_category: Record<string, FiguresOfRun>
}

function figuresOf(results: readonly CaseResult[]): Figures {
  const recovered = results.filter((result) => result.recoveredAfterHours !== null)
  const failedMinor = sum(results, (result) => result.amountMinor)
  const recoveredMinor = sum(recovered, (result) => result.amountMinor)
  const attempts = sum(results, (result) => result.attempts)
  const hours = recovered.map((result) => result.recoveredAfterHours ?? 0).toSorted((a, b) => a - b)
  return {
    cases: results.length,
    failed_minor: failedMinor,
    recovered_minor: recoveredMinor,
    recovered_share: failedMinor === 0 ? 0 : rounded(recoveredMinor / failedMinor),
    attempts,
    attempts_per_recovered: recovered.length === 0 ? null : rounded(attempts / recovered.length),
    hours_to_recover: { p50: quantile(hours, 0.5), p90: quantile(hours, 0.9) },
    fees_minor: Math.round(sum(results, (result) => result.feesMinor)),
  }
}

/** The whole run, by month of the bills, and by why they first failed. */
export function reportOn({
  results,
  seenByMonth,
  brokenRules,
}: {
  readonly results: readonly CaseResult[]
  /** Empty where nobody learns. */
  readonly seenByMonth: ReadonlyMap<number, number>
  readonly brokenRules: ReadonlyMap<string, number>
}): SimulationReport {
  const learnedFrom = [...seenByMonth.values()].reduce((total, seen) => total + seen, 0)
  const withSeen = (group: readonly CaseResult[], seen: number): FiguresOfRun => ({
    ...figuresOf(group),
    guard_violations: sum(group, ({ violations }) => violations),
    explored: sum(group, ({ explored }) => explored),
    learned_from: learnedFrom === 0 ? 0 : seen,
  })
  return {
    ...withSeen(results, learnedFrom),
    broken_rules: Object.fromEntries(brokenRules),
    by_month: mapGroups(
      results,
      ({ month }) => String(month + 1),
      (group, key) => withSeen(group, seenByMonth.get(Number(key) - 1) ?? 0),
    ),
    by_category: mapGroups(
      results,
      ({ category }) => category,
      (group) => withSeen(group, group.length + sum(group, ({ attempts }) => attempts)),
    ),
  }
}

function mapGroups<T>(
  results: readonly CaseResult[],
  keyOf: (result: CaseResult) => string,
  toFigures: (group: readonly CaseResult[], key: string) => T,
): Record<string, T> {
  const groups = [...Map.groupBy(results, keyOf)]
  const sorted = groups.toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  return Object.fromEntries(sorted.map(([key, group]) => [key, toFigures(group, key)]))
}

function sum(results: readonly CaseResult[], valueOf: (result: CaseResult) => number): number {
  let total = 0
  for (const result of results) total += valueOf(result)
  return total
}

function quantile(sorted: readonly number[], share: number): number | null {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return value === undefined ? null : Math.round(value * 10) / 10
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
