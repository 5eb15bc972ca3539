import {
  addDaysToDate,
  startOfDay,
  type Instant,
  type PlainDate,
  type TimeZone,
} from '../time/index.ts'

/** Days before a card is over on which its owner is told, first to last. */
export const CARD_NOTICE_DAYS = [30, 7] as const

/** The day after its last one: a card works until the end of its month. */
export function cardOverOn(card: { readonly year: number; readonly month: number }): PlainDate {
  const { year, month } = card
  return month === 12 ? { year: year + 1, month: 1, day: 1 } : { year, month: month + 1, day: 1 }
}

/** When the owner is told, so many days before. */
export function cardNoticeAt(
  card: { readonly year: number; readonly month: number },
  daysBefore: number,
  zone: TimeZone,
): Instant {
  return startOfDay(addDaysToDate(cardOverOn(card), -daysBefore), zone)
}
