import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { finishRun, startRun, updateRun } from './queries/runs.ts'
import type { DueWindow } from '../work/due-window.ts'
import { runDueWork } from './run-due-work.ts'
import type { WorkDone } from '../work/work-done.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'

export type RenewalRun = { readonly id: Uuid; readonly done: WorkDone }

/**
 * One renewal run of one account, with its record: how many were due, renewed, failed and parked, and why.
 * The record is kept up to date while the run goes on and survives a crash of it unfinished.
 */
export async function runRenewals(
  deps: BillingDeps,
  scope: Omit<BillingScope, 'runId'>,
  window: DueWindow,
  options: {
    readonly lanes: number
    readonly startedAt: Instant
    readonly signal?: AbortSignal
  },
): Promise<RenewalRun> {
  const id = deps.ids.next()
  const key = { accountId: scope.accountId, id }
  await deps.database.statement((tx) => startRun(tx, key, options.startedAt))
  const done = await runDueWork(deps, { ...scope, runId: id }, window, {
    lanes: options.lanes,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onProgress: (soFar) => deps.database.statement((tx) => updateRun(tx, key, soFar)),
  })
  await deps.database.tx((tx) => finishRun(tx, key, { done, finishedAt: window.until }))
  return { id, done }
}
