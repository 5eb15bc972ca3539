import { messageOf } from '@perennial/core/fault'
import { DatabaseOutage } from '../../../platform/db/index.ts'
import { startTurns, type Loop } from '../../../platform/loop/index.ts'
import { loadScope } from '../load/load-scope.ts'
import { runNotices } from '../notices/run-notices.ts'
import { runDueReconciliations } from '../reconciliation/run-reconciliations.ts'
import { runRecoveries } from '../recovery/run-recoveries.ts'
import { findAccountsWithWork, type AccountWithWork } from './queries/accounts-with-work.ts'
import { runRenewals } from './renewal-run.ts'
import { resolveLostAnswers } from '../attempts/resolve-lost-answers.ts'
import { keepKindsApart } from '../work/kinds-apart.ts'
import { leavesRecord, noWork } from '../work/work-done.ts'
import type { BillingDeps } from '../scope.ts'

const ACCOUNTS_MAX = 1_000
const ACCOUNTS_AT_ONCE = 4
/** A large run of one account, or its silent gateway, holds up the others no longer than this. */
const TURN_MS = 5_000
/** Each may hold some batches in memory. */
const ACCOUNTS_IN_WORK_MAX = 32
/**
 * Batches of one account that overlap: while one waits for gateways or for the invoice numbers, others decide and
 * write. Measured on two cores: 4 renew a tenth more in a second than 6, since claims come in turns.
 */
export const RENEWAL_LANES = 4

/** Finds accounts with due work once an interval and does it. Any number of these may run side by side. */
export function startBillingWorker(
  deps: BillingDeps,
  options: { readonly intervalMs: number },
): Loop {
  return startTurns({
    name: 'billing sweep',
    intervalMs: options.intervalMs,
    log: deps.log,
    atOnce: ACCOUNTS_AT_ONCE,
    turnMs: TURN_MS,
    inWorkMax: ACCOUNTS_IN_WORK_MAX,
    keyOf: ({ id }) => id,
    find: () => {
      const realNow = deps.clock.now()
      return deps.database.statement((tx) => findAccountsWithWork(tx, realNow, ACCOUNTS_MAX))
    },
    work: (account, signal) => workApart(deps, account, signal),
  })
}

/** One account's fault stops no other's work; an outage stops the round. */
async function workApart(
  deps: BillingDeps,
  account: AccountWithWork,
  signal: AbortSignal,
): Promise<void> {
  try {
    await workFor(deps, account, signal)
  } catch (error) {
    if (error instanceof DatabaseOutage) throw error
    const reason = messageOf(error)
    deps.log.error({ accountId: account.id, reason }, 'due work of an account failed')
  }
}

async function workFor(
  deps: BillingDeps,
  account: AccountWithWork,
  signal: AbortSignal,
): Promise<void> {
  const scope = await loadScope(deps, account.id)
  const until = scope.clockHeldAt ?? deps.clock.now()
  const window = { until, decideAt: 'until' } as const
  const apart = keepKindsApart(window)
  const own = { ...scope, runId: null }
  if (account.isClockHeld) {
    await apart.run(() => resolveLostAnswers(deps, own, window, { done: noWork(), signal }))
    await apart.run(() => runNotices(deps, own, until, signal))
    // A customer who has brought another card does not wait for the clock to move.
    const given = { signal, atOf: () => until, onSettled: () => undefined, onlyExtra: true }
    await apart.run(() => runRecoveries(deps, own, window, given))
    return apart.finish()
  }
  await apart.run(async () => {
    const run = await runRenewals(deps, scope, window, {
      lanes: RENEWAL_LANES,
      startedAt: until,
      signal,
    })
    const { id: runId, done } = run
    const parked = done.parked.length
    if (leavesRecord(done))
      deps.log.info({ accountId: account.id, runId, ...done, parked }, 'renewal run')
  })
  await apart.run(() => runDueReconciliations(deps, own, until, signal))
  apart.finish()
}
