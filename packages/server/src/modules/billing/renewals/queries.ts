import type { RenewalKind, RenewalStatus } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { readRows, type PageRequest } from '../../../platform/lists/index.ts'

type RenewalRow = {
  readonly id: Uuid
  readonly subscription_id: Uuid
  readonly cycle: number
  readonly kind: RenewalKind
  readonly status: RenewalStatus
  readonly renewal_at: Instant
  readonly period_start: Instant
  readonly period_end: Instant
  readonly amount_minor: bigint
  readonly currency: string
  readonly invoice_id: Uuid | null
  readonly created_at: Instant
}

/** A renewal with what its bill has come to. */
export type SeenRenewal = RenewalRow & Omit<BillRow, 'id'>

const COLUMNS =
  'id, subscription_id, cycle, kind, status, renewal_at, period_start, period_end, amount_minor, currency, invoice_id, created_at'

export type RenewalFilter = {
  readonly subscriptionIds: readonly Uuid[] | null
  readonly status: string | null
}

/** Newest first. A status is looked for among the renewals of some subscriptions only. */
export async function listRenewals(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: RenewalFilter; readonly page: PageRequest },
): Promise<{ readonly rows: readonly SeenRenewal[]; readonly hasMore: boolean }> {
  const { accountId, filter, page } = list
  const { subscriptionIds, status } = filter
  const filters = [
    ...(subscriptionIds === null ? [] : [sql`subscription_id = any(${subscriptionIds}::uuid[])`]),
    ...(status === null ? [] : [sql`status = ${status}`]),
  ]
  const read = { select: COLUMNS, table: 'renewals', accountId, filters, page }
  const found = await readRows<RenewalRow>(tx, read)
  return { ...found, rows: await withBills(tx, accountId, found.rows) }
}

export async function findSeenRenewal(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<SeenRenewal | null> {
  const { rows } = await sql<RenewalRow>`
    select ${sql.raw(COLUMNS)} from renewals
     where account_id = ${accountId} and id = ${id}`.execute(tx)
  const [seen] = await withBills(tx, accountId, rows)
  return seen ?? null
}

type BillRow = {
  readonly id: Uuid
  readonly paid_minor: bigint
  readonly refunded_minor: bigint
  readonly credit_minor: bigint
  readonly owed_minor: bigint
  readonly discount_minor: bigint
  readonly tax_minor: bigint
  /** Null where nothing is shipped. */
  readonly shipping_minor: bigint | null
  /** Whether a rate was found for what is shipped. */
  readonly has_shipping_rate: boolean
  readonly recovery_case_id: Uuid | null
  readonly attempts: number
}

async function withBills(
  tx: Tx,
  accountId: Uuid,
  renewals: readonly RenewalRow[],
): Promise<SeenRenewal[]> {
  const ids = renewals.flatMap(({ invoice_id: id }) => id ?? [])
  const { rows } = await sql<BillRow>`
    select i.id, i.paid_minor, i.refunded_minor, i.credit_applied_minor as credit_minor,
           case when i.status in ('draft', 'void', 'uncollectible') then 0
                else i.total_minor - i.paid_minor end as owed_minor,
           i.discount_minor, i.tax_minor, s.amount_minor as shipping_minor,
           s.source_id is not null or s.amount_minor > 0 as has_shipping_rate, c.id as recovery_case_id,
           (select count(*)::int from payment_attempts p
             where p.account_id = i.account_id and p.invoice_id = i.id) as attempts
      from invoices i
      left join recovery_cases c on c.account_id = i.account_id and c.invoice_id = i.id
      left join lateral (
        select amount_minor, source_id from invoice_lines
         where account_id = ${accountId} and invoice_id = i.id and kind = 'shipping'
         limit 1) s on true
     where i.account_id = ${accountId} and i.id = any(${ids}::uuid[])`.execute(tx)
  const billOf = new Map(rows.map(({ id, ...bill }) => [id, bill]))
  return renewals.map((renewal) => ({
    ...renewal,
    ...(renewal.invoice_id === null ? NO_BILL : (billOf.get(renewal.invoice_id) ?? NO_BILL)),
  }))
}

const NO_BILL = {
  paid_minor: 0n,
  refunded_minor: 0n,
  credit_minor: 0n,
  owed_minor: 0n,
  discount_minor: 0n,
  tax_minor: 0n,
  shipping_minor: null,
  has_shipping_rate: false,
  recovery_case_id: null,
  attempts: 0,
}

export type RenewalPayment = {
  readonly id: Uuid
  readonly type: string
  readonly status: string
  readonly amount_minor: bigint
  readonly gateway_id: Uuid | null
}

/** Payments shown with one renewal at most. */
const PAYMENTS_MAX = 100

/** What moved for the bill of a renewal, oldest first. */
export async function listPayments(
  tx: Tx,
  accountId: Uuid,
  invoiceId: Uuid,
): Promise<RenewalPayment[]> {
  const { rows } = await sql<RenewalPayment>`
    select id, type, status, amount_minor, gateway_id from transactions
     where account_id = ${accountId} and invoice_id = ${invoiceId}
     order by id
     limit ${PAYMENTS_MAX}`.execute(tx)
  return rows
}

/** Subscriptions of one customer that are looked at. */
const SUBSCRIPTIONS_MAX = 1_000

export async function listSubscriptionIdsOf(
  tx: Tx,
  accountId: Uuid,
  customerId: Uuid,
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from subscriptions
     where account_id = ${accountId} and customer_id = ${customerId}
     order by id desc
     limit ${SUBSCRIPTIONS_MAX}`.execute(tx)
  return rows.map(({ id }) => id)
}
