import type { DoubleAnswer } from '../json-server.ts'
import { randomName } from '../random-name.ts'
import type { BookedTransaction, BraintreeBook } from './braintree-book.ts'
import { textOf } from '../read-request.ts'
import { transactionRecord, validationAnswer, xmlAnswer } from './wire.ts'

type Act = (book: BraintreeBook, transaction: BookedTransaction, body: unknown) => DoubleAnswer

/** What may be done with a transaction: `PUT …/submit_for_settlement`, `PUT …/void`, `POST …/refund`. */
export const ACTS: Readonly<Record<string, Act>> = {
  'PUT submit_for_settlement': capture,
  'PUT void': callOff,
  'POST refund': refund,
}

function done(transaction: BookedTransaction): DoubleAnswer {
  return xmlAnswer(200, 'transaction', transactionRecord(transaction))
}

function refused(code: string, attribute: string, message: string): DoubleAnswer {
  return validationAnswer({ code, attribute, message })
}

function capture(_book: BraintreeBook, transaction: BookedTransaction, body: unknown) {
  if (transaction.status !== 'authorized')
    return refused('91507', 'base', 'Cannot submit for settlement unless status is authorized.')
  const amount = textOf(body, 'transaction', 'amount') ?? transaction.amount
  if (isMore(amount, transaction.amount))
    return refused(
      '91522',
      'amount',
      'Settlement amount cannot be more than the authorized amount.',
    )
  transaction.amount = amount
  transaction.status = 'submitted_for_settlement'
  return done(transaction)
}

function callOff(_book: BraintreeBook, transaction: BookedTransaction) {
  if (
    !['authorized', 'submitted_for_settlement', 'settlement_pending'].includes(transaction.status)
  )
    return refused('91504', 'base', 'Transaction can only be voided if status is authorized.')
  transaction.status = 'voided'
  return done(transaction)
}

function refund(book: BraintreeBook, transaction: BookedTransaction, body: unknown) {
  if (transaction.type === 'credit')
    return refused('91505', 'base', 'Cannot refund a credit transaction.')
  if (transaction.status !== 'settled')
    return refused('91506', 'base', 'Cannot refund transaction unless it is settled.')
  const amount = textOf(body, 'transaction', 'amount') ?? transaction.amount
  const left = leftOf(book, transaction)
  if (left === 0n) return refused('91512', 'base', 'Transaction has already been fully refunded.')
  if (units(amount) > left) return refused('91521', 'amount', 'Refund amount is too large.')
  const credit: BookedTransaction = {
    ...transaction,
    id: randomName(8),
    type: 'credit',
    status: 'submitted_for_settlement',
    amount,
    orderId: textOf(body, 'transaction', 'order_id') ?? transaction.orderId,
    refundedTransactionId: transaction.id,
    refundIds: [],
    createdAt: new Date(),
    settledAt: null,
  }
  book.transactions.set(credit.id, credit)
  transaction.refundIds.push(credit.id)
  return xmlAnswer(201, 'transaction', transactionRecord(credit))
}

function leftOf(book: BraintreeBook, { amount, refundIds }: BookedTransaction): bigint {
  const refunded = refundIds.map((id) => units(book.transactions.get(id)?.amount ?? '0'))
  return refunded.reduce((left, gone) => left - gone, units(amount))
}

/** In thousandths, which no currency is finer than. */
function units(amount: string): bigint {
  const [whole = '0', decimals = ''] = amount.split('.')
  return BigInt(whole) * 1000n + BigInt(decimals.padEnd(3, '0').slice(0, 3))
}

function isMore(amount: string, than: string): boolean {
  return units(amount) > units(than)
}
