import type { Uuid } from '../../ids/index.ts'
import type { Invoice } from '../../invoices/index.ts'
import { transfer, type Transfer } from '../../ledger/index.ts'
import type { Currency } from '../../money/index.ts'
import type { Instant } from '../../time/index.ts'
import type { PaymentAttempt } from './attempt.ts'
import type { ChargeRoute } from './plan-attempt.ts'

export type TransactionType = 'sale' | 'refund' | 'void' | 'dispute' | 'adjustment'

/** Money that moved, or was refused; written when the outcome is known. */
export type Transaction = {
  readonly id: Uuid
  readonly type: TransactionType
  /** `voided`: what was taken was given back whole. */
  readonly status: 'pending' | 'succeeded' | 'failed' | 'voided'
  /** The sale that anything but a sale takes money back from. */
  readonly parentTransactionId: Uuid | null
  /** Null for money taken outside any gateway (cash, cheque, bank transfer). */
  readonly attemptId: Uuid | null
  readonly invoiceId: Uuid | null
  readonly paymentIntentId: Uuid | null
  readonly subscriptionId: Uuid | null
  readonly customerId: Uuid
  readonly gatewayId: Uuid | null
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly gatewayReference: string | null
  readonly responseCode: string | null
  readonly responseText: string | null
  readonly methodType: string | null
  readonly cardBrand: string | null
  readonly cardLast4: string | null
  readonly createdAt: Instant
}

/** The sale that a settled attempt stands for. */
export function saleOf(
  attempt: PaymentAttempt,
  given: { readonly id: Uuid; readonly route: ChargeRoute | null },
  at: Instant,
): Transaction {
  return {
    id: given.id,
    type: 'sale',
    status: attempt.state === 'succeeded' ? 'succeeded' : 'failed',
    parentTransactionId: null,
    attemptId: attempt.id,
    invoiceId: attempt.invoiceId,
    paymentIntentId: attempt.paymentIntentId,
    subscriptionId: attempt.subscriptionId,
    customerId: attempt.customerId,
    gatewayId: attempt.gatewayId,
    amountMinor: attempt.amountMinor,
    currency: attempt.currency,
    gatewayReference: attempt.gatewayReference,
    responseCode: attempt.decline?.isoCode ?? attempt.decline?.code ?? null,
    responseText: attempt.decline?.message ?? null,
    methodType: given.route?.methodType ?? null,
    cardBrand: given.route?.cardBrand ?? null,
    cardLast4: given.route?.cardLast4 ?? null,
    createdAt: at,
  }
}

/** Money that came without any gateway. */
export type PaymentByHand = {
  readonly id: Uuid
  readonly method: 'cash' | 'check' | 'bank_transfer' | 'other'
  /** The payer's or the bank's. */
  readonly reference: string | null
  readonly paidAt: Instant
}

/** The sale that money by hand stands for, dated when it came, so that the ledger says so. */
export function saleByHand(
  payment: PaymentByHand,
  bill: {
    readonly invoice: Pick<Invoice, 'id' | 'subscriptionId' | 'customerId' | 'currency'>
    readonly amountMinor: bigint
  },
): Transaction {
  const { invoice, amountMinor } = bill
  return {
    id: payment.id,
    type: 'sale',
    status: 'succeeded',
    parentTransactionId: null,
    attemptId: null,
    invoiceId: invoice.id,
    paymentIntentId: null,
    subscriptionId: invoice.subscriptionId,
    customerId: invoice.customerId,
    gatewayId: null,
    amountMinor,
    currency: invoice.currency,
    gatewayReference: payment.reference,
    responseCode: null,
    responseText: null,
    methodType: payment.method,
    cardBrand: null,
    cardLast4: null,
    createdAt: payment.paidAt,
  }
}

/** The sale that a charge stands for which somebody made at the gateway itself. */
export function saleAtGateway(
  charge: {
    readonly id: Uuid
    readonly gatewayId: Uuid
    readonly gatewayReference: string
    readonly chargedAt: Instant
  },
  bill: Parameters<typeof saleByHand>[1],
): Transaction {
  const { id, gatewayId, gatewayReference: reference, chargedAt: paidAt } = charge
  return {
    ...saleByHand({ id, method: 'other', reference, paidAt }, bill),
    gatewayId,
    methodType: null,
  }
}

/**
 * A succeeded sale: the gateway (or, without one, the bank) holds the money, and the customer owes less; a
 * sale without an invoice is revenue at once.
 */
export function saleTransfers(sale: Transaction, nextId: () => Uuid): Transfer[] {
  return [
    transfer({
      id: nextId(),
      at: sale.createdAt,
      debit: sale.gatewayId === null ? 'bank' : 'gateway_clearing',
      credit: sale.invoiceId === null ? 'revenue' : 'receivable',
      amountMinor: sale.amountMinor,
      currency: sale.currency,
      customerId: sale.customerId,
      invoiceId: sale.invoiceId,
      gatewayId: sale.gatewayId,
      sourceKind: 'sale',
      sourceId: sale.id,
      sourcePosition: 0,
      reversalOf: null,
    }),
  ]
}
