import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { unparkSubscriptions } from '../../subscriptions/index.ts'
import { runRenewals, type RenewalRun } from './renewal-run.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'

export type RetriedParked = { readonly unparked: number; readonly run: RenewalRun }

/**
 * Lets parked subscriptions (all of the account, or the named ones) be claimed again and does their due
 * work at once. Those that fail again are parked again, with the reason.
 */
export async function retryParked(
  deps: BillingDeps,
  scope: Omit<BillingScope, 'runId'>,
  given: { readonly ids: readonly Uuid[] | null; readonly now: Instant },
): Promise<RetriedParked> {
  const { ids, now } = given
  const unparked = await deps.database.statement((tx) =>
    unparkSubscriptions(tx, scope.accountId, ids),
  )
  const window = {
    until: now,
    decideAt: scope.environment === 'sandbox' ? 'due' : 'until',
  } as const
  const run = await runRenewals(deps, scope, window, { lanes: 1, startedAt: now })
  return { unparked, run }
}
