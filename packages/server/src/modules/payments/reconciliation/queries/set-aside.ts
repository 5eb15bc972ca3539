import type { Uuid } from '@perennial/core/ids'
import type { KeptMovement } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { sql, type RawBuilder, type Selectable } from 'kysely'
import type { DB, Tx } from '../../../../platform/db/index.ts'
import { storedCurrency } from '../../../invoices/index.ts'

/** A line of a gateway's list, for a person to say what becomes of it. */
export type Line = Pick<
  KeptMovement,
  'id' | 'gatewayId' | 'kind' | 'chargeReference' | 'amountMinor' | 'feeMinor' | 'currency' | 'at'
> & {
  readonly isMatched: boolean
  readonly isSetAside: boolean
}

type MovementRow = Selectable<DB['gateway_movements']>

export async function lockLine(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid },
): Promise<Line | null> {
  const { rows } = await sql<MovementRow>`
    select * from gateway_movements where account_id = ${key.accountId} and id = ${key.id}
       for update`.execute(tx)
  return rows[0] === undefined ? null : toLine(rows[0])
}

/** What is neither booked by itself nor found: a fee, a payout and a correction of the balance are booked when they are kept. */
const IS_UNBOOKED = sql`
  matched_id is null and set_aside_at is null
  and (kind in ('charge', 'refund', 'dispute', 'dispute_reversal')
       or kind = 'adjustment' and charge_reference is not null)`

/** Sets a line aside. None, if something of ours stands behind it or it is booked; its postings are to be made in the same transaction. */
export async function setLineAside(
  tx: Tx,
  given: { readonly accountId: Uuid; readonly id: Uuid; readonly at: Instant },
): Promise<Line[]> {
  return setAside(tx, { ...given, which: sql`id = ${given.id}` })
}

/** The same of corrections that name a charge, by the names of their lines. */
export async function setCorrectionsAside(
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly gatewayId: Uuid
    readonly references: readonly string[]
    readonly at: Instant
  },
): Promise<Line[]> {
  const which = sql`gateway_id = ${given.gatewayId} and kind = 'adjustment'
     and reference = any(${given.references}::text[])`
  return setAside(tx, { ...given, which })
}

async function setAside(
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly at: Instant
    readonly which: RawBuilder<unknown>
  },
): Promise<Line[]> {
  const { rows } = await sql<MovementRow>`
    update gateway_movements set set_aside_at = ${given.at}
     where account_id = ${given.accountId} and ${given.which} and ${IS_UNBOOKED}
    returning *`.execute(tx)
  return rows.map(toLine)
}

/** A person has said which sale of ours a line is about. The line is locked by the caller. */
export async function matchLine(
  tx: Tx,
  given: { readonly accountId: Uuid; readonly id: Uuid; readonly saleId: Uuid },
): Promise<void> {
  await sql`
    update gateway_movements
       set matched_kind = 'transaction', matched_id = ${given.saleId}, set_aside_at = null
     where account_id = ${given.accountId} and id = ${given.id}`.execute(tx)
}

function toLine(row: MovementRow): Line {
  return {
    id: row.id,
    gatewayId: row.gateway_id,
    kind: row.kind,
    chargeReference: row.charge_reference,
    amountMinor: row.amount_minor,
    feeMinor: row.fee_minor,
    currency: storedCurrency(row.currency),
    at: row.moved_at,
    isMatched: row.matched_id !== null,
    isSetAside: row.set_aside_at !== null,
  }
}
