import { decideHoldExpired } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { askAboutHoldAt } from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { leaseEnd, type BillingDeps, type BillingScope } from '../scope.ts'
import { lockHold } from './lock-hold.ts'

/** The gateway has let go of a hold. False when there is none any more, or its capture is under way. */
export async function expireHold(
  deps: BillingDeps,
  scope: BillingScope,
  attemptId: Uuid,
  at: Instant,
): Promise<boolean> {
  return deps.database.tx(
    async (tx) => {
      const state = await lockHold(tx, scope.accountId, attemptId)
      const changes = state === null ? null : decideHoldExpired(state, at)
      if (changes === null) return false
      const nextId = () => deps.ids.next()
      await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
      await askAboutHoldAt(tx, scope.accountId, { id: attemptId, at: null })
      return true
    },
    { retry: true },
  )
}
