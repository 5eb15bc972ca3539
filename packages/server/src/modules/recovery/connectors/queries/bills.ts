import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Selectable, sql } from 'kysely'
import { type DB, insertMany, type Tx } from '../../../../platform/db/index.ts'
import type { BillPlace } from '../connector.ts'
import type { ConnectorRow } from './connectors.ts'

export type ConnectedInvoiceRow = Selectable<DB['connected_invoices']>

type RecoveryRow = Selectable<DB['outside_recoveries']>

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

type OpenOfBill = { readonly accountId: Uuid; readonly connectorId: Uuid }

export type Place =
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

/** What has been done for a bill here. */
export type BillHistory = {
  readonly latest: RecoveryRow
  readonly isOpen: boolean
  /** A recovery of it was won: a payment of it is ours. */
  readonly isWon: boolean
  /** It was paid here, and its platform does not know of it yet. */
  readonly isOwed: boolean
}

/** Null when nothing was. Takes no lock: whoever is to be the only one holds the bill's name (`hand-over.ts`). */
export async function findBillHistory(
  tx: Tx,
  of: OpenOfBill & { readonly invoiceId: string },
): Promise<BillHistory | null> {
  type Row = RecoveryRow & Readonly<Record<'is_open' | 'is_won' | 'is_owed', boolean>>
  const { rows } = await sql<Row>`
    select r.*, bool_or(r.closed_at is null) over () as is_open,
           bool_or(r.state = 'succeeded') over () as is_won,
           bool_or(i.write_back in ('waiting', 'dead')) over () as is_owed
      from connected_invoices i
      join outside_recoveries r on r.account_id = i.account_id and r.id = i.recovery_id
     where i.account_id = ${of.accountId} and i.connector_id = ${of.connectorId} and i.invoice_id = ${of.invoiceId}
     order by r.id desc
     limit 1`.execute(tx)
  const [row] = rows
  if (row === undefined) return null
  const { is_open: isOpen, is_won: isWon, is_owed: isOwed, ...latest } = row
  return { latest, isOpen, isWon, isOwed }
}

export type ConnectedRow = ConnectedInvoiceRow & {
  readonly platform: ConnectorRow['platform']
  readonly credentials_sealed: string
  readonly environment: 'live' | 'sandbox'
}

/** A bill that is being recovered, and the currency it was handed over in. */
export type AskedBill = ConnectedInvoiceRow & { readonly currency: string }

/** The same with what its platform is reached by. */
export type DueBill = AskedBill & ConnectedRow

/** Where the bills of recoveries are that wait for something. */
export async function listWaitingBills(tx: Tx, of: OpenOfBill & Place): Promise<AskedBill[]> {
  const { rows } = await sql<AskedBill>`
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

/** `moved_at`: since when its recovery goes on with another card than it was handed over with. */
export type RecoveredBill = DueBill & { readonly moved_at: Instant | null }

/** Where the bills of these recoveries are; those that no platform handed over have none. */
export async function listBillsOf(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly recoveryIds: readonly Uuid[] },
): Promise<RecoveredBill[]> {
  const { rows } = await sql<RecoveredBill>`
    select i.*, k.platform, k.credentials_sealed, a.environment, r.currency, r.moved_at
      from connected_invoices i
      join outside_recoveries r on r.account_id = i.account_id and r.id = i.recovery_id
      join recovery_connectors k on k.account_id = i.account_id and k.id = i.connector_id
      join accounts a on a.id = i.account_id
     where i.account_id = ${of.accountId} and i.recovery_id = any(${of.recoveryIds}::uuid[])
     order by i.recovery_id`.execute(tx)
  return rows
}

/** The platform charges this card for the bill from now on. */
export async function noteToldToken(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly recoveryId: Uuid; readonly token: string },
): Promise<void> {
  await sql`
    update connected_invoices set told_token = ${of.token}
     where account_id = ${of.accountId} and recovery_id = ${of.recoveryId}`.execute(tx)
}

/** The bill was paid where it lives: nothing that was begun for it until now is owed any more. */
export async function notePaidThere(
  tx: Tx,
  of: OpenOfBill & { readonly invoiceId: string; readonly at: Instant },
): Promise<void> {
  await sql`
    update connected_invoices set paid_there_at = ${of.at}
     where account_id = ${of.accountId} and connector_id = ${of.connectorId} and invoice_id = ${of.invoiceId}
       and paid_there_at is null`.execute(tx)
}
