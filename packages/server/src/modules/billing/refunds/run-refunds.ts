import { decideRefundStart } from '@perennial/core/billing'
import { assert, messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Refund } from '@perennial/core/payments'
import { addDays, type Instant } from '@perennial/core/time'
import { isFaultOfRows } from '../../../platform/db/index.ts'
import { allLanes } from '../../../platform/loop/index.ts'
import {
  claimUnansweredRefunds,
  claimUnansweredVoids,
  eachByGateway,
  eachDueByGateway,
  findDueRefunds,
  findRefund,
  findRefundsAtWork,
  lockRefund,
  updateRefunds,
} from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'
import { leaseEnd, type BillingDeps, type BillingScope } from '../scope.ts'
import { lockSale } from './lock-sale.ts'
import { askForRefunds, findLostRefunds } from './settle-refunds.ts'
import { askForVoid } from './voids/void-payment.ts'

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
  const waiting = await deps.database.statement((tx) =>
    findRefundsAtWork(tx, accountId, window.until, deps.batchSize),
  )
  const atOf = ({ checkAt }: Refund): Instant => decidedAt(window, checkAt)
  await eachDueByGateway(waiting, { laneCount: deps.concurrency, atOf }, async (refund, at) => {
    await findLostRefunds(deps, scope, [refund], at)
  })
  return waiting.length
}

/** Commits what is due as sent, one after the other, and asks the gateways. */
async function sendDueBatch(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
): Promise<number> {
  const { accountId } = scope
  const due = await deps.database.statement((tx) =>
    findDueRefunds(tx, accountId, window.until, deps.batchSize),
  )
  const begun: { readonly refund: Refund; readonly at: Instant }[] = []
  for (const { id, sendAt } of due) {
    const at = decidedAt(window, sendAt)
    const refund = await beginApart(deps, scope, { id, at })
    if (refund !== null) begun.push({ refund, at })
  }
  await deps.onStep?.('applied')
  for (const [at, group] of Map.groupBy(begun, (one) => one.at)) {
    const refunds = group.map(({ refund }) => refund)
    // A gateway's answers are settled when it has given its own.
    const parts = [...Map.groupBy(refunds, ({ gatewayId }) => gatewayId).values()]
    await allLanes(
      parts.map(async (part) => {
        await askForRefunds(deps, scope, part, at)
      }),
    )
  }
  return due.length
}

/** One that faults is looked at again a day later, and holds up no other. */
async function beginApart(
  deps: BillingDeps,
  scope: BillingScope,
  { id, at }: { readonly id: Uuid; readonly at: Instant },
): Promise<Refund | null> {
  const { accountId } = scope
  try {
    return await beginOne(deps, scope, { id, at })
  } catch (error) {
    if (!isFaultOfRows(error)) throw error
    const reason = messageOf(error)
    deps.log.error({ accountId, refundId: id, reason }, 'refund put off')
    await deps.database.tx(async (tx) => {
      const refund = await lockRefund(tx, accountId, id)
      if (refund?.status !== 'pending') return
      const later = { sendAt: addDays(at, 1), version: refund.version + 1, updatedAt: at }
      await updateRefunds(tx, accountId, [{ ...refund, ...later }], leaseEnd(deps))
    })
    return null
  }
}

/** Locks as a settlement does. Null when somebody else has moved it on. */
async function beginOne(
  deps: BillingDeps,
  scope: BillingScope,
  due: { readonly id: Uuid; readonly at: Instant },
): Promise<Refund | null> {
  const { accountId } = scope
  return deps.database.tx(
    async (tx) => {
      const seen = await findRefund(tx, accountId, due.id)
      if (seen === null) return null
      const { transactionId: saleId, invoiceId, creditNoteId } = seen
      const locked = await lockSale(tx, accountId, { saleId, invoiceId, creditNoteId })
      const refund = await lockRefund(tx, accountId, due.id)
      assert(locked !== null && refund !== null, 'a refund takes back from a sale of its account')
      if (refund.status !== 'pending') return null
      const given = { at: due.at, realNow: deps.clock.now() }
      const decided = decideRefundStart({ ...locked, refund }, given)
      const { changes } = decided
      const nextId = () => deps.ids.next()
      await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
      return decided.refund
    },
    { retry: true },
  )
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
    await allLanes([
      eachByGateway(refunds, deps.concurrency, async (refund) => {
        await findLostRefunds(deps, scope, [refund], window.until)
      }),
      eachByGateway(voids, deps.concurrency, async (paymentVoid) => {
        await askForVoid(deps, scope, paymentVoid, window.until)
      }),
    ])
  }
}
