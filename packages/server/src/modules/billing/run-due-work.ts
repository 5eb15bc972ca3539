import type { DueStep } from '@perennial/core/billing'
import type { PaymentAttempt } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { claimUnsettledAttempts, findPendingAttempts } from '../payments/index.ts'
import { collect, lookUp, type Collected } from './collect.ts'
import { markOverdueBatch } from './mark-overdue.ts'
import { runDueBatch, type DueWindow, type Parked } from './run-due-batch.ts'
import { runRetryBatch } from './run-retries.ts'
import type { BillingDeps, BillingScope } from './scope.ts'

/** What a stretch of due work came to. */
export type WorkDone = {
  /** Subscriptions that were claimed. */
  due: number
  /** Of these, periods that were billed. */
  renewed: number
  /** Charges that were settled as paid or refused, first tries and retries alike. */
  paid: number
  failed: number
  /** Charges whose answer is still outstanding. */
  waiting: number
  retried: number
  overdue: number
  parked: Parked[]
}

export function noWork(): WorkDone {
  return { due: 0, renewed: 0, paid: 0, failed: 0, waiting: 0, retried: 0, overdue: 0, parked: [] }
}

const BILLED_STEPS: readonly DueStep[] = ['renew', 'begin', 'end_trial']

/** Told after every batch, so that long runs can show how far they are. */
export type OnProgress = (done: WorkDone) => void | Promise<void>

/**
 * Does everything of one account that is due in the window, batch after batch until nothing is left: lost
 * answers first, then renewals in `lanes` that overlap one's charges with another's decisions, retries,
 * pending payments and overdue invoices. Any number of processes may do this at once.
 */
export async function runDueWork(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  options: { readonly lanes: number; readonly onProgress?: OnProgress } = { lanes: 1 },
): Promise<WorkDone> {
  const done = noWork()
  await resolveLostAnswers(deps, scope, window, done)
  const lane = () =>
    renewUntilDone(deps, scope, window, { done, onProgress: options.onProgress ?? null })
  await Promise.all(Array.from({ length: options.lanes }, lane))
  await retryUntilDone(deps, scope, window, done)
  await askPending(deps, scope, window, done)
  done.overdue += await markOverdueBatch(deps, scope, window)
  return done
}

const atOfAttempt = (attempt: PaymentAttempt): Instant => attempt.createdAt

function settledAt(window: DueWindow): (attempt: PaymentAttempt) => Instant {
  return window.decideAt === 'due' ? atOfAttempt : () => window.until
}

async function renewUntilDone(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  shared: { readonly done: WorkDone; readonly onProgress: OnProgress | null },
): Promise<void> {
  for (;;) {
    const batch = await runDueBatch(deps, scope, window)
    if (batch.claimed === 0) return
    await deps.onStep?.('applied')
    shared.done.due += batch.claimed
    shared.done.renewed += BILLED_STEPS.reduce((sum, step) => sum + (batch.steps.get(step) ?? 0), 0)
    shared.done.parked.push(...batch.parked)
    count(shared.done, await collect(deps, scope, batch.attempts, settledAt(window)))
    await shared.onProgress?.(shared.done)
  }
}

async function retryUntilDone(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  done: WorkDone,
): Promise<void> {
  for (;;) {
    const batch = await runRetryBatch(deps, scope, window)
    if (batch.claimed === 0) return
    done.retried += batch.attempts.length
    count(done, await collect(deps, scope, batch.attempts, settledAt(window)))
  }
}

/** Charges whose answer a crash or a silent gateway kept from us: asked for, never repeated. */
export async function resolveLostAnswers(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  done: WorkDone,
): Promise<void> {
  for (;;) {
    const lost = await deps.database.tx((tx) =>
      claimUnsettledAttempts(tx, {
        accountId: scope.accountId,
        realNow: deps.clock.now(),
        leaseMs: deps.leaseMs,
        limit: deps.batchSize,
      }),
    )
    if (lost.length === 0) return
    count(done, await lookUp(deps, scope, lost, settledAt(window)))
  }
}

/** Slow payments that should have settled by now. */
async function askPending(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  done: WorkDone,
): Promise<void> {
  const pending = await deps.database.tx((tx) =>
    findPendingAttempts(tx, scope.accountId, window.until, deps.batchSize),
  )
  const atOf = (attempt: PaymentAttempt): Instant =>
    window.decideAt === 'due' ? (attempt.checkAt ?? window.until) : window.until
  count(done, await lookUp(deps, scope, pending, atOf))
}

function count(done: WorkDone, collected: Collected): void {
  done.paid += collected.paid
  done.failed += collected.failed
  done.waiting += collected.waiting
}
