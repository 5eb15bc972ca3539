import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** Tells recovery that there is another card to charge: only of customers who owe something. */
export async function tellCardNews(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly customerId: Uuid; readonly at: Instant },
): Promise<void> {
  const { customerId, ...rest } = of
  await tellNewsOfCards(tx, { ...rest, customerIds: [customerId] })
}

/** The same of many customers. */
export async function tellNewsOfCards(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly customerIds: readonly Uuid[]; readonly at: Instant },
): Promise<void> {
  const { accountId, customerIds, at } = of
  await sql`
    insert into card_news (account_id, customer_id, told_at)
    select ${accountId}, c.id, ${at}
      from unnest(${customerIds}::uuid[]) as c (id)
     where exists (select from recovery_cases
                    where account_id = ${accountId} and customer_id = c.id and state = 'open')
    on conflict (account_id, customer_id) do nothing`.execute(tx)
}
