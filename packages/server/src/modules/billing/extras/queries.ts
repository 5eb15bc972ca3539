import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { DiscountColumns } from '../../discounts/index.ts'

/** Shipping profiles that are looked at for renewals whose profile names none. */
const OFFERED_MAX = 200

export type WantedExtras = {
  /** Which subscription bears which discount. */
  readonly borne: readonly { readonly subscriptionId: Uuid; readonly discountId: Uuid }[]
  readonly taxRateIds: readonly Uuid[]
  /** Of subscriptions that something is shipped for. */
  readonly ships: boolean
  readonly profileIds: readonly Uuid[]
  readonly productIds: readonly Uuid[]
}

/** A row of the one statement: what it is, whose, and its columns as JSON. */
export type ExtraRow =
  | {
      readonly kind: 'discount'
      readonly id: Uuid
      readonly other_id: null
      readonly body: StoredDiscount
    }
  | { readonly kind: 'use'; readonly id: Uuid; readonly other_id: Uuid; readonly body: number }
  | {
      readonly kind: 'tax_rate'
      readonly id: Uuid
      readonly other_id: null
      readonly body: {
        readonly id: Uuid
        readonly display_name: string
        readonly rate_ppm: number
        readonly is_inclusive: boolean
      }
    }
  /** `own` is by subscription profile. */
  | {
      readonly kind: 'own' | 'offered'
      readonly id: Uuid
      readonly other_id: null
      readonly body: {
        readonly id: Uuid
        readonly name: string
        readonly currency: string
        readonly rates: unknown
      }
    }
  | { readonly kind: 'group'; readonly id: Uuid; readonly other_id: null; readonly body: string }

/** Instants come as text and amounts as numbers: the row went through JSON. */
export type StoredDiscount = Omit<DiscountColumns, 'value' | 'valid_from' | 'valid_until'> & {
  readonly value: number
  readonly valid_from: string | null
  readonly valid_until: string | null
  readonly uses_reserved: number
  readonly redemptions: number
}

/**
 * Everything that bills of these subscriptions carry besides their items, in one statement. Discounts whose uses are
 * limited stay locked until the bills are written, in the order of their ids, so that two batches share them rightly.
 */
export async function readExtras(
  tx: Tx,
  accountId: Uuid,
  wanted: WantedExtras,
): Promise<readonly ExtraRow[]> {
  const { borne, taxRateIds, ships, profileIds, productIds } = wanted
  const subscriptionIds = borne.map(({ subscriptionId }) => subscriptionId)
  const discountIds = borne.map(({ discountId }) => discountId)
  const isBorne = sql`account_id = ${accountId} and id = any(${[...new Set(discountIds)]}::uuid[])`
  const isLimited = sql`(max_redemptions is not null or max_redemptions_per_user > 0)`
  const { rows } = await sql<ExtraRow>`
    with limited as materialized (
           select * from discounts where ${isBorne} and ${isLimited} order by id for update),
         borne as (
           select * from limited
           union all
           select * from discounts where ${isBorne} and not ${isLimited})
    select 'discount' as kind, b.id, null::uuid as other_id, to_jsonb(b) as body from borne b
    union all
    select 'use', w.subscription_id, w.discount_id, to_jsonb(u.uses_made)
      from unnest(${subscriptionIds}::uuid[], ${discountIds}::uuid[]) as w (subscription_id, discount_id)
      join subscription_discounts u
        on u.account_id = ${accountId} and u.subscription_id = w.subscription_id and u.discount_id = w.discount_id
    union all
    select 'tax_rate', t.id, null, to_jsonb(t) from tax_rates t
     where t.account_id = ${accountId} and t.id = any(${taxRateIds}::uuid[]) and t.status = 'active'
    union all
    select 'own', p.id, null, to_jsonb(s)
      from subscription_profiles p
      join shipping_profiles s on s.account_id = ${accountId} and s.id = p.shipping_profile_id
     where p.account_id = ${accountId} and p.id = any(${profileIds}::uuid[]) and s.status <> 'archived'
    union all
    select 'offered', s.id, null, to_jsonb(s)
      from (select * from shipping_profiles
             where account_id = ${accountId} and status = 'active' and ${ships}
             order by account_id, status, id
             limit ${OFFERED_MAX}) s
    union all
    select 'group', id, null, to_jsonb(product_group) from products
     where account_id = ${accountId} and id = any(${productIds}::uuid[]) and product_group is not null`.execute(
    tx,
  )
  return rows
}

/** Whether a customer has paid anything yet. */
export async function hasPaidBefore(tx: Tx, accountId: Uuid, customerId: Uuid): Promise<boolean> {
  const { rows } = await sql<{ readonly found: boolean }>`
    select exists (select from invoices
                    where account_id = ${accountId} and customer_id = ${customerId} and paid_minor > 0) as found`.execute(
    tx,
  )
  return rows[0]?.found === true
}
