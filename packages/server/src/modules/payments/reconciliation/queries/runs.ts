import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type { DB, Tx } from '../../../../platform/db/index.ts'
import {
  readChoices,
  readRows,
  windowFilters,
  type Page,
  type PageRequest,
} from '../../../../platform/lists/index.ts'

export type RunRow = Selectable<DB['reconciliation_runs']>
export type DifferenceRow = Selectable<DB['reconciliation_differences']>
export type PayoutRow = Selectable<DB['payouts']>

type RunKey = { readonly accountId: Uuid; readonly id: Uuid }

/** A gateway that is to be compared, and how far it was. */
export type ComparedGateway = {
  readonly gatewayId: Uuid
  readonly code: string
  /** Of the gateway, or of the account's first money, whichever was first: history may be older than its gateway. */
  readonly beganAt: Instant
  readonly movementsUntil: Instant | null
}

/** Gateways whose day has come; with `dueBy` null all of them. */
export async function listComparedGateways(
  tx: Tx,
  accountId: Uuid,
  dueBy: Instant | null,
): Promise<ComparedGateway[]> {
  const isDue =
    dueBy === null
      ? sql`true`
      : sql`coalesce(c.reconcile_at, g.created_at + interval '1 day') <= ${dueBy}`
  const { rows } = await sql<ComparedGateway>`
    select g.id as "gatewayId", g.code, least(g.created_at, (select min(t.created_at) from transactions t where t.account_id = ${accountId})) as "beganAt", c.movements_until as "movementsUntil"
      from gateways g
      left join gateway_cursors c on c.account_id = g.account_id and c.gateway_id = g.id
     where g.account_id = ${accountId} and ${isDue}
     order by g.position, g.id
     limit 100`.execute(tx)
  return rows
}

/**
 * Takes a gateway's comparison for the time that it may take at most. False when somebody else has it, or has done it
 * meanwhile.
 */
export async function claimReconciliation(
  tx: Tx,
  claim: {
    readonly accountId: Uuid
    readonly gatewayId: Uuid
    readonly at: Instant
    readonly until: Instant
  },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into gateway_cursors as c (account_id, gateway_id, reconcile_at)
    values (${claim.accountId}, ${claim.gatewayId}, ${claim.until})
    on conflict (account_id, gateway_id) do update set reconcile_at = excluded.reconcile_at
     where c.reconcile_at is null or c.reconcile_at <= ${claim.at}`.execute(tx)
  return numAffectedRows === 1n
}

/** How far a gateway has been compared, and when it is next. Null leaves what is known as it is. */
export async function saveReconcileCursor(
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly gatewayId: Uuid
    readonly movementsUntil: Instant | null
    readonly reconcileAt: Instant
  },
): Promise<void> {
  await sql`
    insert into gateway_cursors as c (account_id, gateway_id, movements_until, reconcile_at)
    values (${given.accountId}, ${given.gatewayId}, ${given.movementsUntil}, ${given.reconcileAt})
    on conflict (account_id, gateway_id) do update
       set movements_until = greatest(c.movements_until, excluded.movements_until),
           reconcile_at = excluded.reconcile_at`.execute(tx)
}

export async function startReconciliation(
  tx: Tx,
  key: RunKey,
  given: {
    readonly gatewayId: Uuid
    readonly from: Instant
    readonly until: Instant
    readonly at: Instant
    readonly source: RunRow['source']
  },
): Promise<void> {
  await sql`
    insert into reconciliation_runs (account_id, id, gateway_id, from_at, until_at, started_at, source)
    values (${key.accountId}, ${key.id}, ${given.gatewayId}, ${given.from}, ${given.until}, ${given.at}, ${given.source})`.execute(
    tx,
  )
}

export type ReconciliationCounts = {
  readonly movements: number
  readonly matched: number
  readonly opened: number
  readonly resolved: number
}

export async function finishReconciliation(
  tx: Tx,
  key: RunKey,
  given: {
    readonly counts: ReconciliationCounts
    readonly error: string | null
    readonly at: Instant
  },
): Promise<void> {
  const { counts, error } = given
  await sql`
    update reconciliation_runs
       set state = ${error === null ? 'finished' : 'failed'}, movements = ${counts.movements},
           matched = ${counts.matched}, opened = ${counts.opened}, resolved = ${counts.resolved},
           error = ${error}, finished_at = ${given.at}
     where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
}

export async function listReconciliationRuns(
  tx: Tx,
  accountId: Uuid,
  page: PageRequest,
): Promise<Pick<Page<RunRow>, 'rows' | 'hasMore'>> {
  return readRows(tx, { select: '*', table: 'reconciliation_runs', accountId, filters: [], page })
}

export async function listDifferences(
  tx: Tx,
  accountId: Uuid,
  filter: { readonly state: string | null },
  page: PageRequest,
): Promise<Pick<Page<DifferenceRow>, 'rows' | 'hasMore'>> {
  const base = { select: '*', table: 'reconciliation_differences', accountId, page } as const
  if (filter.state === null) return readRows(tx, { ...base, filters: [] })
  const choices = { columns: ['state'], combinations: [[filter.state]] }
  return readChoices(tx, { ...base, filters: [], choices })
}

