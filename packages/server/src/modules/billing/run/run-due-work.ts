import type { DueStep } from '@perennial/core/billing'
import type { PaymentAttempt } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { allLanes } from '../../../platform/loop/index.ts'
import { findPendingAttempts, expireSetupChallenges } from '../../payments/index.ts'
import { type Claims, createClaims } from './claim-in-turns.ts'
import { type Collector, createCollector } from '../collect/collect-beside.ts'
import { runDirectDebits } from '../direct-debit/run-direct-debits.ts'
import { expireChallenges } from '../challenges/expire-challenges.ts'
import { askAboutHolds } from '../holds/ask-about-holds.ts'
import { missDeadlines } from '../disputes/miss-deadlines.ts'
import { DUE_DUNNING, runDueDunning } from '../dunning/run-due-dunning.ts'
import { markOverdueBatch } from './mark-overdue.ts'
import { hearNotices } from '../notices/hear-notices.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { runDueBatch } from './run-due-batch.ts'
import { runRecoveries } from '../recovery/run-recoveries.ts'
import { trySales } from '../renewals/try-sales.ts'
import { askUpdaters } from '../updater/ask-updaters.ts'
import { runDueOutside } from '../../recovery/index.ts'
import { runDueRefunds } from '../refunds/run-refunds.ts'
import { contextOf, type BillingDeps, type BillingScope } from '../scope.ts'
import type { SettledCounts } from '../collect/settle-outcomes.ts'
import { keepKindsApart } from '../work/kinds-apart.ts'
import { createSideWork } from '../work/side-work.ts'
import { lookUpAll, resolveLostAnswers, settledAt } from '../attempts/resolve-lost-answers.ts'
import {
  addSettled,
  ALL_KINDS,
  noWork,
  type Counted,
  type WorkDone,
  type WorkKind,
  type WorkKinds,
} from '../work/work-done.ts'

const BILLED_STEPS: readonly DueStep[] = ['renew', 'begin', 'end_trial']

/** Told after every batch, so that long runs can show how far they are. */
export type OnProgress = (done: WorkDone) => void | Promise<void>

export type WorkOptions = {
  readonly lanes: number
  readonly onProgress?: OnProgress
  /** Ends the work after the batch in hand. */
  readonly signal?: AbortSignal
  /** All when absent. */
  readonly kinds?: WorkKinds
  /** What is counted into, for whoever wants to know what was done before a fault; a new one when absent. */
  readonly done?: WorkDone
}

const NEVER = new AbortController().signal

type Shared = { readonly done: WorkDone; readonly signal: AbortSignal }

/**
 * Does everything of one account that is due in the window, batch after batch until nothing is left: lost
 * answers first, then renewals in `lanes` that overlap one's charges with another's decisions, retries,
 * pending payments and overdue invoices. Any number of processes may do this at once, which is why nothing here
 * has to wait for what gateways are only asked about. A kind of work that faults stops no other, and is
 * thrown when all the rest is done.
 */
export async function runDueWork(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  options: WorkOptions = { lanes: 1 },
): Promise<WorkDone> {
  const { signal = NEVER, kinds = ALL_KINDS, done = noWork() } = options
  const aside = createSideWork(window)
  const apart = keepKindsApart(window)
  const run = async (kind: WorkKind, work: () => Promise<void>): Promise<void> => {
    if (kinds.has(kind)) await apart.run(work)
  }
  const count = (kind: WorkKind, as: Counted, work: () => Promise<number>): Promise<void> =>
    run(kind, async () => {
      const more = await work()
      done[as] += more
    })
  try {
    await aside.begin(() =>
      run('lostAnswers', () => resolveLostAnswers(deps, scope, window, { done, signal })),
    )
    await aside.begin(async () => {
      // What gateways have told may end what would be asked about.
      await count('notices', 'told', () => hearNotices(deps, scope, window, signal))
      // Slow payments before retries; a case whose charge still waits has no date to be tried on, however long that takes.
      await run('pending', () => askPending(deps, scope, window, done))
    })
    // A card's successor is known a day before the card is charged.
    await aside.begin(() => count('cards', 'cards', () => askUpdaters(deps, scope, window, signal)))
    await run('subscriptions', () =>
      renewInLanes(deps, scope, window, { ...options, done, signal }),
    )
    await run('retries', () => retryUntilDone(deps, scope, window, { done, signal }))
    await aside.begin(() =>
      count('refunds', 'refunds', () => runDueRefunds(deps, scope, window, signal)),
    )
    await count('outside', 'outside', () =>
      runDueOutside(deps, scope.accountId, { window, signal }),
    )
    if (!signal.aborted) {
      await count('directDebits', 'told', () => runDirectDebits(deps, scope, window))
      await count('disputes', 'told', () => missDeadlines(deps, scope, window))
      await count('invoices', 'overdue', () => markOverdueBatch(deps, scope, window))
    }
  } finally {
    await aside.finish()
  }
  // Last: what is told depends on what everything before it came to.
  for (const batch of DUE_DUNNING)
    await count('dunning', 'dunning', () => runDueDunning(deps, scope, window, { batch, signal }))
  apart.finish()
  return done
}

