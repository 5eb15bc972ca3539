import { decideRefund } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import type { Refund, RefundReason, RefundRefusal, Sale } from '@perennial/core/payments'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import { findSale } from '../../payments/index.ts'
import { applyChanges } from '../apply/apply-changes.ts'
import { leaseEnd, scopeOf, toolsOf, type BillingDeps } from '../scope.ts'
import { lockSale } from './lock-sale.ts'
import { askForRefunds } from './settle-refunds.ts'
import { voidInstead } from './voids/void-instead.ts'

export type CreateRefund = {
  readonly paymentId: Uuid
  /** Null = all that is left. */
  readonly amountMinor: bigint | null
  readonly reason: RefundReason | null
  readonly reasonDetails: string | null
  /** `delayed`: the gateway is asked once the payment is 72 hours old. */
  readonly mode: Refund['mode']
}

export type CreateRefundRefusal = 'payment_unknown' | 'payment_being_voided' | RefundRefusal

/**
 * Refunds a payment, in part or whole. It is committed before the gateway is asked, and counts from then on. Of a payment that
 * has not settled the whole is called off instead, where the gateway refunds nothing yet. Refusals in the order of the union.
 */
export async function createRefund(
  deps: BillingDeps,
  context: CommandContext,
  request: CreateRefund,
): Promise<Decision<Uuid, CreateRefundRefusal>> {
  const { accountId, now } = context
  const scope = scopeOf(context)
  const seen = await context.inTx((tx) => findSale(tx, accountId, request.paymentId))
  if (seen === null) return refused('payment_unknown')
  const ability = await refundAbilityOf(deps, accountId, seen)
  const begun = await context.inTx<Decision<Refund, CreateRefundRefusal>>(async (tx) => {
    const key = { saleId: seen.id, invoiceId: seen.invoiceId, creditNoteId: null }
    const state = await lockSale(tx, accountId, key)
    if (state === null) return refused('payment_unknown')
    if (state.isBeingVoided) return refused('payment_being_voided')
    const tools = toolsOf(deps)
    const wish = { ...request, id: tools.nextId(), creditNoteId: null, realNow: deps.clock.now() }
    const decided = decideRefund(state, wish, { ability, at: now, tools })
    if (decided.kind === 'refused') return refused(decided.code)
    const { changes, refund } = decided
    const given = { changes, leaseUntil: leaseEnd(deps), nextId: tools.nextId }
    await applyChanges(tx, scope, given)
    await context.remember(tx, 'refund', refund.id)
    return accepted(refund)
  })
  if (begun.kind === 'refused') return begun
  await deps.onStep?.('applied')
  const { failed } = await askForRefunds(deps, scope, [begun.value], now)
  if (failed > 0) await voidInstead(deps, scope, begun.value, now)
  return accepted(begun.value.id)
}

/** What the gateway that took the money can do; null for money that came by hand. */
export async function refundAbilityOf(
  deps: Pick<BillingDeps, 'gateways'>,
  accountId: Uuid,
  { gatewayId }: Pick<Sale, 'gatewayId'>,
): Promise<'partial' | 'full' | 'none' | null> {
  if (gatewayId === null) return null
  const { port } = await deps.gateways.portOf(accountId, gatewayId)
  return port.abilities.refund
}
