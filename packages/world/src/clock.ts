/**
 * The only place that reads the system's clock: business time of callers that do not tell theirs.
 */
export function realNow(): number {
  return Date.now()
}
