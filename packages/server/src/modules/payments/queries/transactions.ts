import type { Uuid } from '@perennial/core/ids'
import type { Transaction } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../../platform/db/index.ts'
import { readRows, type Page, type PageRequest } from '../../../platform/lists/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { toTransactionRow, type TransactionRow } from '../rows.ts'

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

export async function listTransactions(
  tx: Tx,
  accountId: Uuid,
  filter: TransactionFilter,
  page: PageRequest,
): Promise<Pick<Page<TransactionRow>, 'rows' | 'hasMore'>> {
  const filters = [
    ...(filter.type === null ? [] : [sql`type = ${filter.type}`]),
    ...(filter.status === null ? [] : [sql`status = ${filter.status}`]),
    ...(filter.customerId === null ? [] : [sql`customer_id = ${filter.customerId}`]),
    ...(filter.invoiceId === null ? [] : [sql`invoice_id = ${filter.invoiceId}`]),
    ...(filter.createdFrom === null ? [] : [sql`created_at >= ${filter.createdFrom}`]),
    ...(filter.createdTo === null ? [] : [sql`created_at <= ${filter.createdTo}`]),
  ]
  return readRows<TransactionRow>(tx, {
    select: '*',
    table: 'transactions',
    accountId,
    filters,
    page,
  })
}
