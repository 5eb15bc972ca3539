import type { Uuid } from '@perennial/core/ids'
import type { ChargeRoute } from '@perennial/core/payments'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

/** A charge route with whom it belongs to. */
export type OwnedRoute = ChargeRoute & { readonly subscriptionId: Uuid }

/** A method that none of its gateways may be asked to charge: all are disabled. */
export type ShutMethod = { readonly subscriptionId: Uuid; readonly gatewayIds: readonly Uuid[] }

type ShutRow = {
  readonly subscription_id: Uuid
  readonly gateway_id: null
  readonly gateway_ids: readonly Uuid[]
}

type RouteRow = {
  readonly subscription_id: Uuid
  readonly payment_method_id: Uuid
  readonly gateway_id: Uuid
  readonly method_type: string
  readonly card_brand: string | null
  readonly card_last4: string | null
  readonly mandate_id?: Uuid | null
  /** Null where one gateway alone has a token. */
  readonly gateway_ids?: readonly Uuid[] | null
  readonly gateways_enabled?: readonly boolean[] | null
}

/** Of a method `pm`: the mandate in force that it is debited under. Cards do not ask. */
const mandateOf = (accountId: Uuid) => sql`
  case when pm.type = 'bacs_direct_debit' then (
    select md.id from mandates md
     where md.account_id = ${accountId} and md.payment_method_id = pm.id and md.status = 'active'
     limit 1) end`

/**
 * Of a method `pm`: the gateway to charge it at, the wanted one or else the first enabled by the account's order, and all
 * that have a token of it, where they are several or none is enabled.
 */
const gatewaysOf = (accountId: Uuid, wanted: Uuid | null = null) => sql`
  select (array_agg(k.gateway_id) filter (where k.is_enabled ${
    wanted === null ? sql`` : sql`and k.gateway_id = ${wanted}`
  }))[1] as gateway_id,
         case when count(*) > 1 or not bool_or(k.is_enabled) then array_agg(k.gateway_id) end as gateway_ids,
         case when count(*) > 1 then array_agg(k.is_enabled) end as gateways_enabled
    from (
      select t.gateway_id, g.is_enabled
        from payment_method_tokens t
        join gateways g on g.account_id = ${accountId} and g.id = t.gateway_id and g.archived_at is null
       where t.account_id = ${accountId} and t.payment_method_id = pm.id
       order by g.position
    ) as k`

/**
 * The ways to charge many subscriptions, best first: the subscription's own methods by priority, then the
 * customer's default; each at the first enabled gateway that has a token for it. `shut`: those that would be ways if a
 * gateway were enabled. A method that has gone to another customer since is no way any more.
 */
export async function listRoutes(
  tx: Tx,
  accountId: Uuid,
  subscriptions: readonly { readonly id: Uuid; readonly customerId: Uuid }[],
): Promise<{ readonly routes: readonly OwnedRoute[]; readonly shut: readonly ShutMethod[] }> {
  const ids = subscriptions.map((subscription) => subscription.id)
  const customerIds = subscriptions.map((subscription) => subscription.customerId)
  const { rows } = await sql<RouteRow | ShutRow>`
    with wanted as (
      select s.subscription_id, s.customer_id
        from unnest(${ids}::uuid[], ${customerIds}::uuid[]) as s (subscription_id, customer_id)
    ), methods as (
      select w.subscription_id, w.customer_id, sm.payment_method_id, sm.priority
        from wanted w
        join subscription_payment_methods sm
          on sm.account_id = ${accountId} and sm.subscription_id = w.subscription_id
      union all
      select w.subscription_id, w.customer_id, pm.id, 1000000
        from wanted w
        join payment_methods pm
          on pm.account_id = ${accountId} and pm.customer_id = w.customer_id and pm.is_default
    )
    select m.subscription_id, m.payment_method_id, route.gateway_id,
           pm.type as method_type, pm.card_brand, coalesce(pm.card_last4, pm.bank_last4) as card_last4,
           ${mandateOf(accountId)} as mandate_id, route.gateway_ids, route.gateways_enabled
      from methods m
      join payment_methods pm
        on pm.account_id = ${accountId} and pm.id = m.payment_method_id and pm.status = 'active'
       and pm.customer_id = m.customer_id
      join lateral (${gatewaysOf(accountId)}) as route
        on route.gateway_id is not null or route.gateway_ids is not null
     order by m.subscription_id, m.priority`.execute(tx)
  const routes: OwnedRoute[] = []
  const shut: ShutMethod[] = []
  for (const row of rows) {
    const subscriptionId = row.subscription_id
    if (row.gateway_id === null) shut.push({ subscriptionId, gatewayIds: row.gateway_ids })
    else routes.push({ ...toRoute(row), subscriptionId })
  }
  return { routes, shut }
}

