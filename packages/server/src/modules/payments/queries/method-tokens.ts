import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

type AtGateway = { readonly accountId: Uuid; readonly gatewayId: Uuid }

export type HeldToken = {
  readonly gatewayId: Uuid
  readonly token: string
  readonly networkTransactionId: string | null
}

/** A method has one token a gateway; there are as many as gateways at most. */
export async function listHeldTokens(
  tx: Tx,
  accountId: Uuid,
  paymentMethodId: Uuid,
): Promise<HeldToken[]> {
  const { rows } = await sql<HeldToken>`
    select t.gateway_id as "gatewayId", t.token, t.network_transaction_id as "networkTransactionId"
      from payment_method_tokens t
      join gateways g on g.account_id = ${accountId} and g.id = t.gateway_id
     where t.account_id = ${accountId} and t.payment_method_id = ${paymentMethodId}
     order by g.position, g.id`.execute(tx)
  return rows
}

/** Another token forgets what the network called the first charge: it may be another card's. */
export async function putToken(
  tx: Tx,
  at: AtGateway & { readonly paymentMethodId: Uuid; readonly token: string },
): Promise<void> {
  await sql`
    insert into payment_method_tokens as t (account_id, payment_method_id, gateway_id, token)
    values (${at.accountId}, ${at.paymentMethodId}, ${at.gatewayId}, ${at.token})
    on conflict (account_id, payment_method_id, gateway_id) do update
       set token = excluded.token,
           network_transaction_id = case when t.token = excluded.token then t.network_transaction_id end`.execute(
    tx,
  )
}

/** A gateway gives each card a token of its own; a sandbox's named ones may be held by many. */
const HOLDERS_MAX = 100

/** The methods that hold a token, detached ones too. */
export async function listHolders(
  tx: Tx,
  at: AtGateway & { readonly token: string },
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select payment_method_id as id from payment_method_tokens
     where account_id = ${at.accountId} and gateway_id = ${at.gatewayId} and token = ${at.token}
     order by payment_method_id
     limit ${HOLDERS_MAX}`.execute(tx)
  return rows.map(({ id }) => id)
}

export type SubscriptionMethodPlace = {
  readonly paymentMethodId: Uuid
  readonly priority: number
}

export async function listSubscriptionMethods(
  tx: Tx,
  accountId: Uuid,
  subscriptionId: Uuid,
): Promise<SubscriptionMethodPlace[]> {
  const { rows } = await sql<SubscriptionMethodPlace>`
    select payment_method_id as "paymentMethodId", priority from subscription_payment_methods
     where account_id = ${accountId} and subscription_id = ${subscriptionId}
     order by priority`.execute(tx)
  return rows
}

/**
 * The caller holds the subscription's lock. What is billed to a method bears its tax, so a method keeps its own, and one
 * that is new takes the tax of the method that was first.
 */
export async function replaceSubscriptionMethods(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly subscriptionId: Uuid },
  places: readonly SubscriptionMethodPlace[],
): Promise<void> {
  const { rows: before } = await sql<SubscriptionMethodPlace & { readonly taxMinor: bigint }>`
    delete from subscription_payment_methods
     where account_id = ${of.accountId} and subscription_id = ${of.subscriptionId}
    returning payment_method_id as "paymentMethodId", priority, tax_minor as "taxMinor"`.execute(tx)
  if (places.length === 0) return
  const taxOf = new Map(before.map((one) => [one.paymentMethodId, one.taxMinor]))
  const [first] = before.toSorted((one, other) => one.priority - other.priority)
  const taxes = places.map(
    ({ paymentMethodId }) => taxOf.get(paymentMethodId) ?? first?.taxMinor ?? 0n,
  )
  await sql`
    insert into subscription_payment_methods (account_id, subscription_id, priority, payment_method_id, tax_minor)
    select ${of.accountId}, ${of.subscriptionId}, p.priority, p.id, p.tax_minor
      from unnest(${places.map((place) => place.priority)}::int[],
                  ${places.map((place) => place.paymentMethodId)}::uuid[],
                  ${taxes.map(String)}::bigint[]) as p (priority, id, tax_minor)`.execute(tx)
}
