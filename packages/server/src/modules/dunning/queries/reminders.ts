import type { Uuid } from '@perennial/core/ids'
import { formatInstantOrNull, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { updateMany, type Tx } from '../../../platform/db/index.ts'

/** The reminders of one unpaid sent invoice, by its id. */
export type Reminder = {
  readonly id: Uuid
  readonly customerId: Uuid
  readonly remindersSent: number
  /** Null = no more of them. */
  readonly dueAt: Instant | null
}

/** Once an invoice, with none sent: what is known already stays as it is. */
export async function insertReminders(
  tx: Tx,
  accountId: Uuid,
  given: { readonly reminders: readonly Omit<Reminder, 'remindersSent'>[]; readonly at: Instant },
): Promise<void> {
  const { reminders, at } = given
  await sql`
    insert into invoice_reminders (account_id, id, customer_id, reminders_sent, due_at, created_at)
    select ${accountId}, r.id, r.customer_id, 0, r.due_at, ${at}
      from unnest(${reminders.map(({ id }) => id)}::uuid[], ${reminders.map(({ customerId }) => customerId)}::uuid[],
                  ${reminders.map(({ dueAt }) => formatInstantOrNull(dueAt))}::timestamptz[])
        as r (id, customer_id, due_at)
    on conflict do nothing`.execute(tx)
}

/** Those of these that were given up or have all been sent, locked. What another worker holds has one due. */
export async function lockEndedReminders(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<Reminder[]> {
  const { rows } = await sql<{
    readonly id: Uuid
    readonly customer_id: Uuid
    readonly reminders_sent: number
  }>`
    select id, customer_id, reminders_sent
      from invoice_reminders
     where account_id = ${accountId} and id = any(${ids}::uuid[]) and due_at is null
       for update skip locked`.execute(tx)
  return rows.map((row) => ({
    id: row.id,
    customerId: row.customer_id,
    remindersSent: row.reminders_sent,
    dueAt: null,
  }))
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
