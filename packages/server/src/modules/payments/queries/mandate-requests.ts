import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Selectable, sql } from 'kysely'
import { type DB, insertMany, type Tx } from '../../../platform/db/index.ts'

export type MandateRequestRow = Selectable<DB['mandate_requests']>

export async function insertMandateRequest(tx: Tx, row: MandateRequestRow): Promise<void> {
  await insertMany(tx, 'mandate_requests', [row])
}

export async function findMandateRequest(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly tokenHash: string },
): Promise<MandateRequestRow | null> {
  const { rows } = await sql<MandateRequestRow>`
    select * from mandate_requests
     where account_id = ${of.accountId} and token_hash = ${of.tokenHash}`.execute(tx)
  return rows[0] ?? null
}

/** False: it was used or taken back before. */
export async function consumeMandateRequest(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly id: Uuid },
  at: Instant,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update mandate_requests set status = 'consumed', updated_at = ${at}
     where account_id = ${of.accountId} and id = ${of.id} and status = 'pending_signature'`.execute(
    tx,
  )
  return numAffectedRows === 1n
}

/** What the page of a request shows: amounts in minor units, `now` the account's time. */
export type MandateRequestView = {
  readonly id: Uuid
  readonly status: MandateRequestRow['status']
  readonly expiresAt: Instant
  readonly heldAt: Instant | null
  readonly merchantId: Uuid
  readonly merchantName: string
  readonly customerId: Uuid
  readonly customerName: string | null
  readonly customerEmail: string
  readonly customerPhone: string | null
  readonly invoiceId: Uuid | null
  readonly invoiceNumber: string | null
  readonly invoiceTotalMinor: bigint | null
  readonly invoicePaidMinor: bigint | null
  readonly invoiceCurrency: string | null
}

/** Null too for a customer that was deleted. */
export async function findMandateRequestView(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly tokenHash: string },
): Promise<MandateRequestView | null> {
  const { rows } = await sql<MandateRequestView>`
    select r.id, r.status, r.expires_at as "expiresAt", a.clock_held_at as "heldAt",
           m.id as "merchantId", m.name as "merchantName",
           c.id as "customerId", c.name as "customerName", c.email as "customerEmail", c.phone as "customerPhone",
           i.id as "invoiceId", i.number as "invoiceNumber", i.total_minor as "invoiceTotalMinor",
           i.paid_minor as "invoicePaidMinor", i.currency as "invoiceCurrency"
      from mandate_requests r
      join accounts a on a.id = r.account_id
      join merchants m on m.id = a.merchant_id
      join customers c on c.account_id = r.account_id and c.id = r.customer_id and c.deleted_at is null
      left join invoices i on i.account_id = r.account_id and i.id = r.invoice_id
     where r.account_id = ${of.accountId} and r.token_hash = ${of.tokenHash}`.execute(tx)
  return rows[0] ?? null
}
