import type { Uuid } from '@perennial/core/ids'
import type { Currency } from '@perennial/core/money'
import { formatInstant, type Instant, type TimeZone } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { CASE_PAYMENTS, IS_EXPLORING } from '../../recovery/index.ts'

export const SOURCES = ['own', 'outside', 'all'] as const
export const GROUPS = ['reason', 'gateway', 'issuer', 'attempt', 'policy', 'won_by'] as const
export type Group = (typeof GROUPS)[number]

export type Period = {
  readonly from: Instant
  readonly to: Instant
  readonly source: (typeof SOURCES)[number]
  /** Null = every currency, each by itself. */
  readonly currency: Currency | null
}

/** Recoveries of one period that are looked at, at most: the newest. */
export const CASES_MAX = 100_000

export type Sums = {
  readonly currency: string
  /** A decline reason, a gateway's id, a BIN, a number, a policy, who won it. */
  readonly key: string | null
  readonly cases: number
  readonly recovered: number
  readonly open: number
  readonly lost: number
  readonly failed_minor: bigint
  readonly recovered_minor: bigint
  readonly at_risk_minor: bigint
  readonly lost_minor: bigint
  readonly attempts: number
  /** Retries at another gateway than the best, to learn about it; and what those of them that won have brought. */
  readonly explored_attempts: number
  readonly explored_recovered: number
  readonly explored_minor: bigint
  readonly hours_p50: number | null
  readonly hours_p90: number | null
  /** Of all groups together, those that are not shown included. */
  readonly total_cases: number
  readonly total_groups: number
}

/** What recoveries that began in the period came to, by what they have in common; the largest values of each currency first. */
export async function sumRecoveries(
  tx: Tx,
  accountId: Uuid,
  given: {
    readonly period: Period
    readonly group: Group | null
    /** Decline codes with the reason that each stands for. */
    readonly reasons: ReadonlyMap<string, string>
  },
): Promise<Sums[]> {
  const { period, group, reasons } = given
  const key = group === null ? sql`null::text` : sql.ref(`begun.${COLUMN[group]}`)
  const { rows } = await sql<Sums>`
    with begun as (
      select one.*, known.reason
        from (${begunIn(accountId, period)}) as one
        left join unnest(${[...reasons.keys()]}::text[], ${[...reasons.values()]}::text[]) as known (code, reason)
          on known.code = one.decline_code)
    select currency, ${key} as key,
           count(*)::int as cases, (sum(count(*)) over ())::int as total_cases,
           (count(*) over ())::int as total_groups,
           (count(*) filter (where state = 'recovered'))::int as recovered,
           (count(*) filter (where state = 'open'))::int as open,
           (count(*) filter (where state = 'lost'))::int as lost,
           sum(amount_minor)::int8 as failed_minor,
           sum(won_minor)::int8 as recovered_minor,
           coalesce(sum(amount_minor - won_minor) filter (where state = 'open'), 0)::int8 as at_risk_minor,
           coalesce(sum(amount_minor - won_minor) filter (where state <> 'open'), 0)::int8 as lost_minor,
           sum(tries)::int as attempts, sum(explored)::int as explored_attempts,
           (count(*) filter (where is_won_exploring and state = 'recovered'))::int as explored_recovered,
           coalesce(sum(won_minor) filter (where is_won_exploring), 0)::int8 as explored_minor,
           percentile_disc(0.5) within group (order by hours) filter (where state = 'recovered') as hours_p50,
           percentile_disc(0.9) within group (order by hours) filter (where state = 'recovered') as hours_p90
      from begun
     group by 1, 2
     order by row_number() over (partition by currency order by sum(amount_minor) desc, ${key}), 1
     limit ${GROUPS_MAX}`.execute(tx)
  // The largest of each currency are there, whichever comes first by its name.
  return rows.toSorted((one, other) => compareText(one.currency, other.currency))
}

