import type { BulkAction, BulkWarning } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import { type Selectable, sql } from 'kysely'
import { type DB, insertMany, rowsOf, type Tx } from '../../../platform/db/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import type { EditRow, RowResult, ShownRow } from '../edit.ts'
import { NOTHING_SHOWN, type WireStanding } from '../standing-wire.ts'
import { fromStoredAction, toStoredAction } from '../stored-actions.ts'

type EditKey = { readonly accountId: Uuid; readonly editId: Uuid }
type RowDbRow = Selectable<DB['subscription_edit_rows']>

function toRow(row: RowDbRow): EditRow {
  return {
    position: row.position,
    subscriptionId: row.subscription_id,
    segment: row.segment,
    result: row.result as RowResult,
    reason: row.reason,
    version: row.version,
    isNoticeSent: row.notice_sent,
    before: toStanding(row.before),
    after: row.after === null ? null : toStanding(row.after),
    warnings: row.warnings as unknown as readonly BulkWarning[],
    actions: fromStored(row.actions),
    undo: fromStored(row.undo),
    versionAfter: row.version_after,
  }
}

/** Rows that were written before a field was shown have none of it. */
function toStanding(stored: unknown): WireStanding {
  return { ...NOTHING_SHOWN, ...(stored as WireStanding) }
}

function fromStored(stored: unknown): readonly BulkAction[] | null {
  return stored === null ? null : (stored as readonly unknown[]).map(fromStoredAction)
}

const toStored = (actions: readonly BulkAction[] | null) =>
  actions === null ? null : (actions.map(toStoredAction) as unknown as JsonObject)

export async function insertRows(
  tx: Tx,
  { accountId, editId }: EditKey,
  list: readonly EditRow[],
): Promise<void> {
  await insertMany(
    tx,
    'subscription_edit_rows',
    rowsOf(list, (row) => ({
      account_id: accountId,
      edit_id: editId,
      position: row.position,
      subscription_id: row.subscriptionId,
      segment: row.segment,
      result: row.result,
      reason: row.reason,
      version: row.version,
      notice_sent: row.isNoticeSent,
      before: row.before,
      after: row.after,
      warnings: row.warnings as unknown as JsonObject,
      actions: toStored(row.actions),
      undo: toStored(row.undo),
    })),
  )
}

/** The next rows with this result, in order. `after`: behind this position. */
export async function listRowsOf(
  tx: Tx,
  { accountId, editId }: EditKey,
  page: { readonly result: RowResult; readonly after: number; readonly limit: number },
): Promise<EditRow[]> {
  const { rows } = await sql<RowDbRow>`
    select * from subscription_edit_rows
     where account_id = ${accountId} and edit_id = ${editId} and result = ${page.result}
       and position > ${page.after}
     order by position
     limit ${page.limit}`.execute(tx)
  return rows.map(toRow)
}

/** Rows of any result, in order, behind this position. */
export async function listRows(
  tx: Tx,
  { accountId, editId }: EditKey,
  page: { readonly after: number; readonly limit: number },
): Promise<EditRow[]> {
  const { rows } = await sql<RowDbRow>`
    select * from subscription_edit_rows
     where account_id = ${accountId} and edit_id = ${editId} and position > ${page.after}
     order by position
     limit ${page.limit}`.execute(tx)
  return rows.map(toRow)
}

/** A subscription keeps its currency, so that no row has to. */
export async function withCurrencies(
  tx: Tx,
  accountId: Uuid,
  list: readonly EditRow[],
): Promise<ShownRow[]> {
  const ids = list.map((row) => row.subscriptionId)
  const { rows } = await sql<{ readonly id: Uuid; readonly currency: Currency }>`
    select id, currency from subscriptions
     where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(tx)
  const currencyOf = new Map(rows.map(({ id, currency }) => [id, currency]))
  return list.map((row) => {
    const currency = currencyOf.get(row.subscriptionId)
    assert(currency !== undefined, 'the subscription of a row is there')
    return { ...row, currency }
  })
}

/** Where a subscription stands in an edit; null when it is not in it. */
export async function findPosition(
  tx: Tx,
  { accountId, editId }: EditKey,
  subscriptionId: Uuid,
): Promise<number | null> {
  const { rows } = await sql<{ readonly position: number }>`
    select position from subscription_edit_rows
     where account_id = ${accountId} and edit_id = ${editId} and subscription_id = ${subscriptionId}`.execute(
    tx,
  )
  return rows[0]?.position ?? null
}

export type RowOutcome = {
  readonly position: number
  readonly result: Exclude<RowResult, 'planned'>
  readonly reason: string | null
  /** Null where nothing was written. */
  readonly versionAfter: number | null
  /** Of what was written: the state that the row is in now takes back exactly this. */
  readonly undo: readonly BulkAction[] | null
}

/** Writes what came of rows that were planned, in one statement. */
export async function settleRows(
  tx: Tx,
  { accountId, editId }: EditKey,
  outcomes: readonly RowOutcome[],
): Promise<void> {
  await sql`
    update subscription_edit_rows r
       set result = u.result, reason = u.reason, version_after = u.version_after, undo = u.undo
      from unnest(${outcomes.map((one) => one.position)}::int[], ${outcomes.map((one) => one.result)}::text[],
                  ${outcomes.map((one) => one.reason)}::text[], ${outcomes.map((one) => one.versionAfter)}::int[],
                  ${outcomes.map((one) => textOf(one.undo))}::jsonb[])
             as u (position, result, reason, version_after, undo)
     where r.account_id = ${accountId} and r.edit_id = ${editId} and r.position = u.position
       and r.result = 'planned'`.execute(tx)
}

function textOf(actions: readonly BulkAction[] | null): string | null {
  return actions === null ? null : JSON.stringify(actions.map(toStoredAction))
}

/** What nobody will do any more, but for the first `kept` of them; returns how many there were. */
export async function giveUpRows(
  tx: Tx,
  { accountId, editId }: EditKey,
  { reason, kept = 0 }: { readonly reason: string; readonly kept?: number },
): Promise<number> {
  const result = await sql`
    update subscription_edit_rows
       set result = 'unchanged', reason = ${reason}
     where account_id = ${accountId} and edit_id = ${editId} and result = 'planned'
       and position >= (select position from subscription_edit_rows
                         where account_id = ${accountId} and edit_id = ${editId} and result = 'planned'
                         order by position
                         limit 1 offset ${kept})`.execute(tx)
  return Number(result.numAffectedRows ?? 0n)
}
