import { addChanges, decideRefundStart, emptyChangeSet } from '@perennial/core/billing'
import type { Refund } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import {
  claimDueRefunds,
  claimUnansweredRefunds,
  claimUnansweredVoids,
  findRefundsAtWork,
} from '../../payments/index.ts'
import { applyChanges } from '../apply-changes.ts'
import type { DueWindow } from '../run-due-batch.ts'
import { leaseEnd, type BillingDeps, type BillingScope } from '../scope.ts'
import { askForRefunds, findLostRefunds } from './settle-refunds.ts'
import { askForVoid } from './void-payment.ts'

/** How many refunds were moved on: sent, settled, or asked about. */
export async function runDueRefunds(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  signal: AbortSignal,
): Promise<number> {
  const asked = await askAtWork(deps, scope, window)
  let sent = 0
  while (!signal.aborted) {
    const batch = await sendDueBatch(deps, scope, window)
    if (batch === 0) break
    sent += batch
  }
  return asked + sent
}

/** Those that their gateway is at work on, asked about once a day. */
async function askAtWork(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  const { accountId } = scope
  const waiting = await deps.database.tx((tx) =>
    findRefundsAtWork(tx, accountId, window.until, deps.batchSize),
  )
  for (const refund of waiting)
    await findLostRefunds(deps, scope, [refund], instantOf(refund.checkAt, window))
  return waiting.length
}

function instantOf(dueAt: Instant | null, window: DueWindow): Instant {
  return window.decideAt === 'due' ? (dueAt ?? window.until) : window.until
}

/** Claims what is due, commits it as sent, and asks the gateways. */
async function sendDueBatch(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  const { accountId } = scope
  const begun: { readonly refund: Refund; readonly at: Instant }[] = []
  await deps.database.tx(async (tx) => {
    begun.length = 0
    const due = await claimDueRefunds(tx, accountId, window.until, deps.batchSize)
    const changes = emptyChangeSet()
    const realNow = deps.clock.now()
    for (const refund of due) {
      const at = instantOf(refund.sendAt, window)
      const decided = decideRefundStart(refund, { at, realNow })
      addChanges(changes, decided.changes)
      begun.push({ refund: decided.refund, at })
    }
    if (due.length === 0) return
    const nextId = () => deps.ids.next()
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
  })
  await deps.onStep?.('applied')
  for (const [at, group] of Map.groupBy(begun, (one) => one.at)) {
    const refunds = group.map(({ refund }) => refund)
    await askForRefunds(deps, scope, refunds, at)
  }
  return begun.length
}

/** Refunds and voids whose answer a crash or a silent gateway kept from us: refunds are asked for, voids repeated. */
export async function resolveLostReversals(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  signal: AbortSignal,
): Promise<void> {
  const realNow = deps.clock.now()
  const { accountId } = scope
  const { leaseMs, batchSize: limit } = deps
  const claim = { accountId, realNow, leaseMs, limit }
  while (!signal.aborted) {
    const [refunds, voids] = await deps.database.tx(async (tx) => [
      await claimUnansweredRefunds(tx, claim),
      await claimUnansweredVoids(tx, claim),
    ])
    if (refunds.length + voids.length === 0) return
    await findLostRefunds(deps, scope, refunds, window.until)
    for (const paymentVoid of voids) await askForVoid(deps, scope, paymentVoid, window.until)
  }
}
