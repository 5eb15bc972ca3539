import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Kysely, type Selectable, sql } from 'kysely'
import { type DB, insertMany, type Tx, updateMany } from '../../../platform/db/index.ts'
import { readRows, type PageRequest } from '../../../platform/lists/index.ts'
import type { BillPlace } from './connector.ts'

export type ConnectorRow = Selectable<DB['recovery_connectors']>
export type ConnectorEventRow = Selectable<DB['connector_events']>
export type ConnectedInvoiceRow = Selectable<DB['connected_invoices']>
type RecoveryRow = Selectable<DB['outside_recoveries']>

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

/** Whether anything that was opened for it is under way or still to be written back. */
export async function isConnectorBusy(tx: Tx, key: ConnectorKey): Promise<boolean> {
  const { rows } = await sql<{ readonly is_busy: boolean }>`
    select exists (
      select from connected_invoices i
        join outside_recoveries r on r.account_id = i.account_id and r.id = i.recovery_id
       where i.account_id = ${key.accountId} and i.connector_id = ${key.id}
         and (r.closed_at is null or i.write_back = 'waiting')) as is_busy`.execute(tx)
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

type Claim = { readonly realNow: Instant; readonly leaseUntil: Instant; readonly limit: number }

/**
 * Events of any account that wait, oldest first. A claim counts as a try and holds until `leaseUntil`, so that a worker
 * that dies in the middle of one is followed by another.
 */
export async function claimConnectorEvents(tx: Tx, claim: Claim): Promise<ClaimedEvent[]> {
  const { rows } = await sql<ClaimedEvent>`
    update connector_events e set tries = e.tries + 1, next_try_at = ${claim.leaseUntil}
      from (select account_id, connector_id, event_id from connector_events
             where state = 'waiting' and next_try_at <= ${claim.realNow}
             order by next_try_at
             limit ${claim.limit}
               for update skip locked) as due
      join recovery_connectors k on k.account_id = due.account_id and k.id = due.connector_id
      join accounts a on a.id = due.account_id
     where e.account_id = due.account_id and e.connector_id = due.connector_id and e.event_id = due.event_id
    returning e.*, k.platform, k.client_id, k.credentials_sealed, a.environment`.execute(tx)
  return rows
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

export async function insertConnectedInvoice(
  tx: Tx,
  row: {
    readonly accountId: Uuid
    readonly recoveryId: Uuid
    readonly connectorId: Uuid
    readonly collects: 'here' | 'there'
    readonly place: BillPlace
  },
): Promise<void> {
  const { invoiceId, customerId, subscriptionId } = row.place
  await insertMany(tx, 'connected_invoices', [
    {
      account_id: row.accountId,
      recovery_id: row.recoveryId,
      connector_id: row.connectorId,
      collects: row.collects,
      invoice_id: invoiceId,
      customer_id: customerId,
      subscription_id: subscriptionId,
    },
  ])
}

/** Bills of recoveries that were won at our own gateway are to be told of it. */
export async function owePayments(
  tx: Tx,
  of: {
    readonly accountId: Uuid
    readonly recoveryIds: readonly Uuid[]
    readonly realNow: Instant
  },
): Promise<void> {
  await sql`
    update connected_invoices set write_back = 'waiting', next_try_at = ${of.realNow}
     where account_id = ${of.accountId} and recovery_id = any(${of.recoveryIds}::uuid[]) and collects = 'here'
       and write_back = 'none'`.execute(tx)
}

type OpenOfBill = { readonly accountId: Uuid; readonly connectorId: Uuid }

type Place =
  | { readonly invoiceId: string }
  | { readonly subscriptionId: string }
  | { readonly customerId: string }

function isAt(place: Place) {
  if ('invoiceId' in place) return sql`i.invoice_id = ${place.invoiceId}`
  return 'customerId' in place
    ? sql`i.customer_id = ${place.customerId}`
    : sql`i.subscription_id = ${place.subscriptionId}`
}

/** Open recoveries of a bill, of a subscription, or of a customer; locked in the order of their ids. */
export async function lockOpenOf(tx: Tx, of: OpenOfBill & Place): Promise<RecoveryRow[]> {
  const { rows } = await sql<RecoveryRow>`
    select r.* from outside_recoveries r
     where r.account_id = ${of.accountId} and r.closed_at is null
       and r.id in (select i.recovery_id from connected_invoices i
                     where i.account_id = ${of.accountId} and i.connector_id = ${of.connectorId} and ${isAt(of)})
     order by r.id
     limit 100
       for update`.execute(tx)
  return rows
}

/** Whether the latest recovery of a bill was won: a payment of it is ours. */
export async function isWonHere(
  tx: Tx,
  of: OpenOfBill & { readonly invoiceId: string },
): Promise<boolean> {
  const { rows } = await sql`
    select from connected_invoices i
      join outside_recoveries r on r.account_id = i.account_id and r.id = i.recovery_id
     where i.account_id = ${of.accountId} and i.connector_id = ${of.connectorId} and i.invoice_id = ${of.invoiceId}
       and r.state = 'succeeded'
     limit 1`.execute(tx)
  return rows.length > 0
}

/** Whether a bill was paid here and its platform does not know of it yet: what it says of the bill is not to be believed. */
export async function isOwedThere(
  tx: Tx,
  of: OpenOfBill & { readonly invoiceId: string },
): Promise<boolean> {
  const { rows } = await sql`
    select from connected_invoices i
     where i.account_id = ${of.accountId} and i.connector_id = ${of.connectorId} and i.invoice_id = ${of.invoiceId}
       and i.write_back in ('waiting', 'dead')
     limit 1`.execute(tx)
  return rows.length > 0
}

export type ConnectedRow = ConnectedInvoiceRow & {
  readonly platform: ConnectorRow['platform']
  readonly credentials_sealed: string
  readonly environment: 'live' | 'sandbox'
}

export type DueBill = ConnectedRow & { readonly currency: string }

/** Where the bills of recoveries are that wait for something. */
export async function listWaitingBills(
  tx: Tx,
  of: OpenOfBill & Place,
): Promise<(ConnectedInvoiceRow & { readonly currency: string })[]> {
  const { rows } = await sql<ConnectedInvoiceRow & { readonly currency: string }>`
    select i.*, r.currency
      from connected_invoices i
      join outside_recoveries r on r.account_id = i.account_id and r.id = i.recovery_id
     where i.account_id = ${of.accountId} and i.connector_id = ${of.connectorId} and ${isAt(of)}
       and r.closed_at is null and r.next_attempt_at is not null
     order by r.id
     limit 100`.execute(tx)
  return rows
}

/** Of recoveries that a platform handed over and that are due, where their bills are. */
export async function listDueBills(
  tx: Tx,
  accountId: Uuid,
  given: { readonly until: Instant; readonly limit: number },
): Promise<DueBill[]> {
  const { rows } = await sql<DueBill>`
    select i.*, k.platform, k.credentials_sealed, a.environment, due.currency
      from (select id, account_id, currency from outside_recoveries
             where account_id = ${accountId} and next_attempt_at <= ${given.until} and connector_id is not null
             order by next_attempt_at
             limit ${given.limit}) as due
      join connected_invoices i on i.account_id = due.account_id and i.recovery_id = due.id
      join recovery_connectors k on k.account_id = i.account_id and k.id = i.connector_id
      join accounts a on a.id = i.account_id`.execute(tx)
  return rows
}

export async function findConnected(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly recoveryId: Uuid },
): Promise<ConnectedRow | null> {
  const { rows } = await sql<ConnectedRow>`
    select i.*, k.platform, k.credentials_sealed, a.environment
      from connected_invoices i
      join recovery_connectors k on k.account_id = i.account_id and k.id = i.connector_id
      join accounts a on a.id = i.account_id
     where i.account_id = ${of.accountId} and i.recovery_id = ${of.recoveryId}`.execute(tx)
  return rows[0] ?? null
}

export type OwedPayment = ConnectedRow & {
  readonly amount_minor: bigint
  readonly currency: string
  readonly gateway_reference: string | null
  readonly closed_at: Instant | null
}

/** Payments of any account that a platform has not been told of. A claim counts as a try. */
export async function claimOwedPayments(tx: Tx, claim: Claim): Promise<OwedPayment[]> {
  const { rows } = await sql<OwedPayment>`
    update connected_invoices i set tries = i.tries + 1, next_try_at = ${claim.leaseUntil}
      from (select account_id, recovery_id from connected_invoices
             where write_back = 'waiting' and next_try_at <= ${claim.realNow}
             order by next_try_at
             limit ${claim.limit}
               for update skip locked) as due
      join outside_recoveries r on r.account_id = due.account_id and r.id = due.recovery_id
      join recovery_connectors k on k.account_id = due.account_id
      join accounts a on a.id = due.account_id
     where i.account_id = due.account_id and i.recovery_id = due.recovery_id and k.id = i.connector_id
    returning i.*, k.platform, k.credentials_sealed, a.environment, r.amount_minor, r.currency, r.gateway_reference,
              r.closed_at`.execute(tx)
  return rows
}

export async function settleOwedPayment(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly recoveryId: Uuid },
  end: {
    readonly state: 'waiting' | 'done' | 'dead'
    readonly error: string | null
    readonly nextTryAt: Instant | null
    readonly writtenAt: Instant | null
  },
): Promise<void> {
  await sql`
    update connected_invoices
       set write_back = ${end.state}, last_error = ${end.error}, next_try_at = ${end.nextTryAt},
           written_at = ${end.writtenAt}
     where account_id = ${of.accountId} and recovery_id = ${of.recoveryId} and write_back = 'waiting'`.execute(
    tx,
  )
}
