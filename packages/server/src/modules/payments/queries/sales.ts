import type { Uuid } from '@perennial/core/ids'
import type { Sale } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { lockRows, updateMany, type Tx } from '../../../platform/db/index.ts'
import { toSale } from '../refunds/rows.ts'
import type { TransactionRow } from '../rows.ts'

/** With what banks have taken of each: chargebacks that stand, and returned debits. */
async function toSales(tx: Tx, accountId: Uuid, sales: readonly TransactionRow[]): Promise<Sale[]> {
  if (sales.length === 0) return []
  const ids = sales.map(({ id }) => id)
  const { rows } = await sql<{ readonly id: Uuid; readonly minor: bigint }>`
    select parent_transaction_id as id, sum(amount_minor)::bigint as minor from transactions
     where account_id = ${accountId} and parent_transaction_id = any(${ids}::uuid[])
       and type in ('adjustment', 'dispute') and status = 'succeeded'
     group by parent_transaction_id`.execute(tx)
  const takenBack = new Map(rows.map(({ id, minor }) => [id, minor]))
  return sales.map((row) => toSale(row, takenBack.get(row.id)))
}

/** A movement as refunds and voids see it. */
export async function findSale(tx: Tx, accountId: Uuid, id: Uuid): Promise<Sale | null> {
  const { rows } = await sql<TransactionRow>`
    select * from transactions where account_id = ${accountId} and id = ${id}`.execute(tx)
  const [sale] = await toSales(tx, accountId, rows)
  return sale ?? null
}

export async function lockSales(tx: Tx, accountId: Uuid, ids: readonly Uuid[]): Promise<Sale[]> {
  return toSales(tx, accountId, await lockRows(tx, 'transactions', { accountId, ids }))
}

/** The succeeded payments of an invoice, newest first, locked in the order of their ids. */
export async function lockSalesOfInvoice(
  tx: Tx,
  accountId: Uuid,
  invoiceId: Uuid,
): Promise<Sale[]> {
  const { rows } = await sql<TransactionRow>`
    select * from transactions
     where account_id = ${accountId} and invoice_id = ${invoiceId} and type = 'sale' and status = 'succeeded'
     order by id
       for update`.execute(tx)
  return (await toSales(tx, accountId, rows)).toReversed()
}

/** The same without a lock, for what is only shown. */
export async function listSalesOfInvoice(
  tx: Tx,
  accountId: Uuid,
  invoiceId: Uuid,
): Promise<Sale[]> {
  const { rows } = await sql<TransactionRow>`
    select * from transactions
     where account_id = ${accountId} and invoice_id = ${invoiceId} and type = 'sale' and status = 'succeeded'
     order by id desc`.execute(tx)
  return toSales(tx, accountId, rows)
}

/** What chargebacks hold of an invoice's payments. */
export async function sumHeldByDisputes(tx: Tx, accountId: Uuid, invoiceId: Uuid): Promise<bigint> {
  const { rows } = await sql<{ readonly minor: bigint }>`
    select coalesce(sum(amount_minor), 0)::bigint as minor from transactions
     where account_id = ${accountId} and invoice_id = ${invoiceId} and type = 'dispute' and status = 'succeeded'`.execute(
    tx,
  )
  return rows[0]?.minor ?? 0n
}

/** The succeeded payment of an intent; it has one at most. */
export async function findSaleOfIntent(
  tx: Tx,
  accountId: Uuid,
  intentId: Uuid,
): Promise<Sale | null> {
  const { rows } = await sql<TransactionRow>`
    select t.* from payment_attempts a
      join transactions t on t.account_id = a.account_id and t.attempt_id = a.id
     where a.account_id = ${accountId} and a.payment_intent_id = ${intentId}
       and t.type = 'sale' and t.status in ('succeeded', 'voided')
     order by t.id desc limit 1`.execute(tx)
  const [sale] = await toSales(tx, accountId, rows)
  return sale ?? null
}

/** How much of each sale refunds give back. */
export async function updateSales(
  tx: Tx,
  accountId: Uuid,
  sales: readonly (Sale & { readonly changedAt: Instant })[],
): Promise<void> {
  await updateMany(
    tx,
    'transactions',
    sales.map(({ id, refundedMinor, refundCount, changedAt }) => ({
      account_id: accountId,
      id,
      refunded_minor: refundedMinor,
      refund_count: refundCount,
      updated_at: changedAt,
    })),
  )
}

/** Movements that had succeeded and did not last. */
export async function failTransactions(
  tx: Tx,
  accountId: Uuid,
  failed: readonly { readonly id: Uuid; readonly at: Instant }[],
): Promise<void> {
  await updateMany(
    tx,
    'transactions',
    failed.map(({ id, at }) => ({
      account_id: accountId,
      id,
      status: 'failed' as const,
      updated_at: at,
    })),
  )
}
