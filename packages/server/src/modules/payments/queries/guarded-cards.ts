import type { Decline } from '@perennial/core/declines'
import type { Uuid } from '@perennial/core/ids'
import {
  networkOf,
  unansweredAs,
  type GuardedCard,
  type PastAttempt,
} from '@perennial/core/recovery'
import { addDays, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { storedCurrency } from '../../invoices/index.ts'

/** As far back as the widest window of the networks, and a day more. */
const WINDOW_DAYS = 32
/** More than the widest window counts. What stops a card for good is always among its last refusals. */
const REFUSALS_MAX = 200
const APPROVALS_MAX = 200
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
}

type PastRow = {
  readonly asked_id: Uuid
  readonly id: Uuid
  readonly at: Instant
  readonly amount_minor: bigint
  readonly currency: string
  readonly is_customer_present: boolean
  readonly state: string
  readonly code: string | null
  readonly iso_code: string | null
  readonly advice_code: string | null
  readonly message: string | null
}

/**
 * The cards behind these methods as the networks' guard sees them, by method; what is no card is absent. A card that
 * several methods stand for is counted over all of them, unless a customer who is there has entered it just now
 * (`ofMethodAlone`). In a sandbox everybody uses the same test cards, so there each customer's card is another one.
 *
 * Reads refusals and what is under way alone, by indexes of their own; approvals are read for cards that were refused within
 * the window.
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
  const refusals = await listRefusals(tx, accountId, cards)
  const since = addDays(asked.at, -WINDOW_DAYS)
  const refused = refusals.filter(({ at, state }) => at > since && state !== 'sending')
  const counting = new Set(refused.map((row) => row.asked_id))
  const counted = cards.filter(({ id }) => counting.has(id))
  const approvals = counted.length === 0 ? [] : await listApprovals(tx, accountId, counted, since)
  const pasts = Map.groupBy([...refusals, ...approvals], (row) => row.asked_id)
  return new Map(
    cards.map((card) => [
      card.id,
      {
        key: card.key,
        network: networkOf(card.brand),
        country: card.country,
        dataAt: card.data_at,
        ...capsOf(card),
        history: (pasts.get(card.id) ?? []).toSorted(byAge).map(toPast),
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
 * Those of these methods whose charges the networks may forbid: their card was ever refused, is being charged, or stands
 * behind several of what is charged now (`repeatedIds` name methods that come more than once). Two probes of small indexes
 * each, and nothing else for a batch of different cards that are always approved.
 */
