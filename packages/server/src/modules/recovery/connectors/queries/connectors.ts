import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Kysely, type Selectable, sql } from 'kysely'
import { type DB, insertMany, type Tx, updateMany } from '../../../../platform/db/index.ts'
import { readRows, type PageRequest } from '../../../../platform/lists/index.ts'

export type ConnectorRow = Selectable<DB['recovery_connectors']>

export type ConnectorKey = { readonly accountId: Uuid; readonly id: Uuid }

export async function insertConnector(tx: Tx, row: ConnectorRow): Promise<void> {
  await insertMany(tx, 'recovery_connectors', [row])
}

/** Writes what a locked row has become. */
export async function updateConnector(tx: Tx, row: ConnectorRow): Promise<void> {
  await updateMany(tx, 'recovery_connectors', [row])
}

export async function findConnector(tx: Tx, key: ConnectorKey): Promise<ConnectorRow | null> {
  const { rows } = await sql<ConnectorRow>`
    select * from recovery_connectors where account_id = ${key.accountId} and id = ${key.id}`.execute(
    tx,
  )
  return rows[0] ?? null
}

export async function lockConnector(tx: Tx, key: ConnectorKey): Promise<ConnectorRow | null> {
  const { rows } = await sql<ConnectorRow>`
    select * from recovery_connectors
     where account_id = ${key.accountId} and id = ${key.id}
       for update`.execute(tx)
  return rows[0] ?? null
}

export async function listConnectors(
  tx: Tx,
  accountId: Uuid,
  page: PageRequest,
): ReturnType<typeof readRows<ConnectorRow>> {
  const table = 'recovery_connectors'
  return readRows<ConnectorRow>(tx, { select: '*', table, accountId, filters: [], page })
}

export async function listPlatformsOf(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly ids: readonly Uuid[] },
): Promise<Pick<ConnectorRow, 'id' | 'platform'>[]> {
  const { rows } = await sql<Pick<ConnectorRow, 'id' | 'platform'>>`
    select id, platform from recovery_connectors
     where account_id = ${of.accountId} and id = any(${of.ids}::uuid[])`.execute(tx)
  return rows
}

/** Whether anything that was opened for it is under way, or was paid and its platform does not know of it. */
export async function isConnectorBusy(tx: Tx, key: ConnectorKey): Promise<boolean> {
  const { rows } = await sql<{ readonly is_busy: boolean }>`
    select exists (
      select from connected_invoices i
        join outside_recoveries r on r.account_id = i.account_id and r.id = i.recovery_id
       where i.account_id = ${key.accountId} and i.connector_id = ${key.id}
         and (r.closed_at is null or i.write_back in ('waiting', 'dead'))) as is_busy`.execute(tx)
  return rows[0]?.is_busy ?? false
}

export async function deleteConnector(tx: Tx, key: ConnectorKey): Promise<void> {
  await sql`
    delete from recovery_connectors where account_id = ${key.accountId} and id = ${key.id}`.execute(
    tx,
  )
}

export type AddressedConnector = ConnectorRow & { readonly environment: 'live' | 'sandbox' }

/** Who a platform calls: its address names a client, so nobody is bound to an account yet. */
export async function findAddressed(
  db: Kysely<DB>,
  of: { readonly clientId: Uuid; readonly platform: string },
): Promise<{ readonly isClient: boolean; readonly connector: AddressedConnector | null }> {
  const { rows } = await sql<AddressedConnector & { readonly is_connected: boolean }>`
    select k.*, a.environment, k.id is not null as is_connected
      from recovery_clients c
      join accounts a on a.id = c.account_id
      left join recovery_connectors k
        on k.account_id = c.account_id and k.client_id = c.id and k.platform = ${of.platform} and k.is_enabled
     where c.id = ${of.clientId}`.execute(db)
  const [row] = rows
  return { isClient: row !== undefined, connector: row?.is_connected === true ? row : null }
}

/** What was parked or given up is tried again from now on; how many there were. */
export async function retryConnector(
  tx: Tx,
  key: ConnectorKey,
  realNow: Instant,
): Promise<{ readonly events: number; readonly writeBacks: number }> {
  const events = await sql`
    update connector_events set state = 'waiting', tries = 0, next_try_at = ${realNow}
     where account_id = ${key.accountId} and connector_id = ${key.id} and state = 'parked'`.execute(
    tx,
  )
  const writeBacks = await sql`
    update connected_invoices set write_back = 'waiting', tries = 0, next_try_at = ${realNow}
     where account_id = ${key.accountId} and connector_id = ${key.id} and write_back = 'dead'`.execute(
    tx,
  )
  return {
    events: Number(events.numAffectedRows ?? 0n),
    writeBacks: Number(writeBacks.numAffectedRows ?? 0n),
  }
}

export type ConnectorHealth = {
  readonly waiting: number
  readonly parked: number
  readonly write_backs_waiting: number
  readonly write_backs_dead: number
  readonly last_event_at: Instant | null
  readonly last_problem: string | null
}

/** Counts up to a bound: beyond it, how many more makes no difference. */
const COUNTED_MAX = 1_000

export async function readConnectorHealth(tx: Tx, key: ConnectorKey): Promise<ConnectorHealth> {
  const { accountId, id } = key
  const { rows } = await sql<ConnectorHealth>`
    select (select count(*)::int from (select from connector_events where account_id = ${accountId} and state = 'waiting'
              and connector_id = ${id} limit ${COUNTED_MAX}) as w) as waiting,
           (select count(*)::int from (select from connector_events where account_id = ${accountId} and state = 'parked'
              and connector_id = ${id} limit ${COUNTED_MAX}) as p) as parked,
           (select count(*)::int from (select from connected_invoices where account_id = ${accountId}
              and connector_id = ${id} and write_back = 'waiting' limit ${COUNTED_MAX}) as b) as write_backs_waiting,
           (select count(*)::int from (select from connected_invoices where account_id = ${accountId}
              and connector_id = ${id} and write_back = 'dead' limit ${COUNTED_MAX}) as d) as write_backs_dead,
           (select max(received_at) from connector_events where account_id = ${accountId} and connector_id = ${id})
             as last_event_at,
           coalesce(
             (select result from connector_events where account_id = ${accountId} and connector_id = ${id}
                and state = 'parked' order by received_at desc limit 1),
             (select last_error from connected_invoices where account_id = ${accountId} and connector_id = ${id}
                and write_back = 'dead' limit 1)) as last_problem`.execute(tx)
  const [row] = rows
  return (
    row ?? {
      waiting: 0,
      parked: 0,
      write_backs_waiting: 0,
      write_backs_dead: 0,
      last_event_at: null,
      last_problem: null,
    }
  )
}
