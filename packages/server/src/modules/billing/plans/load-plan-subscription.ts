import type { RecyclingState } from '@perennial/core/billing'
import { isRecycling } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import { isEnded } from '@perennial/core/subscriptions'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { lockCustomerShared } from '../../customers/index.ts'
import { findSubscription, lockSubscriptions } from '../../subscriptions/index.ts'
import { loadStates } from '../load/load-states.ts'
import type { BillingScope } from '../scope.ts'
import { listTerms, type StoredTerms } from '../recycling/queries.ts'

export type LockedPlans = { readonly state: RecyclingState; readonly terms: StoredTerms }

/**
 * A running subscription of stacked plans with everything that a command on it needs; customer and subscription are
 * locked. Null: the account has none of this id, or it has ended. `at`: a charge is planned then.
 */
export async function lockPlans(
  tx: Tx,
  scope: BillingScope,
  key: { readonly id: Uuid; readonly at?: Instant },
): Promise<LockedPlans | null> {
  const { accountId } = scope
  const seen = await findSubscription(tx, accountId, key.id)
  const [terms] = await listTerms(tx, accountId, [key.id])
  if (seen === null || terms === undefined) return null
  await lockCustomerShared(tx, { accountId, id: seen.customerId })
  const locked = await lockSubscriptions(tx, accountId, [key.id])
  const planning = key.at === undefined ? {} : { at: key.at }
  const [state] = await loadStates(tx, scope, locked, { withRoutes: false, ...planning })
  if (state === undefined || isEnded(state.subscription.status)) return null
  return isRecycling(state) ? { state, terms } : null
}
