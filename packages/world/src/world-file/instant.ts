const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

/** Milliseconds since 1970 of an ISO 8601 instant with its offset; null when it is not one. */
export function parseInstant(text: string): number | null {
  if (!INSTANT.test(text)) return null
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : at
}
