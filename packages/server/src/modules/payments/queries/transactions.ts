import type { Uuid } from '@perennial/core/ids'
import type { Transaction } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../../platform/db/index.ts'
import {
  readChoices,
  readRows,
  readWindow,
  windowFilters,
  type Page,
  type PageRequest,
} from '../../../platform/lists/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { toTransactionRow, type TransactionRow } from '../rows.ts'
import { TRANSACTION_STATUSES, TRANSACTION_TYPES } from '../transactions/schemas.ts'

export async function insertTransactions(
  tx: Tx,
  accountId: Uuid,
  transactions: readonly Transaction[],
): Promise<void> {
  await insertMany(
    tx,
    'transactions',
    transactions.map((transaction) => toTransactionRow(accountId, transaction)),
  )
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
