import type { Uuid } from '@perennial/core/ids'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'
import type { TriedCard } from '../../../payments/index.ts'

/** Methods, and tokens of billers, that stand for one card: as many are looked at at most. */
const TWINS_MAX = 50
/** More than the widest window of the networks counts. */
const TRIES_MAX = 200

/** A card that a token stands for, as far as it is known under other names of the account; `key` is the token. */
export type SameCard = TriedCard & {
  /** The same for all of its tokens; null = its gateway tells none. */
  readonly fingerprint: string | null
  /** As a payment method of it tells; null = there is none. */
  readonly brand: string | null
  readonly country: string | null
}

/**
 * What else of a live account stands for the cards of these tokens: payment methods with the same token at this gateway, and
 * their tokens at others, the same token of another biller there, and whatever has the fingerprint that gateways tell of either.
 */
export async function listSameCards(
  tx: Tx,
  of: {
    readonly accountId: Uuid
    readonly clientId: Uuid
    readonly gatewayId: Uuid
    readonly tokens: readonly string[]
  },
): Promise<ReadonlyMap<string, SameCard>> {
  const { accountId, clientId, gatewayId, tokens } = of
  if (tokens.length === 0) return new Map()
  const { rows } = await sql<SameCard>`
    select c.token as key, known.fingerprint, known.brand, known.country, methods.ids as "methodIds",
           handed.tokens as "handedTokens"
      from unnest(${[...new Set(tokens)]}::text[]) as c (token)
      left join outside_cards card
        on card.account_id = ${accountId} and card.client_id = ${clientId} and card.token = c.token
      left join lateral (
        select m.fingerprint, m.card_brand, m.card_country
          from payment_method_tokens t
          join payment_methods m on m.account_id = t.account_id and m.id = t.payment_method_id
         where t.account_id = ${accountId} and t.gateway_id = ${gatewayId} and t.token = c.token and m.type = 'card'
         order by m.id
         limit 1) as kept on true
      cross join lateral (
        select coalesce(card.fingerprint, kept.fingerprint) as fingerprint, kept.card_brand as brand,
               kept.card_country as country) as known
      cross join lateral (
        select coalesce(array_agg(distinct same.id), '{}') as ids from (
          (select t.payment_method_id as id
             from payment_method_tokens t
             join payment_methods m on m.account_id = t.account_id and m.id = t.payment_method_id
            where t.account_id = ${accountId} and t.gateway_id = ${gatewayId} and t.token = c.token and m.type = 'card'
            limit ${TWINS_MAX})
          union all
          (select m.id from payment_methods m
            where m.account_id = ${accountId} and m.fingerprint = known.fingerprint and m.type = 'card'
            limit ${TWINS_MAX})) as same) as methods
      cross join lateral (
        select coalesce(jsonb_agg(jsonb_build_object('token', same.token, 'clientId', same.client_id,
                                                     'gatewayId', same.gateway_id)), '[]') as tokens from (
          (select c.token, tried.client_id, ${gatewayId}::uuid as gateway_id from (
             (select a.client_id from outside_attempts a
               where a.account_id = ${accountId} and a.token = c.token and a.gateway_id = ${gatewayId}
                 and a.client_id <> ${clientId}
               order by a.created_at desc
               limit ${TRIES_MAX})
             union
             (select r.client_id from outside_recoveries r
               where r.account_id = ${accountId} and r.handed_token = c.token and r.gateway_id = ${gatewayId}
                 and r.client_id <> ${clientId}
               order by r.opened_at desc
               limit ${TRIES_MAX})) as tried
            limit ${TWINS_MAX})
          union all
          (select t.token, null, t.gateway_id
             from payment_method_tokens t
            where t.account_id = ${accountId} and t.payment_method_id = any(methods.ids) and t.token <> c.token
            limit ${TWINS_MAX})
          union all
          (select o.token, o.client_id, null
             from outside_cards o
            where o.account_id = ${accountId} and o.fingerprint = known.fingerprint and o.token <> c.token
              and not exists (
                select from payment_method_tokens own
                 where own.account_id = ${accountId} and own.payment_method_id = any(methods.ids)
                   and own.token = o.token)
            limit ${TWINS_MAX})) as same) as handed`.execute(tx)
  return new Map(rows.map((row) => [row.key, row]))
}
