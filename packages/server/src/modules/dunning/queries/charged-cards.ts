import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { DefaultCard } from '../../payments/index.ts'

export type ChargedBill = { readonly subscriptionId: Uuid; readonly invoiceId: Uuid | null }

/**
 * The method that each bill was charged to last, or else the first of its subscription's own, by its place among
 * `bills`; absent where the customer's default is charged. Brand and digits are null for what is no card.
 */
export async function findChargedCards(
  tx: Tx,
  accountId: Uuid,
  bills: readonly ChargedBill[],
): Promise<ReadonlyMap<number, DefaultCard>> {
  if (bills.length === 0) return new Map()
  const { rows } = await sql<DefaultCard & { readonly place: number }>`
    select (b.n - 1)::int as place, m.card_brand as brand, m.card_last4 as last4
      from unnest(${bills.map(({ subscriptionId }) => subscriptionId)}::uuid[],
                  ${bills.map(({ invoiceId }) => invoiceId)}::uuid[])
           with ordinality as b(subscription_id, invoice_id, n)
      left join lateral (
        select a.payment_method_id from payment_attempts a
         where a.account_id = ${accountId} and a.invoice_id = b.invoice_id
         order by a.id desc
         limit 1) as last on true
      left join lateral (
        select sm.payment_method_id from subscription_payment_methods sm
         where sm.account_id = ${accountId} and sm.subscription_id = b.subscription_id
         order by sm.priority
         limit 1) as own on true
      join payment_methods m
        on m.account_id = ${accountId} and m.id = coalesce(last.payment_method_id, own.payment_method_id)`.execute(
    tx,
  )
  return new Map(rows.map(({ place, brand, last4 }) => [place, { brand, last4 }]))
}
