import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../../platform/db/index.ts'

export type OutsideCardRow = {
  readonly token: string
  readonly brand: string | null
  readonly country: string | null
}

export async function listCards(
  tx: Tx,
  of: { readonly accountId: Uuid; readonly clientId: Uuid; readonly tokens: readonly string[] },
): Promise<OutsideCardRow[]> {
  const { rows } = await sql<OutsideCardRow>`
    select token, brand, country from outside_cards
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
    readonly expMonth: number | null
    readonly expYear: number | null
    readonly at: Instant
  },
): Promise<void> {
  await sql`
    insert into outside_cards (account_id, client_id, token, brand, country, last4, exp_month, exp_year, described_at)
    values (${of.accountId}, ${of.clientId}, ${of.token}, ${card.brand}, ${card.country}, ${card.last4},
            ${card.expMonth}, ${card.expYear}, ${card.at})
    on conflict (account_id, client_id, token) do update
       set brand = excluded.brand, country = excluded.country, last4 = excluded.last4,
           exp_month = excluded.exp_month, exp_year = excluded.exp_year, described_at = excluded.described_at`.execute(
    tx,
  )
}
