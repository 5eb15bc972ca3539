import type { Uuid } from '@perennial/core/ids'
import type { Refund } from '@perennial/core/payments'
import { addMs, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../../platform/db/index.ts'
import { toRefund, toRefundRow, toRefundUpdate, type RefundRow } from '../refunds/rows.ts'

/** `leaseUntil`: real time until which the caller alone may talk to the gateway about them. */
export async function insertRefunds(
  tx: Tx,
  accountId: Uuid,
  refunds: readonly Refund[],
  leaseUntil: Instant,
): Promise<void> {
  await insertMany(
    tx,
    'refunds',
    refunds.map((refund) => toRefundRow(accountId, refund, leaseUntil)),
  )
}

export async function updateRefunds(
  tx: Tx,
  accountId: Uuid,
  refunds: readonly Refund[],
  leaseUntil: Instant,
): Promise<void> {
  await updateMany(
    tx,
    'refunds',
    refunds.map((refund) => toRefundUpdate(accountId, refund, leaseUntil)),
  )
}

export async function findRefund(tx: Tx, accountId: Uuid, id: Uuid): Promise<Refund | null> {
  const { rows } = await sql<RefundRow>`
    select * from refunds where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toRefund(rows[0])
}

export async function lockRefund(tx: Tx, accountId: Uuid, id: Uuid): Promise<Refund | null> {
  const { rows } = await sql<RefundRow>`
    select * from refunds where account_id = ${accountId} and id = ${id} for update`.execute(tx)
  return rows[0] === undefined ? null : toRefund(rows[0])
}

/** The refunds that a credit note asked for, oldest first. The note is locked by the caller. */
export async function listRefundsOfNote(
  tx: Tx,
  accountId: Uuid,
  creditNoteId: Uuid,
): Promise<Refund[]> {
  const { rows } = await sql<RefundRow>`
    select * from refunds
     where account_id = ${accountId} and credit_note_id = ${creditNoteId}
     order by id`.execute(tx)
  return rows.map(toRefund)
}

/** Refunds of an invoice that are read at once. */
const REFUNDS_PAGE = 100

/** Of all payments of an invoice, oldest first. */
export async function listRefundsOfInvoice(
  tx: Tx,
  accountId: Uuid,
  invoiceId: Uuid,
): Promise<Refund[]> {
  const refunds: Refund[] = []
  // Every one counts where it is decided what is left. Each gives back a unit at least, so there is an end.
  for (;;) {
    const after = refunds.at(-1)?.id ?? null
    const { rows } = await sql<RefundRow>`
      select r.* from transactions t
        join refunds r on r.account_id = t.account_id and r.transaction_id = t.id
       where t.account_id = ${accountId} and t.invoice_id = ${invoiceId} and t.type = 'sale'
         and (${after}::uuid is null or r.id > ${after}::uuid)
       order by r.id
       limit ${REFUNDS_PAGE}`.execute(tx)
    refunds.push(...rows.map(toRefund))
    if (rows.length < REFUNDS_PAGE) return refunds
  }
}

/** What refunds of a line, those under way included, have given back of it. Its invoice is locked by the caller. */
export async function sumRefundsOfLine(
  tx: Tx,
  accountId: Uuid,
  line: { readonly id: Uuid; readonly invoiceId: Uuid },
): Promise<bigint> {
  const { rows } = await sql<{ readonly minor: bigint }>`
    select coalesce(sum(amount_minor), 0)::bigint as minor from refunds
     where account_id = ${accountId} and invoice_id = ${line.invoiceId} and invoice_line_id = ${line.id}
       and status not in ('failed', 'canceled')`.execute(tx)
  return rows[0]?.minor ?? 0n
}

/** A refund of an invoice with those that were asked for with it, in the order in which they were made. */
export async function listRefundsWith(
  tx: Tx,
  accountId: Uuid,
  first: { readonly id: Uuid; readonly invoiceId: Uuid },
): Promise<Refund[]> {
  const { rows } = await sql<RefundRow>`
    select * from refunds
     where account_id = ${accountId} and invoice_id = ${first.invoiceId}
       and (id = ${first.id} or first_refund_id = ${first.id})
     order by id`.execute(tx)
  return rows.map(toRefund)
}

/** Finds one by what its gateway calls it. */
export async function findRefundByReference(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly gatewayId: Uuid; readonly gatewayReference: string },
): Promise<Refund | null> {
  const { rows } = await sql<RefundRow>`
    select * from refunds
     where account_id = ${key.accountId} and gateway_id = ${key.gatewayId}
       and gateway_reference = ${key.gatewayReference}
     order by id limit 1`.execute(tx)
  return rows[0] === undefined ? null : toRefund(rows[0])
}

/** Whether a refund of this sale was sent, and what its gateway calls it is not known. The sale is locked by the caller. */
export async function hasUnansweredRefund(tx: Tx, accountId: Uuid, saleId: Uuid): Promise<boolean> {
  const { rows } = await sql<{ readonly found: boolean }>`
    select exists (select from refunds
                    where account_id = ${accountId} and transaction_id = ${saleId}
                      and status = 'processing' and gateway_reference is null) as found`.execute(tx)
  return rows[0]?.found === true
}

/** Pending refunds whose time has come, oldest first. Whoever moves one on locks it, and looks again. */
export async function findDueRefunds(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<Refund[]> {
  const { rows } = await sql<RefundRow>`
    select * from refunds
     where account_id = ${accountId} and status = 'pending' and send_at <= ${until}
     order by send_at
     limit ${limit}`.execute(tx)
  return rows.map(toRefund)
}

type LeaseClaim = {
  readonly accountId: Uuid
  readonly realNow: Instant
  readonly leaseMs: number
  readonly limit: number
}

/** Takes the lease of refunds whose answer nobody is waiting for any more. */
export async function claimUnansweredRefunds(tx: Tx, claim: LeaseClaim): Promise<Refund[]> {
  const { accountId, realNow, leaseMs, limit } = claim
  const { rows } = await sql<RefundRow>`
    update refunds as r set lease_until = ${addMs(realNow, leaseMs)}
     where r.account_id = ${accountId} and r.id = any(array(
             select id from refunds
              where account_id = ${accountId} and status = 'processing' and check_at is null
                and lease_until <= ${realNow}
              order by lease_until
              limit ${limit}
                for update skip locked))
    returning r.*`.execute(tx)
  return rows.map(toRefund)
}

/** Refunds that their gateway is at work on and that are to be asked about again. */
export async function findRefundsAtWork(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<Refund[]> {
  const { rows } = await sql<RefundRow>`
    select * from refunds
     where account_id = ${accountId} and status = 'processing' and check_at <= ${until}
     order by check_at
     limit ${limit}`.execute(tx)
  return rows.map(toRefund)
}

/**
 * Counts one more sending of a refund that its gateway has none of, and takes its lease. `answered`: its gateway has
 * spoken meanwhile; `worn_out`: it was sent as often as allowed, the last time at `lastSentAt`.
 */
export async function claimRefundResend(
  tx: Tx,
  claim: {
    readonly accountId: Uuid
    readonly id: Uuid
    readonly sendsMax: number
    readonly realNow: Instant
    readonly leaseUntil: Instant
  },
): Promise<
  | { readonly kind: 'claimed' | 'answered' }
  | { readonly kind: 'worn_out'; readonly lastSentAt: Instant | null }
> {
  const { numAffectedRows } = await sql`
    update refunds set sends = sends + 1, sent_at = ${claim.realNow}, lease_until = ${claim.leaseUntil}
     where account_id = ${claim.accountId} and id = ${claim.id}
       and status = 'processing' and check_at is null and sends < ${claim.sendsMax}`.execute(tx)
  if (numAffectedRows === 1n) return { kind: 'claimed' }
  const { rows } = await sql<{ readonly sent_at: Instant | null; readonly open: boolean }>`
    select sent_at, status = 'processing' and check_at is null as open from refunds
     where account_id = ${claim.accountId} and id = ${claim.id}`.execute(tx)
  const [row] = rows
  if (row?.open !== true) return { kind: 'answered' }
  return { kind: 'worn_out', lastSentAt: row.sent_at }
}
