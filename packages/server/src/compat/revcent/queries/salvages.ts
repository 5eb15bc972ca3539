import type { RenewalKind } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { IdBounds } from '../../../platform/lists/index.ts'
import type { Window } from '../wire/fields.ts'

export type SalvageStatus = 'ready' | 'recovered' | 'disabled'

export type FaceSalvage = {
  readonly id: Uuid
  readonly status: SalvageStatus
  readonly kind: RenewalKind | null
  readonly renewalId: Uuid | null
  /** The sale that it is the rest of. */
  readonly saleId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly customerId: Uuid
  readonly invoiceId: Uuid
  /** Where its bill was first tried. */
  readonly gatewayId: Uuid | null
  readonly amountMinor: bigint
  readonly remainingMinor: bigint
  readonly currency: Currency
  readonly attempts: number
  readonly declineCode: string | null
  readonly createdAt: Instant
}

/** A case whose tries are used up is ready still, as `/v2/salvage-transactions` shows it. */
export async function readSalvages(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
): Promise<FaceSalvage[]> {
  const { rows } = await sql<FaceSalvage>`
    select c.id,
           case when c.state = 'recovered' or i.paid_minor >= i.total_minor then 'recovered'
                when c.state = 'canceled' or i.status in ('void', 'uncollectible') then 'disabled'
                else 'ready' end as status,
           r.kind, r.id as "renewalId", s.id as "saleId", c.subscription_id as "subscriptionId", c.customer_id as "customerId",
           c.invoice_id as "invoiceId", p.gateway_id as "gatewayId", c.amount_minor as "amountMinor",
           case when i.status in ('void', 'uncollectible') then 0
                else greatest(i.total_minor - i.paid_minor, 0) end as "remainingMinor",
           c.currency, coalesce(p.attempts, 0) as attempts, c.last_decline_code as "declineCode",
           c.opened_at as "createdAt"
      from recovery_cases c
      join invoices i on i.account_id = c.account_id and i.id = c.invoice_id
      left join renewals r on r.account_id = c.account_id and r.invoice_id = c.invoice_id
      left join sales s on s.account_id = c.account_id and s.invoice_id = c.invoice_id
      left join lateral (
        select (array_agg(gateway_id order by id))[1] as gateway_id, count(*)::int as attempts
          from payment_attempts where account_id = c.account_id and invoice_id = c.invoice_id) p on true
     where c.account_id = ${accountId} and c.id = any(${ids}::uuid[])`.execute(tx)
  return rows
}

/** Newest first; one more than asked for tells that there is more. */
export async function listSalvageIds(
  tx: Tx,
  accountId: Uuid,
  of: {
    readonly filter: { readonly customerIds: readonly Uuid[] }
    readonly window: Window
    readonly bounds: IdBounds
  },
): Promise<Uuid[]> {
  const { filter, window, bounds } = of
  const filters =
    filter.customerIds.length === 0 ? [] : [sql`customer_id = any(${filter.customerIds}::uuid[])`]
  const where = sql.join([sql`account_id = ${accountId}`, ...filters], sql` and `)
  const { rows } = await sql<{ readonly id: Uuid }>`
    select id from recovery_cases
     where ${where} and id between ${bounds.first} and ${bounds.last}
       and opened_at >= ${window.from} and opened_at <= ${window.until}
     order by id desc
     limit ${window.limit + 1} offset ${window.offset}`.execute(tx)
  return rows.map(({ id }) => id)
}
