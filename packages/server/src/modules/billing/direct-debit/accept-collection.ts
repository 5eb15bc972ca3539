import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { findMandates, lockCollectionOf } from '../../payments/mandates/index.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import { moveDebits } from './move-debits.ts'

/** A debit that had failed, and whose money is booked as received after all. */
export async function acceptCollection(
  deps: BillingDeps,
  scope: BillingScope,
  { tx, attemptId }: { readonly tx: Tx; readonly attemptId: Uuid },
  at: Instant,
): Promise<void> {
  const found = await lockCollectionOf(tx, scope.accountId, attemptId)
  if (found?.row.status !== 'failed') return
  const { row } = found
  const [mandate] = await findMandates(tx, scope.accountId, [row.mandate_id])
  if (mandate === undefined) return
  const change = { status: 'succeeded', due_at: null, failure_code: null } as const
  await moveDebits(deps, scope, { tx, moves: [{ row, mandate, at, change }] })
}
