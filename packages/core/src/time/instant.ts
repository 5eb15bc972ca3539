import { assert } from '../fault/index.ts'
import { dateOfDayNumber, dayNumberOf, formatPlainDate, isRealDate } from './plain-date.ts'

declare const instantBrand: unique symbol

/** A point in time: whole milliseconds since 1970-01-01T00:00Z, within the years 1 to 9999. */
export type Instant = number & { readonly [instantBrand]: true }

export const MS_PER_SECOND = 1_000
export const MS_PER_HOUR = 3_600_000
export const MS_PER_DAY = 86_400_000

const MS_PER_MINUTE = 60_000
const MIN_MS = -62_135_596_800_000
const MAX_MS = 253_402_300_799_999

/**
 * 9999-12-31T23:59:59.999Z: what `instantFromMs` still takes. Check durations that users send
 * against it.
 */
export const MAX_INSTANT = MAX_MS as Instant

/** Faults: not whole milliseconds, or outside the years 1 to 9999. */
export function instantFromMs(ms: number): Instant {
  assert(isInstantMs(ms), 'an instant is whole milliseconds within the years 1 to 9999')
  return ms as Instant
}

function isInstantMs(ms: number): boolean {
  return Number.isInteger(ms) && ms >= MIN_MS && ms <= MAX_MS
}

const ISO_INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:[Zz]|([+-])(\d\d):?(\d\d))$/

/**
 * ISO 8601 with `Z` or an offset; seconds may be left out, digits past milliseconds are cut. Null
 * for anything else.
 */
export function parseInstant(text: string): Instant | null {
  const match = ISO_INSTANT.exec(text)
  if (match === null) return null
  const part = (index: number): number => Number.parseInt(match[index] ?? '0', 10)
  const date = { year: part(1), month: part(2), day: part(3) }
  const [hour, minute, second, offsetHour, offsetMinute] = [
    part(4),
    part(5),
    part(6),
    part(9),
    part(10),
  ]
  if (!isRealDate(date) || hour > 23 || minute > 59 || second > 59) return null
  if (offsetHour > 23 || offsetMinute > 59) return null

  const fractionMs = Number.parseInt((match[7] ?? '').padEnd(3, '0').slice(0, 3), 10)
  const timeMs = hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * MS_PER_SECOND + fractionMs
  const offsetMs = offsetHour * MS_PER_HOUR + offsetMinute * MS_PER_MINUTE
  const ms = dayNumberOf(date) * MS_PER_DAY + timeMs + (match[8] === '-' ? offsetMs : -offsetMs)
  return isInstantMs(ms) ? instantFromMs(ms) : null
}

/** Always UTC with milliseconds: "2027-01-31T09:00:00.000Z". */
export function formatInstant(instant: Instant): string {
  const known = INSTANT_TEXTS.get(instant)
  if (known !== undefined) return known
  if (INSTANT_TEXTS.size >= INSTANT_TEXTS_MAX) INSTANT_TEXTS.clear()
  const text = textOf(instant)
  INSTANT_TEXTS.set(instant, text)
  return text
}

/** The same of what may not have happened; null = it has not. */
export function formatInstantOrNull(instant: Instant | null): string | null {
  return instant === null ? null : formatInstant(instant)
}

/** The rows and events of one decision name few instants, each many times. */
const INSTANT_TEXTS = new Map<Instant, string>()
const INSTANT_TEXTS_MAX = 1_000

function textOf(instant: Instant): string {
  const dayNumber = Math.floor(instant / MS_PER_DAY)
  const ms = instant - dayNumber * MS_PER_DAY
  const hour = twoDigits(Math.floor(ms / MS_PER_HOUR))
  const minute = twoDigits(Math.floor(ms / MS_PER_MINUTE) % 60)
  const second = twoDigits(Math.floor(ms / MS_PER_SECOND) % 60)
  const fraction = String(ms % 1000).padStart(3, '0')
  return `${dayText(dayNumber)}T${hour}:${minute}:${second}.${fraction}Z`
}

const TWO_DIGITS: readonly string[] = Array.from({ length: 60 }, (_, value) =>
  String(value).padStart(2, '0'),
)

function twoDigits(value: number): string {
  return TWO_DIGITS[value] ?? ''
}

/** What is written at one time is about few days: each of them is worked out once. */
const DAY_TEXTS = new Map<number, string>()
const DAY_TEXTS_MAX = 1_000

function dayText(dayNumber: number): string {
  const known = DAY_TEXTS.get(dayNumber)
  if (known !== undefined) return known
  if (DAY_TEXTS.size >= DAY_TEXTS_MAX) DAY_TEXTS.clear()
  const text = formatPlainDate(dateOfDayNumber(dayNumber))
  DAY_TEXTS.set(dayNumber, text)
  return text
}

/** Rounded down to the second. */
export function toUnixSeconds(instant: Instant): number {
  return Math.floor(instant / MS_PER_SECOND)
}

/** Faults as `instantFromMs`; for input use `parseUnixSeconds`. */
export function fromUnixSeconds(seconds: number): Instant {
  return instantFromMs(seconds * MS_PER_SECOND)
}

/** Null unless a whole number of seconds within the years 1 to 9999. */
export function parseUnixSeconds(seconds: number): Instant | null {
  const ms = seconds * MS_PER_SECOND
  return Number.isInteger(seconds) && isInstantMs(ms) ? instantFromMs(ms) : null
}

export function addMs(instant: Instant, ms: number): Instant {
  return instantFromMs(instant + ms)
}

/** Days of exactly 24 hours; for the same wall time some days later use `addCalendarDays`. */
export function addDays(instant: Instant, days: number): Instant {
  return instantFromMs(instant + days * MS_PER_DAY)
}

/** For sorting: negative, zero or positive. */
export function compareInstants(a: Instant, b: Instant): number {
  return a - b
}

export function minInstant(first: Instant, ...others: readonly Instant[]): Instant {
  return others.reduce((earliest, each) => (each < earliest ? each : earliest), first)
}

export function maxInstant(first: Instant, ...others: readonly Instant[]): Instant {
  return others.reduce((latest, each) => (each > latest ? each : latest), first)
}
