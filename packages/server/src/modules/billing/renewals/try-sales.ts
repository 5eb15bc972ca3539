import { type ChangeSet, isAnnounced, partMinor } from '@perennial/core/billing'
import { messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { isOpen } from '@perennial/core/invoices'
import type { PaymentAttempt } from '@perennial/core/payments'
import { askRetryRule, salvageTurn, type SalvageAttempt } from '@perennial/core/recovery'
import { isEnded } from '@perennial/core/subscriptions'
import { addDays, type Instant } from '@perennial/core/time'
import type { Tx } from '../../../platform/db/index.ts'
import { findMethodRoute, listGuardedCards } from '../../payments/index.ts'
import {
  type DueSale,
  findDueSales,
  listCaseTries,
  listFirstGateways,
  lockSaleSalvage,
  moveSaleSalvage,
} from '../../recovery/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { collect } from '../collect/collect.ts'
import type { SettledCounts, SettleSettings } from '../collect/settle-outcomes.ts'
import { planPayment, type PayInvoice } from '../invoices/pay-invoice.ts'
import { lockInvoiceState, type InvoiceState } from '../load/lock-invoice-state.ts'
import { contextOf, leaseEnd, type BillingDeps, type BillingScope } from '../scope.ts'
import { decidedAt, type DueWindow } from '../work/due-window.ts'

type Given = {
  readonly signal: AbortSignal
  readonly atOf: SettleSettings['atOf']
  readonly onSettled: (counts: SettledCounts) => void
}

/**
 * Tries what is left of sales on the days of the salvage profiles that are for it (spec/revcent.md 8.4). Their cases are
 * given up from the start, so that no subscription is behind because of them: what tries them is this alone. A few a
 * day, each in a transaction of its own, in which its next day is noted too.
 */
export async function trySales(
  deps: BillingDeps,
  scope: BillingScope,
  window: DueWindow,
  { signal, atOf, onSettled }: Given,
): Promise<{ readonly retried: number; readonly putOff: number }> {
  const done = { retried: 0, putOff: 0 }
  const { accountId } = scope
  while (!signal.aborted) {
    const due = await deps.database.statement((tx) =>
      findDueSales(tx, accountId, window.until, deps.batchSize),
    )
    if (due.length === 0) break
    for (const sale of due) {
      const attempts = await tryApart(deps, scope, { sale, at: decidedAt(window, sale.dueAt) })
      if (attempts.length === 0) done.putOff += 1
      done.retried += attempts.length
      onSettled(await collect(deps, scope, attempts, { atOf }))
    }
  }
  return done
}

type Turn = { readonly sale: DueSale; readonly at: Instant }

/** One whose decision faults is tried a day later, and holds up no other. */
async function tryApart(
  deps: BillingDeps,
  scope: BillingScope,
  turn: Turn,
): Promise<readonly PaymentAttempt[]> {
  const { accountId } = scope
  const { caseId } = turn.sale
  try {
    return await deps.database.tx((tx) => trySale(deps, scope, { tx, ...turn }), { retry: true })
  } catch (error) {
    deps.log.error({ accountId, caseId, reason: messageOf(error) }, 'salvage of a sale put off')
    const at = addDays(turn.at, 1)
    await deps.database.tx((tx) => moveSaleSalvage(tx, accountId, { caseId, at }))
    return []
  }
}

/** The charge whose turn it is, written as `sending`; none where it may not be made, or there is nothing to collect. */
async function trySale(
  deps: BillingDeps,
  scope: BillingScope,
  { tx, sale, at }: Turn & { readonly tx: Tx },
): Promise<readonly PaymentAttempt[]> {
  const { accountId } = scope
  const { caseId, invoiceId } = sale
  const state = await lockInvoiceState(tx, scope, invoiceId)
  const salvage = await lockSaleSalvage(tx, accountId, caseId)
  // Somebody else has tried it meanwhile, or given it up.
  if (state === null || salvage === null || salvage.dueAt > at) return []
  const isOver = !isOpen(state.invoice.status) || isEnded(salvage.subscriptionStatus)
  const turn = salvageTurn(isOver ? [] : salvage.attempts, salvage.openedAt, at)
  const changes =
    turn.now === null ? null : await planTry(deps, scope, { tx, state, at, attempt: turn.now })
  // While something is in flight nobody knows what is left: the same day's try waits for its answer.
  const isWaiting = turn.now !== null && state.liveAttempt !== null
  await moveSaleSalvage(tx, accountId, { caseId, at: isWaiting ? addDays(at, 1) : turn.nextAt })
  if (changes === null) return []
  const nextId = () => deps.ids.next()
  await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
  return changes.newAttempts
}

type Try = {
  readonly tx: Tx
  readonly state: InvoiceState
  readonly at: Instant
  readonly attempt: SalvageAttempt
}

/** Null where the card networks, what the bill's own refusals leave of the card, or the routing are against it. */
async function planTry(
  deps: BillingDeps,
  scope: BillingScope,
  { tx, state, at, attempt }: Try,
): Promise<ChangeSet | null> {
  const { accountId } = scope
  const { id: invoiceId } = state.invoice
  const context = contextOf(deps, scope, at)
  for (const request of await waysOf(tx, accountId, { state, attempt })) {
    const planned = await planPayment(deps, context, { tx, state, request })
    if (planned.kind === 'accepted') {
      const changes = planned.value
      return (await isLeft(tx, accountId, { changes, invoiceId, at })) ? changes : null
    }
    if (!NOT_THERE.has(planned.code)) return null
  }
  return null
}

/** Other ways may be there where one is not. */
const NOT_THERE: ReadonlySet<string> = new Set(['gateway_not_found', 'gateway_not_chargeable'])

/**
 * By the customer's default: at the first gateway where the attempt says so, or else wherever the routing leads. None where
 * its payer has to be told of a debit before: that is announced by people.
 */
async function waysOf(
  tx: Tx,
  accountId: Uuid,
  { state, attempt }: Pick<Try, 'state' | 'attempt'>,
): Promise<readonly PayInvoice[]> {
  const { id: invoiceId, customerId, currency } = state.invoice
  const route = await findMethodRoute(tx, accountId, { customerId, paymentMethodId: null })
  if (route === null || isAnnounced({ route }, currency)) return []
  const amountMinor = attempt.percent < 100 ? partMinor(state.invoice, attempt.percent) : null
  const anywhere = { invoiceId, paymentMethodId: null, amountMinor, isScheduled: true }
  if (attempt.gateway === 'payment_profile') return [anywhere]
  const gatewayId = (await listFirstGateways(tx, accountId, [invoiceId])).get(invoiceId)
  return gatewayId === undefined ? [anywhere] : [{ ...anywhere, gatewayId }, anywhere]
}

/** Whether what the bill's own refusals leave of the card lets it be tried though nobody asks for it. */
async function isLeft(
  tx: Tx,
  accountId: Uuid,
  { changes, invoiceId, at }: { readonly changes: ChangeSet; readonly invoiceId: Uuid; readonly at: Instant }, // prettier-ignore
): Promise<boolean> {
  const [planned] = changes.newAttempts
  if (planned === undefined) return false
  const { paymentMethodId } = planned
  const [guarded, tries] = await Promise.all([
    listGuardedCards(tx, accountId, { paymentMethodIds: [paymentMethodId], at }),
    listCaseTries(tx, accountId, [invoiceId]),
  ])
  const card = guarded.get(paymentMethodId) ?? null
  const own = (tries.get(invoiceId) ?? []).filter(
    (one) =>
      one.paymentMethodId === paymentMethodId &&
      (card?.dataAt === undefined || one.at >= card.dataAt),
  )
  const left = askRetryRule(own, card)
  return left.kind === 'allowed' || (left.kind === 'until' && left.until <= at)
}
