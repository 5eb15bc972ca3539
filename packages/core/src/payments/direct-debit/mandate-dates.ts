import { assert } from '../../fault/index.ts'
import {
  addDaysToDate,
  comparePlainDates,
  formatPlainDate,
  isLeapYear,
  parseTimeZone,
  plainDateAt,
  startOfDay,
  UTC,
  type Instant,
  type PlainDate,
} from '../../time/index.ts'

const LONDON = parseTimeZone('Europe/London') ?? UTC

/** The calendar day that Bacs has at this instant. */
export function bacsDayAt(at: Instant): PlainDate {
  return plainDateAt(at, LONDON)
}

/** Account time at which the step of a Bacs day is done. */
export function onBacsDay(day: PlainDate): Instant {
  return startOfDay(day, LONDON)
}

/** Bank holidays of England and Wales that are no weekend days (gov.uk/bank-holidays, and its rules for later years). */
const BANK_HOLIDAYS: ReadonlySet<string> = new Set(
  `
    2025-01-01 2025-04-18 2025-04-21 2025-05-05 2025-05-26 2025-08-25 2025-12-25 2025-12-26
    2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28
    2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28
    2028-01-03 2028-04-14 2028-04-17 2028-05-01 2028-05-29 2028-08-28 2028-12-25 2028-12-26
    2029-01-01 2029-03-30 2029-04-02 2029-05-07 2029-05-28 2029-08-27 2029-12-25 2029-12-26
    2030-01-01 2030-04-19 2030-04-22 2030-05-06 2030-05-27 2030-08-26 2030-12-25 2030-12-26
  `
    .trim()
    .split(/\s+/),
)

/** Sunday is 0. 1 January 2000 was a Saturday. */
function weekday(date: PlainDate): number {
  let days = 0
  for (let year = 2000; year < date.year; year += 1) days += isLeapYear(year) ? 366 : 365
  const before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][date.month - 1]
  assert(
    before !== undefined && date.year >= 2000,
    'a month is 1 to 12, and Bacs dates are of this age',
  )
  const leapDay = date.month > 2 && isLeapYear(date.year) ? 1 : 0
  return (6 + days + before + leapDay + date.day - 1) % 7
}

/** A day on which Bacs moves money. */
export function isBankingDay(date: PlainDate): boolean {
  const day = weekday(date)
  return day !== 0 && day !== 6 && !BANK_HOLIDAYS.has(formatPlainDate(date))
}

/** `count` banking days on; with 0 the day itself, or the next banking day. */
export function addBankingDays(date: PlainDate, count: number): PlainDate {
  assert(Math.abs(count) <= 100, 'Bacs counts in days')
  const step = count < 0 ? -1 : 1
  let day = date
  while (count === 0 && !isBankingDay(day)) day = addDaysToDate(day, 1)
  for (let left = Math.abs(count); left > 0;) {
    day = addDaysToDate(day, step)
    if (isBankingDay(day)) left -= 1
  }
  return day
}

/** The payer is told this many banking days before the money leaves the account. */
export const NOTICE_DAYS = 5
/** Bacs takes a file two banking days before it debits. */
const SUBMISSION_DAYS = 2
/** Refusals of the payer's bank reach us within five banking days of the submission; until then nothing is paid. */
const SETTLEMENT_DAYS = 5
/** The bureau tells what AUDDIS made of an instruction two banking days after it was lodged. */
const LODGEMENT_DAYS = 2

/** Nobody plans a debit further ahead. */
const AHEAD_DAYS_MAX = 366

export type CollectionDates = {
  readonly noticeOn: PlainDate
  readonly submissionOn: PlainDate
  readonly collectionOn: PlainDate
  readonly settlementOn: PlainDate
  /** Why the wanted date cannot be had; the dates are then the earliest possible ones. */
  readonly ineligibleReason: 'too_early' | 'too_far' | null
}

/** The dates of a debit: on the wanted date or the next banking day; without a wish as early as can be. */
export function planCollection(today: PlainDate, wantedOn: PlainDate | null): CollectionDates {
  const noticeEarliestOn = addBankingDays(today, 0)
  const earliestOn = addBankingDays(noticeEarliestOn, NOTICE_DAYS)
  if (wantedOn === null) return datesOf(earliestOn, null)
  if (comparePlainDates(wantedOn, addDaysToDate(today, AHEAD_DAYS_MAX)) > 0)
    return datesOf(earliestOn, 'too_far')
  // Before today first: dates of another age have no calendar here.
  const isPast = comparePlainDates(wantedOn, today) < 0
  const collectionOn = isPast ? wantedOn : addBankingDays(wantedOn, 0)
  if (comparePlainDates(collectionOn, earliestOn) < 0) return datesOf(earliestOn, 'too_early')
  return datesOf(collectionOn, null)
}

function datesOf(
  collectionOn: PlainDate,
  ineligibleReason: CollectionDates['ineligibleReason'],
): CollectionDates {
  const submissionOn = addBankingDays(collectionOn, -SUBMISSION_DAYS)
  return {
    noticeOn: addBankingDays(collectionOn, -NOTICE_DAYS),
    submissionOn,
    collectionOn,
    settlementOn: addBankingDays(submissionOn, SETTLEMENT_DAYS),
    ineligibleReason,
  }
}

/** The day on which the bureau knows what became of an instruction. */
export function lodgementAnswerOn(today: PlainDate): PlainDate {
  return addBankingDays(today, LODGEMENT_DAYS)
}
