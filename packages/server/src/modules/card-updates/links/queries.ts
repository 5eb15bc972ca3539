import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely'
import { type DB, insertMany, type Tx } from '../../../platform/db/index.ts'

export type LinkRow = Selectable<DB['card_update_links']>
export type NewLinkRow = Readonly<Insertable<DB['card_update_links']>>
type LinkKey = { readonly accountId: Uuid; readonly id: Uuid }

export async function insertLinks(tx: Tx, rows: readonly NewLinkRow[]): Promise<void> {
  await insertMany(tx, 'card_update_links', rows)
}

/** A link by the hash of its token. Whoever opens it has no account, so it is not bound to one. */
export async function findLinkByHash(db: Kysely<DB>, tokenHash: string): Promise<LinkRow | null> {
  const { rows } = await sql<LinkRow>`
    select * from card_update_links where token_hash = ${tokenHash}`.execute(db)
  return rows[0] ?? null
}

/** False when it was used or has expired: a link works once. */
export async function burnLink(tx: Tx, key: LinkKey, realNow: Instant): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update card_update_links set used_at = ${realNow}
     where account_id = ${key.accountId} and id = ${key.id} and used_at is null and expires_at > ${realNow}`.execute(
    tx,
  )
  return numAffectedRows === 1n
}

/** Says which card took the place of the one that a used link was for. */
export async function noteReplacement(tx: Tx, key: LinkKey, newToken: string): Promise<void> {
  await sql`
    update card_update_links set replaced_by = ${newToken}
     where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
}

/** A link of a customer, for showing it: its token is known to nobody. */
export async function findCustomerLink(tx: Tx, { accountId, id }: LinkKey) {
  const { rows } = await sql<{
    readonly id: Uuid
    readonly customerId: Uuid
    readonly subscriptionId: Uuid | null
    readonly usedAt: Instant | null
    readonly expiresAt: Instant
    readonly createdAt: Instant
  }>`
    select id, customer_id as "customerId", subscription_id as "subscriptionId", used_at as "usedAt",
           expires_at as "expiresAt", created_at as "createdAt"
      from card_update_links
     where account_id = ${accountId} and id = ${id} and customer_id is not null`.execute(tx)
  return rows[0] ?? null
}

/**
 * Counts a card that is given now, and keeps a second one out that was sent at the same moment. False: somebody else's
 * came first, or the link is over.
 */
export async function countTry(
  tx: Tx,
  key: LinkKey,
  given: { readonly tries: number; readonly realNow: Instant },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update card_update_links set tries = tries + 1, setup_intent_id = null
     where account_id = ${key.accountId} and id = ${key.id} and tries = ${given.tries}
       and used_at is null and expires_at > ${given.realNow}`.execute(tx)
  return numAffectedRows === 1n
}

/** A card that no gateway has seen counts for nothing, unless another was given since. */
export async function takeTryBack(tx: Tx, key: LinkKey, tries: number): Promise<void> {
  await sql`
    update card_update_links set tries = tries - 1
     where account_id = ${key.accountId} and id = ${key.id} and tries = ${tries} and setup_intent_id is null`.execute(
    tx,
  )
}

/** Which verification tells what came of the card that was given last. */
export async function keepVerification(tx: Tx, key: LinkKey, setupIntentId: Uuid): Promise<void> {
  await sql`
    update card_update_links set setup_intent_id = ${setupIntentId}
     where account_id = ${key.accountId} and id = ${key.id}`.execute(tx)
}

/** The card that it was of is dealt with; one that was given meanwhile has a verification of its own. */
export async function forgetVerification(tx: Tx, key: LinkKey, setupIntentId: Uuid): Promise<void> {
  await sql`
    update card_update_links set setup_intent_id = null
     where account_id = ${key.accountId} and id = ${key.id} and setup_intent_id = ${setupIntentId}`.execute(
    tx,
  )
}
