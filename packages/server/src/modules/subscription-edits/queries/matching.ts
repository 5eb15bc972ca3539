import { assertNever } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { lastSuccessOf } from '../../routing/index.ts'
import { EDITABLE_STATUSES, type ReviewedTo, type SegmentKind } from '../edit.ts'
import type { Choice, EditFilters, Range, Span } from '../request/edit-request.ts'

/** A subscription that matches, with the renewal that it is found by and the value of its segment. */
export type Match = {
  readonly id: Uuid
  readonly nextRenewalAt: Instant | null
  readonly segment: string | null
}

const isInTrial = sql`(s.trial_end is not null and s.current_period_start < s.trial_end)`
const renewalCount = sql`greatest(s.cycles_billed - s.bills_before, 0)`
const hasNext = sql`(s.occurrences_max is null or ${renewalCount} < s.occurrences_max)`
const nextRenewalAt = sql`(case when not ${hasNext} then null when ${isInTrial} then s.trial_end
  else s.current_period_end end)`
const paymentProfileId = sql`coalesce(r.payment_profile_id, p.payment_profile_id)`

/** Only what is behind or stands still can have overdue renewals. */
const overdueCount = sql`(case when s.status in ('past_due', 'paused', 'unpaid') then (
  select count(*) from renewals n
   where n.account_id = s.account_id and n.subscription_id = s.id and n.status in ('overdue', 'partially_paid'))
  else 0 end)`

const lastRenewalAt = sql`(
  select n.renewal_at from renewals n
   where n.account_id = s.account_id and n.subscription_id = s.id and n.kind in ('automatic', 'manual')
   order by n.renewal_at desc limit 1)`

const lastSuccessGatewayId = lastSuccessOf({
  accountId: sql`s.account_id`,
  customerId: sql`s.customer_id`,
  subscriptionId: sql`s.id`,
})

/** Of the sale that began it. */
const shop = sql`(
  select o.shop from sale_lines l
    join sales o on o.account_id = l.account_id and o.id = l.sale_id
   where l.account_id = s.account_id and l.subscription_id = s.id)`

const productGroup = sql`(
  select d.product_group from products d where d.account_id = s.account_id and d.id = s.product_id)`

const customerGroup = sql`(
  select c.metadata ->> 'customer_group' from customers c where c.account_id = s.account_id and c.id = s.customer_id)`

/** Of the method that is charged first: its own, or else the customer's default. Nothing is, where bills are sent. */
const methodType = sql`(case when s.collection_method = 'send_invoice' then 'send_invoice' else coalesce(
  (select m.type from subscription_payment_methods sm
     join payment_methods m on m.account_id = sm.account_id and m.id = sm.payment_method_id and m.status = 'active'
    where sm.account_id = s.account_id and sm.subscription_id = s.id
    order by sm.priority limit 1),
  (select m.type from payment_methods m
    where m.account_id = s.account_id and m.customer_id = s.customer_id and m.is_default and m.status = 'active' limit 1)) end)`

type Asked = { readonly filters: EditFilters; readonly segmentBy: SegmentKind }

/**
 * Begins to read what matches and is not in the edit yet, in the order of the next renewal, then of ids, behind where the
 * review stands; what moves while it goes on is found once, or not at all. The matches stay in the database: they are
 * fetched in chunks by the transaction that began it, which begins one at most.
 */
export async function openMatches(
  tx: Tx,
  { accountId, editId }: { readonly accountId: Uuid; readonly editId: Uuid },
  given: Asked & { readonly after: ReviewedTo | null; readonly limit: number },
): Promise<void> {
  const { filters, segmentBy, after, limit } = given
  const isNew = sql`not exists (
    select from subscription_edit_rows w
     where w.account_id = s.account_id and w.edit_id = ${editId} and w.subscription_id = s.id)`
  const isNext = after === null ? sql`true` : sql`(${isBehind(after)} and ${isNew})`
  await sql`
    declare edit_matches no scroll cursor for
    select s.id, ${nextRenewalAt} as "nextRenewalAt", ${segmentOf(segmentBy)}::text as segment
      ${matching(accountId, filters)} and ${isNext}
     order by ${nextRenewalAt} nulls last, s.id
     limit ${limit}`.execute(tx)
}

function isBehind({ nextRenewalAt: at, subscriptionId }: ReviewedTo): RawBuilder<unknown> {
  if (at === null) return sql`${nextRenewalAt} is null and s.id > ${subscriptionId}`
  return sql`(${nextRenewalAt} > ${at} or ${nextRenewalAt} = ${at} and s.id > ${subscriptionId}
    or ${nextRenewalAt} is null)`
}

/** How many match, and in how many segments. */
export async function countMatches(
  tx: Tx,
  accountId: Uuid,
  { filters, segmentBy }: Asked,
): Promise<{ readonly rows: number; readonly segments: number }> {
  const { rows: counted } = await sql<{ readonly rows: bigint; readonly segments: bigint }>`
    select count(*) as rows, count(distinct ${segmentOf(segmentBy)}::text) as segments
      ${matching(accountId, filters)}`.execute(tx)
  const [found] = counted
  return { rows: Number(found?.rows ?? 0n), segments: Number(found?.segments ?? 0n) }
}

