import type { Dispute } from '@perennial/core/disputes'
import type { Uuid } from '@perennial/core/ids'
import { formatInstant, type Instant } from '@perennial/core/time'
import { sql, type RawBuilder } from 'kysely'
import { insertMany, updateMany, type Tx } from '../../../platform/db/index.ts'
import type { PageRequest } from '../../../platform/lists/index.ts'
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

/** The dispute that a gateway names by its own reference, locked. */
export async function lockDisputeOf(
  tx: Tx,
  told: { readonly accountId: Uuid; readonly gatewayId: Uuid; readonly reference: string },
): Promise<Dispute | null> {
  const { rows } = await sql<DisputeRow>`
    select * from disputes
     where account_id = ${told.accountId} and gateway_id = ${told.gatewayId}
       and gateway_reference = ${told.reference}
       for update`.execute(tx)
  return rows[0] === undefined ? null : toDispute(rows[0])
}

/** Disputes of one payment, oldest first; there are hardly ever two. */
export async function listDisputesOf(
  tx: Tx,
  accountId: Uuid,
  paymentId: Uuid,
): Promise<readonly Dispute[]> {
  const { rows } = await sql<DisputeRow>`
    select * from disputes
     where account_id = ${accountId} and payment_id = ${paymentId}
     order by id limit 100`.execute(tx)
  return rows.map(toDispute)
}

/** Disputes whose deadline has passed by the account's time, oldest first: found here, locked by whoever decides. */
export async function findDueDisputes(
  tx: Tx,
  accountId: Uuid,
  until: Instant,
  limit: number,
): Promise<readonly { readonly id: Uuid; readonly dueAt: Instant }[]> {
  const { rows } = await sql<{ id: Uuid; dueAt: Instant }>`
    select id, next_due_at as "dueAt" from disputes
     where account_id = ${accountId} and next_due_at <= ${until}
     order by next_due_at
     limit ${limit}`.execute(tx)
  return rows
}

export type DisputeFilter = {
  readonly status: string | null
  readonly resolution: string | null
  readonly paymentId: Uuid | null
  readonly gatewayId: Uuid | null
  readonly disputedAfter: Instant | null
  readonly disputedBefore: Instant | null
  /** Whether an answer is owed; null = either. */
  readonly needsEvidence: boolean | null
}

export type DisputePage = {
  readonly rows: readonly Dispute[]
  readonly hasMore: boolean
  readonly total: number
  readonly isTotalCapped: boolean
}

const TOTAL_MAX = 10_000

/** Newest first by the day they were raised. */
export async function listDisputes(
  tx: Tx,
  accountId: Uuid,
  filter: DisputeFilter,
  page: PageRequest,
): Promise<DisputePage> {
  const where = sql.join([sql`account_id = ${accountId}`, ...conditions(filter)], sql` and `)
  const cursor =
    page.startingAfter === null
      ? sql`true`
      : sql`(disputed_at, id) < (select c.disputed_at, c.id from disputes c
              where c.account_id = ${accountId} and c.id = ${page.startingAfter})`
  const [found, counted] = await Promise.all([
    sql<DisputeRow>`
      select * from disputes where ${where} and ${cursor}
       order by disputed_at desc, id desc
       limit ${page.limit + 1} offset ${page.offset}`.execute(tx),
    sql<{ readonly count: bigint }>`
      select count(*) as count from (select 1 from disputes where ${where} limit ${TOTAL_MAX + 1}) as counted`.execute(
      tx,
    ),
  ])
  const total = Number(counted.rows[0]?.count ?? 0n)
  return {
    rows: found.rows.slice(0, page.limit).map(toDispute),
    hasMore: found.rows.length > page.limit,
    total: Math.min(total, TOTAL_MAX),
    isTotalCapped: total > TOTAL_MAX,
  }
}

function conditions(filter: DisputeFilter): RawBuilder<unknown>[] {
  const { status, resolution, paymentId, gatewayId, needsEvidence } = filter
  const { disputedAfter, disputedBefore } = filter
  return [
    ...(status === null ? [] : [sql`status = ${status}`]),
    ...(resolution === null ? [] : [sql`resolution = ${resolution}`]),
    ...(paymentId === null ? [] : [sql`payment_id = ${paymentId}`]),
    ...(gatewayId === null ? [] : [sql`gateway_id = ${gatewayId}`]),
    ...(disputedAfter === null
      ? []
      : [sql`disputed_at >= ${formatInstant(disputedAfter)}::timestamptz`]),
    ...(disputedBefore === null
      ? []
      : [sql`disputed_at <= ${formatInstant(disputedBefore)}::timestamptz`]),
    ...(needsEvidence === null
      ? []
      : [needsEvidence ? sql`next_due_at is not null` : sql`next_due_at is null`]),
  ]
}

/** Those that wait for an answer, most urgent first; how many there are, and how many are late. */
export async function listOpenDisputes(
  tx: Tx,
  accountId: Uuid,
  given: { readonly now: Instant; readonly limit: number },
): Promise<{
  readonly rows: readonly Dispute[]
  readonly totalOpen: number
  readonly overdueCount: number
}> {
  const open = sql`account_id = ${accountId}
    and status in ('warning_needs_response', 'needs_response', 'under_review')`
  const [found, counted] = await Promise.all([
    sql<DisputeRow>`
      select * from disputes where ${open}
       order by next_due_at nulls last, disputed_at, id
       limit ${given.limit}`.execute(tx),
    sql<{ readonly open: bigint; readonly overdue: bigint }>`
      select count(*) as open, count(*) filter (where next_due_at <= ${given.now}) as overdue
        from (select next_due_at from disputes where ${open} limit ${TOTAL_MAX}) as counted`.execute(
      tx,
    ),
  ])
  const [counts] = counted.rows
  return {
    rows: found.rows.map(toDispute),
    totalOpen: Number(counts?.open ?? 0n),
    overdueCount: Number(counts?.overdue ?? 0n),
  }
}

/** What a chargeback does to this subscription; null = what the account says. */
export async function findOnDispute(
  tx: Tx,
  accountId: Uuid,
  subscriptionId: Uuid,
): Promise<'none' | 'pause' | 'cancel' | null> {
  const { rows } = await sql<{ readonly on_dispute: 'none' | 'pause' | 'cancel' | null }>`
    select on_dispute from subscriptions
     where account_id = ${accountId} and id = ${subscriptionId}`.execute(tx)
  return rows[0]?.on_dispute ?? null
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
