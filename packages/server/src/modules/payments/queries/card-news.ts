import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** Tells recovery that there is another card to charge: only of customers who owe something. */
export async function tellCardNews(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly customerId: Uuid; readonly at: Instant },
): Promise<void> {
  const { accountId, customerId, at } = of
  await sql`
    insert into card_news (account_id, customer_id, told_at)
    select ${accountId}, ${customerId}, ${at}
     where exists (select from recovery_cases
                    where account_id = ${accountId} and customer_id = ${customerId} and state = 'open')
    on conflict (account_id, customer_id) do nothing`.execute(tx)
}
