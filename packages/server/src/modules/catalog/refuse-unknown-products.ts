import type { Uuid } from '@perennial/core/ids'
import type { Tx } from '../../platform/db/index.ts'
import { ApiRefusal } from '../../platform/http/index.ts'
import { findProducts } from './queries.ts'

/** Throws the `ApiRefusal` of the first that is no product of the account; `param` is where the request names it. */
export async function refuseUnknownProducts(
  tx: Tx,
  accountId: Uuid,
  named: readonly { readonly id: string; readonly param: string }[],
): Promise<void> {
  if (named.length === 0) return
  const ids = named.map(({ id }) => id as Uuid) // read by a schema that takes ids of products alone
  const known = new Set<string>((await findProducts(tx, accountId, ids)).map(({ id }) => id))
  const unknown = named.find(({ id }) => !known.has(id))
  if (unknown !== undefined) throw ApiRefusal.notFound('product', unknown.param)
}
