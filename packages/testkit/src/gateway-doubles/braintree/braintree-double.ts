import { type DoubleAnswer, type DoubleRequest, startJsonServer } from '../json-server.ts'
import { ACTS } from './act-on-transaction.ts'
import { answerDispute, keepDocument, openDispute } from './answer-dispute.ts'
import {
  type BookedDispute,
  type BookedTransaction,
  type BraintreeBook,
  openBraintreeBook,
  type VaultedMethod,
  vaultMethod,
} from './braintree-book.ts'
import { onceByRequestKey } from './once-by-request-key.ts'
import { createCustomer, findMethod } from './keep-method.ts'
import { searchIds, searchTransactions } from './search-transactions.ts'
import { takeSale } from './take-sale.ts'
import { notFound, transactionRecord, xmlAnswer } from './wire.ts'
import { XmlCollection } from './xml.ts'

export const BRAINTREE_KEYS = {
  merchantId: 'perennial_merchant',
  publicKey: 'public_key_of_the_double',
  privateKey: 'private_key_of_the_double',
} as const

export type BraintreeDouble = {
  readonly url: string
  /** What the double remembers, to be looked at and never changed. */
  transactions(): readonly BookedTransaction[]
  addMethod(wish: Partial<VaultedMethod> & Pick<VaultedMethod, 'number'>): VaultedMethod
  /** Its issuer has replaced the card, and Account Updater what the vault has of it. */
  renewCard(token: string, card: Pick<VaultedMethod, 'number' | 'expMonth' | 'expYear'>): void
  /** The gateway lets go of a hold that nobody captured. */
  expire(transactionId: string): void
  /** The day's batch is sent: what was submitted is settled. */
  settle(transactionId?: string): void
  /** The end of a bank debit. */
  endDebit(transactionId: string, end: 'settled' | 'settlement_declined'): void
  openDispute(transactionId: string): BookedDispute
  dispute(id: string): BookedDispute | undefined
  close(): Promise<void>
}

/**
 * Speaks the part of the Braintree gateway API that the adapter uses, in its XML dialect: sales with vaulted methods,
 * capture, void and refund by the documented rules, search, vault, merchant accounts, disputes. `requestKeys` says whether
 * the account has at-most-once processing.
 */
export async function startBraintreeDouble(
  requestKeys: BraintreeBook['requestKeys'] = 'allowed',
): Promise<BraintreeDouble> {
  const book = openBraintreeBook(requestKeys)
  const server = await startJsonServer((request) => answer(book, request))
  const transactionOf = (id: string): BookedTransaction => {
    const transaction = book.transactions.get(id)
    if (transaction === undefined) throw new Error(`there is no transaction ${id}`)
    return transaction
  }
  return {
    url: server.url,
    transactions: () => [...book.transactions.values()],
    addMethod: (wish) => vaultMethod(book, wish),
    renewCard: (token, card) => {
      const method = book.methods.get(token)
      if (method === undefined) throw new Error(`there is no method ${token}`)
      book.methods.set(token, { ...method, ...card })
    },
    expire: (id) => {
      transactionOf(id).status = 'authorization_expired'
    },
    settle: (id) => {
      const chosen = id === undefined ? [...book.transactions.values()] : [transactionOf(id)]
      for (const transaction of chosen) settleOne(transaction)
    },
    endDebit: (id, end) => {
      const transaction = transactionOf(id)
      transaction.status = end
      if (end === 'settled') transaction.settledAt = new Date()
    },
    openDispute: (id) => openDispute(book, transactionOf(id).id),
    dispute: (id) => book.disputes.get(id),
    close: () => server.close(),
  }
}

function settleOne(transaction: BookedTransaction): void {
  if (transaction.status !== 'submitted_for_settlement') return
  transaction.status = 'settled'
  transaction.settledAt = new Date()
}

function answer(book: BraintreeBook, request: DoubleRequest): DoubleAnswer {
  const { publicKey, privateKey, merchantId } = BRAINTREE_KEYS
  const basic = Buffer.from(`${publicKey}:${privateKey}`).toString('base64')
  if (request.headers['authorization'] !== `Basic ${basic}`) return { status: 401, body: ' ' }
  const root = `/merchants/${merchantId}/`
  if (!request.path.startsWith(root)) return { status: 403, body: ' ' }
  const [area = '', id = '', verb = '', evidenceId = ''] = request.path
    .slice(root.length)
    .split('/')
  const call = `${request.method} ${area}`
  if (call === 'POST transactions' && id === '')
    return onceByRequestKey(book, request, () => takeSale(book, request.json))
  if (area === 'transactions') return onTransaction(book, request, { id, verb })
  if (call === 'POST customers') return createCustomer(book, request.json)
  if (call === 'GET payment_methods') return findMethod(book, verb)
  if (call === 'GET merchant_accounts') return listMerchantAccounts(book)
  if (call === 'POST document_uploads') return keepDocument(book, request.text)
  if (area === 'disputes')
    return answerDispute(book, { method: request.method, id, verb, evidenceId, body: request.json })
  return notFound()
}

function onTransaction(
  book: BraintreeBook,
  request: DoubleRequest,
  { id, verb }: { readonly id: string; readonly verb: string },
): DoubleAnswer {
  if (id === 'advanced_search_ids') return searchIds(book, request.json)
  if (id === 'advanced_search') return searchTransactions(book, request.json)
  const transaction = book.transactions.get(id)
  if (transaction === undefined) return notFound()
  if (request.method === 'GET') return xmlAnswer(200, 'transaction', transactionRecord(transaction))
  const act = ACTS[`${request.method} ${verb}`]
  if (act === undefined) return notFound()
  return onceByRequestKey(book, request, () => act(book, transaction, request.json))
}

function listMerchantAccounts(book: BraintreeBook): DoubleAnswer {
  const accounts = book.merchantAccounts.map(({ id, currency, isDefault }) => ({
    id,
    currency_iso_code: currency,
    status: 'active',
    default: isDefault,
  }))
  return xmlAnswer(
    200,
    'merchant_accounts',
    new XmlCollection('merchant_account', accounts, { page: 50, total: accounts.length }),
  )
}
