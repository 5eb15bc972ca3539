import { encodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { PaymentIntent, Sale, Transaction } from '@perennial/core/payments'
import { formatInstant, formatInstantOrNull, toUnixSeconds } from '@perennial/core/time'
import type { JsonObject } from '../../platform/wire/index.ts'
import type { TransactionRow } from './rows.ts'

const idOrNull = (kind: IdKind, id: Uuid | null): string | null =>
  id === null ? null : encodeId(kind, id)

/** A transaction as the API shows it (spec/revkeen.md 5.15). */
export function toWireTransaction(row: TransactionRow) {
  return {
    id: encodeId('transaction', row.id),
    object: 'transaction' as const,
    type: row.type,
    status: row.status,
    invoice_id: idOrNull('invoice', row.invoice_id),
    customer_id: idOrNull('customer', row.customer_id),
    payment_intent_id: idOrNull('payment_intent', row.payment_intent_id),
    subscription_id: idOrNull('subscription', row.subscription_id),
    parent_transaction_id: idOrNull('transaction', row.parent_transaction_id),
    currency: row.currency,
    amount: toWireMinor(row.amount_minor),
    amount_refunded: toWireMinor(row.refunded_minor),
    gateway: idOrNull('gateway', row.gateway_id),
    gateway_transaction_id: row.gateway_reference,
    gateway_response_code: row.response_code,
    gateway_response_text: row.response_text,
    payment_method_type: row.payment_method_type,
    card_brand: row.card_brand,
    card_last_four: row.card_last4,
    metadata: row.metadata as JsonObject,
    created_at: formatInstant(row.created_at),
    updated_at: formatInstant(row.updated_at),
  }
}

/** The payment of an event: the money movement, what of it is given back, and for a refused one why. */
export function toWirePayment(transaction: Transaction & Partial<Pick<Sale, 'refundedMinor'>>) {
  const { refundedMinor } = transaction
  return {
    id: encodeId('transaction', transaction.id),
    object: 'payment' as const,
    invoice_id: idOrNull('invoice', transaction.invoiceId),
    customer_id: encodeId('customer', transaction.customerId),
    payment_intent_id: idOrNull('payment_intent', transaction.paymentIntentId),
    status: transaction.status,
    currency: transaction.currency,
    amount: toWireMinor(transaction.amountMinor),
    ...(refundedMinor === undefined ? {} : { amount_refunded: toWireMinor(refundedMinor) }),
    gateway: idOrNull('gateway', transaction.gatewayId),
    gateway_transaction_id: transaction.gatewayReference,
    payment_method_type: transaction.methodType,
    card_brand: transaction.cardBrand,
    card_last_four: transaction.cardLast4,
    ...(transaction.status === 'failed'
      ? { failure_code: transaction.responseCode, failure_message: transaction.responseText }
      : {}),
    created_at: formatInstant(transaction.createdAt),
  }
}

/** A payment intent as the API and events show it (spec/revkeen.md 5.15). */
export function toWireIntent(intent: PaymentIntent, isLive: boolean) {
  const { lastError, nextAction } = intent
  const charged = lastError?.paymentMethod
  return {
    id: encodeId('payment_intent', intent.id),
    object: 'payment_intent' as const,
    amount: toWireMinor(intent.amountMinor),
    amount_capturable: toWireMinor(intent.capturableMinor),
    amount_received: toWireMinor(intent.receivedMinor),
    currency: intent.currency,
    customer: encodeId('customer', intent.customerId),
    payment_method: idOrNull('payment_method', intent.paymentMethodId),
    status: intent.status,
    capture_method: intent.captureMethod,
    description: intent.description,
    statement_descriptor: intent.statementDescriptor,
    statement_descriptor_suffix: intent.statementDescriptorSuffix,
    receipt_email: intent.receiptEmail,
    client_secret: intent.clientSecret,
    last_payment_error:
      lastError === null
        ? null
        : {
            code: lastError.code,
            message: lastError.message,
            ...(lastError.declineCode === null ? {} : { decline_code: lastError.declineCode }),
            ...(charged === undefined
              ? {}
              : {
                  payment_method: {
                    id: encodeId('payment_method', charged.id),
                    type: charged.type,
                  },
                }),
          },
    next_action:
      nextAction === null
        ? null
        : {
            type: nextAction.type,
            redirect_to_url: {
              url: nextAction.url,
              return_url: nextAction.returnUrl ?? nextAction.url,
            },
          },
    cancellation_reason: intent.cancellationReason,
    canceled_at: formatInstantOrNull(intent.canceledAt),
    metadata: intent.metadata as JsonObject,
    created: toUnixSeconds(intent.createdAt),
    livemode: isLive,
  }
}
