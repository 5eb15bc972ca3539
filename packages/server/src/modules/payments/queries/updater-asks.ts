import type { Uuid } from '@perennial/core/ids'
import { formatInstant, instantFromMs, maxInstant, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { PaymentMethod } from '../methods/payment-method.ts'

/** From the month on in which a card ends, its updater may know of the next one. Null where nothing tells an end. */
export function updaterAskAt(
  { type, expMonth, expYear }: Pick<PaymentMethod, 'type' | 'expMonth' | 'expYear'>,
  at: Instant,
): Instant | null {
  if (type !== 'card' || expMonth === null || expYear === null) return null
  return maxInstant(at, instantFromMs(Date.UTC(expYear, expMonth - 1, 1)))
}

/** A card that ends, whose turn has come. `isWanted`: it may be charged within a day. */
export type EndingCard = {
  readonly id: Uuid
  readonly last4: string | null
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly at: Instant
  readonly isWanted: boolean
}

/**
 * Takes cards that end and says when to look at each again: a day later where it may be charged by then, or else a day before
 * that comes, and at least once a week, because subscriptions come and move.
 */
export async function claimEndingCards(
  tx: Tx,
  accountId: Uuid,
  asked: { readonly until: Instant; readonly isEachAtItsTime: boolean; readonly limit: number },
): Promise<EndingCard[]> {
  const { until, isEachAtItsTime, limit } = asked
  const { rows } = await sql<EndingCard>`
    with due as (
      select id, customer_id,
             case when ${isEachAtItsTime} then updater_ask_at else ${until}::timestamptz end as at
        from payment_methods
       where account_id = ${accountId} and updater_ask_at <= ${until} and updater_ask_at is not null
         and status <> 'inactive'
       order by updater_ask_at
       limit ${limit}
         for no key update skip locked
    ), looked as (
      select d.id, d.at, least(
        (select min(s.next_due_at) from subscriptions s
          where s.account_id = ${accountId} and s.customer_id = d.customer_id and s.parked_at is null),
        (select min(r.next_attempt_at) from recovery_cases r
          where r.account_id = ${accountId} and r.customer_id = d.customer_id and r.state = 'open')) as charged_at
        from due d
    )
    update payment_methods m
       set updater_ask_at = case
             when l.charged_at <= l.at + interval '1 day' then l.at + interval '1 day'
             else least(l.charged_at - interval '1 day', l.at + interval '7 days') end
      from looked l
     where m.account_id = ${accountId} and m.id = l.id
    returning m.id, m.card_last4 as "last4", m.card_exp_month as "expMonth", m.card_exp_year as "expYear",
              l.at, coalesce(l.charged_at <= l.at + interval '1 day', false) as "isWanted"`.execute(
    tx,
  )
  return rows
}

/** Cards that were declined as ended, whatever is printed on them: their updaters are asked before the next try. */
export async function noteEndedCards(
  tx: Tx,
  accountId: Uuid,
  ended: readonly { readonly paymentMethodId: Uuid; readonly at: Instant }[],
): Promise<void> {
  const ids = ended.map((one) => one.paymentMethodId)
  const times = ended.map((one) => formatInstant(one.at))
  await sql`
    with ended as materialized (
      select p.id, e.at
        from unnest(${ids}::uuid[], ${times}::timestamptz[]) as e (id, at)
        join payment_methods p on p.account_id = ${accountId} and p.id = e.id
       where p.type = 'card' and p.status <> 'inactive'
         and (p.updater_ask_at is null or p.updater_ask_at > e.at + interval '1 day')
       order by p.id
         for no key update of p skip locked)
    update payment_methods m
       set updater_ask_at = e.at
      from ended e
     where m.account_id = ${accountId} and m.id = e.id`.execute(tx)
}

export type TokenToAsk = {
  readonly paymentMethodId: Uuid
  readonly gatewayId: Uuid
  readonly token: string
}

/** The tokens of these methods at enabled gateways, in the gateways' order. */
export async function listTokensToAsk(
  tx: Tx,
  accountId: Uuid,
  paymentMethodIds: readonly Uuid[],
): Promise<TokenToAsk[]> {
  const { rows } = await sql<TokenToAsk>`
    select t.payment_method_id as "paymentMethodId", t.gateway_id as "gatewayId", t.token
      from payment_method_tokens t
      join gateways g on g.account_id = ${accountId} and g.id = t.gateway_id and g.is_enabled
     where t.account_id = ${accountId} and t.payment_method_id = any (${paymentMethodIds}::uuid[])
     order by g.position, g.id`.execute(tx)
  return rows
}
