import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { DB, Tx } from '../../../../platform/db/index.ts'
import { dueShares, lockDue } from '../../../../platform/queues/index.ts'
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
  /** How many each connector has had in this round. */
  readonly taken: ReadonlyMap<Uuid, number>
  /** More than these nobody gets in a round. */
  readonly limitPerConnector: number
}

/** Several claim at a time: whoever finds a row locked takes the next of these. */
const LOOKED_AT = 8

/**
 * The beginning of a claim: a `due` with the keys of one row, locked, if any is due. Whoever has had least comes first, and of
 * these whose waits longest.
 */
export function claimOne(
  queue: {
    readonly table: string
    /** What is told of a row beside its owner. */
    readonly key: string
    /** The columns of the primary key. */
    readonly keys: readonly string[]
    readonly isWaiting: RawBuilder<unknown>
  },
  { realNow, taken, limitPerConnector }: Claim,
): RawBuilder<unknown> {
  const owner = ['account_id', 'connector_id']
  const shares = dueShares({ ...queue, owner, realNow, share: LOOKED_AT })
  const from = sql`(select * from candidates order by turn)`
  return sql`
    ${shares},
    candidates as materialized (
      select s.account_id, s.connector_id, s.${sql.ref(queue.key)},
             row_number() over (order by coalesce(had.count, 0) + s.nth, s.next_try_at) as turn
        from shares s
        left join unnest(${[...taken.keys()]}::uuid[], ${[...taken.values()]}::int[]) as had(id, count) on had.id = s.connector_id
       where coalesce(had.count, 0) + s.nth <= ${limitPerConnector}),
    ${lockDue({ ...queue, from, realNow, limit: 1 })}`
}

/**
 * The event of any account that is due, from the connector that has had least. A claim counts as a try and holds until
 * `leaseUntil`, so that a worker that dies in the middle of one is followed by another.
 */
export async function claimConnectorEvent(tx: Tx, claim: Claim): Promise<ClaimedEvent | null> {
  const isWaiting = sql`q.state = 'waiting'`
  const keys = ['account_id', 'connector_id', 'event_id']
  const { rows } = await sql<ClaimedEvent>`
    ${claimOne({ table: 'connector_events', key: 'event_id', keys, isWaiting }, claim)}
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
