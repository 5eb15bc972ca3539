import { CompiledQuery } from 'kysely'
import type { Database } from '../../packages/server/src/platform/db/index.ts'

/**
 * Every method gets its token at all gateways of its account, as a merchant's own tokenisation would do it, so that a
 * charge can go on at the next gateway. In the card world one name stands for one card everywhere.
 */
export async function spreadTokens(database: Database): Promise<void> {
  for (const statement of STATEMENTS)
    await database.kysely.executeQuery(CompiledQuery.raw(statement, []))
}

const STATEMENTS = [
  `create function spread_token() returns trigger language plpgsql as $$
   begin
     insert into payment_method_tokens (account_id, payment_method_id, gateway_id, token)
     select new.account_id, new.payment_method_id, g.id, new.token
       from gateways g
      where g.account_id = new.account_id and g.id <> new.gateway_id
     on conflict do nothing;
     return null;
   end $$`,
  `create trigger spread_token after insert on payment_method_tokens
     for each row when (pg_trigger_depth() = 0) execute function spread_token()`,
]