function toRoute(row: Omit<RouteRow, 'subscription_id'>): ChargeRoute {
  return {
    paymentMethodId: row.payment_method_id,
    gatewayId: row.gateway_id,
    methodType: row.method_type,
    cardBrand: row.card_brand,
    cardLast4: row.card_last4,
    mandateId: row.mandate_id ?? null,
    ...gatewaysIn(row),
  }
}

function gatewaysIn(row: Pick<RouteRow, 'gateway_ids' | 'gateways_enabled'>) {
  const ids = row.gateway_ids ?? []
  if (ids.length === 0) return {}
  return {
    gateways: ids.map((id, index) => ({ id, isEnabled: row.gateways_enabled?.[index] === true })),
  }
}

/**
 * The route of one method of one customer, at the gateway that is named or else the first one; null when it is detached,
 * or no such enabled gateway has a token.
 */
export async function findMethodRoute(
  tx: Tx,
  accountId: Uuid,
  key: {
    readonly customerId: Uuid
    readonly paymentMethodId: Uuid | null
    readonly gatewayId?: Uuid | null
  },
): Promise<ChargeRoute | null> {
  const { gatewayId = null } = key
  const method =
    key.paymentMethodId === null ? sql`pm.is_default` : sql`pm.id = ${key.paymentMethodId}`
  const { rows } = await sql<Omit<RouteRow, 'subscription_id'>>`
    select pm.id as payment_method_id, route.gateway_id, pm.type as method_type, pm.card_brand,
           coalesce(pm.card_last4, pm.bank_last4) as card_last4, ${mandateOf(accountId)} as mandate_id,
           route.gateway_ids, route.gateways_enabled
      from payment_methods pm
      join lateral (${gatewaysOf(accountId, gatewayId)}) as route on route.gateway_id is not null
     where pm.account_id = ${accountId} and pm.customer_id = ${key.customerId} and ${method}
       and pm.status = 'active'
     limit 1`.execute(tx)
  if (rows[0] === undefined) return null
  return { ...toRoute(rows[0]), ...(gatewayId === null ? {} : { wantedBy: 'asked_for' }) }
}

/** The routes of many methods that are named, each at the first gateway that can; those without one are absent. */
export async function listNamedRoutes(
  tx: Tx,
  accountId: Uuid,
  named: readonly { readonly customerId: Uuid; readonly paymentMethodId: Uuid }[],
): Promise<ReadonlyMap<Uuid, ChargeRoute>> {
  const { rows } = await sql<Omit<RouteRow, 'subscription_id'>>`
    select pm.id as payment_method_id, route.gateway_id, pm.type as method_type, pm.card_brand,
           coalesce(pm.card_last4, pm.bank_last4) as card_last4, ${mandateOf(accountId)} as mandate_id,
           route.gateway_ids, route.gateways_enabled
      from unnest(
             ${named.map(({ paymentMethodId }) => paymentMethodId)}::uuid[],
             ${named.map(({ customerId }) => customerId)}::uuid[]
           ) as n (id, customer_id)
      join payment_methods pm
        on pm.account_id = ${accountId} and pm.id = n.id and pm.customer_id = n.customer_id and pm.status = 'active'
      join lateral (${gatewaysOf(accountId)}) as route on route.gateway_id is not null`.execute(tx)
  return new Map(rows.map((row) => [row.payment_method_id, toRoute(row)]))
}

