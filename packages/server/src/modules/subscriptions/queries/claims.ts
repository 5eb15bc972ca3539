import type { Uuid } from '@perennial/core/ids'
import type { Subscription } from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { toSubscription, type SubscriptionRow } from '../rows.ts'

/** Where a claim stopped: everything due up to here has been looked at. */
export type DuePlace = { readonly dueAt: Instant; readonly id: Uuid }

/**
 * Subscriptions that are due by `until`, oldest first, behind a place or from the first on, locked; what another worker
 * holds is passed over, and so is what is named. Parked ones are not found until someone retries them.
 */
export async function claimDueSubscriptions(
  tx: Tx,
  due: {
    readonly accountId: Uuid
    readonly until: Instant
    readonly limit: number
    readonly exceptIds: ReadonlySet<Uuid>
  },
  after: DuePlace | null,
): Promise<Subscription[]> {
  const { exceptIds } = due
  const isBehind =
    after === null ? sql`` : sql`and (next_due_at, id) > (${after.dueAt}, ${after.id})`
  const isNamed = exceptIds.size === 0 ? sql`` : sql`and id <> all(${[...exceptIds]}::uuid[])`
  const { rows } = await sql<SubscriptionRow>`
    select * from subscriptions
     where account_id = ${due.accountId} and next_due_at <= ${due.until} and parked_at is null
       ${isBehind} ${isNamed}
     order by next_due_at, id
     limit ${due.limit}
       for update skip locked`.execute(tx)
  return rows.map(toSubscription)
}

/** Locks subscriptions in the order of their ids. `skipLocked` leaves out what another worker holds. */
export async function lockSubscriptions(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[],
  options: { readonly skipLocked: boolean } = { skipLocked: false },
): Promise<Subscription[]> {
  const { rows } = await sql<SubscriptionRow>`
    select * from subscriptions
     where account_id = ${accountId} and id = any(${ids}::uuid[])
     order by id
       for update ${sql.raw(options.skipLocked ? 'skip locked' : '')}`.execute(tx)
  return rows.map(toSubscription)
}

/** Sets a subscription aside whose decision or write failed, so that it stops nobody else. */
export async function parkSubscription(
  tx: Tx,
  accountId: Uuid,
  parked: {
    readonly id: Uuid
    readonly at: Instant
    readonly reason: string
    /** Only if it is still due by then. */
    readonly dueBy?: Instant
  },
): Promise<void> {
  const stillDue = parked.dueBy === undefined ? sql`true` : sql`next_due_at <= ${parked.dueBy}`
  await sql`
    update subscriptions set parked_at = ${parked.at}, parked_reason = ${parked.reason}
     where account_id = ${accountId} and id = ${parked.id} and ${stillDue}`.execute(tx)
}

/** Lets parked subscriptions be claimed again; returns how many there were. */
export async function unparkSubscriptions(
  tx: Tx,
  accountId: Uuid,
  ids: readonly Uuid[] | null,
): Promise<number> {
  const which = ids === null ? sql`true` : sql`id = any(${ids}::uuid[])`
  const result = await sql`
    update subscriptions set parked_at = null, parked_reason = null
     where account_id = ${accountId} and parked_at is not null and ${which}`.execute(tx)
  return Number(result.numAffectedRows ?? 0n)
}

export type ParkedSubscription = {
  readonly id: Uuid
  readonly parkedAt: Instant
  readonly reason: string
}

export async function listParked(
  tx: Tx,
  accountId: Uuid,
  limit: number,
): Promise<ParkedSubscription[]> {
  const { rows } = await sql<ParkedSubscription>`
    select id, parked_at as "parkedAt", parked_reason as reason from subscriptions
     where account_id = ${accountId} and parked_at is not null
     order by id limit ${limit}`.execute(tx)
  return rows
}
