import { MS_PER_DAY, MS_PER_HOUR } from '../../time/index.ts'
import { INCOME_CALENDARS, type CalendarTable } from './income-calendars.ts'
import { localDayOf, type Segment } from './evidence.ts'
import { toWeights } from './weights.ts'

/** One belief about the holders of a segment's cards, and how much it is believed. */
export type FundsBelief = {
  readonly calendarIndex: number
  /** For how much of a pay period the money of those who run short lasts, on average: a place in LASTS. */
  readonly lastsIndex: number
  readonly weight: number
}

export type FundsModel = {
  /** The strongest beliefs, strongest first; weights sum to 1. */
  readonly beliefs: readonly FundsBelief[]
  /** The weight of every belief: what segments of the same country begin with. */
  readonly weights: readonly number[]
  /** For each local hour of a payday, the chance that the income is there. */
  readonly paidBy: readonly number[]
}

/** Shares of a pay period that money may last. Ours: a grid, all of it equally likely before evidence. */
export const LASTS = [0.07, 0.13, 0.2, 0.32, 0.48, 0.65, 0.82] as const
/** Pay periods are looked at in so many parts. */
const PARTS = 30
/**
 * A shortage ends before the next income this often: a friend, a transfer, a deposit. Ours, by judgement: no figures were
 * found; small, because paydays matter, and above zero, because other days win something too.
 */
export const TOP_UP = 0.07
/** First charges of one day are alike for reasons of their own: they count for less than so many throws of a coin. */
const FIRST_WEIGHT = 0.6
/** Evidence counts half after so many days: habits and employers change. */
const HALVES_AFTER_DAYS = 25
const BELIEFS_KEPT = 24
/** Of what a segment begins with, so much comes from its country, the rest from the shipped prior. */
const FROM_COUNTRY = 0.7
/** On a payday the money is there by this local hour, most often; before evidence. As spec/revtain.md 8.2 tries: from nine on. */
export const USUAL_HOUR = 9
/**
 * The chance that the income is there, by the hour of a payday, before evidence. Ours, by judgement: some banks book at midnight, most by
 * the usual hour, nearly all by noon.
 */
const PAID_BY = Array.from({ length: 24 }, (_, hour) => Math.min(0.98, 0.1 + hour * 0.08))

/** The chance that money which lasts `lasts` of a period is still there after `part` of it. */
export function stillThere(part: number, lasts: number): number {
  const spread = 0.25 * lasts + 0.02
  return 1 / (1 + Math.exp((1.7 * (part - lasts)) / spread))
}

const STILL_THERE: readonly Float64Array[] = LASTS.map((lasts) =>
  Float64Array.from({ length: PARTS + 1 }, (_, part) => stillThere((part + 0.5) / PARTS, lasts)),
)

const LOG_OK = STILL_THERE.map((there) => there.map((part) => Math.log(mixed(part))))
const LOG_SHORT = STILL_THERE.map((there) => there.map((part) => Math.log(1 - mixed(part))))

const PAYDAY_OK = PAID_BY.map((paid) => Math.log(paid * 0.93 + (1 - paid) * TOP_UP))
const PAYDAY_SHORT = PAID_BY.map((paid) => Math.log(1 - (paid * 0.93 + (1 - paid) * TOP_UP)))

/** How well calendars and durations explain what was seen; `countryPrior` is what neighbours believe. */
export function learnFunds(
  segment: Segment | undefined,
  table: CalendarTable,
  now: { readonly localMs: number; readonly countryPrior: ArrayLike<number> | null },
): FundsModel {
  const logs = logPrior(now.countryPrior)
  if (segment !== undefined) {
    addFirstCharges(logs, segment, table, now.localMs)
    addRetries(logs, segment, table, now.localMs)
  }
  const weights = toWeights(logs)
  const beliefs = strongest(weights)
  const best = beliefs[0]
  const isLearned = segment !== undefined && best !== undefined
  return { beliefs, weights, paidBy: isLearned ? learnHour(segment, table, best) : PAID_BY }
}

/** The average of what segments believe: the prior of another one in the same country. */
export function averageBelief(models: readonly FundsModel[]): Float64Array | null {
  if (models.length === 0) return null
  const sum = new Float64Array(INCOME_CALENDARS.length * LASTS.length)
  for (const { weights } of models) {
    for (let index = 0; index < sum.length; index += 1)
      sum[index] = (sum[index] ?? 0) + (weights[index] ?? 0) / models.length
  }
  return sum
}

