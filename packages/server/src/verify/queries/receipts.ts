import { sql } from 'kysely'
import type { Check } from '../check.ts'
import { ofAccount } from './of-account.ts'

/** Refunds keep their receipt when their bank sends them back; sales that are called off, theirs. */
const receipts: Check = {
  name: 'receipt_tells_money',
  promise: 'Every receipt is of a sale or refund that went through, and tells its amount.',
  find: (scope) => sql`
    select r.account_id, r.id::text as id,
           format('%s is told as %s', coalesce(t.type || ' ' || t.status || ' ' || t.amount_minor, 'nothing'), r.told) as message
      from (
        select o.account_id, o.id, split_part(o.dedupe_key, ':', 2)::uuid as transaction_id,
               case split_part(o.dedupe_key, '_', 1) when 'payment' then 'sale' else 'refund' end as type,
               o.payload #>> '{data,amount_minor}' as told
          from outbox o
         where ${ofAccount(scope, 'o')} and o.dedupe_key similar to '(payment|refund)\_receipt:%'
        offset 0) r
      left join transactions t on t.account_id = r.account_id and t.id = r.transaction_id
     where t.id is null or t.type <> r.type
        or t.status not in ('succeeded', case r.type when 'sale' then 'voided' else 'failed' end)
        or t.amount_minor::text is distinct from r.told`,
}

export const receiptChecks = [receipts] as const
