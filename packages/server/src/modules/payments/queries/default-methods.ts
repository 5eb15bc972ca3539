import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** The default method of each of these customers that has one. */
export async function findDefaultMethods(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly customerIds: readonly Uuid[] },
): Promise<ReadonlyMap<Uuid, Uuid>> {
  const { rows } = await sql<{ readonly customer_id: Uuid; readonly id: Uuid }>`
    select customer_id, id from payment_methods
     where account_id = ${of.accountId} and customer_id = any(${of.customerIds}::uuid[]) and is_default`.execute(
    tx,
  )
  return new Map(rows.map((row) => [row.customer_id, row.id]))
}

export type DefaultCard = { readonly brand: string | null; readonly last4: string | null }

/** Brand and last digits of the default card of each of these customers that has one. */
export async function findDefaultCards(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly customerIds: readonly Uuid[] },
): Promise<ReadonlyMap<Uuid, DefaultCard>> {
  const { rows } = await sql<DefaultCard & { readonly customer_id: Uuid }>`
    select customer_id, card_brand as brand, card_last4 as last4 from payment_methods
     where account_id = ${of.accountId} and customer_id = any(${of.customerIds}::uuid[]) and is_default
       and type = 'card'`.execute(tx)
  return new Map(rows.map(({ customer_id: id, brand, last4 }) => [id, { brand, last4 }]))
}
