import { addDays, type Instant } from '../time/index.ts'

/** Days after the due date on which an unpaid sent invoice is asked about (spec/revkeen.md 7.6). */
const REMINDER_DAYS = [1, 7, 14, 30] as const

/** The next reminder after `sent` of them; null = all were sent. */
export function reminderAt(dueAt: Instant, sent: number): Instant | null {
  const day = REMINDER_DAYS[sent]
  return day === undefined ? null : addDays(dueAt, day)
}

/** How many reminders fell due by `at`: those that are late count as sent, and one mail stands for all of them. */
export function remindersBy(dueAt: Instant, at: Instant): number {
  return REMINDER_DAYS.filter((day) => addDays(dueAt, day) <= at).length
}
