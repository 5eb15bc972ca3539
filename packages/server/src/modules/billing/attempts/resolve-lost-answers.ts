import type { PaymentAttempt } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { claimUnsettledAttempts, resolveLostSetups } from '../../payments/index.ts'
import { resolveLostOutside } from '../../recovery/index.ts'
import { lookUp } from '../collect/collect.ts'
import { lookUpIntents } from '../intents/charge-intent.ts'
import { resolveLostReversals } from '../refunds/run-refunds.ts'
import { contextOf, type BillingDeps, type BillingScope } from '../scope.ts'
import type { DueWindow } from '../work/due-window.ts'
import { createSideWork } from '../work/side-work.ts'
import { addSettled, type WorkDone } from '../work/work-done.ts'

type Shared = { readonly done: WorkDone; readonly signal: AbortSignal }

/** What a crash or a silent gateway kept the answer of from us: asked for, never repeated. */
export async function resolveLostAnswers(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  { done, signal }: Shared,
): Promise<void> {
  const aside = createSideWork(window)
  try {
    await aside.begin(() => resolveLostReversals(deps, scope, window, signal))
    await aside.begin(async () => {
      await resolveLostOutside(deps, scope.accountId, { window, signal })
    })
    const context = contextOf(deps, scope, window.until)
    await aside.begin(async () => {
      await resolveLostSetups(deps, context, signal)
    })
    await resolveLostCharges(deps, scope, window, { done, signal })
  } finally {
    await aside.finish()
  }
}

async function resolveLostCharges(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  { done, signal }: Shared,
): Promise<void> {
  // Leases taken in this pass run out after it began: what stays unanswered is not asked about again.
  const realNow = deps.clock.now()
  while (!signal.aborted) {
    const lost = await deps.database.statement((tx) =>
      claimUnsettledAttempts(tx, {
        accountId: scope.accountId,
        realNow,
        leaseMs: deps.leaseMs,
        limit: deps.batchSize,
      }),
    )
    if (lost.length === 0) return
    await lookUpAll(deps, scope, { attempts: lost, atOf: settledAt(window) }, done)
  }
}

/** Each attempt by the path of what it collects: an invoice, or a payment intent. */
export async function lookUpAll(
  deps: BillingDeps,
  scope: BillingScope,
  asked: {
    readonly attempts: readonly PaymentAttempt[]
    readonly atOf: (attempt: PaymentAttempt) => Instant
  },
  done: WorkDone,
): Promise<void> {
  const { attempts, atOf } = asked
  const ofIntents = attempts.filter((attempt) => attempt.paymentIntentId !== null)
  const ofInvoices = attempts.filter((attempt) => attempt.paymentIntentId === null)
  addSettled(done, await lookUp(deps, scope, ofInvoices, atOf))
  addSettled(done, await lookUpIntents(deps, scope, ofIntents, { atOf }))
}

const atOfAttempt = (attempt: PaymentAttempt): Instant => attempt.createdAt

/** The instant that an answer is settled at. */
export function settledAt(window: DueWindow): (attempt: PaymentAttempt) => Instant {
  return window.decideAt === 'due' ? atOfAttempt : () => window.until
}
