import { assert, assertNever } from '../../fault/index.ts'
import type { Uuid } from '../../ids/index.ts'
import { reverseAll, type Transfer } from '../../ledger/index.ts'
import type { Currency } from '../../money/index.ts'
import type { Instant } from '../../time/index.ts'
import type { VoidOutcome } from '../gateway/gateway-outcome.ts'
import type { Sale } from './refund.ts'
import type { Transaction } from '../charges/transaction.ts'
import { reversalOf, type PaidWith } from './reversal.ts'

export type VoidReason = 'customer_request' | 'duplicate' | 'fraudulent' | 'error' | 'other'

/** A payment that is called off whole before it settles. Repeating one at the gateway changes nothing. */
export type PaymentVoid = {
  readonly id: Uuid
  readonly version: number
  readonly transactionId: Uuid
  readonly status: 'pending' | 'processing' | 'succeeded' | 'failed'
  readonly reason: string | null
  readonly reasonCode: VoidReason | null
  /** Its invoice ends with it; otherwise it is owed again. */
  readonly endsInvoice: boolean
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly customerId: Uuid
  readonly invoiceId: Uuid | null
  readonly paymentIntentId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly gatewayId: Uuid
  readonly chargeReference: string
  readonly failure: { readonly code: string; readonly message: string | null } | null
  readonly createdAt: Instant
  readonly updatedAt: Instant
  readonly voidedAt: Instant | null
}

export type VoidPaymentRefusal =
  | 'payment_not_voidable'
  | 'payment_taken_back'
  | 'payment_has_refunds'
  | 'payment_has_no_gateway'
  | 'gateway_cannot_void'

export type VoidPaymentDecision =
  | { readonly kind: 'refused'; readonly code: VoidPaymentRefusal }
  | { readonly kind: 'accepted'; readonly paymentVoid: PaymentVoid }

/** Whether it has settled is for the gateway to say. Refusals in the order of the union. */
export function requestVoid(
  sale: Sale,
  request: Pick<PaymentVoid, 'id' | 'reason' | 'reasonCode' | 'endsInvoice'>,
  given: { readonly isAble: boolean; readonly at: Instant },
): VoidPaymentDecision {
  const { at } = given
  if (sale.type !== 'sale' || sale.status !== 'succeeded')
    return { kind: 'refused', code: 'payment_not_voidable' }
  if (sale.takenBackMinor > 0n) return { kind: 'refused', code: 'payment_taken_back' }
  if (sale.refundedMinor > 0n) return { kind: 'refused', code: 'payment_has_refunds' }
  const { gatewayId, gatewayReference: chargeReference } = sale
  if (gatewayId === null || chargeReference === null)
    return { kind: 'refused', code: 'payment_has_no_gateway' }
  if (!given.isAble) return { kind: 'refused', code: 'gateway_cannot_void' }
  return {
    kind: 'accepted',
    paymentVoid: {
      id: request.id,
      version: 1,
      transactionId: sale.id,
      status: 'processing',
      reason: request.reason,
      reasonCode: request.reasonCode,
      endsInvoice: request.endsInvoice,
      amountMinor: sale.amountMinor,
      currency: sale.currency,
      customerId: sale.customerId,
      invoiceId: sale.invoiceId,
      paymentIntentId: sale.paymentIntentId,
      subscriptionId: sale.subscriptionId,
      gatewayId,
      chargeReference,
      failure: null,
      createdAt: at,
      updatedAt: at,
      voidedAt: null,
    },
  }
}

/**
 * What a gateway's answer makes of a void. Null: nothing new; one without an answer is asked again when its lease runs
 * out, one that is `pending` waits for the gateway's notice.
 */
export function settleVoid(
  paymentVoid: PaymentVoid,
  outcome: VoidOutcome,
  at: Instant,
): PaymentVoid | null {
  if (paymentVoid.status !== 'processing' && paymentVoid.status !== 'pending') return null
  const touched = { ...paymentVoid, version: paymentVoid.version + 1, updatedAt: at }
  switch (outcome.kind) {
    case 'voided':
      return { ...touched, status: 'succeeded', voidedAt: at }
    case 'refused': {
      const { code, message } = outcome
      return { ...touched, status: 'failed', failure: { code, message } }
    }
    case 'pending':
      return paymentVoid.status === 'pending' ? null : { ...touched, status: 'pending' }
    case 'unknown':
      return null
    default:
      return assertNever(outcome)
  }
}

/** The gateway had called the payment off, and tells later that it could not: null unless it had succeeded. */
export function failVoid(
  paymentVoid: PaymentVoid,
  failure: { readonly code: string; readonly message: string | null },
  at: Instant,
): PaymentVoid | null {
  if (paymentVoid.status !== 'succeeded') return null
  const { version } = paymentVoid
  const failed = { status: 'failed', failure, voidedAt: null } as const
  return { ...paymentVoid, ...failed, version: version + 1, updatedAt: at }
}

/** The movement that a void stands for, under the void's own id. */
export function voidTransaction(
  paymentVoid: PaymentVoid,
  sale: PaidWith,
  at: Instant,
): Transaction {
  const { chargeReference: gatewayReference } = paymentVoid
  return { ...reversalOf(paymentVoid, sale, at), type: 'void', gatewayReference }
}

/** A void that failed after all: what it had reversed stands again. */
export function failedVoidTransfers(
  posted: readonly Transfer[],
  paymentVoid: PaymentVoid,
  given: { readonly at: Instant; readonly nextId: () => Uuid },
): Transfer[] {
  return reverseAll(posted, { ...given, sourceKind: 'void_failed', sourceId: paymentVoid.id })
}

/** A voided payment: what the sale posted, reversed. */
export function voidedSaleTransfers(
  posted: readonly Transfer[],
  paymentVoid: PaymentVoid,
  given: { readonly at: Instant; readonly nextId: () => Uuid },
): Transfer[] {
  assert(posted.length > 0, 'a sale that had succeeded was posted')
  return reverseAll(posted, { ...given, sourceKind: 'void', sourceId: paymentVoid.id })
}
