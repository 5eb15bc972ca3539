import type { RenewalKind, RenewalStatus } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { InvoiceStatus } from '@perennial/core/invoices'
import type { Currency } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { IdBounds } from '../../../platform/lists/index.ts'
import type { Window } from '../wire/fields.ts'

/** A renewal with what its bill has come to. */
export type FaceRenewal = {
  readonly id: Uuid
  readonly subscriptionId: Uuid
  readonly customerId: Uuid
  readonly productId: Uuid | null
  readonly kind: RenewalKind
  readonly status: RenewalStatus
  readonly renewalAt: Instant
  readonly createdAt: Instant
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly invoiceId: Uuid | null
  readonly grossMinor: bigint
  readonly discountMinor: bigint
  readonly taxMinor: bigint
  readonly refundedMinor: bigint
  readonly paidMinor: bigint
  /** Null where nothing is shipped. */
  readonly shippingMinor: bigint | null
  readonly hasShippingRate: boolean
  readonly shipmentId: Uuid | null
  readonly salvageId: Uuid | null
  /** Of discounts that its bill was reduced by. */
  readonly discountIds: readonly Uuid[]
  readonly disputeIds: readonly Uuid[]
  readonly metadata: Readonly<Record<string, unknown>>
  /** Why its route went no further. */
  readonly stopCode: string | null
}

