/** From log-likelihoods to weights that sum to 1. */
export function toWeights(logs: ArrayLike<number>): number[] {
  let top = Number.NEGATIVE_INFINITY
  for (let index = 0; index < logs.length; index += 1) top = Math.max(top, logs[index] ?? top)
  const weights = Array.from(logs, (log) => Math.exp(log - top))
  let total = 0
  for (const weight of weights) total += weight
  return weights.map((weight) => weight / total)
}

/** The chance that a lognormal span is over after so many hours; a logistic curve comes close enough. */
export function isOver(hours: number, median: number, sigma: number): number {
  if (hours <= 0) return 0
  return 1 / (1 + Math.exp((-1.7 * Math.log(hours / median)) / sigma))
}
