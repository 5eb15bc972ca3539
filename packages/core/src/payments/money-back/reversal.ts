import type { Uuid } from '../../ids/index.ts'
import type { Instant } from '../../time/index.ts'
import type { Transaction } from '../charges/transaction.ts'

/** A refund or a void. */
type Asked = Pick<
  Transaction,
  | 'id'
  | 'invoiceId'
  | 'paymentIntentId'
  | 'subscriptionId'
  | 'customerId'
  | 'gatewayId'
  | 'amountMinor'
  | 'currency'
> & {
  /** The sale. */
  readonly transactionId: Uuid
  readonly status: string
  readonly failure: { readonly code: string; readonly message: string | null } | null
}

/** What the sale was paid with. */
export type PaidWith = Pick<Transaction, 'methodType' | 'cardBrand' | 'cardLast4'>

/** The movement that takes a sale back, in part or whole, once its end is known: under the id of what asked for it. */
export function reversalOf(
  asked: Asked,
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
