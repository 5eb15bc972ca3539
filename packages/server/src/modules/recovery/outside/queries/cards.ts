import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'

export type OutsideCardRow = {
  readonly token: string
  readonly brand: string | null
  readonly country: string | null
  readonly last4: string | null
}

export async function listCards(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly clientId: Uuid; readonly tokens: readonly string[] },
): Promise<OutsideCardRow[]> {
  const { rows } = await sql<OutsideCardRow>`
    select token, brand, country, last4 from outside_cards
     where account_id = ${of.accountId} and client_id = ${of.clientId} and token = any(${of.tokens}::text[])`.execute(
    tx,
  )
  return rows
}

export async function keepCard(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly clientId: Uuid; readonly token: string },
  card: {
    readonly brand: string | null
    readonly country: string | null
    readonly last4: string | null
    readonly funding: string | null
    readonly bin?: string | null
    /** The same for every token of the card; null = its gateway tells none. */
    readonly fingerprint: string | null
    readonly expMonth: number | null
    readonly expYear: number | null
    /** When its client is to be told that it expires; null = never. */
    readonly noticeAt: Instant | null
    readonly at: Instant
  },
): Promise<void> {
  await sql`
    insert into outside_cards (account_id, client_id, token, brand, country, last4, funding, bin, fingerprint, exp_month, exp_year,
                               described_at, notice_at)
    values (${of.accountId}, ${of.clientId}, ${of.token}, ${card.brand}, ${card.country}, ${card.last4},
            ${card.funding}, ${card.bin ?? null}, ${card.fingerprint}, ${card.expMonth}, ${card.expYear}, ${card.at}, ${card.noticeAt})
    on conflict (account_id, client_id, token) do update
       set brand = excluded.brand, country = excluded.country, last4 = excluded.last4,
           funding = excluded.funding, bin = excluded.bin, fingerprint = excluded.fingerprint, exp_month = excluded.exp_month, exp_year = excluded.exp_year, described_at = excluded.described_at,
           -- What a gateway leaves out is no news.
           renewed_at = case when outside_cards.last4 <> excluded.last4 or outside_cards.exp_month <> excluded.exp_month
                               or outside_cards.exp_year <> excluded.exp_year
                             then excluded.described_at else outside_cards.renewed_at end,
           -- A card whose end is the same as before was told of, or will be, as it stands.
           notice_at = case when (outside_cards.exp_month, outside_cards.exp_year)
                                  is distinct from (excluded.exp_month, excluded.exp_year)
                            then excluded.notice_at else outside_cards.notice_at end`.execute(tx)
}
