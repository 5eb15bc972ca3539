import { minInstant, type Instant } from '@perennial/core/time'
import { claimNotices, type StoredNotice } from '../../payments/notices/index.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import { applyNotices } from './apply-notice.ts'

const BATCH_MAX = 100

/** Applies every notice that waits: kept by a process that died, or to be tried again. How many changed something. */
export async function runNotices(
  deps: BillingDeps,
  scope: BillingScope,
  until: Instant,
  signal: AbortSignal,
): Promise<number> {
  let applied = 0
  // Leases taken in this pass run out after it began.
  const realNow = deps.clock.now()
  while (!signal.aborted) {
    const claimed = await deps.database.statement((tx) =>
      claimNotices(tx, {
        accountId: scope.accountId,
        realNow,
        leaseMs: deps.leaseMs,
        limit: BATCH_MAX,
      }),
    )
    if (claimed.length === 0) return applied
    applied += await applyNotices(deps, scope, claimed, countsFrom(until))
  }
  return applied
}

/**
 * The instant that a notice counts for. One that was asked for counts from when it was due, because the account's time
 * has waited for it; one that a gateway sent counts from now.
 */
export function countsFrom(now: Instant): (stored: StoredNotice) => Instant {
  return ({ source, notice }) => (source === 'pull' ? minInstant(notice.at, now) : now)
}
