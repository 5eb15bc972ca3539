import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { lastSuccessOf } from './last-success.ts'
import type { SubscriptionSegments } from './setup.ts'

/** Who is charged; a subject without a subscription is charged by its customer's methods. */
export type RouteSubject = {
  /** The subscription, or else what the caller calls it by. */
  readonly key: Uuid
  readonly subscriptionId: Uuid | null
  readonly customerId: Uuid
  /** Only this method; null = the subscription's by priority, then the customer's default. */
  readonly paymentMethodId: Uuid | null
  /** Of a subscription that is not stored yet. */
  readonly segments?: SubscriptionSegments
  /**
   * Each of the subscription's own methods is tried at these gateways, one after the other; none = at all of the
   * account's. Where the subject names no profile, this takes the place of the account's.
   */
  readonly cascade?: {
    readonly gatewayIds: readonly Uuid[]
    /** Decline codes that end it. */
    readonly hardDeclines: readonly string[]
  }
  /** Where no profile says anything, the customer's other cards follow a refusal that another card may cure. */
  readonly hasBackups?: boolean
}

export type SubjectMethod = {
  readonly key: Uuid
  readonly paymentMethodId: Uuid
  readonly methodType: string
  readonly cardBrand: string | null
  readonly cardLast4: string | null
  readonly cardBin: string | null
  readonly gatewayIds: readonly Uuid[]
  /** The mandate in force that a bank account is debited under. */
  readonly mandateId: Uuid | null
  /** Named by the subject or its subscription; not merely the customer's default. */
  readonly isOwn: boolean
  /** Merely another card of the customer. */
  readonly isBackup: boolean
}

/** The methods of many subjects, best first, each with the gateways that have a token for it. */
export async function listSubjectMethods(
  tx: Tx,
  accountId: Uuid,
  subjects: readonly RouteSubject[],
): Promise<SubjectMethod[]> {
  const backed = subjects.filter((subject) => subject.hasBackups === true)
  // Others of the customer's cards, in the order in which these are to be tried: after whatever is named, and the default.
  const backups =
    backed.length === 0
      ? sql``
      : sql`
      union all
      select w.key, w.customer_id, b.id, b.priority
        from wanted w
        cross join lateral (
          select pm.id, 2000000 + row_number() over (order by pm.priority nulls last, pm.id desc) as priority
            from payment_methods pm
           where pm.account_id = ${accountId} and pm.customer_id = w.customer_id
             and pm.type = 'card' and pm.status = 'active'
           order by pm.priority nulls last, pm.id desc
           limit 10
        ) as b
       where w.payment_method_id is null and w.key = any(${backed.map(({ key }) => key)}::uuid[])`
  const { rows } = await sql<SubjectMethod>`
    with wanted as (
      select * from unnest(
        ${subjects.map((subject) => subject.key)}::uuid[],
        ${subjects.map((subject) => subject.subscriptionId)}::uuid[],
        ${subjects.map((subject) => subject.customerId)}::uuid[],
        ${subjects.map((subject) => subject.paymentMethodId)}::uuid[]
      ) as w (key, subscription_id, customer_id, payment_method_id)
    ), methods as (
      select w.key, w.customer_id, w.payment_method_id, 0 as priority
        from wanted w
       where w.payment_method_id is not null
      union all
      select w.key, w.customer_id, sm.payment_method_id, sm.priority
        from wanted w
        join subscription_payment_methods sm
          on sm.account_id = ${accountId} and sm.subscription_id = w.subscription_id
       where w.payment_method_id is null
      union all
      select w.key, w.customer_id, pm.id, 1000000
        from wanted w
        join payment_methods pm
          on pm.account_id = ${accountId} and pm.customer_id = w.customer_id and pm.is_default
       where w.payment_method_id is null
      ${backups}
    ), firsts as (
      select key, customer_id, payment_method_id, min(priority) as priority
        from methods
       group by key, customer_id, payment_method_id
    )
    select m.key, pm.id as "paymentMethodId", pm.type as "methodType", pm.card_brand as "cardBrand",
           coalesce(pm.card_last4, pm.bank_last4) as "cardLast4", pm.card_bin as "cardBin",
           coalesce(tokens.gateway_ids, '[]') as "gatewayIds", m.priority < 1000000 as "isOwn",
           m.priority >= 2000000 as "isBackup",
           case when pm.type = 'bacs_direct_debit' then (
             select md.id from mandates md
              where md.account_id = ${accountId} and md.payment_method_id = pm.id and md.status = 'active'
              limit 1) end as "mandateId"
      from firsts m
      join payment_methods pm
        on pm.account_id = ${accountId} and pm.id = m.payment_method_id and pm.status = 'active'
       and pm.customer_id = m.customer_id
      cross join lateral (
        select jsonb_agg(t.gateway_id) as gateway_ids
          from payment_method_tokens t
         where t.account_id = ${accountId} and t.payment_method_id = pm.id
      ) as tokens
     where m.priority < 2000000 or not ${isGivenBefore(accountId)}
     order by m.key, m.priority`.execute(tx)
  return rows
}

