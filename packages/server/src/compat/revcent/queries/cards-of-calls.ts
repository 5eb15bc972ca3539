import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'
import type { TokenizedCard } from '../operations/selling/vault-card.ts'

type Call = { readonly accountId: Uuid; readonly callHash: string }

type Row = { readonly id: Uuid | null; readonly tokens: TokenizedCard | null }

/** Rows that are dropped with each one that is kept: repetitions come within a day. */
const DROPPED_WITH_EACH = 2

/** The card that a call of this key has kept; null = it has kept none. */
export async function findCardOfCall(tx: Tx, call: Call): Promise<Uuid | null> {
  return (await find(tx, call))?.id ?? null
}

/** Says which card a call has kept, unless it has met itself and the other was first: the card that counts. */
export async function claimCardOfCall(
  tx: Tx,
  call: Call,
  given: { readonly id: Uuid; readonly at: Instant; readonly dropBefore: Instant },
): Promise<Uuid> {
  const { id } = await claim(tx, call, { ...given, tokens: null })
  assert(id !== null, 'a call that keeps a card has kept one')
  return id
}

/** What gateways call the card that a call has brought; null = it has brought none. */
export async function findTokensOfCall(tx: Tx, call: Call): Promise<TokenizedCard | null> {
  return (await find(tx, call))?.tokens ?? null
}

/** Says what gateways call the card of a call, unless it has met itself and the other was first: the tokens that count. */
export async function claimTokensOfCall(
  tx: Tx,
  call: Call,
  given: { readonly tokens: TokenizedCard; readonly at: Instant; readonly dropBefore: Instant },
): Promise<TokenizedCard> {
  const { tokens } = await claim(tx, call, { ...given, id: null })
  assert(tokens !== null, 'a call that brings a card has tokens of it')
  return tokens
}

async function find(tx: Tx, { accountId, callHash }: Call): Promise<Row | null> {
  const { rows } = await sql<Row>`
    select payment_method_id as id, tokens from revcent_cards
     where account_id = ${accountId} and call_hash = ${callHash}`.execute(tx)
  return rows[0] ?? null
}

async function claim(
  tx: Tx,
  { accountId, callHash }: Call,
  given: Row & { readonly at: Instant; readonly dropBefore: Instant },
): Promise<Row> {
  const { id, at, dropBefore } = given
  const tokens = given.tokens === null ? null : JSON.stringify(given.tokens)
  await sql`
    delete from revcent_cards
     where account_id = ${accountId} and call_hash in (
       select call_hash from revcent_cards
        where account_id = ${accountId} and created_at < ${dropBefore}
        order by created_at limit ${DROPPED_WITH_EACH}
          for update skip locked)`.execute(tx)
  // Another statement than the reading one below, which then sees whoever was first.
  await sql`
    insert into revcent_cards (account_id, call_hash, payment_method_id, tokens, created_at)
    values (${accountId}, ${callHash}, ${id}, ${tokens}::jsonb, ${at})
        on conflict (account_id, call_hash) do nothing`.execute(tx)
  return (await find(tx, { accountId, callHash })) ?? given
}
