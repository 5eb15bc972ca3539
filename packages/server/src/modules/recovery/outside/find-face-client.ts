import { isDeepStrictEqual } from 'node:util'
import { sha256Hex } from '../../../platform/crypto/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { toClient, type RecoveryClient } from './clients/client.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { findClientByKey, type KeyedClient } from './queries/clients.ts'

export type FaceClient = { readonly client: RecoveryClient; readonly isPublishable: boolean }

/** As it was when its key was last read. Whoever acts by it first confirms it, in the transaction that acts. */
export type RecalledClient = FaceClient & {
  /** Throws `FaceClientChanged`. */
  readonly confirm: (tx: Tx) => Promise<void>
}

/** A client is no longer what it was recalled as, or its key was replaced or revoked: nothing was done. */
export class FaceClientChanged extends Error {}

const KEY = /^rev_[A-Za-z0-9_-]{16,128}$/
const KEYS_KEPT = 10_000
/** By the hash of the key: no key is kept. */
const lastRead = new WeakMap<OutsideDeps['database'], Map<string, KeyedClient>>()

/** Whose key this is; null for one that is unknown, replaced or revoked. */
export async function findFaceClient(
  { database }: Pick<OutsideDeps, 'database'>,
  presented: string,
): Promise<FaceClient | null> {
  if (!KEY.test(presented)) return null
  const hash = sha256Hex(presented)
  const row = await findClientByKey(database.kysely, hash)
  const kept = lastRead.get(database) ?? new Map<string, KeyedClient>()
  lastRead.set(database, kept)
  if (kept.size >= KEYS_KEPT) kept.clear()
  if (row === null) kept.delete(hash)
  else kept.set(hash, row)
  return row === null ? null : toFaceClient(row)
}

/** Whose key this was when this process last read it; null for one that it has not read, which says nothing of the key. */
export function recallFaceClient(
  { database }: Pick<OutsideDeps, 'database'>,
  presented: string,
): RecalledClient | null {
  const hash = sha256Hex(presented)
  const row = lastRead.get(database)?.get(hash)
  if (row === undefined) return null
  const confirm = async (tx: Tx): Promise<void> => {
    if (!isDeepStrictEqual(await findClientByKey(tx, hash), row)) throw new FaceClientChanged()
  }
  return { ...toFaceClient(row), confirm }
}

function toFaceClient(row: KeyedClient): FaceClient {
  return { client: toClient(row), isPublishable: row.is_publishable }
}