/**
 * Lanes overlap: while one waits for gateways, another decides and writes. All end before this does, and so does what
 * slow gateways still have.
 */
async function renewInLanes(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  shared: WorkOptions & Shared,
): Promise<void> {
  const claims = createClaims()
  const collector = createCollector(deps, scope, (collected) => {
    addSettled(shared.done, collected)
    claims.hearAnswers()
  })
  const lane = () => renewUntilDone(deps, scope, window, { ...shared, collector, claims })
  try {
    await allLanes(Array.from({ length: shared.lanes }, lane))
  } finally {
    await collector.finish()
  }
}

/**
 * Batch after batch. What waits for answers is claimed again when some have come in; what waits for those of others alone
 * is left due: whoever hears them goes on with it.
 */
async function renewUntilDone(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  shared: WorkOptions & Shared & { readonly collector: Collector; readonly claims: Claims },
): Promise<void> {
  const { claims, collector } = shared
  while (!shared.signal.aborted) {
    const since = claims.answersSoFar()
    const batch = await runDueBatch(deps, scope, window, claims.claimDue)
    if (batch.claimed === 0) {
      if (!claims.isAnyWaiting()) return
      if (await collector.untilNext()) continue
      shared.done.isHeldUp = true
      return
    }
    await deps.onStep?.('applied')
    claims.passOver(batch.waitingIds, since)
    shared.done.due += batch.claimed - batch.waitingIds.length
    shared.done.renewed += BILLED_STEPS.reduce((sum, step) => sum + (batch.steps.get(step) ?? 0), 0)
    shared.done.parked.push(...batch.parked)
    const { remembered } = batch
    const settings = {
      atOf: settledAt(window),
      ...(remembered === null ? {} : { remembered }),
    }
    await collector.collect(batch.attempts, settings)
    await shared.onProgress?.(shared.done)
  }
}

async function retryUntilDone(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  { done, signal }: Shared,
): Promise<void> {
  const atOf = settledAt(window)
  const onSettled = (counts: SettledCounts) => addSettled(done, counts)
  const recovered = await runRecoveries(deps, scope, window, { signal, atOf, onSettled })
  done.retried += recovered.retried
  done.decided += recovered.decided
  if (recovered.isHeldUp) done.isHeldUp = true
  const tried = await trySales(deps, scope, window, { signal, atOf, onSettled })
  done.retried += tried.retried
  done.decided += tried.putOff
}

/** Slow payments that should have settled by now, and holds that should have lapsed. */
async function askPending(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  done: WorkDone,
): Promise<void> {
  const pending = await deps.database.statement((tx) =>
    findPendingAttempts(tx, scope.accountId, window.until, deps.batchSize),
  )
  const atOf = ({ checkAt }: PaymentAttempt): Instant => decidedAt(window, checkAt)
  await lookUpAll(deps, scope, { attempts: pending, atOf }, done)
  const contextAt = (at: Instant) => contextOf(deps, scope, at)
  const asked = [
    () => expireChallenges(deps, scope, window),
    () => expireSetupChallenges(deps, contextAt, window),
    () => askAboutHolds(deps, scope, window),
  ]
  for (const ask of asked) {
    const ended = await ask()
    done.told += ended
  }
}