/** Another method that comes before it stands for the very same card: what refused that one is not asked again. */
function isGivenBefore(accountId: Uuid) {
  return sql`exists (
       select from firsts e
         join payment_methods same
           on same.account_id = ${accountId} and same.id = e.payment_method_id and same.status = 'active'
        where e.key = m.key and e.priority < m.priority and same.fingerprint = pm.fingerprint
          and same.card_exp_month is not distinct from pm.card_exp_month
          and same.card_exp_year is not distinct from pm.card_exp_year)`
}

/** The gateway of each subscription's latest approved charge, as `lastSuccessOf` finds it. */
export async function listLastSuccesses(
  tx: Tx,
  accountId: Uuid,
  subjects: readonly RouteSubject[],
): Promise<ReadonlyMap<Uuid, Uuid>> {
  const asked = subjects.filter((subject) => subject.subscriptionId !== null)
  const last = lastSuccessOf({
    accountId: sql`${accountId}::uuid`,
    customerId: sql`w.customer_id`,
    subscriptionId: sql`w.subscription_id`,
  })
  const { rows } = await sql<{ readonly key: Uuid; readonly gateway_id: Uuid | null }>`
    select w.key, ${last} as gateway_id
      from unnest(
        ${asked.map((subject) => subject.key)}::uuid[],
        ${asked.map((subject) => subject.subscriptionId)}::uuid[],
        ${asked.map((subject) => subject.customerId)}::uuid[]
      ) as w (key, subscription_id, customer_id)`.execute(tx)
  return new Map(
    rows.flatMap((row) => (row.gateway_id === null ? [] : [[row.key, row.gateway_id] as const])),
  )
}

export type CustomerHistory = {
  readonly customerId: Uuid
  readonly approvedGatewayIds: readonly Uuid[]
  readonly declinedGatewayIds: readonly Uuid[]
}

/** Sales of a customer that are looked at, newest first. */
const HISTORY_SALES_MAX = 100

/** Where the latest sales of these customers were approved and declined. */
export async function listHistories(
  tx: Tx,
  accountId: Uuid,
  customerIds: readonly Uuid[],
): Promise<CustomerHistory[]> {
  const { rows } = await sql<CustomerHistory>`
    select c.id as "customerId",
           coalesce(jsonb_agg(distinct s.gateway_id) filter (where s.status = 'succeeded'), '[]') as "approvedGatewayIds",
           coalesce(jsonb_agg(distinct s.gateway_id) filter (where s.status = 'failed'), '[]') as "declinedGatewayIds"
      from unnest(${customerIds}::uuid[]) as c (id)
      cross join lateral (
        select t.gateway_id, t.status
          from transactions t
         where t.account_id = ${accountId} and t.customer_id = c.id and t.type = 'sale' and t.gateway_id is not null
         order by t.id desc
         limit ${HISTORY_SALES_MAX}
      ) as s
     group by c.id`.execute(tx)
  return rows
}

