import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
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

/** Keeps the methods of these customers from changing: whoever makes one the default then sees what the one before has. */
export async function lockMethodsOf(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly customerIds: readonly Uuid[] },
): Promise<void> {
  await sql`
    select from payment_methods
     where account_id = ${of.accountId} and customer_id = any(${of.customerIds}::uuid[])
     order by id
       for update`.execute(tx)
}

/** Makes each of these the default of the customer who has it, and of nobody else's: at most one a customer. */
export async function setDefaultMethods(
  tx: Tx,
  of: {
    readonly accountId: Uuid
    readonly customerIds: readonly Uuid[]
    readonly ids: readonly Uuid[]
    readonly at: Instant
  },
): Promise<void> {
  const { accountId, customerIds, ids, at } = of
  // An index allows one a customer, row by row.
  await sql`
    update payment_methods set is_default = false
     where account_id = ${accountId} and customer_id = any(${customerIds}::uuid[]) and is_default`.execute(
    tx,
  )
  await sql`
    update payment_methods set is_default = true, updated_at = ${at}
     where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(tx)
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
