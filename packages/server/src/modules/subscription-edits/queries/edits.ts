import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type RawBuilder, type Selectable, sql } from 'kysely'
import { type DB, insertMany, type Tx, updateMany } from '../../../platform/db/index.ts'
import { type Page, type PageRequest, readRows } from '../../../platform/lists/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import type { EditRecord, EditSegment, EditTotal, SegmentKind } from '../edit.ts'
import { fromStoredAction, toStoredAction } from '../stored-actions.ts'

type Key = { readonly accountId: Uuid; readonly id: Uuid }
type StoredSegment = Omit<EditSegment, 'actions'> & { readonly actions: readonly unknown[] }
type StoredTotal = {
  readonly currency: string
  readonly subscriptions: number
  readonly amountBeforeMinor: number
  readonly amountAfterMinor: number
}
type EditDbRow = Selectable<DB['subscription_edits']>

function toRecord(row: EditDbRow): EditRecord {
  const { loaded, planned, changed, unchanged, skipped, failed } = row
  return {
    id: row.id,
    status: row.status as EditRecord['status'],
    undoesId: row.undoes_id,
    filters: row.filters as JsonObject,
    segmentBy: row.segment_by as SegmentKind,
    segments: (row.segments as unknown as readonly StoredSegment[]).map((segment) => ({
      ...segment,
      actions: segment.actions.map(fromStoredAction),
    })),
    limit: row.rows_max,
    reviewDigest: row.review_digest,
    matching: row.matching,
    reviewedTo:
      row.reviewed_to_id === null
        ? null
        : { nextRenewalAt: row.reviewed_to_at, subscriptionId: row.reviewed_to_id },
    totals: (row.totals as unknown as readonly StoredTotal[]).map((total) => ({
      ...total,
      amountBeforeMinor: BigInt(total.amountBeforeMinor),
      amountAfterMinor: BigInt(total.amountAfterMinor),
    })),
    counts: { loaded, planned, changed, unchanged, skipped, failed },
    requestId: row.request_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    confirmedAt: row.confirmed_at,
    finishedAt: row.finished_at,
    updatedAt: row.updated_at,
  }
}

function toDbRow(accountId: Uuid, edit: EditRecord) {
  return {
    account_id: accountId,
    id: edit.id,
    status: edit.status,
    undoes_id: edit.undoesId,
    filters: edit.filters,
    segment_by: edit.segmentBy,
    segments: edit.segments.map((segment) => ({
      ...segment,
      actions: segment.actions.map(toStoredAction),
    })) as unknown as JsonObject,
    rows_max: edit.limit,
    review_digest: edit.reviewDigest,
    matching: edit.matching,
    reviewed_to_at: edit.reviewedTo?.nextRenewalAt ?? null,
    reviewed_to_id: edit.reviewedTo?.subscriptionId ?? null,
    totals: edit.totals.map(toStoredTotal) as unknown as JsonObject,
    ...edit.counts,
    request_id: edit.requestId,
    created_at: edit.createdAt,
    expires_at: edit.expiresAt,
    confirmed_at: edit.confirmedAt,
    finished_at: edit.finishedAt,
    updated_at: edit.updatedAt,
  }
}

function toStoredTotal(total: EditTotal): StoredTotal {
  return {
    ...total,
    amountBeforeMinor: Number(total.amountBeforeMinor),
    amountAfterMinor: Number(total.amountAfterMinor),
  }
}

export async function insertEdit(tx: Tx, accountId: Uuid, edit: EditRecord): Promise<void> {
  await insertMany(tx, 'subscription_edits', [toDbRow(accountId, edit)])
}

/** Writes what a locked edit has become. */
export async function updateEdit(tx: Tx, accountId: Uuid, edit: EditRecord): Promise<void> {
  await updateMany(tx, 'subscription_edits', [toDbRow(accountId, edit)])
}

export async function findEdit(tx: Tx, { accountId, id }: Key): Promise<EditRecord | null> {
  const { rows } = await sql<EditDbRow>`
    select * from subscription_edits where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toRecord(rows[0])
}

/** `skipLocked`: null as well while another process works on it. */
export async function lockEdit(
  tx: Tx,
  { accountId, id }: Key,
  options: { readonly skipLocked: boolean } = { skipLocked: false },
): Promise<EditRecord | null> {
  const { rows } = await sql<EditDbRow>`
    select * from subscription_edits
     where account_id = ${accountId} and id = ${id}
       for update ${sql.raw(options.skipLocked ? 'skip locked' : '')}`.execute(tx)
  return rows[0] === undefined ? null : toRecord(rows[0])
}

/** Newest first. */
export async function listEdits(
  tx: Tx,
  list: {
    readonly accountId: Uuid
    readonly page: PageRequest
  },
): Promise<Pick<Page<EditRecord>, 'rows' | 'hasMore'>> {
  const found = await readRows<EditDbRow>(tx, {
    ...list,
    select: '*',
    table: 'subscription_edits',
    filters: [],
  })
  return { ...found, rows: found.rows.map(toRecord) }
}

/** The confirmed edit that takes this one back; null when there is none. */
export async function findUndoneBy(tx: Tx, { accountId, id }: Key): Promise<Uuid | null> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from subscription_edits
     where account_id = ${accountId} and undoes_id = ${id} and confirmed_at is not null
     order by id limit 1`.execute(tx)
  return rows[0]?.id ?? null
}

type Found = { readonly accountId: Uuid; readonly id: Uuid }

/** Of one account, so that whoever confirms many keeps nobody out. */
const OF_ONE_MAX = 4

/** Edits that somebody has to go on with: of all accounts the oldest few of each, in turn, or all of one. */
async function findEdits(
  tx: Tx,
  { what, order }: { readonly what: RawBuilder<unknown>; readonly order: RawBuilder<unknown> },
  limit: number,
  accountId: Uuid | null,
): Promise<readonly Found[]> {
  const isOf = accountId === null ? sql`true` : sql`account_id = ${accountId}`
  const { rows } = await sql<Found>`
    select account_id as "accountId", id
      from (select account_id, id, row_number() over (partition by account_id order by ${order}) as place
              from subscription_edits
             where ${what} and ${isOf}) as found
     where place <= ${accountId === null ? OF_ONE_MAX : limit}
     order by place, account_id
     limit ${limit}`.execute(tx)
  return rows
}

/** Confirmed ones that are not done. */
export function findRunningEdits(tx: Tx, limit: number, accountId: Uuid | null = null) {
  const running = { what: sql`status = 'running'`, order: sql`confirmed_at, id` }
  return findEdits(tx, running, limit, accountId)
}

/** Those whose review goes on. */
export function findPreviewingEdits(tx: Tx, limit: number, accountId: Uuid | null = null) {
  const previewing = { what: sql`status = 'previewing'`, order: sql`created_at, id` }
  return findEdits(tx, previewing, limit, accountId)
}

/** Drops a draft that expired before the given instant by its account's clock, with its rows. Returns whether there was one. */
export async function dropStaleDraft(
  tx: Tx,
  given: { readonly realNow: Instant; readonly keptMs: number },
): Promise<boolean> {
  const result = await sql`
    delete from subscription_edits
     where (account_id, id) in (
       select e.account_id, e.id
         from accounts a
         cross join lateral (
           select d.account_id, d.id from subscription_edits d
            where d.account_id = a.id and d.status = 'draft'
              and d.expires_at < coalesce(a.clock_held_at, ${given.realNow}) - make_interval(secs => ${given.keptMs / 1000})
            limit 1) e
        limit 1)`.execute(tx)
  return (result.numAffectedRows ?? 0n) > 0n
}
