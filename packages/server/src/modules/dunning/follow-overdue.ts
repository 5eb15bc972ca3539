import { remindedFrom, reminderAt } from '@perennial/core/dunning'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Invoice } from '@perennial/core/invoices'
import { maxInstant, type TimeZone } from '@perennial/core/time'
import type { Tx } from '../../platform/db/index.ts'
import {
  insertReminders,
  lockEndedReminders,
  updateReminders,
  type Reminder,
} from './queries/reminders.ts'

/**
 * Sent invoices that are overdue are asked about, whichever came first; one whose money has gone back again goes on where
 * it stood.
 */
export async function followOverdue(
  tx: Tx,
  { accountId, zone }: { readonly accountId: Uuid; readonly zone: TimeZone },
  invoices: readonly Invoice[],
): Promise<void> {
  const overdue = invoices.flatMap((invoice) => {
    const from = invoice.status === 'overdue' ? remindedFrom(invoice) : null
    return from === null ? [] : [{ ...invoice, reminded: { from, zone } }]
  })
  const [first] = overdue
  if (first === undefined) return
  const invoiceOf = new Map(overdue.map((invoice) => [invoice.id, invoice]))
  const ended = await lockEndedReminders(tx, accountId, [...invoiceOf.keys()])
  const again = ended.flatMap((reminder): Reminder[] => {
    const invoice = invoiceOf.get(reminder.id)
    assert(invoice !== undefined, 'the reminders of these invoices alone are locked')
    const next = reminderAt(invoice.reminded, reminder.remindersSent)
    return next === null ? [] : [{ ...reminder, dueAt: maxInstant(next, invoice.updatedAt) }]
  })
  await updateReminders(tx, accountId, again)
  const reminders = overdue.map(({ id, customerId, reminded }) => {
    return { id, customerId, dueAt: reminderAt(reminded, 0) }
  })
  await insertReminders(tx, accountId, { reminders, at: first.updatedAt })
}
