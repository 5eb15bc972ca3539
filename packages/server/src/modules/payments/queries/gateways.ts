import type { Uuid } from '@perennial/core/ids'
import type { Instant, TimeZone } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Environment } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import type { CustomDescriptor } from '../gateways/gateway-account.ts'

/** One configured gateway of an account, as far as connecting to it needs it. */
export type Gateway = {
  readonly id: Uuid
  readonly code: string
  readonly kind: string
  readonly settings: JsonObject
  /** Of the account whose gateway it is. */
  readonly zone: TimeZone
  readonly environment: Environment
  /** A disabled one is given no new charges. */
  readonly isEnabled: boolean
  /** What stands in the gateway's place. */
  readonly baseUrl: string | null
  /** Null for the simulated world, which lets everybody in. */
  readonly credentialsSealed: string | null
  readonly credentialsVersion: number
  readonly previousCredentialsSealed: string | null
  /** Real time. */
  readonly previousCredentialsUntil: Instant | null
  /** What the customer reads on the statement of its charges, when it is switched on. */
  readonly customDescriptor: CustomDescriptor | null
}

/** An account has a handful; the bound only guards against a mistake. */
const GATEWAYS_MAX = 100

/** The account's gateways in its order of preference, disabled and archived ones too. */
export async function listGateways(tx: Tx, accountId: Uuid): Promise<Gateway[]> {
  const { rows } = await sql<Gateway>`
    select g.id, g.code, g.kind, g.settings, a.timezone as zone, a.environment, g.is_enabled as "isEnabled",
           g.base_url as "baseUrl", g.credentials_sealed as "credentialsSealed",
           g.credentials_version as "credentialsVersion",
           g.previous_credentials_sealed as "previousCredentialsSealed",
           g.previous_credentials_until as "previousCredentialsUntil",
           g.custom_descriptor as "customDescriptor"
      from gateways g
      join accounts a on a.id = g.account_id
     where g.account_id = ${accountId}
     order by g.position, g.id
     limit ${GATEWAYS_MAX}`.execute(tx)
  return rows
}
