import type { IncomeFile } from '../world-file/schema.ts'
import { incomesOfYear } from './incomes.ts'
import type { Zone } from './zone.ts'

/** One income calendar and the time in which it holds. */
export interface CalendarSpan {
  readonly from: number
  /** Infinity for the last. */
  readonly until: number
  /** Null where cards of the issuer are never short. */
  readonly rule: { readonly income: IncomeFile; readonly hour: number; readonly zone: Zone } | null
}

/**
 * An issuer's incomes through all changes of its calendar. Years are worked out once, when first
 * asked for.
 */
export interface Paydays {
  readonly spans: readonly CalendarSpan[]
  readonly years: Map<number, readonly number[]>
}

export interface PayPeriod {
  readonly startsAt: number
  readonly endsAt: number
}

/** Two incomes are never further apart than the longest rhythm a world file allows (52 weeks). */
const YEARS_APART_MAX = 2

export function makePaydays(spans: readonly CalendarSpan[]): Paydays {
  return { spans, years: new Map() }
}

/** The pay period that holds `at`; null before the first income, or when no income follows. */
export function payPeriodAt(paydays: Paydays, at: number): PayPeriod | null {
  const startsAt = lastIncome(paydays, at)
  if (startsAt === null) return null
  const endsAt = nextIncome(paydays, at)
  return endsAt === null ? null : { startsAt, endsAt }
}

/** The first income after `at`. */
export function nextIncome(paydays: Paydays, at: number): number | null {
  const year = yearOf(at)
  for (let later = 0; later <= YEARS_APART_MAX; later += 1) {
    for (const income of yearIncomes(paydays, year + later)) if (income > at) return income
  }
  return null
}

function lastIncome(paydays: Paydays, at: number): number | null {
  const year = yearOf(at)
  for (let earlier = 0; earlier <= YEARS_APART_MAX; earlier += 1) {
    const incomes = yearIncomes(paydays, year - earlier)
    for (let i = incomes.length - 1; i >= 0; i -= 1) {
      const income = incomes[i]
      if (income !== undefined && income <= at) return income
    }
  }
  return null
}

function yearIncomes(paydays: Paydays, year: number): readonly number[] {
  const known = paydays.years.get(year)
  if (known !== undefined) return known
  // A pay period that began under an old calendar ends with the first income of the new one,
  // because the old calendar's later incomes are left out here.
  const incomes = paydays.spans.flatMap(({ from, until, rule }) =>
    rule === null ? [] : incomesOfYear(year, rule).filter((at) => at >= from && at < until),
  )
  paydays.years.set(year, incomes)
  return incomes
}

function yearOf(at: number): number {
  return new Date(at).getUTCFullYear()
}
