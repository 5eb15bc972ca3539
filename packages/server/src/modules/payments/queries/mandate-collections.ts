import type { Uuid } from '@perennial/core/ids'
import { formatInstant, formatInstantOrNull, type Instant } from '@perennial/core/time'
import { type Selectable, sql } from 'kysely'
import { type DB, insertMany, lockRows, type Tx } from '../../../platform/db/index.ts'

export type CollectionRow = Selectable<DB['mandate_collections']>

export async function insertCollection(tx: Tx, row: CollectionRow): Promise<void> {
  await insertMany(tx, 'mandate_collections', [row])
}

/** Debits of bills, but for those whose bill has one that is not handed in yet. Returns which were written. */
export async function insertAnnounced(
  tx: Tx,
  rows: readonly CollectionRow[],
): Promise<ReadonlySet<Uuid>> {
  const { rows: written } = await sql<{ readonly id: Uuid }>`
    insert into mandate_collections
      (account_id, id, mandate_id, invoice_id, source_type, source_id, amount_minor, currency, status, notice_on,
       submission_on, collection_on, settlement_on, due_at, created_at, updated_at)
    select account_id, id, mandate_id, invoice_id, 'invoice', invoice_id, amount_minor, currency, 'scheduled', notice_on,
           submission_on, collection_on, settlement_on, due_at, created_at, created_at
      from unnest(
        ${rows.map((row) => row.account_id)}::uuid[], ${rows.map((row) => row.id)}::uuid[],
        ${rows.map((row) => row.mandate_id)}::uuid[], ${rows.map((row) => row.invoice_id)}::uuid[],
        ${rows.map((row) => row.amount_minor)}::bigint[], ${rows.map((row) => row.currency)}::text[],
        ${rows.map((row) => row.notice_on)}::date[], ${rows.map((row) => row.submission_on)}::date[],
        ${rows.map((row) => row.collection_on)}::date[], ${rows.map((row) => row.settlement_on)}::date[],
        ${rows.map((row) => formatInstantOrNull(row.due_at))}::timestamptz[],
        ${rows.map((row) => formatInstant(row.created_at))}::timestamptz[]
      ) as new (account_id, id, mandate_id, invoice_id, amount_minor, currency, notice_on, submission_on,
                collection_on, settlement_on, due_at, created_at)
    on conflict (account_id, source_type, source_id) where status in ('scheduled', 'notified') do nothing
    returning id`.execute(tx)
  return new Set(written.map(({ id }) => id))
}

/** The debit of a source that is under way. */
export async function findLiveCollection(
  tx: Tx,
  of: {
    readonly accountId: Uuid
    readonly mandateId: Uuid
    readonly sourceType: CollectionRow['source_type']
    readonly sourceId: Uuid
  },
): Promise<CollectionRow | null> {
  const { rows } = await sql<CollectionRow>`
    select * from mandate_collections
     where account_id = ${of.accountId} and mandate_id = ${of.mandateId} and source_type = ${of.sourceType}
       and source_id = ${of.sourceId} and status in ('scheduled', 'notified', 'submitted')
     order by id desc
     limit 1`.execute(tx)
  return rows[0] ?? null
}

/** Debits whose next step is due, in order of that time. */
export async function listDueCollections(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<CollectionRow[]> {
  const { rows } = await sql<CollectionRow>`
    select * from mandate_collections
     where account_id = ${accountId} and due_at <= ${until}
     order by due_at
     limit ${limit}`.execute(tx)
  return rows
}

export async function lockCollections(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<CollectionRow[]> {
  return lockRows(tx, 'mandate_collections', { accountId, ids })
}

/** The debit that an attempt has taken, with whose it is, locked. */
export async function lockCollectionOf(
  tx: Tx,
  accountId: Uuid,
  attemptId: Uuid,
): Promise<{ readonly row: CollectionRow; readonly customerId: Uuid } | null> {
  const { rows } = await sql<CollectionRow & { readonly customer_id: Uuid }>`
    select c.*, m.customer_id from mandate_collections c
      join payment_attempts a on a.account_id = c.account_id and a.invoice_id = c.invoice_id
      join mandates m on m.account_id = c.account_id and m.id = c.mandate_id
     where a.account_id = ${accountId} and a.id = ${attemptId} and c.attempt_id = a.id
       for update of c`.execute(tx)
  const [found] = rows
  if (found === undefined) return null
  const { customer_id: customerId, ...row } = found
  return { row, customerId }
}

/**
 * Moves debits on, each if it stands where the caller saw it: of two workers one moves it. Returns which were moved. Rows
 * are locked in the order of their ids, like everywhere.
 */
export async function moveCollections(
  tx: Tx,
  accountId: Uuid,
  moves: readonly { readonly seen: CollectionRow; readonly next: CollectionRow }[],
): Promise<ReadonlySet<Uuid>> {
  const of = <T>(pick: (row: CollectionRow) => T): T[] => moves.map(({ next }) => pick(next))
  const { rows } = await sql<{ readonly id: Uuid }>`
    with locked as materialized (
           select id from mandate_collections
            where account_id = ${accountId} and id = any(${of((row) => row.id)}::uuid[])
            order by id
              for update)
    update mandate_collections c
       set status = n.status, due_at = n.due_at, attempt_id = n.attempt_id, failure_code = n.failure_code,
           amount_minor = n.amount_minor, notice_on = n.notice_on, submission_on = n.submission_on,
           collection_on = n.collection_on, settlement_on = n.settlement_on, updated_at = n.updated_at
      from locked
      join unnest(
             ${of((row) => row.id)}::uuid[],
             ${moves.map(({ seen }) => seen.status)}::text[],
             ${moves.map(({ seen }) => formatInstantOrNull(seen.due_at))}::timestamptz[],
             ${of((row) => row.status)}::text[], ${of((row) => formatInstantOrNull(row.due_at))}::timestamptz[],
             ${of((row) => row.attempt_id)}::uuid[], ${of((row) => row.failure_code)}::text[],
             ${of((row) => row.amount_minor)}::bigint[], ${of((row) => row.notice_on)}::date[],
             ${of((row) => row.submission_on)}::date[], ${of((row) => row.collection_on)}::date[],
             ${of((row) => row.settlement_on)}::date[], ${of((row) => formatInstant(row.updated_at))}::timestamptz[]
           ) as n (id, seen_status, seen_due_at, status, due_at, attempt_id, failure_code, amount_minor, notice_on,
                   submission_on, collection_on, settlement_on, updated_at)
        on n.id = locked.id
     where c.account_id = ${accountId} and c.id = n.id and c.status = n.seen_status
       and c.due_at is not distinct from n.seen_due_at
    returning c.id`.execute(tx)
  return new Set(rows.map(({ id }) => id))
}
