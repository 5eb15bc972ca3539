/** What became of one unpaid bill. */
export type CaseResult = {
  readonly month: number
  readonly category: string
  readonly amountMinor: number
  readonly attempts: number
  readonly feesMinor: number
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

export function figuresOf(results: readonly CaseResult[]): Figures {
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

export function figuresBy(
  results: readonly CaseResult[],
  keyOf: (result: CaseResult) => string,
): Record<string, Figures> {
  const groups = new Map<string, CaseResult[]>()
  for (const result of results) {
    const group = groups.get(keyOf(result)) ?? []
    group.push(result)
    groups.set(keyOf(result), group)
  }
  const sorted = [...groups].toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
  return Object.fromEntries(sorted.map(([key, group]) => [key, figuresOf(group)]))
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
