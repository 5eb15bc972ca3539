import type { Dispute } from '@perennial/core/disputes'
import type { OnDispute } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../../platform/db/index.ts'
import { toDispute, toDisputeRow, toDisputeUpdate, type DisputeRow } from '../rows.ts'

export async function insertDisputes(
  tx: Tx,
  accountId: Uuid,
  disputes: readonly Dispute[],
): Promise<void> {
  await insertMany(
    tx,
    'disputes',
    disputes.map((dispute) => toDisputeRow(accountId, dispute)),
  )
}

export async function updateDisputes(
  tx: Tx,
  accountId: Uuid,
  disputes: readonly Dispute[],
): Promise<void> {
  await updateMany(
    tx,
    'disputes',
    disputes.map((dispute) => toDisputeUpdate(accountId, dispute)),
  )
}

export async function writeDisputeMetadata(
  tx: Tx,
  accountId: Uuid,
  { id, metadata, updatedAt }: Dispute,
): Promise<void> {
  await sql`
    update disputes set metadata = ${JSON.stringify(metadata)}::jsonb, updated_at = ${updatedAt}
     where account_id = ${accountId} and id = ${id}`.execute(tx)
}

export async function findDispute(tx: Tx, accountId: Uuid, id: Uuid): Promise<Dispute | null> {
  const { rows } = await sql<DisputeRow>`
    select * from disputes where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] === undefined ? null : toDispute(rows[0])
}

export async function lockDispute(tx: Tx, accountId: Uuid, id: Uuid): Promise<Dispute | null> {
  const { rows } = await sql<DisputeRow>`
    select * from disputes where account_id = ${accountId} and id = ${id} for update`.execute(tx)
  return rows[0] === undefined ? null : toDispute(rows[0])
}

/** Those of these that are known, by their gateways' own references, locked in the order of their ids. */
export async function lockDisputesOf(
  tx: Tx,
  accountId: Uuid,
  told: readonly { readonly gatewayId: Uuid; readonly reference: string }[],
): Promise<Dispute[]> {
  const { rows } = await sql<DisputeRow>`
    select d.*
      from unnest(${told.map((one) => one.gatewayId)}::uuid[], ${told.map((one) => one.reference)}::text[])
             as t (gateway_id, reference)
      join disputes d on d.account_id = ${accountId} and d.gateway_id = t.gateway_id
                     and d.gateway_reference = t.reference
     order by d.id
       for update of d`.execute(tx)
  return rows.map(toDispute)
}

/** Disputes of these payments, oldest first; of one there are hardly ever two. */
export async function listDisputesOf(
  tx: Tx,
  accountId: Uuid,
  paymentIds: readonly Uuid[],
): Promise<readonly Dispute[]> {
  const { rows } = await sql<DisputeRow>`
    select own.* from unnest(${paymentIds}::uuid[]) as p (id)
     cross join lateral (
       select * from disputes
        where account_id = ${accountId} and payment_id = p.id
        order by id limit 100) as own`.execute(tx)
  return rows.map(toDispute)
}

/** Disputes whose deadline has passed by the account's time, oldest first: found here, locked by whoever decides. */
export async function findDueDisputes(
  tx: Tx,
  accountId: Uuid,
  of: { readonly until: Instant; readonly limit: number; readonly except: readonly Uuid[] },
): Promise<readonly Dispute[]> {
  const { rows } = await sql<DisputeRow>`
    select * from disputes
     where account_id = ${accountId} and next_due_at <= ${of.until}
       and id <> all(${of.except}::uuid[])
     order by next_due_at
     limit ${of.limit}`.execute(tx)
  return rows.map(toDispute)
}

/** What a chargeback does to each of these subscriptions; of those that are absent the account says it. */
export async function listOnDispute(
  tx: Tx,
  accountId: Uuid,
  subscriptionIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, OnDispute>> {
  const { rows } = await sql<{ readonly id: Uuid; readonly on_dispute: OnDispute }>`
    select id, on_dispute from subscriptions
     where account_id = ${accountId} and id = any(${subscriptionIds}::uuid[])
       and on_dispute is not null`.execute(tx)
  return new Map(rows.map((row) => [row.id, row.on_dispute]))
}

/** False when there is no such subscription. */
export async function setOnDispute(
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly subscriptionId: Uuid
    readonly onDispute: 'none' | 'pause' | 'cancel' | null
  },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update subscriptions set on_dispute = ${given.onDispute}
     where account_id = ${given.accountId} and id = ${given.subscriptionId}`.execute(tx)
  return numAffectedRows === 1n
}
