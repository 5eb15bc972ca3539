import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely'
import { type DB, insertMany, type Tx } from '../../../../platform/db/index.ts'

export type LinkRow = Selectable<DB['card_update_links']>

export async function insertLink(
  tx: Tx,
  row: Readonly<Insertable<DB['card_update_links']>>,
): Promise<void> {
  await insertMany(tx, 'card_update_links', [row])
}

/** A link by the hash of its token. Whoever opens it has no account, so it is not bound to one. */
export async function findLink(db: Kysely<DB>, tokenHash: string): Promise<LinkRow | null> {
  const { rows } = await sql<LinkRow>`
    select * from card_update_links where token_hash = ${tokenHash}`.execute(db)
  return rows[0] ?? null
}

/** False when it was used or has expired: a link works once. */
export async function burnLink(
  tx: Tx,
  key: { readonly accountId: Uuid; readonly id: Uuid },
  realNow: Instant,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update card_update_links set used_at = ${realNow}
     where account_id = ${key.accountId} and id = ${key.id} and used_at is null and expires_at > ${realNow}`.execute(
    tx,
  )
  return numAffectedRows === 1n
}
