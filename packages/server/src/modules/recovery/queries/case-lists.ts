import type { Uuid } from '@perennial/core/ids'
import type { CaseState, RecoveryCase } from '@perennial/core/recovery'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { readChoices, readRows, type PageRequest } from '../../../platform/lists/index.ts'
import { toCase, type CaseRow } from '../rows.ts'

export type CaseFilter = {
  readonly state: CaseState | null
  readonly customerId: Uuid | null
  readonly subscriptionId: Uuid | null
}

type CasePage = { readonly rows: readonly RecoveryCase[]; readonly hasMore: boolean }

/** Newest first. A state alone is read by its own index: in the order of ids a rare one would be looked for in all. */
export async function listCasePage(
  tx: Tx,
  accountId: Uuid,
  filter: CaseFilter,
  page: PageRequest,
): Promise<CasePage> {
  const { state, customerId, subscriptionId } = filter
  const owner = [
    ...(customerId === null ? [] : [sql`customer_id = ${customerId}`]),
    ...(subscriptionId === null ? [] : [sql`subscription_id = ${subscriptionId}`]),
  ]
  const base = { select: '*', table: 'recovery_cases', accountId, page }
  if (state !== null && owner.length === 0) {
    const choices = { columns: ['state'], combinations: [[state]] }
    return toPage(await readChoices<CaseRow>(tx, { ...base, filters: [], choices }))
  }
  const isState = state === null ? [] : [sql`state = ${state}`]
  return toPage(await readRows<CaseRow>(tx, { ...base, filters: [...owner, ...isState] }))
}

function toPage(found: { readonly rows: readonly CaseRow[]; readonly hasMore: boolean }): CasePage {
  return { rows: found.rows.map(toCase), hasMore: found.hasMore }
}
