import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { instantFromMs } from '@perennial/core/time'
import type {
  AttemptOperation,
  NextAction,
  PaymentAttempt,
  PaymentIntent,
  RetryKind,
  Transaction,
} from '@perennial/core/payments'
import type { Selectable } from 'kysely'
import type { DB } from '../../platform/db/index.ts'
import type { JsonObject } from '../../platform/wire/index.ts'
import { storedCurrency } from '../invoices/index.ts'

export type AttemptRow = Selectable<DB['payment_attempts']>
export type TransactionRow = Selectable<DB['transactions']>
export type IntentRow = Selectable<DB['payment_intents']>

/** Refunds and voids are no attempts of this kind; nothing writes them as such. */
function storedOperation(operation: AttemptRow['operation']): AttemptOperation {
  assert(operation !== 'refund' && operation !== 'void', `no attempt is a ${operation}`)
  return operation
}

function storedRetryKind(kind: string | null): RetryKind | null {
  assert(kind === null || kind === 'scheduled' || kind === 'manual', `no retry is ${kind}`)
  return kind
}

export function toAttempt(row: AttemptRow): PaymentAttempt {
  return {
    id: row.id,
    operation: storedOperation(row.operation),
    state: row.state,
    invoiceId: row.invoice_id,
    paymentIntentId: row.payment_intent_id,
    subscriptionId: row.subscription_id,
    customerId: row.customer_id,
    paymentMethodId: row.payment_method_id,
    gatewayId: row.gateway_id,
    attemptNumber: row.attempt_number,
    retryNumber: row.retry_number,
    retryKind: storedRetryKind(row.retry_kind),
    isCustomerPresent: row.is_customer_present,
    sends: row.sends,
    amountMinor: row.amount_minor,
    currency: storedCurrency(row.currency),
    gatewayReference: row.gateway_reference,
    decline:
      row.decline_code === null
        ? null
        : {
            code: row.decline_code,
            isoCode: row.decline_iso_code,
            adviceCode: row.advice_code,
            message: row.message,
          },
    approvalAdvice: row.decline_code === null ? row.advice_code : null,
    cardChecks:
      row.avs_code === null && row.cvv_code === null
        ? null
        : { avs: row.avs_code, cvv: row.cvv_code },
    nextAction: row.next_action as NextAction | null,
    checkAt: row.check_at,
    createdAt: row.created_at,
    settledAt: row.settled_at,
  }
}

/** What an outcome changes. A settled attempt has no lease; an unsettled one may be looked up at once. */
export function toAttemptUpdate(accountId: Uuid, attempt: PaymentAttempt) {
  return {
    account_id: accountId,
    id: attempt.id,
    state: attempt.state,
    gateway_reference: attempt.gatewayReference,
    decline_code: attempt.decline?.code ?? null,
    decline_iso_code: attempt.decline?.isoCode ?? null,
    advice_code: attempt.decline?.adviceCode ?? attempt.approvalAdvice,
    message: attempt.decline?.message ?? null,
    avs_code: attempt.cardChecks?.avs ?? null,
    cvv_code: attempt.cardChecks?.cvv ?? null,
    next_action: attempt.nextAction,
    check_at: attempt.checkAt,
    settled_at: attempt.settledAt,
  }
}

export function toAttemptRow(accountId: Uuid, attempt: PaymentAttempt, leaseUntil: number) {
  return {
    ...toAttemptUpdate(accountId, attempt),
    operation: attempt.operation,
    invoice_id: attempt.invoiceId,
    payment_intent_id: attempt.paymentIntentId,
    subscription_id: attempt.subscriptionId,
    customer_id: attempt.customerId,
    payment_method_id: attempt.paymentMethodId,
    gateway_id: attempt.gatewayId,
    attempt_number: attempt.attemptNumber,
    retry_number: attempt.retryNumber,
    retry_kind: attempt.retryKind,
    is_customer_present: attempt.isCustomerPresent,
    sends: attempt.sends,
    amount_minor: attempt.amountMinor,
    currency: attempt.currency,
    created_at: attempt.createdAt,
    lease_until: instantFromMs(leaseUntil),
  }
}

