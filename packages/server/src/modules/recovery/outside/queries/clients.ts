import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Kysely, type Selectable, type Updateable, sql } from 'kysely'
import type { Environment } from '../../../../platform/command/index.ts'
import { type DB, type Tx, updateMany } from '../../../../platform/db/index.ts'
import { readRows, type PageRequest } from '../../../../platform/lists/index.ts'

export type ClientRow = Selectable<DB['recovery_clients']>

/** A client as it is shown: with how many of its webhooks were not taken, `UNSENT_MAX` at most. */
export type ShownClient = ClientRow & { readonly unsent: number }

const UNSENT_MAX = 1_000

const SHOWN = `*, (select count(*)::int
       from (select from recovery_deliveries d
              where d.account_id = recovery_clients.account_id and d.client_id = recovery_clients.id
                and d.state in ('dead', 'kept')
              limit ${UNSENT_MAX}) as waiting) as unsent`

type ClientKey = { readonly accountId: Uuid; readonly id: Uuid }

export type KeyedClient = ClientRow & {
  readonly environment: Environment
  readonly account_name: string
  readonly clock_held_at: Instant | null
  readonly is_publishable: boolean
}

/** A client by the hash of one of its keys. Where it comes before any account is known, it is not bound to one. */
export async function findClientByKey(
  db: Kysely<DB>,
  secretHash: string,
): Promise<KeyedClient | null> {
  const { rows } = await sql<KeyedClient>`
    select c.*, a.environment, a.name as account_name, a.clock_held_at, c.publishable_key_id = k.id as is_publishable
      from api_keys k
     cross join lateral (
       select * from recovery_clients where account_id = k.account_id and api_key_id = k.id
       union all
       select * from recovery_clients where account_id = k.account_id and publishable_key_id = k.id) as c
      join accounts a on a.id = k.account_id
     where k.secret_hash = ${secretHash} and k.revoked_at is null`.execute(db)
  return rows[0] ?? null
}

/** A client with what its account says. */
export async function findClientOf(
  tx: Tx,
  key: ClientKey,
): Promise<Omit<KeyedClient, 'is_publishable'> | null> {
  const { rows } = await sql<KeyedClient>`
    select c.*, a.environment, a.name as account_name, a.clock_held_at
      from recovery_clients c
      join accounts a on a.id = c.account_id
     where c.account_id = ${key.accountId} and c.id = ${key.id}`.execute(tx)
  return rows[0] ?? null
}

export async function findClient(tx: Tx, key: ClientKey): Promise<ShownClient | null> {
  const { rows } = await sql<ShownClient>`
    select ${sql.raw(SHOWN)} from recovery_clients where account_id = ${key.accountId} and id = ${key.id}`.execute(
    tx,
  )
  return rows[0] ?? null
}

export async function lockClient(tx: Tx, key: ClientKey): Promise<ClientRow | null> {
  const { rows } = await sql<ClientRow>`
    select * from recovery_clients
     where account_id = ${key.accountId} and id = ${key.id}
       for update`.execute(tx)
  return rows[0] ?? null
}

/** Writes what a locked row has become. */
export async function updateClient(
  tx: Tx,
  row: Readonly<Updateable<DB['recovery_clients']>>,
): Promise<void> {
  await updateMany(tx, 'recovery_clients', [row])
}

export async function listClients(tx: Tx, accountId: Uuid, page: PageRequest) {
  return readRows<ShownClient>(tx, {
    select: SHOWN,
    table: 'recovery_clients',
    accountId,
    filters: [],
    page,
  })
}
