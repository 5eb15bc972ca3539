import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { DB } from '../../../platform/db/index.ts'

/** Whether the account has charges, refunds, voids or verifications whose answer nobody waits for any more. */
export async function hasLostAnswers(
  db: Kysely<DB>,
  accountId: Uuid,
  realNow: Instant,
): Promise<boolean> {
  const { rows } = await sql<{ readonly isLost: boolean }>`
    select ${isAnswerLost(sql`${accountId}::uuid`, realNow)} as "isLost"`.execute(db)
  return rows[0]?.isLost === true
}

/** The same of any account in a query over accounts. */
export function isAnswerLost(
  accountId: RawBuilder<unknown>,
  realNow: Instant,
): RawBuilder<boolean> {
  return sql`(
           exists (select from payment_attempts p
                    where p.account_id = ${accountId} and p.state in ('sending', 'unknown') and p.lease_until <= ${realNow})
        or exists (select from refunds r
                    where r.account_id = ${accountId} and r.status = 'processing' and r.check_at is null
                      and r.lease_until <= ${realNow})
        or exists (select from voids v
                    where v.account_id = ${accountId} and v.status = 'processing' and v.lease_until <= ${realNow})
        or exists (select from setup_intents s
                    where s.account_id = ${accountId} and s.status = 'processing' and s.lease_until <= ${realNow})
        or exists (select from outside_attempts p
                    where p.account_id = ${accountId} and p.state in ('sending', 'unknown') and p.lease_until <= ${realNow}))`
}
