import {
  dropBill,
  emptyChangeSet,
  subscriptionFact,
  viewOf,
  voidUnpaidStart,
  type RecyclingState,
  type Work,
} from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { isOpen } from '@perennial/core/invoices'
import { closeCase } from '@perennial/core/recovery'
import { cancelSubscription, isEnded } from '@perennial/core/subscriptions'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import {
  listInvoiceLines,
  lockInvoices,
  updateInvoiceDetails,
  type StoredInvoice,
} from '../../invoices/index.ts'
import { listLivePayments } from '../../payments/index.ts'
import { listRenewalsOfInvoices } from '../../subscriptions/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import { lockPlans } from './load-plan-subscription.ts'

/** Of an invoice that ended with its subscription; kept as its `void_reason`. */
export const DROPPED = 'subscription_canceled'

/**
 * Cancels as the subscription was told to be: now, or at the end of its cycle. While a bill is recycled it ends now
 * either way, and the bill is dropped (spec/revolv3.md 4.6, 13).
 */
export async function cancelPlanSubscription(
  deps: BillingDeps,
  context: CommandContext,
  id: Uuid,
): Promise<Decision<Uuid, 'subscription_not_found'>> {
  const scope = scopeOf(context)
  return context.inTx(async (tx) => {
    const found = await lockPlans(tx, scope, { id })
    if (found === null) return refused('subscription_not_found')
    const { state, terms } = found
    const { subscription } = state
    const isWaiting = ['active', 'trialing', 'paused'].includes(subscription.status)
    const mode = isWaiting ? terms.cancelMode : 'immediately'
    if (mode === 'period_end' && subscription.cancelAtPeriodEnd) return accepted(id)
    const work: Work = { at: context.now, tools: toolsOf(deps), changes: emptyChangeSet() }
    const decision = cancelSubscription(subscription, { mode, reason: null }, context.now)
    assert(decision.kind === 'accepted', 'one that runs can be canceled')
    const after = decision.subscription
    work.changes.changedSubscriptions.push(after)
    work.changes.facts.push(subscriptionFact('canceled', viewOf(state, after), context.now))
    const dropped = isEnded(after.status)
      ? await dropBills(tx, context.accountId, { state, work })
      : []
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes: work.changes, leaseUntil: leaseEnd(deps), nextId })
    for (const invoice of dropped) await sayWhy(tx, context.accountId, invoice)
    await context.remember(tx, 'subscription', id)
    return accepted(id)
  })
}

/**
 * What is being recycled is owed no more. Where money may be on its way, the answer decides: declined, the bill is voided by
 * whoever hears of it. Two at most, by how billing stands still.
 */
async function dropBills(
  tx: Tx,
  accountId: Uuid,
  { state, work }: { readonly state: RecyclingState; readonly work: Work },
): Promise<StoredInvoice[]> {
  const { at, changes } = work
  changes.changedCases.push(...state.openCases.map((open) => closeCase(open, 'canceled', at)))
  voidUnpaidStart(state, work)
  const recycled = new Set(state.openCases.map((open) => open.invoiceId))
  const { latestInvoiceId } = state.subscription
  const ids = [...recycled, ...(latestInvoiceId === null ? [] : [latestInvoiceId])]
  if (ids.length === 0) return []
  const [invoices, lines, renewals, live] = await Promise.all([
    lockInvoices(tx, accountId, ids),
    listInvoiceLines(tx, accountId, ids),
    listRenewalsOfInvoices(tx, accountId, ids),
    listLivePayments(tx, accountId, ids),
  ])
  const linesOf = Map.groupBy(lines, (line) => line.invoiceId)
  return invoices.filter((stored) => {
    if (live.has(stored.id)) return isOpen(stored.status)
    if (!recycled.has(stored.id)) return false
    const renewal = renewals.find((each) => each.invoiceId === stored.id)
    const lines = linesOf.get(stored.id) ?? []
    return dropBill({ invoice: stored, lines, renewalId: renewal?.id ?? null }, work) !== null
  })
}

async function sayWhy(tx: Tx, accountId: Uuid, stored: StoredInvoice): Promise<void> {
  const metadata = { ...stored.metadata, void_reason: DROPPED }
  await updateInvoiceDetails(tx, accountId, { ...stored, metadata })
}
