import type { Uuid } from '@perennial/core/ids'
import type { PaymentVoid } from '@perennial/core/payments'
import { addMs, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../../platform/db/index.ts'
import { toPaymentVoid, toVoidRow, toVoidUpdate, type VoidRow } from '../refunds/rows.ts'

/** `leaseUntil`: real time until which the caller alone may talk to the gateway about them. */
export async function insertVoids(
  tx: Tx,
  accountId: Uuid,
  voids: readonly PaymentVoid[],
  leaseUntil: Instant,
): Promise<void> {
  await insertMany(
    tx,
    'voids',
    voids.map((paymentVoid) => toVoidRow(accountId, paymentVoid, leaseUntil)),
  )
}

export async function updateVoids(
  tx: Tx,
  accountId: Uuid,
  voids: readonly PaymentVoid[],
  leaseUntil: Instant,
): Promise<void> {
  await updateMany(
    tx,
    'voids',
    voids.map((paymentVoid) => toVoidUpdate(accountId, paymentVoid, leaseUntil)),
  )
}

export async function findVoid(tx: Tx, accountId: Uuid, id: Uuid): Promise<PaymentVoid | null> {
  const { rows } = await sql<VoidRow>`
    select * from voids where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toPaymentVoid(rows[0])
}

export async function lockVoid(tx: Tx, accountId: Uuid, id: Uuid): Promise<PaymentVoid | null> {
  const { rows } = await sql<VoidRow>`
    select * from voids where account_id = ${accountId} and id = ${id} for update`.execute(tx)
  return rows[0] === undefined ? null : toPaymentVoid(rows[0])
}

/** The void of a sale that is under way, or went well; there is one at most. */
export async function findLiveVoid(
  tx: Tx,
  accountId: Uuid,
  saleId: Uuid,
): Promise<PaymentVoid | null> {
  const { rows } = await sql<VoidRow>`
    select * from voids
     where account_id = ${accountId} and transaction_id = ${saleId}
       and status in ('pending', 'processing', 'succeeded')`.execute(tx)
  return rows[0] === undefined ? null : toPaymentVoid(rows[0])
}

/** How many voids of this sale were refused, or failed after all. */
export async function countFailedVoids(tx: Tx, accountId: Uuid, saleId: Uuid): Promise<number> {
  const { rows } = await sql<{ readonly failed: number }>`
    select count(*)::int as failed from voids
     where account_id = ${accountId} and transaction_id = ${saleId} and status = 'failed'`.execute(
    tx,
  )
  return rows[0]?.failed ?? 0
}

/** Which of these sales are being called off. Their rows are locked by the caller. */
export async function listLiveVoids(
  tx: Tx,
  accountId: Uuid,
  saleIds: readonly Uuid[],
): Promise<ReadonlySet<Uuid>> {
  const { rows } = await sql<{ readonly transaction_id: Uuid }>`
    select transaction_id from voids
     where account_id = ${accountId} and transaction_id = any(${saleIds}::uuid[])
       and status in ('pending', 'processing', 'succeeded')`.execute(tx)
  return new Set(rows.map((row) => row.transaction_id))
}

/** Takes the lease of voids whose answer nobody is waiting for any more. */
export async function claimUnansweredVoids(
  tx: Tx,
  claim: {
    readonly accountId: Uuid
    readonly realNow: Instant
    readonly leaseMs: number
    readonly limit: number
  },
): Promise<PaymentVoid[]> {
  const { accountId, realNow, leaseMs, limit } = claim
  const { rows } = await sql<VoidRow>`
    update voids as v set lease_until = ${addMs(realNow, leaseMs)}
     where v.account_id = ${accountId} and v.id = any(array(
             select id from voids
              where account_id = ${accountId} and status = 'processing' and lease_until <= ${realNow}
              order by lease_until
              limit ${limit}
                for update skip locked))
    returning v.*`.execute(tx)
  return rows.map(toPaymentVoid)
}
