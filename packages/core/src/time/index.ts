export { addDuration } from './add-duration.ts'
export { type BillingDayRule, alignToBillingDay, hasBillingDays } from './billing-day.ts'
export { type Anchor, addCalendarDays, boundaryAfter, boundaryAt } from './boundary.ts'
export { fractionOf, secondsBetween } from './fraction-of.ts'
export { type Frequency, frequencyProblem, isSameFrequency } from './frequency.ts'
export {
  type Instant,
  MAX_INSTANT,
  MS_PER_DAY,
  MS_PER_HOUR,
  MS_PER_SECOND,
  addDays,
  addMs,
  compareInstants,
  formatInstant,
  formatInstantOrNull,
  fromUnixSeconds,
  instantFromMs,
  maxInstant,
  minInstant,
  parseInstant,
  parseUnixSeconds,
  toUnixSeconds,
} from './instant.ts'
export {
  type PlainDate,
  addDaysToDate,
  comparePlainDates,
  daysInMonth,
  formatPlainDate,
  isLeapYear,
  parsePlainDate,
} from './plain-date.ts'
export { type TimeZone, UTC, offsetMsAt, parseTimeZone } from './time-zone.ts'
export { atWallTime, formatInstantIn, plainDateAt, startOfDay } from './wall-time.ts'
