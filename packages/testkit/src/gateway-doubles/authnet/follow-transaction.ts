import type { DoubleAnswer } from '../json-server.ts'
import { textOf, writtenOf } from '../read-request.ts'
import { type AuthnetBook, type BookedTransaction, digits } from './authnet-book.ts'
import { isDuplicate } from './take-transaction.ts'
import { transactionAnswer, unsuccessful } from './wire.ts'

/** `createTransactionRequest` of a capture, void or refund of what `refTransId` names. */
export function followTransaction(book: AuthnetBook, asked: unknown): DoubleAnswer {
  const found = book.transactions.get(textOf(asked, 'refTransId') ?? '')
  if (found === undefined) return NOT_FOUND
  switch (textOf(asked, 'transactionType')) {
    case 'priorAuthCaptureTransaction':
      return capture(found, asked)
    case 'voidTransaction':
      return callOff(found)
    default:
      return refund(book, found, asked)
  }
}

const NOT_FOUND = unsuccessful('16', 'The transaction cannot be found.')

function capture(transaction: BookedTransaction, asked: unknown): DoubleAnswer {
  const { status, authAmount } = transaction
  if (status === 'capturedPendingSettlement' || status === 'settledSuccessfully')
    return transactionAnswer(transaction, {
      code: '311',
      description: 'This transaction has already been captured.',
    })
  if (status !== 'authorizedPendingCapture') return NOT_FOUND
  const amount = writtenOf(asked, 'amount') ?? authAmount
  if (Number(amount) > Number(authAmount))
    return unsuccessful(
      '47',
      'The amount requested for settlement cannot be greater than the original amount authorized.',
    )
  transaction.settleAmount = amount
  transaction.status = 'capturedPendingSettlement'
  return transactionAnswer(transaction)
}

export function callOff(transaction: BookedTransaction): DoubleAnswer {
  if (transaction.status === 'voided')
    return transactionAnswer(transaction, {
      code: '310',
      description: 'This transaction has already been voided.',
    })
  if (!PENDING.includes(transaction.status)) return NOT_FOUND
  transaction.status = 'voided'
  return transactionAnswer(transaction)
}

const PENDING = ['authorizedPendingCapture', 'capturedPendingSettlement', 'refundPendingSettlement']

/** The card's last four digits have to be named again. */
function refund(book: AuthnetBook, charge: BookedTransaction, asked: unknown): DoubleAnswer {
  const { number, kind } = charge.profile
  const named =
    textOf(asked, 'payment', 'creditCard', 'cardNumber') ??
    textOf(asked, 'payment', 'bankAccount', 'accountNumber') ??
    ''
  const isByProfile =
    textOf(asked, 'profile', 'customerProfileId') === charge.profile.customerProfileId
  if (!isByProfile && named.slice(-4) !== number.slice(-4))
    return unsuccessful('54', `The ${kind} does not match the original transaction.`)
  if (charge.status !== 'settledSuccessfully')
    return unsuccessful(
      '54',
      'The referenced transaction does not meet the criteria for issuing a credit.',
    )
  const amount = writtenOf(asked, 'amount') ?? charge.settleAmount
  const before = [...book.transactions.values()].filter(
    ({ refTransId, status }) => refTransId === charge.transId && status !== 'voided',
  )
  const refunded = before.reduce((sum, { settleAmount }) => sum + cents(settleAmount), 0)
  if (refunded + cents(amount) > cents(charge.settleAmount))
    return unsuccessful(
      '55',
      'The sum of credits against the referenced transaction would exceed original debit amount.',
    )
  if (isDuplicate(book, asked, charge.transId))
    return unsuccessful('11', 'A duplicate transaction has been submitted.')
  return transactionAnswer(bookRefund(book, charge, { asked, amount }))
}

export function bookRefund(
  book: AuthnetBook,
  charge: BookedTransaction,
  { asked, amount }: { readonly asked: unknown; readonly amount: string },
): BookedTransaction {
  const refunded: BookedTransaction = {
    ...charge,
    transId: digits(11),
    transactionType: 'refundTransaction',
    status: 'refundPendingSettlement',
    authAmount: amount,
    settleAmount: amount,
    invoiceNumber: textOf(asked, 'order', 'invoiceNumber'),
    description: textOf(asked, 'order', 'description'),
    refTransId: charge.transId,
    networkTransId: null,
    submittedAt: new Date(),
    batchId: null,
  }
  book.transactions.set(refunded.transId, refunded)
  return refunded
}

/** The debit stays settled and names what took it back; that is a transaction of its own, in a later batch. */
export function bookReturn(
  book: AuthnetBook,
  debit: BookedTransaction,
  { code, settledAt }: { readonly code: string; readonly settledAt: Date },
): void {
  const transId = bookBeside(book, debit, { status: 'returnedItem', settledAt })
  debit.returned = { transId, code }
}

/** A transaction of its own about one that has settled, in a batch of its own. Its id. */
export function bookBeside(
  book: AuthnetBook,
  charge: BookedTransaction,
  given: Pick<BookedTransaction, 'status'> & { readonly settledAt: Date },
): string {
  const { status, settledAt } = given
  const transId = digits(11)
  const batchId = digits(8)
  book.batches.set(batchId, { batchId, settledAt })
  book.transactions.set(transId, {
    ...charge,
    transId,
    transactionType: 'refundTransaction',
    status,
    invoiceNumber: null,
    description: null,
    refTransId: charge.transId,
    networkTransId: null,
    submittedAt: settledAt,
    batchId,
    returned: null,
  })
  return transId
}

function cents(amount: string): number {
  return Math.round(Number(amount) * 100)
}
