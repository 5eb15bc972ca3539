import { addChanges, decideRetry, emptyChangeSet, type RetryState } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { PaymentAttempt } from '@perennial/core/payments'
import type { RecoveryCase } from '@perennial/core/recovery'
import type { Instant } from '@perennial/core/time'
import type { Tx } from '../../platform/db/index.ts'
import { listInvoiceLines, lockInvoices } from '../invoices/index.ts'
import { countAttempts, listLiveInvoiceIds } from '../payments/index.ts'
import { findDueCases } from '../recovery/index.ts'
import { listRenewalsOfInvoices, lockSubscriptions } from '../subscriptions/index.ts'
import { applyChanges } from './apply-changes.ts'
import { groupBy, loadStates } from './load-states.ts'
import type { DueWindow } from './run-due-batch.ts'
import { leaseEnd, toolsOf, type BillingDeps, type BillingScope } from './scope.ts'

export type RetryBatch = { readonly claimed: number; readonly attempts: readonly PaymentAttempt[] }

/**
 * The next try of recovery cases that are due, one case a subscription and batch. What another worker holds
 * is left to it; each case is decided again under its subscription's lock.
 */
export async function runRetryBatch(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<RetryBatch> {
  return deps.database.tx(async (tx) => {
    const due = await findDueCases(tx, scope.accountId, window.until, deps.batchSize)
    if (due.length === 0) return { claimed: 0, attempts: [] }
    const states = await loadRetries(tx, scope, {
      subscriptionIds: due.map((found) => found.subscriptionId),
      at: window.until,
    })
    const changes = emptyChangeSet()
    const tools = toolsOf(deps)
    for (const found of firstOfEach(due)) {
      const state = states.get(found.invoiceId)
      const own = state?.billed.openCases.find((open) => open.id === found.id)
      // Decided again under the lock: settled, moved on or taken by somebody else meanwhile.
      if (state === undefined || !isDue(own, window)) continue
      const at = window.decideAt === 'due' ? own.nextAttemptAt : window.until
      addChanges(changes, decideRetry(state, at, tools).changes)
    }
    await applyChanges(tx, scope, {
      changes,
      leaseUntil: leaseEnd(deps),
      nextId: () => deps.ids.next(),
    })
    return {
      claimed: changes.newAttempts.length + changes.changedCases.length,
      attempts: changes.newAttempts,
    }
  })
}

function isDue(own: RecoveryCase | undefined, window: DueWindow): own is DueRecoveryCase {
  return own !== undefined && own.nextAttemptAt !== null && own.nextAttemptAt <= window.until
}

type DueRecoveryCase = RecoveryCase & { readonly nextAttemptAt: Instant }

type DueCase = Awaited<ReturnType<typeof findDueCases>>[number]

function firstOfEach(due: readonly DueCase[]): DueCase[] {
  const seen = new Set<Uuid>()
  return due.filter(({ subscriptionId }) => {
    const isFirst = !seen.has(subscriptionId)
    seen.add(subscriptionId)
    return isFirst
  })
}

/** What retries need, by invoice: locked in the order subscriptions, invoices, like every batch. */
async function loadRetries(
  tx: Tx,
  scope: BillingScope,
  { subscriptionIds, at }: { readonly subscriptionIds: readonly Uuid[]; readonly at: Instant },
): Promise<Map<Uuid, RetryState>> {
  const { accountId } = scope
  const subscriptions = await lockSubscriptions(tx, accountId, subscriptionIds, {
    skipLocked: true,
  })
  const billed = await loadStates(tx, scope, subscriptions, { withRoutes: true, at })
  const invoiceIds = billed.flatMap((state) => state.openCases.map((open) => open.invoiceId))
  const [invoices, lines, renewals, counts, liveIds] = await Promise.all([
    lockInvoices(tx, accountId, invoiceIds),
    listInvoiceLines(tx, accountId, invoiceIds),
    listRenewalsOfInvoices(tx, accountId, invoiceIds),
    countAttempts(tx, accountId, invoiceIds),
    listLiveInvoiceIds(tx, accountId, invoiceIds),
  ])
  const linesOf = groupBy(lines, (line) => line.invoiceId)
  const stateOf = new Map(billed.map((state) => [state.subscription.id, state]))
  const renewalOf = new Map(renewals.map((renewal) => [renewal.invoiceId, renewal]))
  const retries = new Map<Uuid, RetryState>()
  for (const invoice of invoices) {
    const state = invoice.subscriptionId === null ? undefined : stateOf.get(invoice.subscriptionId)
    if (state === undefined) continue
    retries.set(invoice.id, {
      invoice,
      lines: linesOf.get(invoice.id) ?? [],
      renewal: renewalOf.get(invoice.id) ?? null,
      billed: state,
      attemptsMade: counts.get(invoice.id) ?? 0,
      isBeingPaid: liveIds.has(invoice.id),
    })
  }
  return retries
}
