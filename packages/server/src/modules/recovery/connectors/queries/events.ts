import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Selectable, sql } from 'kysely'
import type { DB, Tx } from '../../../../platform/db/index.ts'
import type { ConnectorRow } from './connectors.ts'

export type ConnectorEventRow = Selectable<DB['connector_events']>

/** False when this event was kept before. */
export async function insertConnectorEvent(
  tx: Tx,
  row: {
    readonly accountId: Uuid
    readonly connectorId: Uuid
    readonly eventId: string
    readonly body: string
    readonly receivedAt: Instant
  },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into connector_events (account_id, connector_id, event_id, body, state, next_try_at, received_at)
    values (${row.accountId}, ${row.connectorId}, ${row.eventId}, ${row.body}, 'waiting', ${row.receivedAt},
            ${row.receivedAt})
    on conflict do nothing`.execute(tx)
  return numAffectedRows === 1n
}

export type ClaimedEvent = ConnectorEventRow & {
  readonly platform: ConnectorRow['platform']
  readonly client_id: Uuid
  readonly credentials_sealed: string
  readonly environment: 'live' | 'sandbox'
}

export type Claim = {
  readonly realNow: Instant
  readonly leaseUntil: Instant
  /** Connectors that have had their share. */
  readonly exceptIds: readonly Uuid[]
}

/**
 * The event of any account that waits longest. A claim counts as a try and holds until `leaseUntil`, so that a worker
 * that dies in the middle of one is followed by another.
 */
export async function claimConnectorEvent(tx: Tx, claim: Claim): Promise<ClaimedEvent | null> {
  const { rows } = await sql<ClaimedEvent>`
    with due as materialized (
      select account_id, connector_id, event_id from connector_events
       where state = 'waiting' and next_try_at <= ${claim.realNow}
         and connector_id <> all(${claim.exceptIds}::uuid[])
       order by next_try_at
       limit 1
         for update skip locked)
    update connector_events e set tries = e.tries + 1, next_try_at = ${claim.leaseUntil}
      from due
      join recovery_connectors k on k.account_id = due.account_id and k.id = due.connector_id
      join accounts a on a.id = due.account_id
     where e.account_id = due.account_id and e.connector_id = due.connector_id and e.event_id = due.event_id
    returning e.*, k.platform, k.client_id, k.credentials_sealed, a.environment`.execute(tx)
  return rows[0] ?? null
}

export async function settleConnectorEvent(
  tx: Tx,
  key: Pick<ConnectorEventRow, 'account_id' | 'connector_id' | 'event_id'>,
  end: {
    readonly state: 'waiting' | 'done' | 'parked'
    readonly result: string
    readonly nextTryAt: Instant | null
    readonly doneAt: Instant | null
  },
): Promise<void> {
  await sql`
    update connector_events
       set state = ${end.state}, result = ${end.result}, next_try_at = ${end.nextTryAt}, done_at = ${end.doneAt}
     where account_id = ${key.account_id} and connector_id = ${key.connector_id} and event_id = ${key.event_id}
       and state = 'waiting'`.execute(tx)
}
