import type { Uuid } from '@perennial/core/ids'
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** A bill that was to be charged and is not paid. */
export type OwedBill = {
  readonly invoiceId: Uuid
  readonly subscriptionId: Uuid
  readonly amountMinor: bigint
  readonly currency: string
  /** What its last charge was declined with; null = there is no open recovery case. */
  readonly declineCode: string | null
}

type Owner = {
  readonly accountId: Uuid
  readonly customerId: Uuid
  readonly subscriptionId: Uuid | null
}

const SUBSCRIPTIONS_MAX = 50
/** Of one subscription, the newest: what is older was given up long ago. */
const BILLS_MAX = 24
const OWED_MAX = 20

/** What a customer's subscriptions owe, the oldest first; what is sent to be paid by hand is not theirs to charge. */
export async function listOwed(tx: Tx, owner: Owner): Promise<OwedBill[]> {
  const { rows } = await sql<OwedBill>`
    select i.id as "invoiceId", s.id as "subscriptionId", i.total_minor - i.paid_minor as "amountMinor", i.currency,
           c.last_decline_code as "declineCode"
      from (select id from subscriptions
             where account_id = ${owner.accountId} and customer_id = ${owner.customerId} and ${only(owner)}
             order by id desc
             limit ${SUBSCRIPTIONS_MAX}) s
     cross join lateral (
            select id, status, total_minor, paid_minor, currency, collection_method from invoices
             where account_id = ${owner.accountId} and subscription_id = s.id
             order by id desc
             limit ${BILLS_MAX}) i
      left join recovery_cases c on c.account_id = ${owner.accountId} and c.invoice_id = i.id and c.state = 'open'
     where i.status in ('finalized', 'approved', 'sent', 'partially_paid', 'overdue')
       and i.collection_method <> 'send_invoice' and i.total_minor > i.paid_minor
     order by i.id
     limit ${OWED_MAX}`.execute(tx)
  return rows
}

/** Gateways that a new card is given a token at, at most. */
const GATEWAYS_MAX = 4

/**
 * Where the subscriptions concerned are charged, best first: what they are bound to or prefer, where their latest bill was
 * tried last, and where the card in use has a token.
 */
export async function listChargingGateways(tx: Tx, owner: Owner): Promise<Uuid[]> {
  const { accountId, customerId } = owner
  const { rows } = await sql<{ readonly id: Uuid }>`
    with concerned as (
      select id, latest_invoice_id from subscriptions
       where account_id = ${accountId} and customer_id = ${customerId} and ${only(owner)}
       order by id desc
       limit ${SUBSCRIPTIONS_MAX}
    ), wanted as (
      select r.forced_gateway_id as id, 1 as rank
        from concerned s join subscription_routing r on r.account_id = ${accountId} and r.subscription_id = s.id
      union all
      select r.preferred_gateway_id, 2
        from concerned s join subscription_routing r on r.account_id = ${accountId} and r.subscription_id = s.id
      union all
      select last.gateway_id, 3
        from concerned s
       cross join lateral (
              select p.gateway_id from payment_attempts p
               where p.account_id = ${accountId} and p.invoice_id = s.latest_invoice_id
               order by p.id desc
               limit 1) last
      union all
      select t.gateway_id, 4
        from payment_methods m
        join payment_method_tokens t on t.account_id = ${accountId} and t.payment_method_id = m.id
       where m.account_id = ${accountId} and m.customer_id = ${customerId} and m.is_default
    )
    select w.id
      from (select id, min(rank) as rank from wanted where id is not null group by id) w
      join gateways g on g.account_id = ${accountId} and g.id = w.id and g.is_enabled
     order by w.rank, g.position
     limit ${GATEWAYS_MAX}`.execute(tx)
  return rows.map(({ id }) => id)
}

/** Methods that are looked through for the tokens that a customer holds, newest first. */
const METHODS_MAX = 50

/** A token that the customer holds at each gateway: the default method's, or else the newest one's. */
export async function listTokensHeld(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly customerId: Uuid },
): Promise<ReadonlyMap<Uuid, string>> {
  const { rows } = await sql<{ readonly gatewayId: Uuid; readonly token: string }>`
    select distinct on (t.gateway_id) t.gateway_id as "gatewayId", t.token
      from (select id, is_default from payment_methods
             where account_id = ${of.accountId} and customer_id = ${of.customerId}
             order by id desc
             limit ${METHODS_MAX}) m
      join payment_method_tokens t on t.account_id = ${of.accountId} and t.payment_method_id = m.id
     order by t.gateway_id, m.is_default desc, m.id desc`.execute(tx)
  return new Map(rows.map(({ gatewayId, token }) => [gatewayId, token]))
}

function only({ subscriptionId }: Owner): RawBuilder<unknown> {
  return subscriptionId === null ? sql`true` : sql`id = ${subscriptionId}`
}

export type CardInUse = {
  readonly brand: string | null
  readonly last4: string | null
  readonly country: string | null
}

/** The card that is charged now: the customer's default. */
export async function findCardInUse(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly customerId: Uuid },
): Promise<CardInUse | null> {
  const { rows } = await sql<CardInUse>`
    select card_brand as brand, card_last4 as last4, card_country as country from payment_methods
     where account_id = ${of.accountId} and customer_id = ${of.customerId} and is_default and type = 'card'`.execute(
    tx,
  )
  return rows[0] ?? null
}
