import type { Uuid } from '@perennial/core/ids'
import type { PaymentIntent } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, lockRows, updateMany, type Tx } from '../../../platform/db/index.ts'
import {
  readChoices,
  readRows,
  readWindow,
  windowFilters,
  type Page,
  type PageRequest,
} from '../../../platform/lists/index.ts'
import { toIntent, toIntentRow, toIntentUpdate, type IntentRow } from '../rows.ts'

export async function insertIntents(
  tx: Tx,
  accountId: Uuid,
  intents: readonly PaymentIntent[],
): Promise<void> {
  await insertMany(
    tx,
    'payment_intents',
    intents.map((intent) => toIntentRow(accountId, intent)),
  )
}

export async function updateIntents(
  tx: Tx,
  accountId: Uuid,
  intents: readonly PaymentIntent[],
): Promise<void> {
  await updateMany(
    tx,
    'payment_intents',
    intents.map((intent) => toIntentUpdate(accountId, intent)),
  )
}

/** What an intent says of the statement of whoever pays it. */
export type IntentStatement = {
  readonly id: Uuid
  readonly descriptor: string | null
  readonly suffix: string | null
}

export async function listIntentStatements(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<IntentStatement[]> {
  const { rows } = await sql<IntentStatement>`
    select id, statement_descriptor as descriptor, statement_descriptor_suffix as suffix
      from payment_intents
     where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(tx)
  return rows
}

/** What was said of the receipt of a payment intent: an address for it, or that there be none. */
export type ReceiptWish =
  | { readonly kind: 'to'; readonly email: string }
  | { readonly kind: 'none' }

/** By the id of the payment intent; absent where the account's settings decide. */
export async function listReceiptWishes(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, ReceiptWish>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ readonly id: Uuid; readonly receipt_email: string | null }>`
    select id, receipt_email
      from payment_intents
     where account_id = ${accountId} and id = any(${ids}::uuid[])
       and (receipt_email is not null or is_without_receipt)`.execute(tx)
  return new Map(
    rows.map(({ id, receipt_email: email }) => [
      id,
      email === null ? { kind: 'none' } : { kind: 'to', email },
    ]),
  )
}

/** No receipt of this payment intent, whatever the account's settings say. */
export async function forgoReceipt(
  tx: Tx,
  intent: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<void> {
  await sql`
    update payment_intents set is_without_receipt = true
     where account_id = ${intent.accountId} and id = ${intent.id}`.execute(tx)
}

export async function lockIntents(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<PaymentIntent[]> {
  return (await lockRows(tx, 'payment_intents', { accountId, ids })).map(toIntent)
}

export async function findIntent(tx: Tx, accountId: Uuid, id: Uuid): Promise<PaymentIntent | null> {
  const { rows } = await sql<IntentRow>`
    select * from payment_intents where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toIntent(rows[0])
}

export type IntentFilter = {
  readonly customerId: Uuid | null
  readonly status: string | null
  readonly createdFrom: Instant | null
  readonly createdTo: Instant | null
}

/** Newest first: a customer's are few, a window of time is read in its order, a status as a list of its own. */
export async function listIntents(
  tx: Tx,
  accountId: Uuid,
  filter: IntentFilter,
  page: PageRequest,
): Promise<Pick<Page<PaymentIntent>, 'rows' | 'hasMore'>> {
  const found = await readIntents(tx, { accountId, filter, page })
  return { ...found, rows: found.rows.map(toIntent) }
}

async function readIntents(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: IntentFilter; readonly page: PageRequest },
): Promise<Pick<Page<IntentRow>, 'rows' | 'hasMore'>> {
  const { accountId, filter, page } = list
  const { customerId, status } = filter
  const base = { select: '*', table: 'payment_intents', accountId, page } as const
  const window = { column: 'created_at', from: filter.createdFrom, to: filter.createdTo }
  const filters = status === null ? [] : [sql`status = ${status}`]
  if (customerId !== null) {
    const owner = sql`customer_id = ${customerId}`
    return readRows(tx, { ...base, filters: [owner, ...filters, ...windowFilters(window)] })
  }
  if (window.from !== null || window.to !== null)
    return readWindow(tx, { ...base, filters, window })
  if (status === null) return readRows(tx, { ...base, filters: [] })
  const choices = { columns: ['status'], combinations: [[status]] }
  return readChoices(tx, { ...base, filters: [], choices })
}
