import type { Dispute, DisputeStatus } from '@perennial/core/disputes'
import type { Uuid } from '@perennial/core/ids'
import { formatInstant, type Instant } from '@perennial/core/time'
import { sql, type RawBuilder } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { PageRequest } from '../../../platform/lists/index.ts'
import { toDispute, type DisputeRow } from '../rows.ts'

export type DisputeFilter = {
  readonly status: DisputeStatus | null
  readonly resolution: 'won' | 'lost' | 'withdrawn' | null
  readonly paymentId: Uuid | null
  readonly invoiceId: Uuid | null
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

const STATUSES: readonly DisputeStatus[] = [
  'warning_needs_response',
  'warning_closed',
  'needs_response',
  'under_review',
  'won',
  'lost',
]
/** An answer is owed with these, until one was handed in: an answered warning keeps its status. */
const OWED: readonly DisputeStatus[] = ['warning_needs_response', 'needs_response']
const TOTAL_MAX = 10_000

/** The statuses that a filter leaves: none when it asks for what cannot be, such as a won dispute that was lost. */
function statusesOf({ status, resolution, needsEvidence }: DisputeFilter): DisputeStatus[] {
  return STATUSES.filter(
    (each) =>
      (status === null || each === status) &&
      (resolution === null || each === (resolution === 'lost' ? 'lost' : 'won')) &&
      (needsEvidence !== true || OWED.includes(each)),
  )
}

/**
 * Newest first by the day they were raised. Each filter that leads has an index in that order; `between` says no more than
 * `=` would, but only that index then gives the order.
 */
export async function listDisputes(
  tx: Tx,
  accountId: Uuid,
  filter: DisputeFilter,
  page: PageRequest,
): Promise<DisputePage> {
  const statuses = statusesOf(filter)
  if (statuses.length === 0) return { rows: [], hasMore: false, total: 0, isTotalCapped: false }
  const where = sql.join([sql`account_id = ${accountId}`, ...windowOf(filter)], sql` and `)
  const after =
    page.startingAfter === null
      ? sql`true`
      : sql`(disputed_at, id) < (select c.disputed_at, c.id from disputes c
              where c.account_id = ${accountId} and c.id = ${page.startingAfter})`
  const found = await sql<DisputeRow>`
    select * from (${readBy(filter, statuses, { where: sql`${where} and ${after}`, page })}) as found
     order by disputed_at desc, id desc
     limit ${page.limit + 1} offset ${page.offset}`.execute(tx)
  const counted = await sql<{ readonly count: bigint }>`
    select count(*) as count from (
      select 1 from disputes
       where ${where} and ${equals(filter)} and status = any(${statuses}::text[])
       limit ${TOTAL_MAX + 1}) as counted`.execute(tx)
  const total = Number(counted.rows[0]?.count ?? 0n)
  return {
    rows: found.rows.slice(0, page.limit).map(toDispute),
    hasMore: found.rows.length > page.limit,
    total: Math.min(total, TOTAL_MAX),
    isTotalCapped: total > TOTAL_MAX,
  }
}

function readBy(
  filter: DisputeFilter,
  statuses: readonly DisputeStatus[],
  read: { readonly where: RawBuilder<unknown>; readonly page: PageRequest },
): RawBuilder<unknown> {
  const { paymentId, invoiceId, gatewayId, resolution } = filter
  const most = read.page.offset + read.page.limit + 1
  const rest = sql`${read.where} and ${equals(filter)} and status = any(${statuses}::text[])`
  if (paymentId !== null || invoiceId !== null) return sql`select * from disputes where ${rest}`
  const led = (column: string, value: string) => sql`
    select * from disputes
     where ${rest} and ${sql.ref(column)} between ${value} and ${value}
     order by ${sql.ref(column)} desc, disputed_at desc, id desc limit ${most}`
  if (gatewayId !== null) return led('gateway_id', gatewayId)
  if (resolution !== null) return led('resolution', resolution)
  if (statuses.length === STATUSES.length)
    return sql`select * from disputes where ${rest} order by disputed_at desc, id desc limit ${most}`
  return sql`
    select one.* from unnest(${statuses}::text[]) as wanted(status)
     cross join lateral (
       select * from disputes
        where ${read.where} and ${equals(filter)} and disputes.status between wanted.status and wanted.status
        order by disputes.status desc, disputed_at desc, id desc limit ${most}) as one`
}

function equals({
  paymentId,
  invoiceId,
  gatewayId,
  resolution,
  needsEvidence,
}: DisputeFilter): RawBuilder<unknown> {
  const isOwed = sql`(status = any(${OWED}::text[]) and evidence_submitted_at is null)`
  return sql.join(
    [
      sql`true`,
      ...(paymentId === null ? [] : [sql`payment_id = ${paymentId}`]),
      ...(invoiceId === null ? [] : [sql`invoice_id = ${invoiceId}`]),
      ...(gatewayId === null ? [] : [sql`gateway_id = ${gatewayId}`]),
      ...(resolution === null ? [] : [sql`resolution = ${resolution}`]),
      ...(needsEvidence === null ? [] : [needsEvidence ? isOwed : sql`not ${isOwed}`]),
    ],
    sql` and `,
  )
}

function windowOf({ disputedAfter, disputedBefore }: DisputeFilter): RawBuilder<unknown>[] {
  return [
    ...(disputedAfter === null
      ? []
      : [sql`disputed_at >= ${formatInstant(disputedAfter)}::timestamptz`]),
    ...(disputedBefore === null
      ? []
      : [sql`disputed_at <= ${formatInstant(disputedBefore)}::timestamptz`]),
  ]
}

/** Those that have not ended, most urgent first: by their deadline, and then those that have none. */
export async function listOpenDisputes(
  tx: Tx,
  accountId: Uuid,
  given: { readonly now: Instant; readonly limit: number },
): Promise<{
  readonly rows: readonly Dispute[]
  readonly totalOpen: number
  readonly overdueCount: number
}> {
  const { limit, now } = given
  const due = await sql<DisputeRow>`
    select * from disputes
     where account_id = ${accountId} and next_due_at is not null
     order by next_due_at limit ${limit}`.execute(tx)
  // With fewer deadlines than rows asked for, at most as many are passed over here.
  const others = await sql<DisputeRow>`
    select one.* from unnest(array['needs_response', 'warning_needs_response', 'under_review']) as wanted(status)
     cross join lateral (
       select * from disputes
        where account_id = ${accountId} and disputes.status between wanted.status and wanted.status
          and next_due_at is null
        order by disputes.status, disputed_at, id limit ${limit - due.rows.length}) as one
     order by disputed_at, id limit ${limit - due.rows.length}`.execute(tx)
  const counted = await sql<{ readonly open: bigint; readonly overdue: bigint }>`
    select (select count(*) from (
              select 1 from disputes
               where account_id = ${accountId}
                 and status in ('warning_needs_response', 'needs_response', 'under_review')
               limit ${TOTAL_MAX}) as open) as open,
           (select count(*) from (
              select 1 from disputes where account_id = ${accountId} and next_due_at <= ${now}
               limit ${TOTAL_MAX}) as late) as overdue`.execute(tx)
  const [counts] = counted.rows
  return {
    rows: [...due.rows, ...others.rows].map(toDispute),
    totalOpen: Number(counts?.open ?? 0n),
    overdueCount: Number(counts?.overdue ?? 0n),
  }
}
