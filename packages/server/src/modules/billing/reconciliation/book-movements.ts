import { movementTransfers } from '@perennial/core/payments'
import type { Tx } from '../../../platform/db/index.ts'
import { insertTransfers } from '../../ledger/index.ts'
import { insertPayouts, keepMovements } from '../../payments/reconciliation/index.ts'

/** Keeps what is new of these lines, with its postings and its payouts. How many were new. */
export async function bookMovements(
  tx: Tx,
  page: Parameters<typeof keepMovements>[1],
): Promise<number> {
  const kept = await keepMovements(tx, page)
  const transfers = kept.flatMap((movement) => movementTransfers(movement, page.nextId))
  await insertTransfers(tx, page.accountId, transfers)
  await insertPayouts(tx, page, kept)
  return kept.length
}
