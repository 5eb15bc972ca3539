export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/**
 * A time zone whose offset can be read a million times a second; `Intl` alone manages a few hundred
 * thousand.
 */
export interface Zone {
  readonly name: string
  readonly formatter: Intl.DateTimeFormat
  /**
   * By UTC day: its offset if one holds all day, else where it changes. At most 366 entries a year
   * looked at.
   */
  readonly days: Map<number, DayOffsets>
}

interface DayOffsets {
  readonly beforeMs: number
  readonly changesAt: number
  readonly afterMs: number
}

export function makeZone(name: string): Zone {
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return { name, formatter, days: new Map() }
}

/** The instant moved by the zone's offset: its UTC fields are the local clock's. */
export function toLocal(zone: Zone, at: number): number {
  const day = Math.floor(at / DAY_MS)
  const offsets = zone.days.get(day) ?? rememberDay(zone, day)
  return at + (at < offsets.changesAt ? offsets.beforeMs : offsets.afterMs)
}

/**
 * The instant of a local clock reading; a reading that daylight saving skips means the same time
 * after the jump.
 */
export function fromLocal(zone: Zone, local: number): number {
  const guess = local - (toLocal(zone, local) - local)
  const second = local - (toLocal(zone, guess) - guess)
  if (toLocal(zone, second) === local) return second
  return Math.max(guess, second)
}

export function hourOf(local: number): number {
  return Math.floor(local / HOUR_MS) - Math.floor(local / DAY_MS) * 24
}

/** 1 is Monday. Day 0 of 1970 was a Thursday. */
export function weekdayOf(local: number): number {
  return ((((Math.floor(local / DAY_MS) + 3) % 7) + 7) % 7) + 1
}

export function nextMidnight(zone: Zone, at: number): number {
  const local = toLocal(zone, at)
  return fromLocal(zone, (Math.floor(local / DAY_MS) + 1) * DAY_MS)
}

/**
 * The end of a calendar month in the zone; months count from 1, and 13 is January of the next year.
 */
export function monthEnd(zone: Zone, year: number, month: number): number {
  return fromLocal(zone, Date.UTC(year, month, 1))
}

function rememberDay(zone: Zone, day: number): DayOffsets {
  const starts = day * DAY_MS
  const beforeMs = readOffset(zone, starts)
  const afterMs = readOffset(zone, starts + DAY_MS)
  const changesAt =
    beforeMs === afterMs ? Number.NEGATIVE_INFINITY : findChange(zone, starts, beforeMs)
  const offsets = { beforeMs, changesAt, afterMs }
  zone.days.set(day, offsets)
  return offsets
}

/** No zone has changed twice within a day; changes fall on whole minutes. */
function findChange(zone: Zone, starts: number, beforeMs: number): number {
  let low = 0
  let high = 24 * 60
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (readOffset(zone, starts + middle * 60_000) === beforeMs) low = middle
    else high = middle
  }
  return starts + high * 60_000
}

function readOffset(zone: Zone, at: number): number {
  const fields: Record<string, number> = {}
  for (const part of zone.formatter.formatToParts(at)) fields[part.type] = Number(part.value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields
  const local = Date.UTC(year, month - 1, day, hour, minute, second)
  return local - Math.floor(at / 1000) * 1000
}
