import type { DoubleAnswer } from '../json-server.ts'
import type {
  BookedDispute,
  BookedTransaction,
  BraintreeBook,
  VaultedMethod,
} from './braintree-book.ts'
import { cardTypeOf } from './test-values.ts'
import { toXml, XmlList, type XmlValue } from './xml.ts'

export type XmlRecord = { readonly [name: string]: XmlValue | undefined }

export function xmlAnswer(status: number, name: string, value: XmlValue): DoubleAnswer {
  return {
    status,
    body: toXml(name, value),
    headers: { 'content-type': 'application/xml; charset=utf-8' },
  }
}

export function notFound(): DoubleAnswer {
  return { status: 404, body: ' ', headers: { 'content-type': 'application/xml; charset=utf-8' } }
}

export function transactionRecord(transaction: BookedTransaction): XmlRecord {
  const { method } = transaction
  const isCard = method.kind === 'credit_card'
  return {
    id: transaction.id,
    status: transaction.status,
    type: transaction.type,
    currency_iso_code: transaction.currency,
    amount: transaction.amount,
    merchant_account_id: transaction.merchantAccountId,
    order_id: transaction.orderId,
    created_at: transaction.createdAt,
    updated_at: transaction.createdAt,
    customer: { id: method.customerId },
    payment_instrument_type: method.kind,
    credit_card: isCard ? methodRecord(method) : undefined,
    us_bank_account: isCard ? undefined : methodRecord(method),
    processor_response_code: transaction.processorCode,
    processor_response_text: transaction.processorText,
    gateway_rejection_reason: transaction.rejectionReason,
    network_transaction_id: transaction.networkTransactionId,
    refund_ids: new XmlList('item', transaction.refundIds),
    refunded_transaction_id: transaction.refundedTransactionId,
    status_history: new XmlList('status_event', historyOf(transaction)),
  }
}

function historyOf({ status, amount, createdAt, settledAt }: BookedTransaction): XmlRecord[] {
  const first = { timestamp: createdAt, status: settledAt === null ? status : 'authorized', amount }
  return settledAt === null ? [first] : [first, { timestamp: settledAt, status: 'settled', amount }]
}

export function methodRecord(method: VaultedMethod): XmlRecord {
  const { token, customerId, number, expMonth, expYear, holderName } = method
  if (method.kind === 'us_bank_account')
    return {
      token,
      customer_id: customerId,
      account_type: 'checking',
      account_holder_name: holderName,
      last_4: number.slice(-4),
      routing_number: '021000021',
      verified: true,
    }
  return {
    token,
    customer_id: customerId,
    bin: number.slice(0, 6),
    ...digitsOf(method),
    expiration_month: expMonth,
    expiration_year: expYear,
    cardholder_name: holderName,
    country_of_issuance: 'USA',
    debit: number.startsWith('4117') ? 'Yes' : 'No',
    prepaid: 'No',
    expired: false,
    unique_number_identifier: `unique_${number.slice(-4)}${number.length}`,
  }
}

/** Google Pay has digits of its own beside those of the card that it stands for. */
function digitsOf({ kind, number }: VaultedMethod): XmlRecord {
  const [last4, type] = [number.slice(-4), cardTypeOf(number)]
  if (kind === 'android_pay_card')
    return {
      source_card_last_4: last4,
      source_card_type: type,
      virtual_card_last_4: '9999',
      virtual_card_type: type,
    }
  return { last_4: last4, card_type: kind === 'apple_pay_card' ? `Apple Pay - ${type}` : type }
}

/** A fine between dispute and transaction: the amount in dispute is the whole. */
export function disputeRecord(dispute: BookedDispute, book: BraintreeBook): XmlRecord {
  const transaction = book.transactions.get(dispute.transactionId)
  const amount = transaction?.amount ?? '0.00'
  return {
    id: dispute.id,
    amount,
    amount_disputed: amount,
    amount_won: dispute.status === 'won' ? amount : '0.00',
    currency_iso_code: transaction?.currency ?? 'USD',
    kind: 'chargeback',
    reason: 'fraud',
    reason_code: '83',
    reason_description: 'Fraud: card absent',
    status: dispute.status,
    received_date: '2026-11-20',
    reply_by_date: '2026-12-10',
    transaction: { id: dispute.transactionId, amount },
    evidence: new XmlList(
      'evidence',
      dispute.evidence.map(({ id, comment, file, createdAt }) => ({
        id,
        comment,
        created_at: createdAt,
        sent_to_processor_at: null,
        url: file === null ? null : `https://evidence.example/${id}`,
      })),
    ),
  }
}

export type ValidationError = {
  readonly code: string
  readonly attribute: string
  readonly message: string
}

/** A request that was understood and refused; a refused charge comes with its transaction. */
export function errorAnswer(
  about: 'transaction' | 'customer' | 'dispute' | 'document_upload',
  refusal: {
    readonly message: string
    readonly errors?: readonly ValidationError[]
    readonly transaction?: BookedTransaction
  },
): DoubleAnswer {
  const errors = (refusal.errors ?? []).map(({ code, attribute, message }) => ({
    code,
    attribute,
    message,
  }))
  return xmlAnswer(422, 'api_error_response', {
    errors: {
      errors: new XmlList('error', []),
      [about]: { errors: new XmlList('error', errors) },
    },
    message: refusal.message,
    transaction:
      refusal.transaction === undefined ? undefined : transactionRecord(refusal.transaction),
  })
}

export function validationAnswer(error: ValidationError): DoubleAnswer {
  return errorAnswer('transaction', { message: error.message, errors: [error] })
}
