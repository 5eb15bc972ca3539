import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { windowFilters } from '../../../platform/lists/index.ts'

export type OutcomeCount = {
  readonly gatewayId: Uuid
  readonly isApproved: boolean
  readonly responseCode: string | null
  readonly count: number
}

/** Charges that are looked at, at most: the newest. */
const LOOKED_AT_MAX = 100_000

/** How charges of a period ended, by gateway and code. */
export async function countOutcomes(
  tx: Tx,
  accountId: Uuid,
  period: { readonly from: Instant; readonly to: Instant },
): Promise<{ readonly counts: readonly OutcomeCount[]; readonly isComplete: boolean }> {
  const { rows } = await sql<OutcomeCount & { readonly looked_at: number }>`
    with newest as (
      select type, status, gateway_id, response_code from transactions
       where account_id = ${accountId} and ${sql.join(windowFilters({ column: 'created_at', ...period }), sql` and `)}
       order by created_at desc
       limit ${LOOKED_AT_MAX}
    )
    select gateway_id as "gatewayId", status in ('succeeded', 'voided') as "isApproved", response_code as "responseCode",
           count(*)::int as count, (select count(*)::int from newest) as looked_at
      from newest
     where type = 'sale' and gateway_id is not null and status <> 'pending'
     group by 1, 2, 3`.execute(tx)
  const isComplete = (rows[0]?.looked_at ?? 0) < LOOKED_AT_MAX
  return { counts: rows, isComplete }
}
