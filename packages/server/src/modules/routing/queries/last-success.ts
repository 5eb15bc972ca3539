import { type RawBuilder, sql } from 'kysely'

type Columns = {
  readonly accountId: RawBuilder<unknown>
  readonly customerId: RawBuilder<unknown>
  readonly subscriptionId: RawBuilder<unknown>
}

/** Subscriptions looked at that one has replaced, one after the other. */
const REPLACED_MAX = 20

/**
 * SQL for the gateway of a subscription's latest approved charge; at first that of the sale which began it; for one that
 * has replaced another, that of the other. What is not needed is not read.
 */
export function lastSuccessOf(of: Columns): RawBuilder<unknown> {
  const { accountId, customerId, subscriptionId } = of
  const replaced = successOf({ ...of, subscriptionId: sql`older.id` })
  return sql`coalesce(${successOf(of)}, (
    with recursive line (id, replaces_id, gateway_id, steps) as (
      select newest.id, newest.replaces_id, null::uuid, 0
        from subscriptions newest
       where newest.account_id = ${accountId} and newest.id = ${subscriptionId}
         and newest.customer_id = ${customerId} and newest.replaces_id is not null
      union all
      select older.id, older.replaces_id, ${replaced}, newer.steps + 1
        from line newer
        join subscriptions older on older.account_id = ${accountId} and older.id = newer.replaces_id
       where newer.gateway_id is null and newer.steps < ${REPLACED_MAX}
    )
    select gateway_id from line where gateway_id is not null limit 1))`
}

function successOf({ accountId, customerId, subscriptionId }: Columns): RawBuilder<unknown> {
  return sql`coalesce((
    select own.gateway_id
      from transactions own
     where own.account_id = ${accountId} and own.customer_id = ${customerId}
       and own.subscription_id = ${subscriptionId}
       and own.type = 'sale' and own.status = 'succeeded' and own.gateway_id is not null
     order by own.id desc
     limit 1), (
    select begun.gateway_id
      from sale_lines line
      join sales sold on sold.account_id = ${accountId} and sold.id = line.sale_id
      join transactions begun on begun.account_id = ${accountId} and begun.invoice_id = sold.invoice_id
     where line.account_id = ${accountId} and line.subscription_id = ${subscriptionId}
       and begun.type = 'sale' and begun.status = 'succeeded' and begun.gateway_id is not null
     order by begun.id desc
     limit 1))`
}
