import { type DoubleAnswer, type DoubleRequest, startJsonServer } from '../json-server.ts'
import { fieldOf, textOf } from '../read-request.ts'
import {
  type AuthnetBook,
  type BookedTransaction,
  digits,
  keepProfile,
  openAuthnetBook,
  type PaymentProfile,
} from './authnet-book.ts'
import { misplacedField } from './field-order.ts'
import {
  bookRefund,
  bookBeside,
  bookReturn,
  callOff,
  followTransaction,
} from './follow-transaction.ts'
import { createCustomer, showPaymentProfile } from './keep-customer.ts'
import {
  listBatches,
  listOfBatch,
  listOfCustomer,
  listUnsettled,
  showTransaction,
} from './list-transactions.ts'
import { takeTransaction } from './take-transaction.ts'
import { ok, refused } from './wire.ts'

export const AUTHNET_KEYS = {
  apiLoginId: 'login_double',
  transactionKey: 'transactionkey01',
  signatureKey: 'A1B2C3D4E5F60718'.repeat(8),
} as const

export type AuthnetDouble = {
  /** Of the server; requests go to `/xml/v1/request.api`. */
  readonly url: string
  /** What the double remembers, to be looked at and never changed. */
  transactions(): readonly BookedTransaction[]
  addProfile(wish: Partial<PaymentProfile> & Pick<PaymentProfile, 'number'>): PaymentProfile
  /** A refund that somebody made in the merchant interface. */
  addRefund(transId: string, amount: string): BookedTransaction
  /** Somebody voids a charge in the merchant interface. */
  callOff(transId: string): void
  /** Its issuer has replaced the card, and Account Updater what the profile has of it. */
  renewCard(profile: PaymentProfile, card: Pick<PaymentProfile, 'number' | 'expirationDate'>): void
  /** The gateway lets go of a hold that nobody captured. */
  expire(transId: string): void
  /** The day's batch is settled: now, or on a day of a test clock. */
  settle(settledAt?: Date): void
  /** A bank takes a settled debit back, in a batch of its own: now, or on a day of a test clock. */
  returnDebit(transId: string, returnCode: string, settledAt?: Date): void
  /** An issuer takes a settled charge back, or gives it again, in a batch of its own. */
  dispute(transId: string, status: 'chargeback' | 'chargebackReversal', settledAt: Date): void
  close(): Promise<void>
}

/**
 * Speaks the part of the Authorize.net API that the adapter uses, in JSON: charges of customer profiles, capture, void and
 * refund by the documented rules, duplicate windows, lists of what is unsettled and settled, customer profiles. Fields
 * out of the schema's order are refused, as there.
 */
export async function startAuthnetDouble(): Promise<AuthnetDouble> {
  const book = openAuthnetBook()
  const server = await startJsonServer((request) => answer(book, request))
  const transactionOf = (id: string): BookedTransaction => {
    const transaction = book.transactions.get(id)
    if (transaction === undefined) throw new Error(`there is no transaction ${id}`)
    return transaction
  }
  return {
    url: server.url,
    transactions: () => [...book.transactions.values()],
    addProfile: (wish) => keepProfile(book, wish),
    addRefund: (id, amount) => bookRefund(book, transactionOf(id), { asked: {}, amount }),
    callOff: (id) => void callOff(transactionOf(id)),
    renewCard: (profile, card) => keepProfile(book, { ...profile, ...card }),
    expire: (id) => {
      transactionOf(id).status = 'expired'
    },
    settle: (settledAt = new Date()) => settleBatch(book, settledAt),
    returnDebit: (id, code, settledAt = new Date()) =>
      bookReturn(book, transactionOf(id), { code, settledAt }),
    dispute: (id, status, settledAt) =>
      void bookBeside(book, transactionOf(id), { status, settledAt }),
    close: () => server.close(),
  }
}

function settleBatch(book: AuthnetBook, settledAt: Date): void {
  const batch = { batchId: digits(8), settledAt }
  const pending = [...book.transactions.values()].filter(({ status }) =>
    ['capturedPendingSettlement', 'refundPendingSettlement'].includes(status),
  )
  if (pending.length === 0) return
  book.batches.set(batch.batchId, batch)
  for (const transaction of pending) {
    const isRefund = transaction.status === 'refundPendingSettlement'
    transaction.status = isRefund ? 'refundSettledSuccessfully' : 'settledSuccessfully'
    transaction.batchId = batch.batchId
  }
}

type Handler = (book: AuthnetBook, asked: unknown) => DoubleAnswer

const HANDLERS: Readonly<Record<string, Handler>> = {
  createTransactionRequest: createTransaction,
  getTransactionDetailsRequest: showTransaction,
  getUnsettledTransactionListRequest: listUnsettled,
  getTransactionListForCustomerRequest: listOfCustomer,
  getTransactionListRequest: listOfBatch,
  getSettledBatchListRequest: listBatches,
  createCustomerProfileRequest: createCustomer,
  getCustomerPaymentProfileRequest: showPaymentProfile,
  getMerchantDetailsRequest: () =>
    ok({
      isTestMode: false,
      merchantName: 'Perennial Double',
      gatewayId: '1',
      currencies: ['USD'],
    }),
}

function answer(book: AuthnetBook, request: DoubleRequest): DoubleAnswer {
  if (request.method !== 'POST' || request.path !== '/xml/v1/request.api') return { status: 404 }
  const [name = ''] = Object.keys(fieldOf(request, 'json') ?? {})
  const asked = fieldOf(request.json, name)
  const { apiLoginId, transactionKey } = AUTHNET_KEYS
  const isKnown =
    textOf(asked, 'merchantAuthentication', 'name') === apiLoginId &&
    textOf(asked, 'merchantAuthentication', 'transactionKey') === transactionKey
  const handler = HANDLERS[name]
  if (handler === undefined) return refused('E00003', 'The request is not valid.')
  if (!isKnown)
    return refused('E00007', 'User authentication failed due to invalid authentication values.')
  return handler(book, asked)
}

function createTransaction(book: AuthnetBook, request: unknown): DoubleAnswer {
  const asked = fieldOf(request, 'transactionRequest')
  const misplaced = misplacedField(asked)
  if (misplaced !== null)
    return refused(
      'E00003',
      `The element '${misplaced}' has an invalid place in transactionRequest.`,
    )
  const invoice = textOf(asked, 'order', 'invoiceNumber') ?? ''
  if (invoice.length > INVOICE_MAX || (textOf(request, 'refId') ?? '').length > INVOICE_MAX)
    return refused('E00003', 'The actual length is greater than the MaxLength value.')
  const type = textOf(asked, 'transactionType')
  const isNew = type === 'authCaptureTransaction' || type === 'authOnlyTransaction'
  return isNew ? takeTransaction(book, asked) : followTransaction(book, asked)
}

const INVOICE_MAX = 20
