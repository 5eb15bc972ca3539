import {
  classifyDecline,
  explainDecline,
  isShortOfMoney,
  type Decline,
} from '../../declines/index.ts'
import {
  addDaysToDate,
  addMs,
  daysInMonth,
  MS_PER_HOUR,
  plainDateAt,
  startOfDay,
  type Instant,
  type PlainDate,
  type TimeZone,
} from '../../time/index.ts'

type Asked = {
  readonly decline: Decline | null
  readonly attemptsMade: number
  readonly lastAttemptAt: Instant
  readonly zone: TimeZone
  /** The day of the month on which the biller's customers are charged; null = not told. */
  readonly billingDay: number | null
}

const HOURS = {
  technical: [1, 6, 24],
  soft: [24, 72, 168, 336],
  // Once more, a day later, however many tries others have had (spec/revtain.md 7).
  unknown: [24, 24, 24, 24, 24, 24, 24],
} as const
const MORNING_HOURS = 9
const PAY_HOURS = 9.5

/** The next instant of the plain schedule (own, spec/revtain.md 8.2); null when it has no more. */
export function scheduledAt(asked: Asked): Instant | null {
  const { decline, attemptsMade, lastAttemptAt } = asked
  const kind = kindOf(decline)
  if (kind === 'funds') return nextPayday(asked)
  if (kind === 'limit') return afterLimit(asked)
  const hours = HOURS[kind][Math.max(0, attemptsMade - 1)]
  return hours === undefined ? null : addMs(lastAttemptAt, hours * MS_PER_HOUR)
}

function kindOf(decline: Decline | null): 'funds' | 'limit' | 'technical' | 'soft' | 'unknown' {
  if (decline === null) return 'soft'
  if (isShortOfMoney(decline)) return 'funds'
  const { reason } = explainDecline(decline.code)
  if (reason === 'over_limit') return 'limit'
  const { nature } = classifyDecline(decline)
  return nature === 'technical' || nature === 'unknown' ? nature : 'soft'
}

/** The next local morning, then 3 and 7 days. */
function afterLimit({ attemptsMade, lastAttemptAt, zone }: Asked): Instant | null {
  if (attemptsMade > 2) return null
  const days = [1, 3, 7][attemptsMade] ?? 7
  const day = addDaysToDate(plainDateAt(lastAttemptAt, zone), days)
  return addMs(startOfDay(day, zone), MORNING_HOURS * MS_PER_HOUR)
}

const DAYS_SEARCHED = 40

/** The first payday whose morning is still to come. */
function nextPayday({ lastAttemptAt, zone, billingDay }: Asked): Instant | null {
  let day = plainDateAt(lastAttemptAt, zone)
  for (let searched = 0; searched < DAYS_SEARCHED; searched += 1) {
    const at = addMs(startOfDay(day, zone), PAY_HOURS * MS_PER_HOUR)
    if (at > lastAttemptAt && isPayday(day, billingDay)) return at
    day = addDaysToDate(day, 1)
  }
  return null
}

function isPayday(date: PlainDate, billingDay: number | null): boolean {
  const lastDay = daysInMonth(date.year, date.month)
  if (billingDay !== null) return date.day === Math.min(billingDay, lastDay)
  const isLastBusinessDay = date.day === lastBusinessDay(date)
  return date.day === 1 || date.day === 15 || isLastBusinessDay || weekdayOf(date) === FRIDAY
}

const FRIDAY = 5

function lastBusinessDay({ year, month }: PlainDate): number {
  const day = daysInMonth(year, month)
  const weekday = weekdayOf({ year, month, day })
  if (weekday === 6) return day - 1
  return weekday === 0 ? day - 2 : day
}

const MONTH_SHIFTS = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]

/** 0 is Sunday (Sakamoto's rule). */
function weekdayOf({ year, month, day }: PlainDate): number {
  const shifted = month < 3 ? year - 1 : year
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400)
  return (shifted + leapDays + (MONTH_SHIFTS[month - 1] ?? 0) + day) % 7
}
