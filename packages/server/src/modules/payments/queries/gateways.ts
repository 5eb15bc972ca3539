import type { Uuid } from '@perennial/core/ids'
import type { TimeZone } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'

/** One configured gateway of an account. */
export type Gateway = {
  readonly id: Uuid
  readonly code: string
  readonly kind: string
  readonly settings: JsonObject
  /** Of the account whose gateway it is. */
  readonly zone: TimeZone
  /** A disabled one is given no new charges. */
  readonly isEnabled: boolean
}

/** An account has a handful; the bound only guards against a mistake. */
const GATEWAYS_MAX = 100

/** The account's gateways in its order of preference, disabled ones too. */
export async function listGateways(tx: Tx, accountId: Uuid): Promise<Gateway[]> {
  const { rows } = await sql<Gateway>`
    select g.id, g.code, g.kind, g.settings, a.timezone as zone, g.is_enabled as "isEnabled"
      from gateways g
      join accounts a on a.id = g.account_id
     where g.account_id = ${accountId}
     order by g.position, g.id
     limit ${GATEWAYS_MAX}`.execute(tx)
  return rows
}
