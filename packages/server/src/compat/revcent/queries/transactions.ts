import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { Window } from '../wire/fields.ts'

/** One attempt at one gateway. */
export type FaceTransaction = {
  readonly id: Uuid
  readonly customerId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly invoiceId: Uuid | null
  readonly renewalId: Uuid | null
  readonly cardId: Uuid | null
  readonly gatewayId: Uuid | null
  readonly status: string
  readonly amountMinor: bigint
  readonly refundedMinor: bigint
  readonly currency: Currency
  readonly gatewayReference: string | null
  readonly responseCode: string | null
  readonly responseText: string | null
  readonly createdAt: Instant
}

const FROM = sql`
  select t.id, t.customer_id as "customerId", t.subscription_id as "subscriptionId", t.invoice_id as "invoiceId",
         r.id as "renewalId", a.payment_method_id as "cardId", t.gateway_id as "gatewayId", t.status,
         t.amount_minor as "amountMinor", t.refunded_minor as "refundedMinor", t.currency,
         t.gateway_reference as "gatewayReference", t.response_code as "responseCode",
         t.response_text as "responseText", t.created_at as "createdAt"
    from transactions t
    left join renewals r on r.account_id = t.account_id and r.invoice_id = t.invoice_id
      and r.kind in ('automatic', 'manual')
    left join payment_attempts a on a.account_id = t.account_id and a.id = t.attempt_id`

export async function readTransactions(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<FaceTransaction[]> {
  const { rows } = await sql<FaceTransaction>`
    ${FROM} where t.account_id = ${accountId} and t.id = any(${ids}::uuid[])`.execute(tx)
  return rows
}

/** Attempts on many bills, each bill's oldest first. */
export async function readTransactionsOf(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<FaceTransaction[]> {
  const { rows } = await sql<FaceTransaction>`
    ${FROM} where t.account_id = ${accountId} and t.invoice_id = any(${invoiceIds}::uuid[]) and t.type = 'sale'
     order by t.invoice_id, t.id`.execute(tx)
  return rows
}

/** Newest first; one more than asked for tells that there is more. */
export async function listTransactionIds(
  tx: Tx,
  accountId: Uuid,
  of: {
    readonly filter: {
      readonly customerIds: readonly Uuid[]
      readonly currencies: readonly string[]
    }
    readonly window: Window
  },
): Promise<Uuid[]> {
  const { filter, window } = of
  const filters = [
    filter.customerIds.length === 0 ? [] : [sql`customer_id = any(${filter.customerIds}::uuid[])`],
    filter.currencies.length === 0 ? [] : [sql`currency = any(${filter.currencies}::text[])`],
  ].flat()
  const where = sql.join([sql`account_id = ${accountId}`, ...filters], sql` and `)
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from transactions
     where ${where} and created_at >= ${window.from} and created_at <= ${window.until} and type = 'sale'
     order by created_at desc, id desc
     limit ${window.limit + 1} offset ${window.offset}`.execute(tx)
  return rows.map(({ id }) => id)
}

export type FaceRefund = {
  readonly id: Uuid
  readonly invoiceId: Uuid
  readonly amountMinor: bigint
  readonly status: string
  readonly sendAt: Instant | null
  readonly createdAt: Instant
}

/** Refunds of bills, oldest first; those that have not reached their gateway are pending. */
export async function readRefunds(
  tx: Tx,
  accountId: Uuid,
  invoiceIds: readonly Uuid[],
): Promise<FaceRefund[]> {
  const { rows } = await sql<FaceRefund>`
    select id, invoice_id as "invoiceId", amount_minor as "amountMinor", status, send_at as "sendAt",
           created_at as "createdAt"
      from refunds
     where account_id = ${accountId} and invoice_id = any(${invoiceIds}::uuid[])
     order by invoice_id, id`.execute(tx)
  return rows
}
