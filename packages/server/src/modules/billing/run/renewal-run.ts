import { messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { DatabaseOutage } from '../../../platform/db/index.ts'
import { finishRun, startRun, updateRun } from './queries/runs.ts'
import type { DueWindow } from '../work/due-window.ts'
import { runDueWork } from './run-due-work.ts'
import { noWork, type WorkDone } from '../work/work-done.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'

export type RenewalRun = { readonly id: Uuid; readonly done: WorkDone }

/**
 * One renewal run of one account, with its record: how many were due, renewed, failed and parked, and why.
 * The record is kept up to date while the run goes on and survives a crash of it unfinished. A kind of work that faults
 * is told in it and thrown when the rest is done.
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
  const done = noWork()
  const finish = (fault: string | null) =>
    deps.database.tx((tx) => finishRun(tx, key, { done, fault, finishedAt: window.until }))
  await deps.database.statement((tx) => startRun(tx, key, options.startedAt))
  try {
    await runDueWork(deps, { ...scope, runId: id }, window, {
      lanes: options.lanes,
      done,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onProgress: (soFar) => deps.database.statement((tx) => updateRun(tx, key, soFar)),
    })
  } catch (error) {
    if (error instanceof DatabaseOutage) throw error
    await finish(messageOf(error))
    throw error
  }
  await finish(null)
  return { id, done }
}
