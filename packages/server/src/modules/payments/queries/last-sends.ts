import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** When those of these attempts were last sent that were sent again, in real time. */
export async function listLastSends(
  tx: Tx,
  accountId: Uuid,
  attemptIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, Instant>> {
  const { rows } = await sql<{ readonly id: Uuid; readonly at: Instant }>`
    select id, last_sent_at as at from payment_attempts
     where account_id = ${accountId} and id = any(${attemptIds}::uuid[]) and last_sent_at is not null`.execute(
    tx,
  )
  return new Map(rows.map(({ id, at }) => [id, at]))
}
