import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { DB } from '../../../platform/db/index.ts'

/** What somebody waits for under a lease, until its `lease_until`: charges, refunds, voids, verifications, charges of other billers. */
export const LEASED: readonly {
  readonly table: string
  readonly isWaiting: RawBuilder<unknown>
}[] = [
  {
    table: 'payment_attempts',
    isWaiting: sql`q.state in ('sending', 'unknown')`,
  },
  {
    table: 'refunds',
    isWaiting: sql`q.status = 'processing' and q.check_at is null`,
  },
  { table: 'voids', isWaiting: sql`q.status = 'processing'` },
  { table: 'setup_intents', isWaiting: sql`q.status = 'processing'` },
  {
    table: 'outside_attempts',
    isWaiting: sql`q.state in ('sending', 'unknown')`,
  },
]

/** Whether the account has something whose answer nobody waits for any more. */
export async function hasLostAnswers(
  db: Kysely<DB>,
  accountId: Uuid,
  realNow: Instant,
): Promise<boolean> {
  const isLost = LEASED.map(
    ({ table, isWaiting }) => sql`
           exists (select from ${sql.table(table)} q
                    where q.account_id = ${accountId} and ${isWaiting} and q.lease_until <= ${realNow})`,
  )
  const { rows } = await sql<{ readonly isLost: boolean }>`
    select ${sql.join(isLost, sql` or `)} as "isLost"`.execute(db)
  return rows[0]?.isLost === true
}