export function toTransactionRow(accountId: Uuid, transaction: Transaction) {
  return {
    account_id: accountId,
    id: transaction.id,
    type: transaction.type,
    status: transaction.status,
    parent_transaction_id: transaction.parentTransactionId,
    attempt_id: transaction.attemptId,
    invoice_id: transaction.invoiceId,
    payment_intent_id: transaction.paymentIntentId,
    subscription_id: transaction.subscriptionId,
    customer_id: transaction.customerId,
    gateway_id: transaction.gatewayId,
    amount_minor: transaction.amountMinor,
    currency: transaction.currency,
    gateway_reference: transaction.gatewayReference,
    response_code: transaction.responseCode,
    response_text: transaction.responseText,
    payment_method_type: transaction.methodType,
    card_brand: transaction.cardBrand,
    card_last4: transaction.cardLast4,
    created_at: transaction.createdAt,
    updated_at: transaction.createdAt,
  }
}

export function toTransaction(row: TransactionRow): Transaction {
  const { type, customer_id: customerId } = row
  assert(type !== 'capture', 'what a capture takes is a sale')
  assert(customerId !== null, 'money comes from a customer')
  return {
    id: row.id,
    type,
    status: row.status,
    parentTransactionId: row.parent_transaction_id,
    attemptId: row.attempt_id,
    invoiceId: row.invoice_id,
    paymentIntentId: row.payment_intent_id,
    subscriptionId: row.subscription_id,
    customerId,
    gatewayId: row.gateway_id,
    amountMinor: row.amount_minor,
    currency: storedCurrency(row.currency),
    gatewayReference: row.gateway_reference,
    responseCode: row.response_code,
    responseText: row.response_text,
    methodType: row.payment_method_type,
    cardBrand: row.card_brand,
    cardLast4: row.card_last4,
    createdAt: row.created_at,
  }
}

export function toIntent(row: IntentRow): PaymentIntent {
  return {
    id: row.id,
    version: row.version,
    customerId: row.customer_id,
    paymentMethodId: row.payment_method_id,
    amountMinor: row.amount_minor,
    capturableMinor: row.amount_capturable_minor,
    receivedMinor: row.amount_received_minor,
    currency: storedCurrency(row.currency),
    status: row.status,
    captureMethod: row.capture_method === 'manual' ? 'manual' : 'automatic',
    description: row.description,
    statementDescriptor: row.statement_descriptor,
    statementDescriptorSuffix: row.statement_descriptor_suffix,
    receiptEmail: row.receipt_email,
    clientSecret: row.client_secret,
    lastError: row.last_error as PaymentIntent['lastError'],
    nextAction: row.next_action as NextAction | null,
    cancellationReason: row.cancellation_reason,
    canceledAt: row.canceled_at,
    metadata: row.metadata as JsonObject,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function toIntentUpdate(accountId: Uuid, intent: PaymentIntent) {
  return {
    account_id: accountId,
    id: intent.id,
    version: intent.version,
    payment_method_id: intent.paymentMethodId,
    amount_minor: intent.amountMinor,
    amount_capturable_minor: intent.capturableMinor,
    amount_received_minor: intent.receivedMinor,
    currency: intent.currency,
    status: intent.status,
    description: intent.description,
    statement_descriptor: intent.statementDescriptor,
    statement_descriptor_suffix: intent.statementDescriptorSuffix,
    receipt_email: intent.receiptEmail,
    last_error: intent.lastError,
    next_action: intent.nextAction,
    cancellation_reason: intent.cancellationReason,
    canceled_at: intent.canceledAt,
    metadata: intent.metadata as JsonObject,
    updated_at: intent.updatedAt,
  }
}

export function toIntentRow(accountId: Uuid, intent: PaymentIntent) {
  return {
    ...toIntentUpdate(accountId, intent),
    customer_id: intent.customerId,
    capture_method: intent.captureMethod,
    client_secret: intent.clientSecret,
    created_at: intent.createdAt,
  }
}