function logPrior(countryPrior: ArrayLike<number> | null): Float64Array {
  const share = countryPrior === null ? 0 : FROM_COUNTRY
  const logs = new Float64Array(INCOME_CALENDARS.length * LASTS.length)
  for (const [calendar, { prior }] of INCOME_CALENDARS.entries()) {
    for (let lasts = 0; lasts < LASTS.length; lasts += 1) {
      const index = calendar * LASTS.length + lasts
      const shipped = prior / LASTS.length
      logs[index] = Math.log((1 - share) * shipped + share * (countryPrior?.[index] ?? 0) + 1e-9)
    }
  }
  return logs
}

type PartCounts = { readonly charged: Float64Array; readonly short: Float64Array }

/** Shortages among first charges vanish after a payday and come back as money runs out. */
function addFirstCharges(
  logs: Float64Array,
  segment: Segment,
  table: CalendarTable,
  nowLocal: number,
): void {
  const days = dailyCounts(segment, table, localDayOf(nowLocal))
  if (days.length === 0) return
  const parts: PartCounts = {
    charged: new Float64Array(PARTS + 1),
    short: new Float64Array(PARTS + 1),
  }
  for (let calendar = 0; calendar < INCOME_CALENDARS.length; calendar += 1) {
    parts.charged.fill(0)
    parts.short.fill(0)
    for (const { place, isEarly, charged, short } of days) {
      const since = table.since[calendar * table.days + place] ?? 0
      const period = table.period[calendar * table.days + place] ?? 30
      const part = partOf(since, period, isEarly)
      parts.charged[part] = (parts.charged[part] ?? 0) + charged
      parts.short[part] = (parts.short[part] ?? 0) + short
    }
    for (let lasts = 0; lasts < LASTS.length; lasts += 1) {
      const index = calendar * LASTS.length + lasts
      logs[index] = (logs[index] ?? 0) + FIRST_WEIGHT * explainCounts(parts, lasts)
    }
  }
}

/** The early hours of a payday still belong to the period before. */
function partOf(since: number, period: number, isEarly: boolean): number {
  if (since === 0 && isEarly) return PARTS
  return Math.min(PARTS, Math.floor(((since + (isEarly ? 0 : 0.3)) / period) * PARTS))
}

function dailyCounts(segment: Segment, table: CalendarTable, today: number) {
  const days: { place: number; isEarly: boolean; charged: number; short: number }[] = []
  for (const [day, counts] of segment.days) {
    const place = day - table.fromDay
    if (place < 0 || place >= table.days) continue
    const weight = 0.5 ** (Math.max(0, today - day) / HALVES_AFTER_DAYS)
    for (const isEarly of [true, false]) {
      const [from, to] = isEarly ? [0, USUAL_HOUR] : [USUAL_HOUR, 24]
      const charged = sum(counts.charged.slice(from, to)) * weight
      const short = sum(counts.short.slice(from, to)) * weight
      if (charged > 0) days.push({ place, isEarly, charged, short })
    }
  }
  return days
}

function sum(values: readonly number[]): number {
  let total = 0
  for (const value of values) total += value
  return total
}

/** Log-likelihood of shortages by part of the period, the share of people who run short at all being fitted. */
function explainCounts(parts: PartCounts, lasts: number): number {
  const there = STILL_THERE[lasts]
  if (there === undefined) return 0
  let short = 0
  let exposed = 0
  for (let part = 0; part <= PARTS; part += 1) {
    short += parts.short[part] ?? 0
    exposed += (parts.charged[part] ?? 0) * (1 - (there[part] ?? 0))
  }
  const share = Math.min(0.8, (short + 0.1) / (exposed + 2))
  let log = 0
  for (let part = 0; part <= PARTS; part += 1) {
    const charged = parts.charged[part] ?? 0
    if (charged === 0) continue
    const rate = Math.min(0.95, Math.max(0.001, share * (1 - (there[part] ?? 0))))
    const shortHere = parts.short[part] ?? 0
    log += shortHere * Math.log(rate) + (charged - shortHere) * Math.log(1 - rate)
  }
  return log
}

