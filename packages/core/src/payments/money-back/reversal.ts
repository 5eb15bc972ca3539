import type { Transaction } from '../charges/transaction.ts'
import type { Instant } from '../../time/index.ts'
import type { Refund } from './refund.ts'
import type { PaymentVoid } from './void.ts'

/** What the sale was paid with. */
export type PaidWith = Pick<Transaction, 'methodType' | 'cardBrand' | 'cardLast4'>

/** The movement that takes a sale back, in part or whole, once its end is known: under the id of what asked for it. */
export function reversalOf(
  asked: Refund | PaymentVoid,
  { methodType, cardBrand, cardLast4 }: PaidWith,
  at: Instant,
): Omit<Transaction, 'type' | 'gatewayReference'> {
  return {
    id: asked.id,
    status: asked.status === 'succeeded' ? 'succeeded' : 'failed',
    parentTransactionId: asked.transactionId,
    attemptId: null,
    invoiceId: asked.invoiceId,
    paymentIntentId: asked.paymentIntentId,
    subscriptionId: asked.subscriptionId,
    customerId: asked.customerId,
    gatewayId: asked.gatewayId,
    amountMinor: asked.amountMinor,
    currency: asked.currency,
    responseCode: asked.failure?.code ?? null,
    responseText: asked.failure?.message ?? null,
    methodType,
    cardBrand,
    cardLast4,
    createdAt: at,
  }
}