export async function readRenewals(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<FaceRenewal[]> {
  const { rows } = await sql<FaceRenewal>`
    select r.id, r.subscription_id as "subscriptionId", s.customer_id as "customerId", s.product_id as "productId",
           r.kind, r.status, r.renewal_at as "renewalAt", r.created_at as "createdAt",
           r.amount_minor as "amountMinor", r.currency, r.invoice_id as "invoiceId",
           coalesce(i.subtotal_minor + i.tax_minor, r.amount_minor) as "grossMinor",
           coalesce(i.discount_minor, 0) as "discountMinor", coalesce(i.tax_minor, 0) as "taxMinor",
           coalesce(i.refunded_minor, 0) as "refundedMinor", coalesce(i.paid_minor, 0) as "paidMinor",
           l.amount_minor as "shippingMinor", l.source_id is not null as "hasShippingRate", h.id as "shipmentId",
           c.id as "salvageId",
           array(select d.discount_id from discount_redemptions d
                  where d.account_id = r.account_id and d.invoice_id = r.invoice_id and d.status <> 'released'
                  order by d.id) as "discountIds",
           array(select d.id from transactions t
                   join disputes d on d.account_id = t.account_id and d.payment_id = t.id
                  where t.account_id = r.account_id and t.invoice_id = r.invoice_id
                  order by d.id) as "disputeIds",
           coalesce(i.metadata, '{}') as metadata,
           (select d.stop_code from routing_decisions d
             where d.account_id = r.account_id and d.invoice_id = r.invoice_id and d.kind = 'stop'
             order by d.id desc limit 1) as "stopCode"
      from renewals r
      join subscriptions s on s.account_id = r.account_id and s.id = r.subscription_id
      left join invoices i on i.account_id = r.account_id and i.id = r.invoice_id
      left join lateral (
        select amount_minor, source_id from invoice_lines
         where account_id = r.account_id and invoice_id = r.invoice_id and kind = 'shipping'
         limit 1) l on true
      left join shipments h on h.account_id = r.account_id and h.invoice_id = r.invoice_id
      left join recovery_cases c on c.account_id = r.account_id and c.invoice_id = r.invoice_id
     where r.account_id = ${accountId} and r.id = any(${ids}::uuid[]) and r.kind in ('automatic', 'manual')`.execute(
    tx,
  )
  return rows
}

/** The latest of each subscription, oldest first. */
export async function listRenewalIdsOf(
  tx: Tx,
  accountId: Uuid,
  of: { readonly subscriptionIds: readonly Uuid[]; readonly limitEach: number },
): Promise<readonly { readonly subscriptionId: Uuid; readonly id: Uuid }[]> {
  const { rows } = await sql<{ readonly subscriptionId: Uuid; readonly id: Uuid }>`
    select w.id as "subscriptionId", r.id
      from unnest(${of.subscriptionIds}::uuid[]) as w (id)
      cross join lateral (
        select id, renewal_at from renewals
         where account_id = ${accountId} and subscription_id = w.id and kind in ('automatic', 'manual')
         order by renewal_at desc limit ${of.limitEach}) r
     order by w.id, r.renewal_at`.execute(tx)
  return rows
}

/** The bills of the renewals of subscriptions, which salvage transactions are of, too. */
export async function listRenewalBillsOf(
  tx: Tx,
  accountId: Uuid,
  of: { readonly subscriptionIds: readonly Uuid[]; readonly limit: number },
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select invoice_id as id from renewals
     where account_id = ${accountId} and subscription_id = any(${of.subscriptionIds}::uuid[])
       and invoice_id is not null and kind in ('automatic', 'manual')
     limit ${of.limit}`.execute(tx)
  return rows.map(({ id }) => id)
}

export type RenewalFilter = {
  readonly subscriptionIds: readonly Uuid[]
  readonly statuses: readonly string[]
  readonly currencies: readonly string[]
}

/** Of a renewal whose bill is open still, or was given up; a bill that is void has a renewal that is void. */
const UNPAID: readonly string[] = ['processing', 'partially_paid', 'overdue']
const UNPAID_BILLS: readonly InvoiceStatus[] = [
  'draft',
  'pending_approval',
  'finalized',
  'approved',
  'sent',
  'partially_paid',
  'overdue',
  'uncollectible',
]
const REFUNDED: readonly string[] = ['partially_refunded', 'refunded']

type RenewalList = {
  readonly filter: RenewalFilter
  readonly window: Window
  readonly bounds: IdBounds
}

/**
 * Newest first; one more than asked for tells that there is more. First bills and ends of trials are none. Nearly all are
 * paid: without those, the few others are read by way of their bills, as renewals have no index of their statuses to write.
 */
export async function listRenewalIds(tx: Tx, accountId: Uuid, list: RenewalList): Promise<Uuid[]> {
  const { subscriptionIds, statuses } = list.filter
  const areFew = statuses.every((each) => UNPAID.includes(each) || REFUNDED.includes(each))
  if (areFew && statuses.length > 0 && subscriptionIds.length === 0)
    return listByBills(tx, accountId, list)
  const { window, bounds } = list
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from renewals
     where account_id = ${accountId} and ${isListed(list)} and id between ${bounds.first} and ${bounds.last}
     order by id desc
     limit ${window.limit + 1} offset ${window.offset}`.execute(tx)
  return rows.map(({ id }) => id)
}

/** In the order of their bills, which are made with them. A bill that went back in part and was returned then is both: told once. */
async function listByBills(tx: Tx, accountId: Uuid, list: RenewalList): Promise<Uuid[]> {
  const { filter, window, bounds } = list
  const { statuses } = filter
  const most = window.offset + window.limit + 1
  const bills = statuses.some((each) => UNPAID.includes(each)) ? UNPAID_BILLS : []
  const isRefunded = statuses.some((each) => REFUNDED.includes(each))
  const billed = sql`
    select r.id, i.id as bill_id
      from invoices i
     cross join lateral (
       select id from renewals
        where account_id = ${accountId} and invoice_id = i.id and ${isListed(list)} limit 1) as r
     where i.account_id = ${accountId} and i.id between ${bounds.first} and ${bounds.last}`
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id
      from (select one.* from unnest(${bills}::text[]) as wanted (status)
             cross join lateral (
               ${billed} and i.status between wanted.status and wanted.status
                order by i.status desc, i.id desc limit ${most}) as one
            union
            (${billed} and i.refunded_minor > 0 and ${isRefunded}::boolean
              order by i.id desc limit ${most})) as found
     order by bill_id desc
     limit ${window.limit + 1} offset ${window.offset}`.execute(tx)
  return rows.map(({ id }) => id)
}

function isListed({ filter, window }: RenewalList): RawBuilder<unknown> {
  const { subscriptionIds, statuses, currencies } = filter
  const filters = [
    subscriptionIds.length === 0 ? [] : [sql`subscription_id = any(${subscriptionIds}::uuid[])`],
    statuses.length === 0 ? [] : [sql`status = any(${statuses}::text[])`],
    currencies.length === 0 ? [] : [sql`currency = any(${currencies}::text[])`],
  ].flat()
  const isWithin = sql`created_at >= ${window.from} and created_at <= ${window.until}`
  return sql.join([isWithin, sql`kind in ('automatic', 'manual')`, ...filters], sql` and `)
}
