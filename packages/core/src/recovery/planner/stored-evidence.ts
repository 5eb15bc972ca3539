import { assert } from '../../fault/index.ts'
import { parseTimeZone } from '../../time/index.ts'
import type { Evidence, Segment } from './evidence.ts'

type Tuple = readonly number[]

/** A segment as JSON, small enough for a row: what was counted, without the zeros. */
export type StoredSegment = {
  readonly key: string
  readonly country: string
  /** Absent of what was stored before fundings were learned of. */
  readonly funding?: Segment['funding']
  readonly zone: string
  /** Day, then hour, charged and short, again and again. */
  readonly days: readonly Tuple[]
  /** When it was short, when it was tried, whether that went well, and which retry it was where that is known. */
  readonly funds: readonly Tuple[]
  /** Hours since the refusal, and the same. */
  readonly spells: readonly Tuple[]
  readonly hours: { readonly tried: Tuple; readonly refused: Tuple }
  readonly weekdays: { readonly tried: Tuple; readonly refused: Tuple }
  readonly gateways: readonly {
    readonly id: string
    readonly tried: number
    readonly refused: number
  }[]
  readonly fadedToDay: number
  readonly lastDownAt: number
  readonly lastUpAt: number
  readonly attempts: number
}

export function packSegment(segment: Segment): StoredSegment {
  const { byHour, byWeekday } = segment
  return {
    key: segment.key,
    country: segment.country,
    funding: segment.funding,
    zone: segment.zone,
    days: [...segment.days].map(([day, { charged, short }]) => [
      day,
      ...charged.flatMap((count, hour) => (count === 0 ? [] : [hour, count, short[hour] ?? 0])),
    ]),
    funds: segment.fundsRetries.map((one) => [one.shortLocal, one.local, ...endOf(one)]),
    spells: segment.spellRetries.map((one) => [short(one.hours), one.at, ...endOf(one)]),
    hours: { tried: byHour.tried.map(short), refused: byHour.refused.map(short) },
    weekdays: { tried: byWeekday.tried.map(short), refused: byWeekday.refused.map(short) },
    gateways: [...segment.byGateway].map(([id, { tried, refused }]) => ({
      id,
      tried: short(tried),
      refused: short(refused),
    })),
    fadedToDay: segment.fadedToDay,
    lastDownAt: segment.lastDownAt,
    lastUpAt: segment.lastUpAt,
    attempts: segment.attempts,
  }
}

/** Faults: no time zone of ours. */
export function unpackSegment(stored: StoredSegment): Segment {
  const zone = parseTimeZone(stored.zone)
  assert(zone !== null, 'a stored segment has a known time zone')
  return {
    key: stored.key,
    country: stored.country,
    funding: stored.funding ?? null,
    zone,
    days: new Map(stored.days.map(unpackDay)),
    fundsRetries: stored.funds.map(([shortLocal = 0, local = 0, ok, number = 0]) => ({
      shortLocal,
      local,
      isOk: ok === 1,
      number,
    })),
    spellRetries: stored.spells.map(([hours = 0, at = 0, ok, number = 0]) => ({
      hours,
      at,
      isOk: ok === 1,
      number,
    })),
    byHour: { tried: [...stored.hours.tried], refused: [...stored.hours.refused] },
    byWeekday: { tried: [...stored.weekdays.tried], refused: [...stored.weekdays.refused] },
    byGateway: new Map(stored.gateways.map(({ id, tried, refused }) => [id, { tried, refused }])),
    fadedToDay: stored.fadedToDay,
    lastDownAt: stored.lastDownAt,
    lastUpAt: stored.lastUpAt,
    attempts: stored.attempts,
  }
}

function endOf({ isOk, number }: { readonly isOk: boolean; readonly number: number }): Tuple {
  return number === 0 ? [isOk ? 1 : 0] : [isOk ? 1 : 0, number]
}

function unpackDay([day = 0, ...counts]: Tuple): [number, { charged: number[]; short: number[] }] {
  const charged = Array<number>(24).fill(0)
  const shortOf = Array<number>(24).fill(0)
  for (let index = 0; index < counts.length; index += 3) {
    const hour = counts[index] ?? 0
    charged[hour] = counts[index + 1] ?? 0
    shortOf[hour] = counts[index + 2] ?? 0
  }
  return [day, { charged, short: shortOf }]
}

/** What faded is kept to a thousandth. */
function short(value: number): number {
  return Math.round(value * 1_000) / 1_000
}

/** More segments than this are dropped, those first that were seen least. */
const SEGMENTS_MAX = 400

/** Keeps evidence within its bound; returns the keys that it dropped. */
export function dropRareSegments(evidence: Evidence): string[] {
  const { segments } = evidence
  if (segments.size <= SEGMENTS_MAX) return []
  const dropped = [...segments.values()]
    .toSorted((a, b) => a.attempts - b.attempts || a.lastUpAt - b.lastUpAt)
    .slice(0, segments.size - SEGMENTS_MAX)
    .map(({ key }) => key)
  for (const key of dropped) segments.delete(key)
  return dropped
}
