import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../../platform/db/index.ts'

/** The reminders of one unpaid sent invoice, by its id. */
export type Reminder = {
  readonly id: Uuid
  readonly customerId: Uuid
  readonly remindersSent: number
  /** Null = no more of them. */
  readonly dueAt: Instant | null
}

export async function insertReminders(
  tx: Tx,
  accountId: Uuid,
  given: { readonly reminders: readonly Reminder[]; readonly at: Instant },
): Promise<void> {
  const { reminders, at } = given
  if (reminders.length === 0) return
  // Once an invoice: one that was reopened and is overdue again goes on where it stood.
  const known = await sql<{ readonly id: Uuid }>`
    select id from invoice_reminders
     where account_id = ${accountId} and id = any(${reminders.map(({ id }) => id)}::uuid[])`.execute(
    tx,
  )
  const knownIds = new Set(known.rows.map(({ id }) => id))
  const rows = reminders
    .filter(({ id }) => !knownIds.has(id))
    .map((reminder) => ({
      account_id: accountId,
      id: reminder.id,
      customer_id: reminder.customerId,
      reminders_sent: reminder.remindersSent,
      due_at: reminder.dueAt,
      created_at: at,
    }))
  await insertMany(tx, 'invoice_reminders', rows)
}

/** Reminders that are due, oldest first, locked; what another worker holds is left to it. */
export async function claimDueReminders(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<(Reminder & { readonly dueAt: Instant })[]> {
  const { rows } = await sql<{
    readonly id: Uuid
    readonly customer_id: Uuid
    readonly reminders_sent: number
    readonly due_at: Instant
  }>`
    select id, customer_id, reminders_sent, due_at
      from invoice_reminders
     where account_id = ${accountId} and due_at <= ${until}
     order by due_at
     limit ${limit}
       for update skip locked`.execute(tx)
  return rows.map((row) => ({
    id: row.id,
    customerId: row.customer_id,
    remindersSent: row.reminders_sent,
    dueAt: row.due_at,
  }))
}

export async function updateReminders(
  tx: Tx,
  accountId: Uuid,
  reminders: readonly Reminder[],
): Promise<void> {
  const rows = reminders.map(({ id, remindersSent, dueAt }) => ({
    account_id: accountId,
    id,
    reminders_sent: remindersSent,
    due_at: dueAt,
  }))
  await updateMany(tx, 'invoice_reminders', rows)
}
