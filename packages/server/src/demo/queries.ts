import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../platform/db/index.ts'

/**
 * Puts the clock of a sandbox back, the only way in which one ever goes back: nothing may have happened in the account
 * yet. False when something has, or when its clock was moved before.
 */
export async function turnClockBack(tx: Tx, accountId: Uuid, at: Instant): Promise<boolean> {
  const result = await sql`
    update accounts a set clock_held_at = ${at}
     where a.id = ${accountId} and a.environment = 'sandbox' and a.clock_held_at is null
       and not exists (select from events e where e.account_id = a.id)`.execute(tx)
  return result.numAffectedRows === 1n
}

/** What is on sale already, by the merchant's own names: a demo that was interrupted goes on with it. */
export async function findCatalogueIds(
  tx: Tx,
  accountId: Uuid,
): Promise<{ readonly products: Map<string, Uuid>; readonly prices: Map<string, Uuid> }> {
  const products = await sql<{ readonly name: string; readonly id: Uuid }>`
    select reference as name, id from products where account_id = ${accountId} limit 1000`.execute(
    tx,
  )
  const prices = await sql<{ readonly name: string; readonly id: Uuid }>`
    select lookup_key as name, id from prices
     where account_id = ${accountId} and lookup_key is not null limit 1000`.execute(tx)
  const byName = (rows: readonly { readonly name: string; readonly id: Uuid }[]) =>
    new Map(rows.map(({ name, id }) => [name, id]))
  return { products: byName(products.rows), prices: byName(prices.rows) }
}

/** Who has subscribed already, by e-mail address: a demo that was interrupted goes on with them. */
export async function findSubscriptionIds(tx: Tx, accountId: Uuid): Promise<Map<string, Uuid>> {
  const { rows } = await sql<{ readonly email: string; readonly id: Uuid }>`
    select c.email, s.id
      from customers c
      join subscriptions s on s.account_id = ${accountId} and s.customer_id = c.id
     where c.account_id = ${accountId}
     limit 1000`.execute(tx)
  return new Map(rows.map(({ email, id }) => [email, id]))
}

/**
 * Lets PostgreSQL see how much has been written: until it is told, it plans for the empty tables of a minute ago. In a
 * service that runs, autovacuum tells it.
 */
export async function analyzeTables(tx: Tx): Promise<void> {
  await sql`analyze`.execute(tx)
}
