import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { Pair } from '../calls/operation.ts'

/** What a key of this face may do: null where nothing narrows it down beside its scopes. */
export type KeyLimits = {
  readonly permissions: readonly Pair[] | null
  /** Addresses it may be used from; an empty list lets nobody in. */
  readonly addresses: readonly string[] | null
}

type Key = { readonly accountId: Uuid; readonly id: Uuid }

const NONE: KeyLimits = { permissions: null, addresses: null }

export async function findKeyLimits(tx: Tx, { accountId, id }: Key): Promise<KeyLimits> {
  const { rows } = await sql<KeyLimits>`
    select permissions, addresses from revcent_keys
     where account_id = ${accountId} and api_key_id = ${id}`.execute(tx)
  return rows[0] ?? NONE
}

/** False where the account has no such key. */
export async function saveKeyLimits(
  tx: Tx,
  { accountId, id }: Key,
  { limits, at }: { readonly limits: KeyLimits; readonly at: Instant },
): Promise<boolean> {
  const permissions = JSON.stringify(limits.permissions)
  const addresses = JSON.stringify(limits.addresses)
  const { rows } = await sql<{ readonly api_key_id: Uuid }>`
    insert into revcent_keys (account_id, api_key_id, permissions, addresses, updated_at)
    select k.account_id, k.id, nullif(${permissions}::jsonb, 'null'), nullif(${addresses}::jsonb, 'null'), ${at}
      from api_keys k
     where k.account_id = ${accountId} and k.id = ${id} and k.revoked_at is null
        on conflict (account_id, api_key_id) do update
       set permissions = excluded.permissions, addresses = excluded.addresses, updated_at = excluded.updated_at
    returning api_key_id`.execute(tx)
  return rows.length > 0
}
