import type { Instant } from '@perennial/core/time'
import { findDueWork, learnAttempts, unlessBroken } from '../../recovery/index.ts'
import { collect } from '../collect/collect.ts'
import type { DueWindow } from '../work/due-window.ts'
import { runRetryBatch } from './run-retries.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import type { SettledCounts, SettleSettings } from '../collect/settle-outcomes.ts'
import { hearCardNews } from './hear-card-news.ts'
import { planCasesBatch } from './plan-cases.ts'

/** What recoveries did that were due. */
export type RecoveriesDone = {
  /** Charges that were sent. */
  retried: number
  /** Cases whose next step was decided, or that ended, without a charge. */
  decided: number
  /** Something was left due, because charges of its card are under way somewhere else. */
  isHeldUp: boolean
}

type Given = {
  readonly signal: AbortSignal
  readonly atOf: SettleSettings['atOf']
  readonly onSettled: (counts: SettledCounts) => void
  /** Nothing but new cards beside the schedule. */
  readonly onlyExtra?: boolean
}

/**
 * Everything of recoveries that is due: cards that have come, steps that are to be planned, tries. What has been learned
 * since the last time is learned first, and only where somebody is about to ask for it, or waits for the end of an outage.
 */
export async function runRecoveries(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  given: Given,
): Promise<RecoveriesDone> {
  const done: RecoveriesDone = { retried: 0, decided: 0, isHeldUp: false }
  const onlyExtra = given.onlyExtra ?? false
  const { accountId } = scope
  done.decided += await hearCardNews(deps, scope, window)
  const { until } = window
  while (!given.signal.aborted) {
    const due = await deps.database.statement((tx) => findDueWork(tx, accountId, until))
    if (due.isDue || due.isInOutage)
      await unlessBroken(deps, accountId, learnAttempts(deps, { accountId, at: until }))
    if (!due.isDue) return done
    const planned = onlyExtra ? 0 : await planCasesBatch(deps, scope, window)
    done.decided += planned
    const batch = await runRetryBatch(deps, scope, window, { onlyExtra })
    done.retried += batch.attempts.length
    done.decided += batch.claimed - batch.attempts.length
    const counts = await collect(deps, scope, batch.attempts, { atOf: given.atOf })
    given.onSettled(counts)
    // What somebody else holds is theirs, and so are answers that did not come in here.
    if (batch.claimed + planned === 0) return { ...done, isHeldUp: batch.isAnyWaiting }
  }
  return done
}

/** Where an outage of ours is suspected and no case is due, what was charged since may tell that it is over. */
export async function watchOutages(
  deps: BillingDeps,
  { accountId }: Pick<BillingScope, 'accountId'>,
  until: Instant,
): Promise<void> {
  const due = await deps.database.statement((tx) => findDueWork(tx, accountId, until))
  if (due.isInOutage)
    await unlessBroken(deps, accountId, learnAttempts(deps, { accountId, at: until }))
}
