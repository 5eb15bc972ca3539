import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import type { Tx } from '../../../platform/db/index.ts'

type Call = { readonly accountId: Uuid; readonly callHash: string }

/** Rows that are dropped with each one that is kept: repetitions come within a day. */
const DROPPED_WITH_EACH = 2

/** The card that a call of this key has kept; null = it has kept none. */
export async function findCardOfCall(tx: Tx, { accountId, callHash }: Call): Promise<Uuid | null> {
  const { rows } = await sql<{ readonly id: Uuid }>`
    select payment_method_id as id from revcent_cards
     where account_id = ${accountId} and call_hash = ${callHash}`.execute(tx)
  return rows[0]?.id ?? null
}

/** Says which card a call has kept, unless it has met itself and the other was first: the card that counts. */
export async function claimCardOfCall(
  tx: Tx,
  { accountId, callHash }: Call,
  given: { readonly id: Uuid; readonly at: Instant; readonly dropBefore: Instant },
): Promise<Uuid> {
  const { id, at, dropBefore } = given
  await sql`
    delete from revcent_cards
     where account_id = ${accountId} and call_hash in (
       select call_hash from revcent_cards
        where account_id = ${accountId} and created_at < ${dropBefore}
        order by created_at limit ${DROPPED_WITH_EACH}
          for update skip locked)`.execute(tx)
  // Another statement than the reading one below, which then sees whoever was first.
  await sql`
    insert into revcent_cards (account_id, call_hash, payment_method_id, created_at)
    values (${accountId}, ${callHash}, ${id}, ${at})
        on conflict (account_id, call_hash) do nothing`.execute(tx)
  return (await findCardOfCall(tx, { accountId, callHash })) ?? id
}