function matching(accountId: Uuid, filters: EditFilters): RawBuilder<unknown> {
  return sql`from subscriptions s
      left join subscription_routing r on r.account_id = s.account_id and r.subscription_id = s.id
      left join subscription_profiles p on p.account_id = s.account_id and p.id = s.profile_id
     where s.account_id = ${accountId} and s.status = any(${[...EDITABLE_STATUSES]}::text[])
       and ${conditionsOf(filters)}`
}

export async function fetchMatches(tx: Tx, limit: number): Promise<readonly Match[]> {
  const { rows } = await sql<Match>`fetch ${sql.raw(String(limit))} from edit_matches`.execute(tx)
  return rows
}

function segmentOf(kind: SegmentKind): RawBuilder<unknown> {
  switch (kind) {
    case 'none':
      return sql`null`
    case 'subscription_profile':
      return sql`s.profile_id`
    case 'product':
      return sql`s.product_id`
    case 'status':
      return sql`s.status`
    case 'trial':
      return isInTrial
    case 'payment_profile':
      return paymentProfileId
    case 'campaign':
      return sql`s.campaign`
    case 'shop':
      return shop
    case 'currency':
      return sql`s.currency`
    case 'amount':
      return sql`s.amount_minor`
    case 'renewal_count':
      return renewalCount
    case 'forced_gateway':
      return sql`r.forced_gateway_id`
    case 'preferred_gateway':
      return sql`r.preferred_gateway_id`
    case 'last_success_gateway':
      return lastSuccessGatewayId
    default:
      return assertNever(kind)
  }
}

function conditionsOf(filters: EditFilters): RawBuilder<unknown> {
  const { isInTrial: wantsTrial, metadata = [] } = filters
  return sql.join(
    [
      sql`true`,
      ...within(nextRenewalAt, filters.nextRenewal),
      ...within(sql`s.created_at`, filters.created),
      ...within(lastRenewalAt, filters.lastRenewal),
      ...oneOfTexts(sql`s.status`, filters.statuses),
      ...(wantsTrial === undefined ? [] : [wantsTrial ? isInTrial : sql`not ${isInTrial}`]),
      ...oneOfIds(sql`s.product_id`, filters.productIds),
      ...oneOfIds(sql`s.profile_id`, filters.profileIds),
      ...oneOfIds(paymentProfileId, filters.paymentProfileIds),
      ...oneOfOrNone(sql`s.campaign`, filters.campaigns, sql`text[]`),
      ...oneOfOrNone(shop, filters.shops, sql`text[]`),
      ...oneOfOrNone(productGroup, filters.productGroups, sql`text[]`),
      ...oneOfOrNone(customerGroup, filters.customerGroups, sql`text[]`),
      ...oneOfTexts(sql`s.currency`, filters.currencies),
      ...oneOfTexts(methodType, filters.paymentMethodTypes),
      ...between(sql`s.amount_minor`, filters.amountMinor),
      ...between(renewalCount, filters.renewalCount),
      ...between(overdueCount, filters.overdueCount),
      ...oneOfIds(sql`r.forced_gateway_id`, filters.forcedGatewayIds),
      ...oneOfIds(sql`r.preferred_gateway_id`, filters.preferredGatewayIds),
      ...oneOfIds(lastSuccessGatewayId, filters.lastSuccessGatewayIds),
      ...oneOfIds(sql`s.customer_id`, filters.customerIds),
      ...oneOfIds(sql`s.id`, filters.subscriptionIds),
      ...metadata.map(({ name, value }) =>
        value === null ? sql`s.metadata ? ${name}` : sql`s.metadata ->> ${name} = ${value}`,
      ),
    ],
    sql` and `,
  )
}

function within(what: RawBuilder<unknown>, span: Span | undefined): RawBuilder<unknown>[] {
  if (span === undefined) return []
  const { from, before } = span
  return [
    ...(from === null ? [] : [sql`${what} >= ${from satisfies Instant}::timestamptz`]),
    ...(before === null ? [] : [sql`${what} < ${before satisfies Instant}::timestamptz`]),
  ]
}

function between(
  what: RawBuilder<unknown>,
  range: Range<bigint | number> | undefined,
): RawBuilder<unknown>[] {
  if (range === undefined) return []
  const { min, max } = range
  return [
    ...(min === null ? [] : [sql`${what} >= ${String(min)}::bigint`]),
    ...(max === null ? [] : [sql`${what} <= ${String(max)}::bigint`]),
  ]
}

function oneOfTexts(
  what: RawBuilder<unknown>,
  texts: readonly string[] | undefined,
): RawBuilder<unknown>[] {
  return texts === undefined ? [] : [sql`${what} = any(${[...texts]}::text[])`]
}

function oneOfIds(
  what: RawBuilder<unknown>,
  choice: Choice<Uuid> | undefined,
): RawBuilder<unknown>[] {
  return oneOfOrNone(what, choice, sql`uuid[]`)
}

function oneOfOrNone(
  what: RawBuilder<unknown>,
  choice: Choice<string> | undefined,
  type: RawBuilder<unknown>,
): RawBuilder<unknown>[] {
  if (choice === undefined) return []
  const named = choice.filter((one) => one !== null)
  const isOne = sql`${what} = any(${named}::${type})`
  return [named.length < choice.length ? sql`(${isOne} or ${what} is null)` : isOne]
}
