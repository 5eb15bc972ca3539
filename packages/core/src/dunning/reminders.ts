import { isOpen, type Invoice } from '../invoices/index.ts'
import { addDays, maxInstant, type Instant } from '../time/index.ts'

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

/** The next reminder after `sent` of them; null = all were sent. */
export function reminderAt(from: Instant, sent: number): Instant | null {
  const day = REMINDER_DAYS[sent]
  return day === undefined ? null : addDays(from, day)
}

/** How many reminders fell due by `at`: those that are late count as sent, and one mail stands for all of them. */
export function remindersBy(from: Instant, at: Instant): number {
  return REMINDER_DAYS.filter((day) => addDays(from, day) <= at).length
}