function compareText(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

/** BINs are many; what is beyond them weighs little. */
export const GROUPS_MAX = 500

const COLUMN: Readonly<Record<Group, string>> = {
  reason: 'reason',
  gateway: 'gateway',
  issuer: 'issuer',
  attempt: 'won_at_try',
  policy: 'policy',
  won_by: 'won_by',
}

/** Days after its first failure by which a recovery counts as won. */
export const CURVE_DAYS = [0, 1, 3, 7, 14, 21, 28] as const

export type Cohort = {
  readonly month: string
  readonly currency: string
  readonly cases: number
  readonly failed_minor: bigint
  /** By the days of `CURVE_DAYS`. */
  readonly recovered_minor: readonly (bigint | string)[]
}

/** By the month, in the account's zone, in which they began. */
export async function sumCohorts(
  tx: Tx,
  accountId: Uuid,
  given: { readonly period: Period; readonly zone: TimeZone },
): Promise<Cohort[]> {
  const { period, zone } = given
  const byDay = CURVE_DAYS.map((_, index) => sql`sum(won_by_day[${sql.lit(index + 1)}])::int8`)
  const { rows } = await sql<Cohort>`
    with begun as (${begunIn(accountId, period)})
    select to_char(date_trunc('month', opened_at at time zone ${zone}), 'YYYY-MM') as month, currency,
           count(*)::int as cases, sum(amount_minor)::int8 as failed_minor,
           array[${sql.join(byDay)}]::text[] as recovered_minor
      from begun
     group by 1, 2
     order by 1, 2`.execute(tx)
  return rows
}

/** Each recovery that began in the period, ours and outside ones in one form. */
function begunIn(accountId: Uuid, period: Period): RawBuilder<unknown> {
  const { source } = period
  if (source === 'own') return ownIn(accountId, period)
  if (source === 'outside') return outsideIn(accountId, period)
  return sql`(${ownIn(accountId, period)}) union all (${outsideIn(accountId, period)})`
}

/**
 * By the money that came, whenever it came: a case that was given up is won all the same once its bill is paid. A card
 * that came after the first failure was brought by the payer: ids rise with time.
 */
function ownIn(accountId: Uuid, period: Period): RawBuilder<unknown> {
  return sql`
    select c.currency, c.amount_minor, c.opened_at, won.minor as won_minor, won.by_day as won_by_day,
           case when won.minor = c.amount_minor or (won.minor > 0 and c.state = 'recovered') then 'recovered'
                when c.state = 'open' then 'open' else 'lost' end as state,
           c.first_decline_code as decline_code, last.gateway_id::text as gateway, m.card_bin as issuer,
           winner.retry_number::text as won_at_try,
           case when won.minor = 0 then null
                when winner.is_customer_present or card.id > c.id then 'payer'
                when winner.retry_kind = 'scheduled' then 'retry' else 'manual' end as won_by,
           decided.policy, made.tries, made.explored, made.is_won_exploring,
           greatest(extract(epoch from won.last_at - c.opened_at), 0) / 3600 as hours
      from (select * from recovery_cases
             where account_id = ${accountId} and opened_at >= ${formatInstant(period.from)}::timestamptz
               and opened_at < ${formatInstant(period.to)}::timestamptz and ${isOf(period)}
             order by opened_at desc
             limit ${CASES_MAX}) as c
      cross join lateral (
        select ${capped(sql`true`)} as minor, max(p.created_at) as last_at,
               (array_agg(p.attempt_id order by p.id desc))[1] as attempt_id,
               array[${sql.join(CURVE_DAYS.map((days) => capped(sql`p.created_at < c.opened_at + ${lasting(days)}`)))}] as by_day
          from ${CASE_PAYMENTS} as p) as won
      left join payment_attempts winner on winner.account_id = c.account_id and winner.id = won.attempt_id
      left join payment_methods card on card.account_id = c.account_id and card.id = winner.payment_method_id
      left join lateral (
        select a.gateway_id, a.payment_method_id from payment_attempts a
         where a.account_id = c.account_id and a.invoice_id = c.invoice_id
         order by a.id desc
         limit 1) as last on true
      left join payment_methods m on m.account_id = c.account_id and m.id = last.payment_method_id
      cross join lateral (
        select count(*)::int as tries, (count(*) filter (where plan.explores))::int as explored,
               coalesce(bool_or(plan.explores) filter (where a.id = won.attempt_id), false) as is_won_exploring
          from payment_attempts a
          left join lateral (
            -- As it was decided last for this retry.
            select d.gateway_id = a.gateway_id and ${IS_EXPLORING} as explores
              from recovery_decisions d
             where d.account_id = c.account_id and d.case_id = c.id and d.kind = 'try'
               and d.retry_number = a.retry_number
             order by d.id desc
             limit 1) as plan on true
         where a.account_id = c.account_id and a.invoice_id = c.invoice_id and a.retry_kind = 'scheduled'
           and a.created_at >= c.opened_at) as made
      left join lateral (
        select d.policy from recovery_decisions d
         where d.account_id = c.account_id and d.case_id = c.id
         order by d.id desc
         limit 1) as decided on true`
}

/** Never more than the case was for: tax that was worked out anew may have made the bill larger. */
function capped(which: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`least(c.amount_minor, coalesce(sum(p.amount_minor) filter (where ${which}), 0))::int8`
}

/** Until the end of that day, counted from the first failure. */
function lasting(days: number): RawBuilder<unknown> {
  return sql`make_interval(hours => ${sql.lit((days + 1) * 24)})`
}

/** What was paid, or given up, where it lives was neither won nor lost here. */
function outsideIn(accountId: Uuid, period: Period): RawBuilder<unknown> {
  const won = (which: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`case when r.state = 'succeeded' and ${which} then r.amount_minor else 0 end`
  return sql`
    select r.currency, r.amount_minor, r.opened_at, ${won(sql`true`)} as won_minor,
           array[${sql.join(CURVE_DAYS.map((days) => won(sql`r.closed_at < r.opened_at + ${lasting(days)}`)))}] as won_by_day,
           case when r.state = 'succeeded' then 'recovered' when r.closed_at is null then 'open' else 'lost' end as state,
           r.first_decline ->> 'code' as decline_code, r.gateway_id::text as gateway,
           -- What its biller told holds of the card that it came with, and of no other.
           coalesce(left(card.bin, 6), case when used.token = r.handed_token and r.moved_at is null then r.card_bin end) as issuer,
           case when r.state = 'succeeded' then r.attempts_made::text end as won_at_try,
           case when r.state = 'succeeded' then case when r.trigger = 'card_update' or winner.is_customer_present then 'payer' else 'retry' end end as won_by,
           -- Payments of other billers have the one gateway that their token is of.
           decided.policy, r.attempts_made as tries, 0 as explored, false as is_won_exploring,
           extract(epoch from r.closed_at - r.opened_at) / 3600 as hours
      from (select * from outside_recoveries
             where account_id = ${accountId} and opened_at >= ${formatInstant(period.from)}::timestamptz
               and opened_at < ${formatInstant(period.to)}::timestamptz and not is_simulated and state <> 'canceled'
               and ${isOf(period)}
             order by opened_at desc
             limit ${CASES_MAX}) as r
      left join outside_attempts winner
        on winner.account_id = r.account_id and winner.recovery_id = r.id and winner.state = 'succeeded'
      cross join lateral (
        select coalesce((select t.token from outside_attempts t
                          where t.account_id = r.account_id and t.recovery_id = r.id
                          order by t.number desc
                          limit 1), r.token) as token) as used
      left join outside_cards card
        on card.account_id = r.account_id and card.client_id = r.client_id and card.token = used.token
      left join lateral (
        -- A rule of the networks puts an instant of the schedule off.
        select case when d.source = 'planner' then 'planner' else 'schedule' end as policy
          from outside_decisions d
         where d.account_id = r.account_id and d.recovery_id = r.id and d.source is not null
         order by d.id desc
         limit 1) as decided on true`
}

function isOf({ currency }: Period): RawBuilder<unknown> {
  return currency === null ? sql`true` : sql`currency = ${currency}`
}

/** Names of gateways by id. */
export async function nameGateways(
  tx: Tx,
  accountId: Uuid,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ readonly id: string; readonly name: string }>`
    select id::text, name from gateways where account_id = ${accountId} and id = any(${ids}::uuid[])`.execute(
    tx,
  )
  return new Map(rows.map(({ id, name }) => [id, name]))
}
