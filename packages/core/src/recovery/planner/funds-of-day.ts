import {
  LASTS,
  mixed,
  stillThere,
  TOP_UP,
  USUAL_HOUR,
  type FundsBelief,
  type FundsModel,
} from './funds-model.ts'
import type { CalendarTable } from './income-calendars.ts'

/**
 * The chance for each hour of `day` that a card which was short on `shortDay` (with its part of the day) has money again;
 * both local. A day at once: which belief says what of a day is the same for all its hours.
 */
export function fundsOfDay(
  model: FundsModel,
  table: CalendarTable,
  { shortDay, day }: { readonly shortDay: number; readonly day: number },
): Float64Array {
  // A try that came late may move the last one past all that is known: then as on the last known day.
  const place = Math.min(day - table.fromDay, table.days - 1)
  const spentPlace = Math.floor(shortDay - table.fromDay - PAID_PART_OF_DAY)
  const known = knownDays(model, table)
  const key = spentPlace * table.days + place
  const kept = known.get(key)
  if (kept !== undefined) return kept
  const chances = chancesOfDay(model, table, { place, spentPlace })
  if (known.size >= DAYS_KEPT) known.clear()
  known.set(key, chances)
  return chances
}

/** The part of a payday after which its income is there to be short of. */
const PAID_PART_OF_DAY = 0.4

/** Places are days of the table; what came until `spentPlace` was spent when the card was short. */
type Place = { readonly place: number; readonly spentPlace: number }

function chancesOfDay(
  model: FundsModel,
  table: CalendarTable,
  { place, spentPlace }: Place,
): Float64Array {
  const chances = new Float64Array(24)
  for (const { calendarIndex, lastsIndex, weight } of model.beliefs) {
    const row = calendarIndex * table.days + place
    const since = table.since[row] ?? 0
    if (since === 0) addPayday(chances, model.paidBy, { lastsIndex, weight })
    else if (place - since <= spentPlace) addEach(chances, SAME_PERIOD, weight)
    else
      addEach(chances, thereLater(lastsIndex, { since, period: table.period[row] ?? 30 }), weight)
  }
  return chances
}

type DayChances = Map<number, Float64Array>

/** Cards that were short on one day have the same days ahead of them. */
const KNOWN_DAYS = new WeakMap<
  FundsModel,
  { readonly of: CalendarTable; readonly days: DayChances }
>()
const DAYS_KEPT = 500

function knownDays(model: FundsModel, table: CalendarTable): DayChances {
  const known = KNOWN_DAYS.get(model)
  if (known?.of === table) return known.days
  const days: DayChances = new Map()
  KNOWN_DAYS.set(model, { of: table, days })
  return days
}

const SAME_PERIOD = new Float64Array(24).fill(TOP_UP)

function addEach(chances: Float64Array, there: Float64Array, weight: number): void {
  for (let hour = 0; hour < 24; hour += 1)
    chances[hour] = (chances[hour] ?? 0) + weight * (there[hour] ?? 0)
}

const PAYDAY_THERE = LASTS.map((lasts) => mixed(stillThere(0, lasts)))

function addPayday(
  chances: Float64Array,
  paidBy: readonly number[],
  { lastsIndex, weight }: Pick<FundsBelief, 'lastsIndex' | 'weight'>,
): void {
  const there = PAYDAY_THERE[lastsIndex] ?? 0
  for (let hour = 0; hour < 24; hour += 1) {
    const paid = paidBy[hour] ?? 1
    chances[hour] = (chances[hour] ?? 0) + weight * (paid * there + (1 - paid) * TOP_UP)
  }
}

/** By place in LASTS, length of the period and days since the income: worked out when first asked for, for all 24 hours. */
const THERE_LATER: Float64Array[][][] = LASTS.map(() => [])

/** The chances that the money of a period is there on a day after its first. There are few kinds of such days. */
function thereLater(
  lastsIndex: number,
  { since, period }: { readonly since: number; readonly period: number },
): Float64Array {
  const byPeriod = THERE_LATER[lastsIndex] ?? []
  const bySince = (byPeriod[period] ??= [])
  return (bySince[since] ??= Float64Array.from({ length: 24 }, (_, hour) =>
    mixed(stillThere((since + (hour - USUAL_HOUR) / 24) / period, LASTS[lastsIndex] ?? 0)),
  ))
}
