import type { Decline } from '@perennial/core/declines'
import type { Uuid } from '@perennial/core/ids'
import { handedOverAs, unansweredAs, type PastAttempt } from '@perennial/core/recovery'
import { addDays, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import { storedCurrency } from '../../invoices/index.ts'

/** As far back as the widest window of the networks, and a day more. */
const WINDOW_DAYS = 32
/** More than the widest window counts. What stops a card for good is always among its last refusals. */
const REFUSALS_MAX = 200
const APPROVALS_MAX = 200

/** What other billers call a card. */
export type HandedToken = {
  readonly token: string
  /** Null = of whichever biller, at this gateway. */
  readonly clientId: Uuid | null
  /** Null = at whichever gateway, of this biller. */
  readonly gatewayId: Uuid | null
}

/** A card under every name that it is known by. */
export type TriedCard = {
  /** What the caller calls it. */
  readonly key: string
  readonly methodIds: readonly Uuid[]
  readonly handedTokens: readonly HandedToken[]
}

type PastRow = {
  readonly key: string
  readonly id: Uuid
  readonly at: Instant
  readonly amount_minor: bigint
  readonly currency: string
  readonly is_customer_present: boolean
  /** `handed`: tried by another biller, which then handed it over. */
  readonly state: 'succeeded' | 'declined' | 'unknown' | 'sending' | 'handed'
  readonly code: string | null
  readonly iso_code: string | null
  readonly advice_code: string | null
  readonly message: string | null
}

/**
 * What was tried on each card, for bills of our own and of other billers, by the cards' keys; oldest first. Reads refusals, what
 * is under way and approvals that came with advice alone, by indexes of their own; other approvals of ours are read for cards
 * that were refused within the window.
 */
export async function listCardTries(
  tx: Tx,
  accountId: Uuid,
  of: { readonly cards: readonly TriedCard[]; readonly at: Instant },
): Promise<ReadonlyMap<string, readonly PastAttempt[]>> {
  const { cards, at } = of
  const [refusals, handed] = await Promise.all([
    listRefusals(tx, accountId, cards),
    listHandedOver(tx, accountId, cards),
  ])
  const tries = [...refusals, ...handed]
  const since = addDays(at, -WINDOW_DAYS)
  const refused = new Set(
    tries.flatMap((row) => (row.at > since && isRefusal(row) ? [row.key] : [])),
  )
  const counted = cards.filter(({ key }) => refused.has(key))
  const approvals = await listApprovals(tx, accountId, { cards: counted, since })
  const byKey = Map.groupBy([...tries, ...approvals], (row) => row.key)
  return new Map([...byKey].map(([key, rows]) => [key, rows.toSorted(byAge).map(toPast)]))
}

const isRefusal = ({ state }: PastRow): boolean => state !== 'sending' && state !== 'succeeded'

/** A method and the card it stands for, side by side. */
function pairsOf(cards: readonly TriedCard[]) {
  const pairs = cards.flatMap(({ key, methodIds }) => methodIds.map((id) => ({ key, id })))
  return sql`unnest(${pairs.map(({ key }) => key)}::text[], ${pairs.map(({ id }) => id)}::uuid[])
    as c (key, method_id)`
}

const hasMethods = ({ methodIds }: TriedCard): boolean => methodIds.length > 0

/** What was refused, what is under way, and approvals that came with advice. */
async function listRefusals(
  tx: Tx,
  accountId: Uuid,
  cards: readonly TriedCard[],
): Promise<PastRow[]> {
  if (!cards.some(hasMethods)) return []
  const { rows } = await sql<PastRow>`
    select c.key, a.id, a.created_at as at, a.amount_minor, a.currency, a.is_customer_present, a.state,
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
        (select * from payment_attempts k
          where k.account_id = ${accountId} and k.payment_method_id = c.method_id
            and k.state = 'succeeded' and k.advice_code is not null
            and k.created_at >= coalesce(m.card_number_at, '-infinity'::timestamptz)
          order by k.created_at desc
          limit ${APPROVALS_MAX})
        union all
        (select * from payment_attempts s
          where s.account_id = ${accountId} and s.payment_method_id = c.method_id and s.state = 'sending'
          limit ${REFUSALS_MAX})
      ) as a
     where a.operation <> 'capture'`.execute(tx)
  return rows
}

/**
 * Other approved charges of the window, by way of the customers' transactions, which have an index. Each is looked up by its
 * id: a limit keeps PostgreSQL from reading all attempts of the account in order to join them.
 */
async function listApprovals(
  tx: Tx,
  accountId: Uuid,
  { cards, since }: { readonly cards: readonly TriedCard[]; readonly since: Instant },
): Promise<PastRow[]> {
  if (!cards.some(hasMethods)) return []
  const { rows } = await sql<PastRow>`
    select c.key, a.id, a.created_at as at, a.amount_minor, a.currency, a.is_customer_present, a.state,
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
     where a.payment_method_id = c.method_id and a.state = 'succeeded' and a.advice_code is null
       and a.created_at > greatest(${since}, coalesce(m.card_number_at, '-infinity'::timestamptz))`.execute(
    tx,
  )
  return rows
}

/** Charges for other billers, and those that the billers made themselves before they handed a payment over. */
async function listHandedOver(
  tx: Tx,
  accountId: Uuid,
  cards: readonly TriedCard[],
): Promise<PastRow[]> {
  const named = cards.flatMap(({ key, handedTokens }) =>
    handedTokens.map((handed) => ({ key, ...handed })),
  )
  if (named.length === 0) return []
  const { rows } = await sql<PastRow>`
    select c.key, past.id, past.at, past.amount_minor, past.currency, past.is_customer_present, past.state,
           past.decline ->> 'code' as code, past.decline ->> 'isoCode' as iso_code,
           coalesce(past.decline ->> 'adviceCode', past.advice_code) as advice_code, past.decline ->> 'message' as message
      from unnest(${named.map(({ key }) => key)}::text[], ${named.map(({ token }) => token)}::text[],
                  ${named.map(({ clientId }) => clientId)}::uuid[],
                  ${named.map(({ gatewayId }) => gatewayId)}::uuid[]) as c (key, token, client_id, gateway_id)
      cross join lateral (
        (select id, created_at as at, amount_minor, currency, is_customer_present, decline, advice_code,
                case when settled_at is null then 'sending' else state end as state
           from outside_attempts
          where account_id = ${accountId} and token = c.token
            and (c.client_id is null or client_id = c.client_id)
            and (c.gateway_id is null or gateway_id = c.gateway_id)
          order by created_at desc
          limit ${REFUSALS_MAX})
        union all
        (select id, opened_at, amount_minor, currency, is_customer_present, first_decline, null, 'handed'
           from outside_recoveries
          where account_id = ${accountId} and handed_token = c.token and moved_at is null and not is_simulated
            and (c.client_id is null or client_id = c.client_id)
            and (c.gateway_id is null or gateway_id = c.gateway_id)
          order by opened_at desc
          limit ${REFUSALS_MAX})
      ) as past`.execute(tx)
  return rows
}

/** Ids are made in order: they tell the order of what was tried at one instant of the account's time. */
function byAge(one: PastRow, other: PastRow): number {
  return one.at - other.at || (one.id < other.id ? -1 : 1)
}

function toPast(row: PastRow): PastAttempt {
  const { id, at, amount_minor: amountMinor, currency, is_customer_present: isCustomerPresent } = row // prettier-ignore
  const charge = { id, at, amountMinor, currency: storedCurrency(currency), isCustomerPresent }
  if (row.state === 'sending') return unansweredAs(charge)
  if (row.state === 'handed') {
    const firstDecline = row.code === null ? null : declineOf(row)
    return { id, ...handedOverAs({ ...charge, openedAt: at, firstDecline }) }
  }
  const approvalAdvice = row.state === 'succeeded' ? row.advice_code : null
  return { ...charge, decline: declineOf(row), approvalAdvice }
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
