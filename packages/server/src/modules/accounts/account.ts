import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { parseCurrency } from '@perennial/core/money'
import { parseTimeZone } from '@perennial/core/time'
import type { AccountContext } from '../../platform/command/index.ts'
import type { Database } from '../../platform/db/index.ts'
import type { FindApiKey } from '../../platform/http/index.ts'
import { type AccountRow, findAccount, findKeyWithAccount, hasAnyAccount } from './queries.ts'
import { toAccountSettings } from './settings.ts'

/** A stored account as commands see it. */
export function toAccountContext(row: AccountRow): AccountContext {
  const timezone = parseTimeZone(row.timezone)
  const currency = parseCurrency(row.currency)
  assert(timezone !== null, `account ${row.id} has a known time zone`)
  assert(currency !== null, `account ${row.id} has a known currency`)
  return {
    id: row.id,
    name: row.name,
    timezone,
    currency,
    settings: toAccountSettings(row.settings),
  }
}

/** How `platform/http` finds out whose key a request carries. */
export function createFindApiKey(database: Database): FindApiKey {
  return async (secretHash) => {
    const row = await findKeyWithAccount(database.kysely, secretHash)
    if (row === null) return null
    return {
      id: row.key_id,
      environment: row.environment,
      scopes: toScopes(row.scopes),
      revokedAt: row.revoked_at,
      isNarrowed: row.is_narrowed,
      clockHeldAt: row.clock_held_at,
      account: toAccountContext(row),
    }
  }
}

export function toScopes(stored: unknown): readonly string[] {
  assert(
    Array.isArray(stored) && stored.every((scope) => typeof scope === 'string'),
    'stored scopes are a list of text',
  )
  return stored
}

/** Faults when there is no such account: its id came from a row of ours. */
export async function getAccount(database: Database, accountId: Uuid): Promise<AccountRow> {
  const row = await findAccount(database.kysely, accountId)
  assert(row !== null, `account ${accountId} exists`)
  return row
}

/** False on a database that has just been migrated for the first time. */
export function hasAccounts(database: Database): Promise<boolean> {
  return hasAnyAccount(database.kysely)
}
