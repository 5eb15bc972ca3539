import type { Uuid } from '@perennial/core/ids'
import type { Shipment, ShipmentStatus } from '@perennial/core/shipping'
import { formatInstant, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { type Tx, updateMany } from '../../platform/db/index.ts'
import { type PageRequest, readChoices, readRows } from '../../platform/lists/index.ts'
import { toNewShipmentJson, type ShipmentRow, toShipment, toShipmentRow } from './shipment-row.ts'

type Key = { readonly accountId: Uuid; readonly id: Uuid }

/**
 * Shipments of invoices that were paid, as they are now: an invoice has one. Where its money had gone back and it was
 * called off, it is taken up again; where it had gone out, nothing is done.
 */
export async function insertShipments(
  tx: Tx,
  accountId: Uuid,
  shipments: readonly Shipment[],
): Promise<Shipment[]> {
  if (shipments.length === 0) return []
  const given = JSON.stringify(shipments.map((shipment) => toNewShipmentJson(accountId, shipment)))
  const { rows } = await sql<ShipmentRow>`
    insert into shipments
    select * from jsonb_populate_recordset(null::shipments, ${given}::jsonb)
    on conflict (account_id, invoice_id) do update
       set status = 'pending', canceled_at = null, updated_at = excluded.updated_at,
           version = shipments.version + 1
     where shipments.status = 'canceled'
    returning *`.execute(tx)
  return rows.map(toShipment)
}

/** What was called off with the money since then goes out after all; what somebody had called off before does not. */
export async function resumeShipments(
  tx: Tx,
  accountId: Uuid,
  of: readonly { readonly invoiceId: Uuid; readonly since: Instant; readonly at: Instant }[],
): Promise<Shipment[]> {
  if (of.length === 0) return []
  const { rows } = await sql<ShipmentRow>`
    update shipments s
       set status = 'pending', canceled_at = null, updated_at = r.at, version = s.version + 1
      from unnest(${of.map(({ invoiceId }) => invoiceId)}::uuid[],
                  ${of.map(({ since }) => formatInstant(since))}::timestamptz[],
                  ${of.map(({ at }) => formatInstant(at))}::timestamptz[]) as r (invoice_id, since, at)
     where s.account_id = ${accountId} and s.invoice_id = r.invoice_id and s.status = 'canceled'
       and s.canceled_at >= r.since
    returning s.*`.execute(tx)
  return rows.map(toShipment)
}

/** Calls off what has not gone out for invoices whose money goes back, or that nobody is to pay. */
export async function cancelShipments(
  tx: Tx,
  accountId: Uuid,
  of: { readonly invoiceIds: readonly Uuid[]; readonly at: Instant },
): Promise<Shipment[]> {
  if (of.invoiceIds.length === 0) return []
  const { rows } = await sql<ShipmentRow>`
    update shipments
       set status = 'canceled', canceled_at = ${of.at}, updated_at = ${of.at}, version = version + 1
     where account_id = ${accountId} and invoice_id = any(${of.invoiceIds}::uuid[]) and status = 'pending'
    returning *`.execute(tx)
  return rows.map(toShipment)
}

export async function findShipment(tx: Tx, { accountId, id }: Key): Promise<Shipment | null> {
  const { rows } = await sql<ShipmentRow>`
    select * from shipments where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toShipment(rows[0])
}

export async function lockShipment(tx: Tx, { accountId, id }: Key): Promise<Shipment | null> {
  const { rows } = await sql<ShipmentRow>`
    select * from shipments where account_id = ${accountId} and id = ${id} for update`.execute(tx)
  return rows[0] === undefined ? null : toShipment(rows[0])
}

/** Writes what a locked shipment has become. */
export async function updateShipment(tx: Tx, accountId: Uuid, shipment: Shipment): Promise<void> {
  await updateMany(tx, 'shipments', [toShipmentRow(accountId, shipment)])
}

export type ShipmentFilter = {
  readonly status: ShipmentStatus | null
  readonly subscriptionId: Uuid | null
  readonly invoiceId: Uuid | null
}

/** Newest first. Those of a subscription or an invoice are few; a status is read as a list of its own. */
export async function listShipments(
  tx: Tx,
  list: { readonly accountId: Uuid; readonly filter: ShipmentFilter; readonly page: PageRequest },
): Promise<{ readonly rows: readonly Shipment[]; readonly hasMore: boolean }> {
  const { accountId, page } = list
  const { status, subscriptionId, invoiceId } = list.filter
  const base = { select: '*', table: 'shipments', accountId, page } as const
  const owner = [
    ...(subscriptionId === null ? [] : [sql`subscription_id = ${subscriptionId}`]),
    ...(invoiceId === null ? [] : [sql`invoice_id = ${invoiceId}`]),
  ]
  if (status === null || owner.length > 0) {
    const filters = [...owner, ...(status === null ? [] : [sql`status = ${status}`])]
    const found = await readRows<ShipmentRow>(tx, { ...base, filters })
    return { ...found, rows: found.rows.map(toShipment) }
  }
  const choices = { columns: ['status'], combinations: [[status]] }
  const found = await readChoices<ShipmentRow>(tx, { ...base, filters: [], choices })
  return { ...found, rows: found.rows.map(toShipment) }
}