export async function listWatchedMethods(
  tx: Tx,
  accountId: Uuid,
  of: { readonly paymentMethodIds: readonly Uuid[]; readonly repeatedIds: readonly Uuid[] },
): Promise<Uuid[]> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select m.id
      from (select one.id, one.customer_id, one.fingerprint, count(*) over (partition by ${keyOf(accountId, 'one')}) as methods
              from payment_methods one
             where one.account_id = ${accountId} and one.id = any(${of.paymentMethodIds}::uuid[])
               and one.type = 'card') as m
     where m.methods > 1 or m.id = any(${of.repeatedIds}::uuid[]) or exists (
       select 1
         from (select m.id union all ${twinsOf(accountId)}) as same (id)
         cross join lateral (
           (select 1 from payment_attempts a
             where a.account_id = ${accountId} and a.payment_method_id = same.id
               and a.state in ('declined', 'unknown')
             limit 1)
           union all
           (select 1 from payment_attempts a
             where a.account_id = ${accountId} and a.payment_method_id = same.id and a.state = 'sending'
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
    select pg_advisory_xact_lock(hashtextextended(${`card:${accountId}:`} || key, 0)) from cards`.execute(
    tx,
  )
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
           coalesce(m.card_data_at, m.created_at) as data_at, array[m.id] || twins.ids as method_ids,
           (select (settings ->> 'visaAttemptsMax')::int from accounts where id = ${accountId}) as visa_attempts_max,
           (select jsonb_object_agg(id, visa_attempts_max) from gateways
             where account_id = ${accountId} and visa_attempts_max is not null) as visa_attempts_of
      from payment_methods m
      cross join lateral (
        select coalesce(array_agg(twin.id), '{}') as ids
          from (${twinsOf(accountId)}) as twin (id)
         where not ${isAlone}
      ) as twins
     where m.account_id = ${accountId} and m.id = any(${asked.paymentMethodIds}::uuid[]) and m.type = 'card'`.execute(
    tx,
  )
  return rows
}

/** A method and the card it is asked for, side by side. */
function pairsOf(cards: readonly CardRow[]) {
  const pairs = cards.flatMap(({ id, method_ids }) => method_ids.map((methodId) => ({ id, methodId }))) // prettier-ignore
  return sql`unnest(${pairs.map(({ id }) => id)}::uuid[], ${pairs.map(({ methodId }) => methodId)}::uuid[])
    as c (asked_id, method_id)`
}

/** What was refused, and what is under way. */
async function listRefusals(
  tx: Tx,
  accountId: Uuid,
  cards: readonly CardRow[],
): Promise<PastRow[]> {
  const { rows } = await sql<PastRow>`
    select c.asked_id, a.id, a.created_at as at, a.amount_minor, a.currency, a.is_customer_present, a.state,
           a.decline_code as code, a.decline_iso_code as iso_code, a.advice_code, a.message
      from ${pairsOf(cards)}
      join payment_methods m on m.account_id = ${accountId} and m.id = c.method_id
      cross join lateral (
        (select * from payment_attempts r
          where r.account_id = ${accountId} and r.payment_method_id = c.method_id
            and r.state in ('declined', 'unknown')
            and r.created_at >= coalesce(m.card_number_at, '-infinity'::timestamptz)
          order by r.created_at desc
          limit ${REFUSALS_MAX})
        union all
        (select * from payment_attempts s
          where s.account_id = ${accountId} and s.payment_method_id = c.method_id and s.state = 'sending'
          limit ${REFUSALS_MAX})
      ) as a
     where a.operation <> 'capture'`.execute(tx)
  return rows
}

/**
 * Approved charges of the window, by way of the customers' transactions, which have an index. Each is looked up by its
 * id: a limit keeps PostgreSQL from reading all attempts of the account in order to join them.
 */
async function listApprovals(
  tx: Tx,
  accountId: Uuid,
  cards: readonly CardRow[],
  since: Instant,
): Promise<PastRow[]> {
  const { rows } = await sql<PastRow>`
    select c.asked_id, a.id, a.created_at as at, a.amount_minor, a.currency, a.is_customer_present, a.state,
           null as code, null as iso_code, null as advice_code, null as message
      from ${pairsOf(cards)}
      join payment_methods m on m.account_id = ${accountId} and m.id = c.method_id
      cross join lateral (
        select t.attempt_id from transactions t
         where t.account_id = ${accountId} and t.customer_id = m.customer_id
         order by t.id desc
         limit ${APPROVALS_MAX}
      ) as paid
      cross join lateral (
        select * from payment_attempts one
         where one.account_id = ${accountId} and one.id = paid.attempt_id
         limit 1
      ) as a
     where a.payment_method_id = c.method_id and a.state = 'succeeded'
       and a.created_at > greatest(${since}, coalesce(m.card_number_at, '-infinity'::timestamptz))`.execute(
    tx,
  )
  return rows
}

/** Ids are made in order: they tell the order of what was tried at one instant of the account's time. */
function byAge(one: PastRow, other: PastRow): number {
  return one.at - other.at || (one.id < other.id ? -1 : 1)
}

function toPast(row: PastRow): PastAttempt {
  const { id, at, amount_minor: amountMinor, currency, is_customer_present: isCustomerPresent } = row // prettier-ignore
  const charge = { id, at, amountMinor, currency: storedCurrency(currency), isCustomerPresent }
  return row.state === 'sending' ? unansweredAs(charge) : { ...charge, decline: declineOf(row) }
}

/** A lost answer counts like a refusal: the card may have been asked. */
function declineOf({ state, code, iso_code, advice_code, message }: PastRow): Decline | null {
  if (state === 'succeeded') return null
  return {
    code: code ?? 'generic_decline',
    isoCode: iso_code,
    adviceCode: advice_code,
    message,
  }
}
