import type { Uuid } from '@perennial/core/ids'
import { isIndemnityClaim } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { recordEvents } from '../../../platform/outbox/index.ts'
import {
  lockCollectionOf,
  moveCollections,
  toCollectionEvent,
} from '../../payments/mandates/index.ts'
import { contextOf, type BillingDeps, type BillingScope } from '../scope.ts'

/**
 * A debit that had been collected, and that the payer's bank has taken back, has failed after all. A claim under the
 * Direct Debit Guarantee is told beside it.
 */
export async function failCollection(
  deps: BillingDeps,
  scope: BillingScope,
  returned: { readonly tx: Tx; readonly attemptId: Uuid | null; readonly code: string },
  at: Instant,
): Promise<void> {
  const { tx, attemptId, code } = returned
  const found = attemptId === null ? null : await lockCollectionOf(tx, scope.accountId, attemptId)
  if (found === null || found.row.status === 'failed') return
  const failed = { status: 'failed', due_at: null, failure_code: code, updated_at: at } as const
  const row = { ...found.row, ...failed }
  const moved = await moveCollections(tx, scope.accountId, [{ seen: found.row, next: row }])
  if (moved.size === 0) return
  const context = contextOf(deps, scope, at)
  const types = isIndemnityClaim({ code, wasSettled: found.row.status === 'succeeded' })
    ? (['collection.indemnity_claimed', 'collection.failed'] as const)
    : (['collection.failed'] as const)
  await recordEvents(
    tx,
    types.map((type) => toCollectionEvent(context, type, { ...found, row })),
  )
}
