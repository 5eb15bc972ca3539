import { sha256Hex } from '../../../platform/crypto/index.ts'
import { toClient, type RecoveryClient } from './clients/client.ts'
import type { OutsideDeps } from './outside-deps.ts'
import { findClientByKey } from './queries/clients.ts'

export type FaceClient = { readonly client: RecoveryClient; readonly isPublishable: boolean }

/** Whose key this is; null for one that is unknown, replaced or revoked. */
export async function findFaceClient(
  { database }: Pick<OutsideDeps, 'database'>,
  presented: string,
): Promise<FaceClient | null> {
  if (!/^rev_[A-Za-z0-9_-]{16,128}$/.test(presented)) return null
  const row = await findClientByKey(database.kysely, sha256Hex(presented))
  return row === null ? null : { client: toClient(row), isPublishable: row.is_publishable }
}