/** A card that was short and then was not: an income came in between, or a friend helped. */
function addRetries(
  logs: Float64Array,
  segment: Segment,
  table: CalendarTable,
  nowLocal: number,
): void {
  const retries = placedRetries(segment, table, localDayOf(nowLocal))
  if (retries.length === 0) return
  const ok = new Float64Array(PARTS + 1)
  const short = new Float64Array(PARTS + 1)
  for (let calendar = 0; calendar < INCOME_CALENDARS.length; calendar += 1) {
    ok.fill(0)
    short.fill(0)
    let samePeriod = 0
    for (const { place, shortPlace, hour, weight, isOk } of retries) {
      const since = table.since[calendar * table.days + place] ?? 0
      if (since === 0) {
        samePeriod += weight * ((isOk ? PAYDAY_OK : PAYDAY_SHORT)[hour] ?? 0)
        continue
      }
      if (place - since + 0.4 <= shortPlace) {
        samePeriod += weight * Math.log(isOk ? TOP_UP : 1 - TOP_UP)
        continue
      }
      const period = table.period[calendar * table.days + place] ?? 30
      const part = partOf(since, period, false)
      const side = isOk ? ok : short
      side[part] = (side[part] ?? 0) + weight
    }
    for (let lasts = 0; lasts < LASTS.length; lasts += 1) {
      const index = calendar * LASTS.length + lasts
      logs[index] = (logs[index] ?? 0) + samePeriod + explainRetries(ok, short, lasts)
    }
  }
}

function explainRetries(ok: Float64Array, short: Float64Array, lasts: number): number {
  const logOk = LOG_OK[lasts]
  const logShort = LOG_SHORT[lasts]
  let log = 0
  for (let part = 0; part <= PARTS; part += 1)
    log += (ok[part] ?? 0) * (logOk?.[part] ?? 0) + (short[part] ?? 0) * (logShort?.[part] ?? 0)
  return log
}

function placedRetries(segment: Segment, table: CalendarTable, today: number) {
  return segment.fundsRetries.flatMap(({ local, shortLocal, isOk }) => {
    const day = localDayOf(local)
    const place = day - table.fromDay
    if (place < 0 || place >= table.days) return []
    const weight = 0.5 ** (Math.max(0, today - day) / HALVES_AFTER_DAYS)
    const hour = Math.floor((local - day * MS_PER_DAY) / MS_PER_HOUR)
    return [{ place, shortPlace: shortLocal / MS_PER_DAY - table.fromDay, hour, weight, isOk }]
  })
}

/** The chance of money where it is there with that chance, and may be topped up. */
export function mixed(there: number): number {
  return TOP_UP + (0.97 - TOP_UP) * there
}

function strongest(weights: readonly number[]): FundsBelief[] {
  const order: number[] = []
  for (let index = 0; index < weights.length; index += 1)
    if ((weights[index] ?? 0) > 0.001) order.push(index)
  order.sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0))
  const kept = order.slice(0, BELIEFS_KEPT)
  const total = kept.reduce((all, index) => all + (weights[index] ?? 0), 0)
  return kept.map((index) => ({
    calendarIndex: Math.floor(index / LASTS.length),
    lastsIndex: index % LASTS.length,
    weight: (weights[index] ?? 0) / total,
  }))
}

/** On paydays: before the income's hour cards are short, after it they are not. The chance by hour that it is there. */
function learnHour(segment: Segment, table: CalendarTable, belief: FundsBelief): number[] {
  const ok = new Float64Array(24)
  const short = new Float64Array(24)
  const isPayday = (day: number): boolean => {
    const place = day - table.fromDay
    if (place < 0 || place >= table.days) return false
    return table.since[belief.calendarIndex * table.days + place] === 0
  }
  for (const retry of segment.fundsRetries) {
    const day = localDayOf(retry.local)
    if (!isPayday(day)) continue
    const hour = Math.floor((retry.local - day * MS_PER_DAY) / MS_PER_HOUR)
    const side = retry.isOk ? ok : short
    side[hour] = (side[hour] ?? 0) + 1
  }
  // A first charge that is short on payday says "not yet"; those that are not say little: most never run short.
  for (const [day, counts] of segment.days) {
    if (!isPayday(day)) continue
    for (let hour = 0; hour < 24; hour += 1)
      short[hour] = (short[hour] ?? 0) + (counts.short[hour] ?? 0)
  }
  const logs = new Float64Array(24)
  for (let income = 0; income < 24; income += 1) {
    let log = Math.log((PAID_BY[income] ?? 0) - (PAID_BY[income - 1] ?? 0) + 0.004)
    for (let hour = 0; hour < 24; hour += 1) {
      const chance = hour >= income ? 0.93 : 0.06
      log += 0.8 * ((ok[hour] ?? 0) * Math.log(chance) + (short[hour] ?? 0) * Math.log(1 - chance))
    }
    logs[income] = log
  }
  let paid = 0
  return toWeights(logs).map((weight) => (paid += weight))
}
