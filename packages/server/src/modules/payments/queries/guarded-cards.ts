import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { networkOf, type GuardedCard } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { listCardTries, type HandedToken } from './card-tries.ts'

/** Methods of other customers that stand for one card, and methods of one customer, that are looked at at most. */
const TWINS_MAX = 50
const METHODS_MAX = 100

type CardRow = {
  readonly id: Uuid
  readonly key: string
  readonly brand: string | null
  readonly country: string | null
  readonly data_at: Instant
  /** What the account's acquirer allows; null = not told. */
  readonly visa_attempts_max: number | null
  /** By the ids of gateways whose acquirers allow something else; null = none does. */
  readonly visa_attempts_of: Readonly<Record<Uuid, number>> | null
  readonly method_ids: readonly Uuid[]
  /** What other billers call it. */
  readonly handed: readonly HandedToken[]
}

/**
 * The cards behind these methods as the networks' guard sees them, by method; what is no card is absent. A card that
 * several methods stand for is counted over all of them, unless a customer who is there has entered it just now
 * (`ofMethodAlone`), and with what other billers have handed over of it. In a sandbox everybody uses the same test cards, so
 * there each customer's card is another one.
 */
export async function listGuardedCards(
  tx: Tx,
  accountId: Uuid,
  asked: {
    readonly paymentMethodIds: readonly Uuid[]
    readonly at: Instant
    readonly ofMethodAlone?: boolean
  },
): Promise<ReadonlyMap<Uuid, GuardedCard>> {
  const cards = await findCards(tx, accountId, asked)
  if (cards.length === 0) return new Map()
  const tried = cards.map(({ id, method_ids: methodIds, handed }) => ({
    key: id,
    methodIds,
    handedTokens: handed,
  }))
  const tries = await listCardTries(tx, accountId, { cards: tried, at: asked.at })
  return new Map(
    cards.map((card) => [
      card.id,
      {
        key: card.key,
        network: networkOf(card.brand),
        country: card.country,
        dataAt: card.data_at,
        ...capsOf(card),
        history: tries.get(card.id) ?? [],
      },
    ]),
  )
}

function capsOf({ visa_attempts_max: ofAccount, visa_attempts_of: ofGateways }: CardRow) {
  return {
    ...(ofAccount === null ? {} : { visaAttemptsMax: ofAccount }),
    // The keys are ids of gateways.
    ...(ofGateways === null
      ? {}
      : { visaAttemptsOf: new Map(Object.entries(ofGateways) as [Uuid, number][]) }),
  }
}

/**
 * Those of these methods whose charges the networks may forbid: their card was ever refused, was approved with advice, is being
 * charged, was handed over by another biller, or stands behind several of what is charged now (`repeatedIds` name methods that
 * come more than once). A probe of one small index each, and nothing else for a batch of different cards that are always approved;
 * what other billers handed over is looked for where there are any.
 */
export async function listWatchedMethods(
  tx: Tx,
  accountId: Uuid,
  of: { readonly paymentMethodIds: readonly Uuid[]; readonly repeatedIds: readonly Uuid[] },
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly ids: readonly Uuid[]; readonly has_billers: boolean }>`
    select coalesce(array_agg(m.id), '{}') as ids, ${isShared(accountId)} as has_billers
      from (select one.id, one.customer_id, one.fingerprint, count(*) over (partition by ${keyOf(accountId, 'one')}) as methods
              from payment_methods one
             where one.account_id = ${accountId} and one.id = any(${of.paymentMethodIds}::uuid[])
               and one.type = 'card') as m
     where m.methods > 1 or m.id = any(${of.repeatedIds}::uuid[]) or exists (
       select 1
         from (select m.id union all ${twinsOf(accountId)}) as same (id)
         cross join lateral (
           select 1 from payment_attempts a
            where a.account_id = ${accountId} and a.payment_method_id = same.id
              and (a.state in ('declined', 'unknown', 'sending') or (a.state = 'succeeded' and a.advice_code is not null))
            limit 1) as held)`.execute(tx)
  const [found] = rows
  assert(found !== undefined, 'an aggregate is one row')
  const { ids, has_billers: hasBillers } = found
  if (!hasBillers) return [...ids]
  const watched = new Set(ids)
  const others = of.paymentMethodIds.filter((id) => !watched.has(id))
  return [...ids, ...(await listHandedMethods(tx, accountId, others))]
}

