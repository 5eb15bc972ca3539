import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'

/** More than the widest window of the networks counts. What stops a card for good is among its last refusals. */
const TRIES_MAX = 200

export type CardTry = {
  readonly amount_minor: bigint
  readonly currency: string
  readonly at: Instant
  readonly decline: unknown
  /** What the card's network advised with an approval of ours. */
  readonly advice_code: string | null
  readonly is_customer_present: boolean
  /** What the biller told of the card. */
  readonly bin: string | null
  readonly kind: 'settled' | 'live' | 'handed'
}

/** A card, and one of the last tries of it where there are any. */
export type KnownCard = {
  readonly token: string
  readonly brand: string | null
  readonly funding: string | null
  readonly country: string | null
  /** The first six digits, as its gateway tells them. */
  readonly first6: string | null
  /** When its gateway last told other data of it than before. */
  readonly renewed_at: Instant | null
  /** What the account's acquirer allows; null = not told. */
  readonly visa_attempts_max: number | null
} & (CardTry | { readonly kind: null })

/** Each card with its last tries, ours and those it was handed over with; of each card oldest first. A card that was not tried comes once. */
export async function listCardHistory(
  tx: Tx,
  of: {
    readonly accountId: Uuid
    readonly clientId: Uuid
    readonly gatewayId: Uuid
    readonly tokens: readonly string[]
  },
): Promise<KnownCard[]> {
  if (of.tokens.length === 0) return []
  const { rows } = await sql<KnownCard>`
    select c.token, card.brand, card.funding, card.country, left(card.bin, 6) as first6, card.renewed_at, past.*,
           coalesce((select visa_attempts_max from gateways where account_id = ${of.accountId} and id = ${of.gatewayId}),
                    (select (settings ->> 'visaAttemptsMax')::int from accounts where id = ${of.accountId})) as visa_attempts_max
      from unnest(${[...new Set(of.tokens)]}::text[]) as c (token)
      left join outside_cards card
        on card.account_id = ${of.accountId} and card.client_id = ${of.clientId} and card.token = c.token
      left join lateral (
        (select amount_minor, currency, created_at as at, decline, advice_code, is_customer_present, null as bin,
                case when settled_at is null then 'live' else 'settled' end as kind
           from outside_attempts
          where account_id = ${of.accountId} and client_id = ${of.clientId} and token = c.token
          order by created_at desc
          limit ${TRIES_MAX})
        union all
        (select amount_minor, currency, opened_at, first_decline, null, is_customer_present, card_bin, 'handed'
           from outside_recoveries
          where account_id = ${of.accountId} and client_id = ${of.clientId} and handed_token = c.token
            and moved_at is null and not is_simulated
          order by opened_at desc
          limit ${TRIES_MAX})) as past on true
     order by past.at, past.kind`.execute(tx)
  return rows
}
