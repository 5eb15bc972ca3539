import type { DoubleAnswer } from '../json-server.ts'
import { randomName } from '../random-name.ts'
import type {
  BookedTransaction,
  BraintreeBook,
  MerchantAccount,
  TransactionStatus,
  VaultedMethod,
} from './braintree-book.ts'
import { fieldOf, textOf } from '../read-request.ts'
import { type AmountVerdict, textOfCode, verdictOfAmount } from './test-values.ts'
import { errorAnswer, transactionRecord, validationAnswer, xmlAnswer } from './wire.ts'

/** `POST /transactions` of type sale, with a vaulted method. */
export function takeSale(book: BraintreeBook, body: unknown): DoubleAnswer {
  const asked = fieldOf(body, 'transaction')
  const method = book.methods.get(textOf(asked, 'payment_method_token') ?? '')
  const amount = textOf(asked, 'amount')
  if (amount === null || !/^\d+(\.\d+)?$/.test(amount))
    return validationAnswer({
      code: '81502',
      attribute: 'amount',
      message: 'Amount is required.',
    })
  if (method === undefined)
    return validationAnswer({
      code: '91518',
      attribute: 'payment_method_token',
      message: 'Payment method token is invalid.',
    })
  if ((textOf(asked, 'customer_id') ?? method.customerId) !== method.customerId)
    return validationAnswer({
      code: '91516',
      attribute: 'payment_method_token',
      message: 'Cannot determine payment method.',
    })
  if (fieldOf(asked, 'external_vault') !== undefined)
    return validationAnswer({
      code: '915176',
      attribute: 'external_vault',
      message: 'Payment instrument cannot be used with an external vault.',
    })
  const account = accountOf(book, textOf(asked, 'merchant_account_id'))
  if (account === null)
    return validationAnswer({
      code: '91513',
      attribute: 'merchant_account_id',
      message: 'Merchant account ID is invalid.',
    })
  if (method.behaviour === 'loses the request') return { fault: 'hangs up' }
  const sale = bookSale(book, { asked, amount, method, account })
  if (method.behaviour === 'loses the answer') return { fault: 'hangs up' }
  return answerOf(sale)
}

/** The answer to a sale as its transaction stands: 201, or 422 for one that was refused. */
export function answerOf(sale: BookedTransaction): DoubleAnswer {
  const isRefused = REFUSED.has(sale.status)
  if (!isRefused) return xmlAnswer(201, 'transaction', transactionRecord(sale))
  const message =
    sale.status === 'gateway_rejected'
      ? `Gateway Rejected: ${sale.rejectionReason}`
      : (sale.processorText ?? 'Processor Declined')
  return errorAnswer('transaction', { message, transaction: sale })
}

const REFUSED: ReadonlySet<TransactionStatus> = new Set<TransactionStatus>([
  'processor_declined',
  'gateway_rejected',
  'failed',
])

function accountOf(book: BraintreeBook, id: string | null): MerchantAccount | null {
  const found = book.merchantAccounts.find((account) =>
    id === null ? account.isDefault : account.id === id,
  )
  return found ?? null
}

function bookSale(
  book: BraintreeBook,
  sale: {
    readonly asked: unknown
    readonly amount: string
    readonly method: VaultedMethod
    readonly account: MerchantAccount
  },
): BookedTransaction {
  const { asked, amount, method, account } = sale
  const orderId = textOf(asked, 'order_id')
  const verdict = isDuplicate(book, { amount, method, orderId })
    ? ({ kind: 'rejected', reason: 'duplicate' } as const)
    : verdictOf(method, amount)
  const isCaptured = fieldOf(asked, 'options', 'submit_for_settlement') === true
  const code = 'code' in verdict ? verdict.code : verdict.kind === 'approved' ? '1000' : null
  const transaction: BookedTransaction = {
    id: randomName(8),
    type: 'sale',
    status: statusOf(verdict, { isCaptured, isDebit: method.kind === 'us_bank_account' }),
    amount,
    currency: account.currency,
    merchantAccountId: account.id,
    orderId,
    method,
    processorCode: code,
    processorText: code === null ? null : textOfCode(code),
    rejectionReason: verdict.kind === 'rejected' ? verdict.reason : null,
    networkTransactionId: verdict.kind === 'approved' ? randomName(15, '0123456789') : null,
    refundedTransactionId: null,
    refundIds: [],
    source: textOf(asked, 'transaction_source'),
    createdAt: new Date(),
    settledAt: null,
  }
  book.transactions.set(transaction.id, transaction)
  return transaction
}

const DUPLICATE_MS = 30_000

/**
 * "Duplicate transaction checking": same method, amount and order within a span that the merchant sets. It and request
 * keys exclude each other.
 */
function isDuplicate(
  book: BraintreeBook,
  sale: Pick<BookedTransaction, 'amount' | 'method' | 'orderId'>,
): boolean {
  if (book.requestKeys === 'allowed' || sale.orderId === null) return false
  return [...book.transactions.values()].some(
    ({ amount, method, orderId, status, createdAt }) =>
      !REFUSED.has(status) &&
      amount === sale.amount &&
      method === sale.method &&
      orderId === sale.orderId &&
      Date.now() - createdAt.getTime() < DUPLICATE_MS,
  )
}

function verdictOf(method: VaultedMethod, amount: string): AmountVerdict {
  const code = /^declined (.+)$/.exec(method.behaviour)?.[1]
  return code === undefined ? verdictOfAmount(amount) : { kind: 'declined', code }
}

function statusOf(
  verdict: AmountVerdict,
  { isCaptured, isDebit }: { readonly isCaptured: boolean; readonly isDebit: boolean },
): TransactionStatus {
  if (verdict.kind === 'declined') return 'processor_declined'
  if (verdict.kind === 'failed') return 'failed'
  if (verdict.kind === 'rejected') return 'gateway_rejected'
  if (isDebit) return 'settlement_pending'
  return isCaptured ? 'submitted_for_settlement' : 'authorized'
}