/** Those of these methods whose card was handed over by another biller. */
async function listHandedMethods(
  tx: Tx,
  accountId: Uuid,
  paymentMethodIds: readonly Uuid[],
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select m.id
      from payment_methods m
     where m.account_id = ${accountId} and m.id = any(${paymentMethodIds}::uuid[]) and m.type = 'card' and exists (
       select 1
         from (select m.id union all ${twinsOf(accountId)}) as same (id)
         cross join lateral (
           (select 1 from payment_method_tokens t cross join lateral (
              (select 1 from outside_attempts a
                where a.account_id = ${accountId} and a.token = t.token and a.gateway_id = t.gateway_id
                limit 1)
              union all
              (select 1 from outside_recoveries r
                where r.account_id = ${accountId} and r.handed_token = t.token and r.gateway_id = t.gateway_id
                limit 1)) as handed
             where t.account_id = ${accountId} and t.payment_method_id = same.id
             limit 1)
           union all
           (select 1 from outside_cards o
             where o.account_id = ${accountId} and o.fingerprint = m.fingerprint
             limit 1)) as held)`.execute(tx)
  return rows.map((row) => row.id)
}

/**
 * Until the transaction ends nobody else plans a charge of these cards: what has been sent by then is known to whoever
 * comes next. Taken behind the rows that are charged and behind `lockCaps`, in one order.
 */
export async function lockCards(
  tx: Tx,
  accountId: Uuid,
  paymentMethodIds: readonly Uuid[],
): Promise<void> {
  await sql`
    with cards as materialized (
      select distinct ${keyOf(accountId, 'm')} as key
        from payment_methods m
       where m.account_id = ${accountId} and m.id = any(${paymentMethodIds}::uuid[]) and m.type = 'card'
       order by key)
    select ${lockOf(accountId)} from cards`.execute(tx)
}

/**
 * The same for cards that other billers hand over, by their tokens and by whatever else of the account is known to stand for
 * them. Taken behind whatever else they are locked by.
 */
export async function lockHandedCards(
  tx: Tx,
  accountId: Uuid,
  cards: readonly { readonly token: string; readonly clientId: Uuid; readonly gatewayId: Uuid }[],
): Promise<void> {
  const tokens = sql`
    unnest(${cards.map(({ token }) => token)}::text[], ${cards.map(({ clientId }) => clientId)}::uuid[],
           ${cards.map(({ gatewayId }) => gatewayId)}::uuid[]) as c (token, client_id, gateway_id)`
  await sql`
    with cards as materialized (
      select key from (
        select ${keyOf(accountId, 'm')} as key
          from ${tokens}
          join payment_method_tokens t
            on t.account_id = ${accountId} and t.gateway_id = c.gateway_id and t.token = c.token
          join payment_methods m on m.account_id = t.account_id and m.id = t.payment_method_id and m.type = 'card'
        union
        select o.fingerprint
          from ${tokens}
          join outside_cards o
            on o.account_id = ${accountId} and o.client_id = c.client_id and o.token = c.token
         where o.fingerprint is not null
        union
        -- Of two billers, or before its gateway has told of it, a token is all that is known of a card.
        select c.gateway_id::text || ' ' || c.token from ${tokens}) as known
       where ${isShared(accountId)}
       order by key)
    select ${lockOf(accountId)} from cards`.execute(tx)
}

/** Takes the lock of the card `key`. */
function lockOf(accountId: Uuid) {
  return sql`pg_advisory_xact_lock(hashtextextended(${`card:${accountId}:`} || key, 0))`
}

/** Whether cards of other billers may be ones of this account: they are, where it has any such biller, except test cards. */
function isShared(accountId: Uuid) {
  return sql`(select environment = 'live' and exists (select from recovery_clients where account_id = ${accountId})
                from accounts where id = ${accountId})`
}

/** Which card a method stands for; in a sandbox, where everybody uses the same test cards, each customer's is another one. */
function keyOf(accountId: Uuid, method: 'm' | 'one') {
  const of = sql.raw(method)
  return sql`
    case when ${of}.fingerprint is null then ${of}.id::text
         when (select environment from accounts where id = ${accountId}) = 'live' then ${of}.fingerprint
         else ${of}.customer_id::text || ' ' || ${of}.fingerprint end`
}

/**
 * Other methods that stand for the card of `m`. Of one customer they are few, and found by the customer; of other
 * customers only where test cards are not everybody's. Bounded, so that no card costs more than another.
 */
function twinsOf(accountId: Uuid) {
  return sql`
    select own.id
      from (select t.id, t.fingerprint, t.type from payment_methods t
             where t.account_id = ${accountId} and t.customer_id = m.customer_id
             order by t.id
             limit ${METHODS_MAX}) as own
     where own.fingerprint = m.fingerprint and own.type = 'card' and own.id <> m.id
    union all
    (select t.id from payment_methods t
      where t.account_id = ${accountId} and t.fingerprint = m.fingerprint and t.type = 'card'
        and t.customer_id <> m.customer_id
        and (select environment from accounts where id = ${accountId}) = 'live'
      limit ${TWINS_MAX})`
}

async function findCards(
  tx: Tx,
  accountId: Uuid,
  asked: { readonly paymentMethodIds: readonly Uuid[]; readonly ofMethodAlone?: boolean },
): Promise<CardRow[]> {
  const isAlone = asked.ofMethodAlone === true
  const { rows } = await sql<CardRow>`
    select m.id, ${keyOf(accountId, 'm')} as key, m.card_brand as brand, m.card_country as country,
           coalesce(m.card_data_at, m.created_at) as data_at, array[m.id] || twins.ids as method_ids, outside.handed,
           (select (settings ->> 'visaAttemptsMax')::int from accounts where id = ${accountId}) as visa_attempts_max,
           (select jsonb_object_agg(id, visa_attempts_max) from gateways
             where account_id = ${accountId} and visa_attempts_max is not null) as visa_attempts_of
      from payment_methods m
      cross join lateral (
        select coalesce(array_agg(twin.id), '{}') as ids
          from (${twinsOf(accountId)}) as twin (id)
         where not ${isAlone}
      ) as twins
      cross join lateral (
        select coalesce(jsonb_agg(to_jsonb(named)), '[]') as handed
          from (${handedOf(accountId, { isAlone })}) as named ("token", "clientId", "gatewayId")
      ) as outside
     where m.account_id = ${accountId} and m.id = any(${asked.paymentMethodIds}::uuid[]) and m.type = 'card'`.execute(
    tx,
  )
  return rows
}

/** What other billers call the card of `m`: the tokens of its methods, and those that stand for a card of its fingerprint. */
function handedOf(accountId: Uuid, { isAlone }: { readonly isAlone: boolean }) {
  return sql`
    select distinct t.token, null::uuid, t.gateway_id
      from payment_method_tokens t
     where t.account_id = ${accountId} and t.payment_method_id = any(array[m.id] || twins.ids)
       and ${isShared(accountId)}
    union all
    (select o.token, o.client_id, null
       from outside_cards o
      where o.account_id = ${accountId} and o.fingerprint = m.fingerprint and not ${isAlone}
        and not exists (
          select from payment_method_tokens own
           where own.account_id = ${accountId} and own.payment_method_id = any(array[m.id] || twins.ids)
             and own.token = o.token)
        and ${isShared(accountId)}
      limit ${TWINS_MAX})`
}
