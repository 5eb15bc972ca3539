import type { Uuid } from '@perennial/core/ids'
import { OUTAGE_DAYS_MAX } from '@perennial/core/recovery'
import { formatInstant, type Instant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import { CASE_PAYMENTS } from '../modules/recovery/index.ts'
import type { Tx } from '../platform/db/index.ts'

/** The accounts that are asked about, each with its own present and the start of its month. */
export type Moment = {
  readonly accountId: Uuid
  readonly now: Instant
  readonly monthStartsAt: Instant
}

type Of<Row> = Row & { readonly accountId: Uuid }

/** As a table to join: `m (account_id, at, month_at)`. */
function momentsTable(moments: readonly Moment[]): RawBuilder<unknown> {
  const ids = moments.map((moment) => moment.accountId)
  const nows = moments.map((moment) => formatInstant(moment.now))
  const months = moments.map((moment) => formatInstant(moment.monthStartsAt))
  return sql`unnest(${ids}::uuid[], ${nows}::timestamptz[], ${months}::timestamptz[]) as m (account_id, at, month_at)`
}

export async function countCustomers(
  tx: Tx,
  moments: readonly Moment[],
): Promise<Of<{ readonly count: bigint }>[]> {
  const { rows } = await sql<Of<{ readonly count: bigint }>>`
    select c.account_id as "accountId", count(*) as count
      from ${momentsTable(moments)} join customers c on c.account_id = m.account_id and c.deleted_at is null
     group by c.account_id`.execute(tx)
  return rows
}

export async function countSubscriptions(
  tx: Tx,
  moments: readonly Moment[],
): Promise<Of<{ readonly status: string; readonly count: bigint }>[]> {
  const { rows } = await sql<Of<{ readonly status: string; readonly count: bigint }>>`
    select s.account_id as "accountId", s.status, count(*) as count
      from ${momentsTable(moments)} join subscriptions s on s.account_id = m.account_id
     group by s.account_id, s.status`.execute(tx)
  return rows
}

type WaitingRow = Of<{
  readonly due: bigint
  readonly parked: bigint
  readonly noticesParked: bigint
}>

export async function countWaiting(tx: Tx, moments: readonly Moment[]): Promise<WaitingRow[]> {
  const { rows } = await sql<WaitingRow>`
    select m.account_id as "accountId",
           (select count(*) from subscriptions s
             where s.account_id = m.account_id and s.next_due_at <= m.at and s.parked_at is null) as due,
           (select count(*) from subscriptions s
             where s.account_id = m.account_id and s.parked_at is not null) as parked,
           (select count(*) from gateway_notices n
             where n.account_id = m.account_id and n.state = 'parked') as "noticesParked"
      from ${momentsTable(moments)}`.execute(tx)
  return rows
}

type GivenUpRow = Of<{
  readonly webhooks: bigint
  readonly payments: bigint
  readonly events: bigint
}>

/** What was tried for the last time: webhooks to clients, payments that a platform does not know of, and what platforms told. */
export async function countGivenUp(tx: Tx, moments: readonly Moment[]): Promise<GivenUpRow[]> {
  const { rows } = await sql<GivenUpRow>`
    select m.account_id as "accountId",
           (select count(*) from recovery_deliveries d
             where d.account_id = m.account_id and d.state = 'dead') as webhooks,
           (select count(*) from connected_invoices i
             where i.account_id = m.account_id and i.write_back = 'dead') as payments,
           (select count(*) from connector_events e
             where e.account_id = m.account_id and e.state = 'parked') as events
      from ${momentsTable(moments)}`.execute(tx)
  return rows
}

export type RecurringRow = Of<{
  readonly currency: string
  readonly frequency: unknown
  readonly amountMinor: bigint
}>

/** What running subscriptions cost a cycle, by currency and length of the cycle. */
export async function sumRecurring(tx: Tx, moments: readonly Moment[]): Promise<RecurringRow[]> {
  const { rows } = await sql<RecurringRow>`
    select s.account_id as "accountId", s.currency, s.frequency, sum(s.amount_minor)::bigint as "amountMinor"
      from ${momentsTable(moments)}
      join subscriptions s on s.account_id = m.account_id and s.status in ('active', 'past_due')
     group by s.account_id, s.currency, s.frequency`.execute(tx)
  return rows
}

export type SumRow = Of<{
  readonly currency: string
  readonly totalMinor: bigint
  readonly monthMinor: bigint
}>

export async function sumInvoiced(tx: Tx, moments: readonly Moment[]): Promise<SumRow[]> {
  const { rows } = await sql<SumRow>`
    select i.account_id as "accountId", i.currency, sum(i.total_minor)::bigint as "totalMinor",
           coalesce(sum(i.total_minor) filter (where i.finalized_at >= m.month_at), 0)::bigint as "monthMinor"
      from ${momentsTable(moments)}
      join invoices i on i.account_id = m.account_id and i.finalized_at is not null and i.status <> 'void'
     group by i.account_id, i.currency`.execute(tx)
  return rows
}

/** Money that came in (`sale`, `capture`), less what a bank took back of it (`adjustment`, `dispute`), or that was given back (`refund`). */
export async function sumTransactions(
  tx: Tx,
  moments: readonly Moment[],
  types: readonly string[],
): Promise<SumRow[]> {
  const { rows } = await sql<SumRow>`
    select t.account_id as "accountId", t.currency, sum(signed.minor)::bigint as "totalMinor",
           coalesce(sum(signed.minor) filter (where t.created_at >= m.month_at), 0)::bigint as "monthMinor"
      from ${momentsTable(moments)}
      join transactions t
        on t.account_id = m.account_id and t.type = any(${types}::text[]) and t.status = 'succeeded'
     cross join lateral (select case when t.type in ('adjustment', 'dispute') then -t.amount_minor else t.amount_minor end as minor) as signed
     group by t.account_id, t.currency`.execute(tx)
  return rows
}

export type CaseRow = Of<{
  readonly currency: string
  readonly open: bigint
  readonly openMinor: bigint
  readonly won: bigint
  readonly wonMinor: bigint
  readonly wonMonthMinor: bigint
}>

/** What is failing, and what came of failed payments: by the money, whatever the case ended as. */
export async function sumCases(tx: Tx, moments: readonly Moment[]): Promise<CaseRow[]> {
  const { rows } = await sql<CaseRow>`
    select c.account_id as "accountId", c.currency, count(*) filter (where c.state = 'open') as open,
           coalesce(sum(c.amount_minor - came.minor) filter (where c.state = 'open'), 0)::bigint as "openMinor",
           count(*) filter (where came.minor = c.amount_minor or (came.minor > 0 and c.state = 'recovered')) as won,
           sum(came.minor)::bigint as "wonMinor", sum(came.minor - came.before_minor)::bigint as "wonMonthMinor"
      from ${momentsTable(moments)}
      join recovery_cases c on c.account_id = m.account_id
     cross join lateral (
           select least(c.amount_minor, coalesce(sum(p.amount_minor), 0)) as minor,
                  least(c.amount_minor, coalesce(sum(p.amount_minor) filter (where p.created_at < m.month_at), 0)) as before_minor
             from ${CASE_PAYMENTS} as p) as came
     group by c.account_id, c.currency`.execute(tx)
  return rows
}

/** As `sumCases`, of what other billers have handed over; simulated outcomes are left out. */
export async function sumHandedOver(tx: Tx, moments: readonly Moment[]): Promise<CaseRow[]> {
  const { rows } = await sql<CaseRow>`
    select r.account_id as "accountId", r.currency, count(*) filter (where r.closed_at is null) as open,
           coalesce(sum(r.amount_minor) filter (where r.closed_at is null), 0)::bigint as "openMinor",
           count(*) filter (where r.state = 'succeeded') as won,
           coalesce(sum(r.amount_minor) filter (where r.state = 'succeeded'), 0)::bigint as "wonMinor",
           coalesce(sum(r.amount_minor) filter (where r.state = 'succeeded' and r.closed_at >= m.month_at), 0)::bigint as "wonMonthMinor"
      from ${momentsTable(moments)}
      join outside_recoveries r on r.account_id = m.account_id and not r.is_simulated
     group by r.account_id, r.currency`.execute(tx)
  return rows
}

export type OutageStatusRow = Of<{
  readonly gateway: string
  readonly currency: string
  readonly source: 'own' | 'handed_over'
  readonly sinceAt: Instant
  readonly tried: bigint
  readonly approved: bigint
}>

/** Gateways that are suspected to refuse for a reason of ours, the longest first; what is older than an outage may be is none. */
export async function listSuspectedOutages(
  tx: Tx,
  moments: readonly Moment[],
): Promise<OutageStatusRow[]> {
  const { rows } = await sql<OutageStatusRow>`
    select o.account_id as "accountId", coalesce(g.code, o.gateway_id::text) as gateway, o.currency, o.source,
           o.since_at as "sinceAt", o.tried, o.approved
      from ${momentsTable(moments)}
      join recovery_outages o
        on o.account_id = m.account_id and o.ended_at is null
       and o.since_at > m.at - make_interval(days => ${OUTAGE_DAYS_MAX}::int)
      left join gateways g on g.account_id = o.account_id and g.id = o.gateway_id
     order by o.account_id, o.since_at, o.id`.execute(tx)
  return rows
}

export type RunRow = Of<{
  readonly id: Uuid
  readonly startedAt: Instant
  readonly finishedAt: Instant | null
  readonly due: number
  readonly renewed: number
  readonly failed: number
  readonly parked: number
  readonly fault: string | null
}>

/** The newest renewal runs of each account, newest first. */
export async function listNewestRuns(
  tx: Tx,
  accountIds: readonly Uuid[],
  limit: number,
): Promise<RunRow[]> {
  const { rows } = await sql<RunRow>`
    select r.account_id as "accountId", r.id, r.started_at as "startedAt", r.finished_at as "finishedAt",
           r.due, r.renewed, r.failed, r.parked, r.fault
      from unnest(${accountIds}::uuid[]) as m (account_id)
      join lateral (select * from renewal_runs r where r.account_id = m.account_id
                     order by r.id desc limit ${limit}) as r on true
     order by r.account_id, r.id desc`.execute(tx)
  return rows
}
