import type { Uuid } from '@perennial/core/ids'
import type { Transaction } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, lockRows, rowsOf, updateMany, type Tx } from '../../../platform/db/index.ts'
import {
  readChoices,
  readRows,
  readWindow,
  windowFilters,
  type Page,
  type PageRequest,
} from '../../../platform/lists/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { toTransaction, toTransactionRow, type TransactionRow } from '../rows.ts'
import { TRANSACTION_STATUSES, TRANSACTION_TYPES } from '../transactions/schemas.ts'

export async function insertTransactions(
  tx: Tx,
  accountId: Uuid,
  transactions: readonly Transaction[],
): Promise<void> {
  await insertMany(
    tx,
    'transactions',
    rowsOf(transactions, (transaction) => toTransactionRow(accountId, transaction)),
  )
}

/** The money of these has come back: they count no more. */
export async function voidTransactions(
  tx: Tx,
  accountId: Uuid,
  voided: readonly { readonly id: Uuid; readonly at: Instant }[],
): Promise<void> {
  const rows = voided.map(({ id, at }) => ({
    account_id: accountId,
    id,
    status: 'voided' as const,
    updated_at: at,
  }))
  await updateMany(tx, 'transactions', rows)
}

/** Payments that were called off, and stand again. */
export async function restoreTransactions(
  tx: Tx,
  accountId: Uuid,
  restored: readonly { readonly id: Uuid; readonly at: Instant }[],
): Promise<void> {
  const rows = restored.map(({ id, at }) => ({
    account_id: accountId,
    id,
    status: 'succeeded' as const,
    updated_at: at,
  }))
  await updateMany(tx, 'transactions', rows)
}

/** Sales that were booked as refused, and have gone through. They keep the day on which they were tried. */
export async function succeedTransactions(
  tx: Tx,
  accountId: Uuid,
  sales: readonly Transaction[],
): Promise<void> {
  const rows = sales.map(({ id, gatewayReference, createdAt }) => ({
    account_id: accountId,
    id,
    status: 'succeeded' as const,
    gateway_reference: gatewayReference,
    response_code: null,
    response_text: null,
    updated_at: createdAt,
  }))
  await updateMany(tx, 'transactions', rows)
}

/** The sale that an attempt has left, whatever came of it. */
export async function findSaleOfAttempt(
  tx: Tx,
  accountId: Uuid,
  attemptId: Uuid,
): Promise<Transaction | null> {
  const { rows } = await sql<TransactionRow>`
    select * from transactions where account_id = ${accountId} and attempt_id = ${attemptId}`.execute(
    tx,
  )
  return rows[0] === undefined ? null : toTransaction(rows[0])
}

/** The sale that a gateway names by its own reference. A capture may share it with its authorisation: the money counts. */
export async function findSaleOf(
  tx: Tx,
  charge: { readonly accountId: Uuid; readonly gatewayId: Uuid; readonly reference: string },
): Promise<Transaction | null> {
  const { rows } = await sql<TransactionRow>`
    select * from transactions
     where account_id = ${charge.accountId} and gateway_id = ${charge.gatewayId}
       and gateway_reference = ${charge.reference} and type = 'sale' and status <> 'failed'
     order by id
     limit 1`.execute(tx)
  return rows[0] === undefined ? null : toTransaction(rows[0])
}

/** In the order of their ids, kept from being given back by two at once. */
export async function lockTransactions(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<Transaction[]> {
  return (await lockRows(tx, 'transactions', { accountId, ids })).map(toTransaction)
}

/** What banks have taken back of this sale, oldest first; one that is voided was given again. */
export async function listReturns(tx: Tx, accountId: Uuid, saleId: Uuid): Promise<Transaction[]> {
  const { rows } = await sql<TransactionRow>`
    select * from transactions
     where account_id = ${accountId} and parent_transaction_id = ${saleId} and type = 'adjustment'
     order by id`.execute(tx)
  return rows.map(toTransaction)
}

/** What a merchant writes beside a transaction; the money on it never changes. */
export async function noteTransaction(
  tx: Tx,
  note: { readonly accountId: Uuid; readonly id: Uuid; readonly metadata: JsonObject },
): Promise<void> {
  const { accountId, id, metadata } = note
  await updateMany(tx, 'transactions', [{ account_id: accountId, id, metadata }])
}

export async function findTransaction(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<TransactionRow | null> {
  const { rows } = await sql<TransactionRow>`
    select * from transactions where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] ?? null
}

export type TransactionFilter = {
  readonly type: string | null
  readonly status: string | null
  readonly customerId: Uuid | null
  readonly invoiceId: Uuid | null
  readonly createdFrom: Instant | null
  readonly createdTo: Instant | null
}

/**
 * Newest first. A customer's or an invoice's are few; a window of time is read in its order; types and statuses are read
 * as one short list each.
 */
export async function listTransactions(
  tx: Tx,
  accountId: Uuid,
  filter: TransactionFilter,
  page: PageRequest,
): Promise<Pick<Page<TransactionRow>, 'rows' | 'hasMore'>> {
  const { type, status, customerId, invoiceId } = filter
  const base = { select: '*', table: 'transactions', accountId, page } as const
  const window = { column: 'created_at', from: filter.createdFrom, to: filter.createdTo }
  const owner = [
    ...(customerId === null ? [] : [sql`customer_id = ${customerId}`]),
    ...(invoiceId === null ? [] : [sql`invoice_id = ${invoiceId}`]),
  ]
  const kind = [
    ...(type === null ? [] : [sql`type = ${type}`]),
    ...(status === null ? [] : [sql`status = ${status}`]),
  ]
  if (owner.length > 0)
    return readRows(tx, { ...base, filters: [...owner, ...kind, ...windowFilters(window)] })
  if (window.from !== null || window.to !== null)
    return readWindow(tx, { ...base, filters: kind, window })
  if (kind.length === 0) return readRows(tx, { ...base, filters: [] })
  const types = type === null ? TRANSACTION_TYPES : [type]
  const statuses = status === null ? TRANSACTION_STATUSES : [status]
  const combinations = types.flatMap((each) => statuses.map((other) => [each, other]))
  const choices = { columns: ['type', 'status'], combinations }
  return readChoices(tx, { ...base, filters: [], choices })
}
