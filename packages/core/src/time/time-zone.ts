import { Temporal } from 'temporal-polyfill'
import type { Instant } from './instant.ts'

declare const timeZoneBrand: unique symbol

/** The name of a zone of the IANA database, in its usual spelling: "Europe/Berlin". */
export type TimeZone = string & { readonly [timeZoneBrand]: true }

export const UTC = 'UTC' as TimeZone

/** Half-open [startMs, endMs): the zone is `offsetMs` ahead of UTC all that time. */
type OffsetSpan = { readonly startMs: number; readonly endMs: number; readonly offsetMs: number }

/**
 * What has been asked of the zone database so far. The answers never change while the process runs,
 * so remembering them changes no result; asking takes about a millisecond, remembering well under a
 * microsecond. A zone has a few spans a year, so the memory is bounded by the years in use.
 */
const spansByZone = new Map<TimeZone, OffsetSpan[]>()

const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/

/**
 * Any letter case; null for unknown names and for bare offsets such as "+02:00", which know no
 * daylight saving.
 */
export function parseTimeZone(text: string): TimeZone | null {
  if (spansByZone.has(text as TimeZone)) return text as TimeZone
  if (!NAME.test(text)) return null
  try {
    const name = new Temporal.ZonedDateTime(0n, text).timeZoneId as TimeZone
    if (!spansByZone.has(name)) spansByZone.set(name, [])
    return name
  } catch {
    return null // the database has no such zone
  }
}

/** How far the zone's clocks are ahead of UTC, daylight saving included. */
export function offsetMsAt(instant: Instant, zone: TimeZone): number {
  if (zone === UTC) return 0
  let spans = spansByZone.get(zone)
  if (spans === undefined) {
    spans = []
    spansByZone.set(zone, spans)
  }
  const index = firstEndingAfter(spans, instant)
  const span = spans[index]
  if (span !== undefined && span.startMs <= instant) return span.offsetMs

  const found = lookUpSpan(instant, zone)
  spans.splice(index, 0, found)
  return found.offsetMs
}

function firstEndingAfter(spans: readonly OffsetSpan[], instant: Instant): number {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const span = spans[middle]
    if (span !== undefined && span.endMs <= instant) low = middle + 1
    else high = middle
  }
  return low
}

function lookUpSpan(instant: Instant, zone: TimeZone): OffsetSpan {
  const here = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone)
  // A transition's instant already belongs to the time after it, and `previous` looks strictly back.
  const next = here.getTimeZoneTransition('next')
  const start = here.add({ milliseconds: 1 }).getTimeZoneTransition('previous')
  return {
    startMs: start?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    endMs: next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offsetMs: here.offsetNanoseconds / 1_000_000,
  }
}
