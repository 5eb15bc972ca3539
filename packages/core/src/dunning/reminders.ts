import { isOpen, type Invoice } from '../invoices/index.ts'
import { addCalendarDays, maxInstant, type Instant, type TimeZone } from '../time/index.ts'

/** Days after the due date on which an unpaid sent invoice is asked about (spec/revkeen.md 7.6). */
const REMINDER_DAYS = [1, 7, 14, 30] as const

/** From when reminders of an invoice count: its due date, or when it was sent after that. Null = nobody is reminded of it. */
export function remindedFrom({
  status,
  dueAt,
  sentAt,
}: Pick<Invoice, 'status' | 'dueAt' | 'sentAt'>): Instant | null {
  if (!isOpen(status) || dueAt === null || sentAt === null) return null
  return maxInstant(dueAt, sentAt)
}

/** Of which instant, and on whose calendar: days after it are days of the account's zone, at the same time of day. */
export type Reminded = { readonly from: Instant; readonly zone: TimeZone }

/** The next reminder after `sent` of them; null = all were sent. */
export function reminderAt({ from, zone }: Reminded, sent: number): Instant | null {
  const day = REMINDER_DAYS[sent]
  return day === undefined ? null : addCalendarDays(from, day, zone)
}

/** How many reminders fell due by `at`: those that are late count as sent, and one mail stands for all of them. */
export function remindersBy({ from, zone }: Reminded, at: Instant): number {
  return REMINDER_DAYS.filter((day) => addCalendarDays(from, day, zone) <= at).length
}