/** The group that each customer's metadata names. */
export async function listCustomerGroups(
  tx: Tx,
  accountId: Uuid,
  customerIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, string>> {
  const { rows } = await sql<{ readonly id: Uuid; readonly name: string }>`
    select id, metadata ->> 'customer_group' as name
      from customers
     where account_id = ${accountId} and id = any(${customerIds}::uuid[]) and metadata ? 'customer_group'`.execute(
    tx,
  )
  return new Map(rows.map((row) => [row.id, row.name]))
}

export type UsageRow = {
  readonly gatewayId: Uuid
  readonly currency: string
  readonly period: 'hour' | 'day' | 'week' | 'month'
  readonly capturedMinor: bigint
  readonly approved: number
  readonly declined: number
  readonly chargebacks: number
}

/** What came of charges in the periods that end with the hour of `at`. */
export async function listUsage(
  tx: Tx,
  accountId: Uuid,
  at: Instant,
): Promise<readonly UsageRow[]> {
  const { rows } = await sql<UsageRow>`
    select u.gateway_id as "gatewayId", u.currency, p.period, sum(u.captured_minor)::bigint as "capturedMinor",
           sum(u.approved)::int as approved, sum(u.declined)::int as declined, sum(u.chargebacks)::int as chargebacks
      from (values ('hour', 1), ('day', 24), ('week', 168), ('month', 720)) as p (period, hours)
      join gateway_usage u
        on u.account_id = ${accountId}
       and u.hour_at > date_trunc('hour', ${at}::timestamptz, 'UTC') - make_interval(hours => p.hours)
       and u.hour_at <= ${at}
     where u.gateway_id in (select g.id from gateways g where g.account_id = ${accountId})
     group by u.gateway_id, u.currency, p.period`.execute(tx)
  return rows
}

/**
 * Held until the transaction ends: whoever plans charges under caps does so alone, so that two workers never give the same
 * rest of a cap away. Everybody takes it after the rows that it charges.
 */
export async function lockCaps(tx: Tx, accountId: Uuid): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`caps:${accountId}`}, 0))`.execute(tx)
}

/** Charges that are planned or sent and not settled yet: they are in no usage, and will be. */
export async function listInFlight(
  tx: Tx,
  accountId: Uuid,
): Promise<
  readonly {
    readonly gatewayId: Uuid
    readonly currency: string
    readonly attempts: number
    readonly amountMinor: bigint
  }[]
> {
  const { rows } = await sql<{
    readonly gatewayId: Uuid
    readonly currency: string
    readonly attempts: number
    readonly amountMinor: bigint
  }>`
    select gateway_id as "gatewayId", currency, count(*)::int as attempts, sum(amount_minor)::bigint as "amountMinor"
      from payment_attempts
     where account_id = ${accountId} and state in ('sending', 'unknown') and operation <> 'capture'
     group by gateway_id, currency`.execute(tx)
  return rows
}

/** Days for which learned routing looks back. */
const LEARNED_DAYS = 90

export async function listBinResults(
  tx: Tx,
  accountId: Uuid,
  of: { readonly bins: readonly string[]; readonly at: Instant },
) {
  const { rows } = await sql<{
    readonly bin: string
    readonly gateway_id: Uuid
    readonly approved: number
    readonly attempts: number
  }>`
    select bin, gateway_id, sum(approved)::int as approved, sum(attempts)::int as attempts
      from bin_results
     where account_id = ${accountId} and bin = any(${of.bins}::text[])
       and day_on > (${of.at}::timestamptz at time zone 'UTC')::date - ${LEARNED_DAYS}::int
     group by bin, gateway_id`.execute(tx)
  return rows
}

export async function listTurns(tx: Tx, accountId: Uuid): Promise<Map<string, Uuid>> {
  const { rows } = await sql<{ readonly turn_of: string; readonly gateway_id: Uuid }>`
    select turn_of, gateway_id from routing_turns where account_id = ${accountId}`.execute(tx)
  return new Map(rows.map((row) => [row.turn_of, row.gateway_id]))
}
