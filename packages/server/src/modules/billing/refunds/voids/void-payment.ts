import { decideVoid, decideVoidSettlement } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type {
  PaymentVoid,
  VoidOutcome,
  VoidPaymentRefusal,
  VoidReason,
} from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../../platform/command/index.ts'
import { listTransfers } from '../../../ledger/index.ts'
import { findSale, unlessFault } from '../../../payments/index.ts'
import { applyChanges } from '../../apply/apply-changes.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps, type BillingScope } from '../../scope.ts'
import { lockSale } from '../lock-sale.ts'
import { lockVoidState } from './lock-void-state.ts'

export type VoidPayment = {
  readonly paymentId: Uuid
  readonly reason: string | null
  readonly reasonCode: VoidReason | null
  /** The invoice is voided with its payment, whenever the gateway has done it; absent = it is owed again. */
  readonly endsInvoice?: boolean
}

export type VoidRefusal = 'payment_not_found' | 'payment_being_voided' | VoidPaymentRefusal

/**
 * Calls a payment off before it settles. It is committed before the gateway is asked; a payment that has settled
 * makes a failed void, whose reason says to refund it instead. Refusals in the order of the union.
 */
export async function voidPayment(
  deps: BillingDeps,
  context: CommandContext,
  request: VoidPayment,
): Promise<Decision<Uuid, VoidRefusal>> {
  const { accountId, now } = context
  const scope = scopeOf(context)
  const seen = await context.inTx((tx) => findSale(tx, accountId, request.paymentId))
  if (seen === null) return refused('payment_not_found')
  const isAble =
    seen.gatewayId !== null &&
    (await deps.gateways.portOf(accountId, seen.gatewayId)).port.abilities.void
  const begun = await context.inTx<Decision<PaymentVoid, VoidRefusal>>(async (tx) => {
    const key = { saleId: seen.id, invoiceId: seen.invoiceId, creditNoteId: null }
    const state = await lockSale(tx, accountId, key)
    if (state === null) return refused('payment_not_found')
    if (state.isBeingVoided) return refused('payment_being_voided')
    const { nextId } = toolsOf(deps)
    const { reason, reasonCode, endsInvoice = false } = request
    const wish = { id: nextId(), reason, reasonCode, endsInvoice }
    const decided = decideVoid(state, wish, { isAble, at: now })
    if (decided.kind === 'refused') return refused(decided.code)
    const { changes, paymentVoid } = decided
    await applyChanges(tx, scope, { changes, leaseUntil: leaseEnd(deps), nextId })
    await context.remember(tx, 'void', paymentVoid.id)
    return accepted(paymentVoid)
  })
  if (begun.kind === 'refused') return begun
  await deps.onStep?.('applied')
  await askForVoid(deps, scope, begun.value, now)
  return accepted(begun.value.id)
}

/** Asks the gateway, as often as it takes, and settles its answer. True when it answered. */
export async function askForVoid(
  deps: BillingDeps,
  scope: BillingScope,
  paymentVoid: PaymentVoid,
  at: Instant,
): Promise<boolean> {
  const outcome = await callGateway(deps, scope, paymentVoid, at)
  await deps.onStep?.('sent')
  if (outcome.kind === 'unknown') return false
  await settleVoid(deps, scope, { id: paymentVoid.id, outcome }, at)
  await deps.onStep?.('settled')
  return true
}

async function callGateway(
  deps: BillingDeps,
  { accountId }: BillingScope,
  paymentVoid: PaymentVoid,
  at: Instant,
): Promise<VoidOutcome> {
  const { id, gatewayId, chargeReference: gatewayReference } = paymentVoid
  return unlessFault(deps.log, { what: 'void', voidId: id, gatewayId }, async () => {
    const { port, slots } = await deps.gateways.portOf(accountId, gatewayId)
    return slots.run(() => port.void({ accountId, idempotencyKey: id, at, gatewayReference }))
  })
}

/** What the gateway made of a void, by its answer or its notice. False when it was settled before. */
export async function settleVoid(
  deps: BillingDeps,
  scope: BillingScope,
  told: { readonly id: Uuid; readonly outcome: VoidOutcome },
  at: Instant,
): Promise<boolean> {
  const { accountId } = scope
  return deps.database.tx(
    async (tx) => {
      const locked = await lockVoidState(tx, accountId, told.id)
      const posted = await listTransfers(tx, { accountId, kind: 'sale', id: locked.sale.id })
      const state = { ...locked, posted }
      const tools = toolsOf(deps)
      const { result, changes } = decideVoidSettlement(state, withWayOut(told.outcome), at, tools)
      if (result === 'ignored') return false
      const given = { changes, leaseUntil: leaseEnd(deps), nextId: tools.nextId }
      await applyChanges(tx, scope, given)
      return true
    },
    { retry: true },
  )
}

/** Gateways refuse for one reason above all: the payment has settled. */
function withWayOut(outcome: VoidOutcome): VoidOutcome {
  if (outcome.kind !== 'refused') return outcome
  const told = outcome.message === null ? '' : ` (${outcome.message})`
  return {
    ...outcome,
    message: `The gateway does not let this payment be called off any more. Refund it instead.${told}`,
  }
}
