import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { Gateway } from '../gateways.ts'

/** An account has a handful; the bound only guards against a mistake. */
const GATEWAYS_MAX = 100

/** The account's gateways in its order of preference, disabled ones too. */
export async function listGateways(tx: Tx, accountId: Uuid): Promise<Gateway[]> {
  const { rows } = await sql<Gateway>`
    select id, code, kind, settings, is_enabled as "isEnabled" from gateways
     where account_id = ${accountId}
     order by position, id
     limit ${GATEWAYS_MAX}`.execute(tx)
  return rows
}