export async function findDifference(
  tx: Tx,
  accountId: Uuid,
  id: Uuid,
): Promise<DifferenceRow | null> {
  const { rows } = await sql<DifferenceRow>`
    select * from reconciliation_differences where account_id = ${accountId} and id = ${id}`.execute(
    tx,
  )
  return rows[0] ?? null
}

/** False when it is resolved already. */
export async function closeDifference(
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly id: Uuid
    readonly note: string
    readonly at: Instant
  },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update reconciliation_differences
       set state = 'resolved', resolved_at = ${given.at}, resolved_how = 'note', note = ${given.note}
     where account_id = ${given.accountId} and id = ${given.id} and state = 'open'`.execute(tx)
  return numAffectedRows === 1n
}

/** It is about this transaction by now, whatever it was resolved as before. */
export async function acceptDifference(
  tx: Tx,
  given: {
    readonly accountId: Uuid
    readonly id: Uuid
    readonly transactionId: Uuid
    readonly note: string
    readonly at: Instant
  },
): Promise<void> {
  await sql`
    update reconciliation_differences
       set state = 'resolved', resolved_at = ${given.at}, resolved_how = 'note', note = ${given.note},
           transaction_id = ${given.transactionId}
     where account_id = ${given.accountId} and id = ${given.id}`.execute(tx)
}

export async function countOpenDifferences(
  tx: Tx,
  accountId: Uuid,
  gatewayId: Uuid,
): Promise<number> {
  const { rows } = await sql<{ readonly count: bigint }>`
    select count(*) as count
      from (select 1 from reconciliation_differences
             where account_id = ${accountId} and gateway_id = ${gatewayId} and state = 'open'
             limit 10001) as open`.execute(tx)
  return Number(rows[0]?.count ?? 0n)
}

export type PayoutFilter = {
  readonly status: string | null
  readonly gatewayId: Uuid | null
  readonly createdAfter: Instant | null
  readonly createdBefore: Instant | null
}

/**
 * Newest first by when they were recorded. Each filter that leads has an index in that order; `between` says no more than
 * `=` would, but only that index then gives the order.
 */
export async function listPayouts(
  tx: Tx,
  accountId: Uuid,
  filter: PayoutFilter,
  page: PageRequest,
): Promise<Pick<Page<PayoutRow>, 'rows' | 'hasMore'>> {
  const { gatewayId, status } = filter
  const window = { column: 'created_at', from: filter.createdAfter, to: filter.createdBefore }
  const lead = gatewayId !== null ? 'gateway_id' : status !== null ? 'status' : null
  const value = gatewayId ?? status ?? ''
  const isUpwards = page.endingBefore !== null && page.startingAfter === null
  const order = sql.raw(isUpwards ? 'asc' : 'desc')
  const led = sql.ref(lead ?? 'account_id')
  const place = (id: Uuid) => sql`(select c.created_at, c.id from payouts c
    where c.account_id = ${accountId} and c.id = ${id})`
  const filters = [
    sql`account_id = ${accountId}`,
    ...(lead === null ? [] : [sql`${led} between ${value} and ${value}`]),
    ...(gatewayId !== null && status !== null ? [sql`status = ${status}`] : []),
    ...windowFilters(window),
    ...(page.startingAfter === null ? [] : [sql`(created_at, id) < ${place(page.startingAfter)}`]),
    ...(page.endingBefore === null ? [] : [sql`(created_at, id) > ${place(page.endingBefore)}`]),
  ]
  const { rows } = await sql<PayoutRow>`
    select * from payouts where ${sql.join(filters, sql` and `)}
     order by ${led} ${order}, created_at ${order}, id ${order}
     limit ${page.limit + 1}`.execute(tx)
  const kept = rows.slice(0, page.limit)
  return { rows: isUpwards ? kept.toReversed() : kept, hasMore: rows.length > page.limit }
}

export async function findPayout(tx: Tx, accountId: Uuid, id: Uuid): Promise<PayoutRow | null> {
  const { rows } = await sql<PayoutRow>`
    select * from payouts where account_id = ${accountId} and id = ${id}`.execute(tx)
  return rows[0] ?? null
}

/** Payments that a payout carried, in the order in which they moved. */
export async function listPayoutPayments(
  tx: Tx,
  payout: PayoutRow,
  page: { readonly limit: number; readonly offset: number },
): Promise<
  readonly {
    readonly id: Uuid | null
    readonly kind: string
    readonly reference: string | null
    readonly amount_minor: bigint
    readonly fee_minor: bigint
    readonly currency: string
    readonly moved_at: Instant
  }[]
> {
  const { rows } = await sql<{
    id: Uuid | null
    kind: string
    reference: string | null
    amount_minor: bigint
    fee_minor: bigint
    currency: string
    moved_at: Instant
  }>`
    select case m.matched_kind when 'transaction' then m.matched_id end as id, m.kind,
           m.charge_reference as reference, m.amount_minor, m.fee_minor, m.currency, m.moved_at
      from gateway_movements m
     where m.account_id = ${payout.account_id} and m.gateway_id = ${payout.gateway_id}
       and m.payout_reference = ${payout.reference} and m.kind <> 'payout'
     order by m.moved_at, m.id
     limit ${page.limit} offset ${page.offset}`.execute(tx)
  return rows
}