/**
 * The gateways that have a token of a method that `findMethodRoute` finds no way for, all of them disabled; none where the
 * customer has no such active method.
 */
export async function listDisabledGateways(
  tx: Tx,
  accountId: Uuid,
  key: { readonly customerId: Uuid; readonly paymentMethodId: Uuid | null },
): Promise<readonly Uuid[]> {
  const method =
    key.paymentMethodId === null ? sql`pm.is_default` : sql`pm.id = ${key.paymentMethodId}`
  const { rows } = await sql<{ gateway_ids: readonly Uuid[] }>`
    select route.gateway_ids
      from payment_methods pm
      join lateral (${gatewaysOf(accountId)}) as route
        on route.gateway_id is null and route.gateway_ids is not null
     where pm.account_id = ${accountId} and pm.customer_id = ${key.customerId} and ${method}
       and pm.status = 'active'
     limit 1`.execute(tx)
  return rows[0]?.gateway_ids ?? []
}

/** What an attempt is charged with. */
export type AttemptToken = {
  readonly paymentMethodId: Uuid
  readonly gatewayId: Uuid
  readonly token: string
  /** Of the first approved charge of the method, whichever gateway told it. */
  readonly networkTransactionId: string | null
}

/** The tokens that attempts are charged with, detached methods included: an attempt in flight still needs its own. */
export async function listTokens(
  tx: Tx,
  accountId: Uuid,
  paymentMethodIds: readonly Uuid[],
): Promise<AttemptToken[]> {
  const { rows } = await sql<AttemptToken>`
    select payment_method_id as "paymentMethodId", gateway_id as "gatewayId", token,
           coalesce(network_transaction_id,
                    max(network_transaction_id) over (partition by payment_method_id)
           ) as "networkTransactionId"
      from payment_method_tokens
     where account_id = ${accountId} and payment_method_id = any(${paymentMethodIds}::uuid[])`.execute(
    tx,
  )
  return rows
}

/** The ways that attempts were charged, detached methods included: what their transactions say of them. */
export async function listUsedRoutes(
  tx: Tx,
  accountId: Uuid,
  paymentMethodIds: readonly Uuid[],
): Promise<ChargeRoute[]> {
  const { rows } = await sql<Omit<RouteRow, 'subscription_id'>>`
    select t.payment_method_id, t.gateway_id, pm.type as method_type, pm.card_brand,
           coalesce(pm.card_last4, pm.bank_last4) as card_last4
      from payment_method_tokens t
      join payment_methods pm on pm.account_id = ${accountId} and pm.id = t.payment_method_id
     where t.account_id = ${accountId} and t.payment_method_id = any(${paymentMethodIds}::uuid[])`.execute(
    tx,
  )
  return rows.map(toRoute)
}

export type NamedCharge = {
  readonly paymentMethodId: Uuid
  readonly gatewayId: Uuid
  readonly networkTransactionId: string
}

/** Keeps how the network names the first approved charge of each token; later ones refer to that one. */
export async function keepNetworkTransactions(
  tx: Tx,
  accountId: Uuid,
  charges: readonly NamedCharge[],
): Promise<void> {
  if (charges.length === 0) return
  await sql`
    update payment_method_tokens as t set network_transaction_id = c.network_transaction_id
      from (
        select distinct on (payment_method_id, gateway_id) payment_method_id, gateway_id, network_transaction_id
          from unnest(
            ${charges.map((charge) => charge.paymentMethodId)}::uuid[],
            ${charges.map((charge) => charge.gatewayId)}::uuid[],
            ${charges.map((charge) => charge.networkTransactionId)}::text[]
          ) as c (payment_method_id, gateway_id, network_transaction_id)
         order by payment_method_id, gateway_id
      ) as c
     where t.account_id = ${accountId} and t.payment_method_id = c.payment_method_id
       and t.gateway_id = c.gateway_id and t.network_transaction_id is null`.execute(tx)
}
