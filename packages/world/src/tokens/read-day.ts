/**
 * Midnight at the start of a day written yyyymmdd, as milliseconds on a local clock; null for a day that does not exist.
 */
export function readDay(day: string): number | null {
  const [year, month, date] = [day.slice(0, 4), day.slice(4, 6), day.slice(6, 8)]
  const at = Date.parse(`${year}-${month}-${date}T00:00:00Z`)
  if (Number.isNaN(at)) return null
  return new Date(at).toISOString().startsWith(`${year}-${month}-${date}`) ? at : null
}
