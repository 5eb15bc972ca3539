import type { ChargeFault } from '../charge-fault.ts'
import { startJsonServer, type DoubleAnswer, type DoubleRequest } from '../json-server.ts'
import { actOnPayment, setFate } from './act-on-payment.ts'
import { answerDispute, keepFile, openDispute } from './answer-dispute.ts'
import { addInstrument, keepInstrument, tokenizeCard } from './keep-instrument.ts'
import { openPaymentBook, type Instrument, type Payment, type PaymentBook } from './payment-book.ts'
import { answerChallenge, takePayment } from './take-payment.ts'
import { actionBody, instrumentBody, paymentBody } from './wire.ts'

export const CHECKOUT_KEYS = {
  secretKey: 'sk_sbox_abcdefghijklmnopqrstuvwxyz2',
  publicKey: 'pk_sbox_abcdefghijklmnopqrstuvwxyz2',
  processingChannelId: 'pc_abcdefghijklmnopqrstuvwxyz',
  signatureKey: 'a-signature-key-of-the-double',
  /** Another key of the same account, and one of another account, in which nothing was ever made. */
  nextSecretKey: 'sk_sbox_abcdefghijklmnopqrstuvwxyz3',
  foreignSecretKey: 'sk_sbox_zyxwvutsrqponmlkjihgfedcba2',
} as const

export type CheckoutDouble = {
  readonly url: string
  /** What the double remembers, to be looked at and never changed. */
  payments(): readonly Payment[]
  /** A kept card, as `src_…`. */
  addCard(number: string, fault?: ChargeFault): string
  /** Its issuer has replaced the card, and the account updater what the vault has of it. */
  renewCard(id: string, card: Pick<Instrument, 'expiryMonth' | 'expiryYear'>): void
  /** The gateway lets go of a hold that nobody captured. */
  expire(paymentId: string): void
  /** What becomes of captures and voids of a payment from now on, and of the one that is not decided. */
  setFate(paymentId: string, fate: Payment['fate']): void
  answerChallenge(paymentId: string, answer: 'passed' | 'failed'): void
  openDispute(paymentId: string): string
  disputeStatus(disputeId: string): string | undefined
  /** What was handed over last. */
  disputeEvidence(disputeId: string): unknown
  /** As if the time for which keys are kept had passed. */
  forgetKeys(): void
  close(): Promise<void>
}

/**
 * Speaks the part of the Checkout.com API that the adapter uses: tokens, instruments, payments and what is done with
 * them, disputes. Idempotency keys keep answers of 2xx; amounts of three decimals end in 0; refusals follow the
 * documented test cards.
 */
export async function startCheckoutDouble(): Promise<CheckoutDouble> {
  const book = openPaymentBook()
  const at = { url: '' }
  const foreign = openPaymentBook()
  const server = await startJsonServer((request) => {
    const isForeign = isAuthorized(request, CHECKOUT_KEYS.foreignSecretKey)
    return answerOnce(isForeign ? foreign : book, at.url, request)
  })
  at.url = server.url
  const paymentOf = (id: string): Payment => {
    const payment = book.payments.get(id)
    if (payment === undefined) throw new Error(`there is no payment ${id}`)
    return payment
  }
  return {
    url: server.url,
    payments: () => [...book.payments.values()],
    addCard: (number, fault) =>
      addInstrument(book, { number, ...(fault === undefined ? {} : { fault }) }).id,
    renewCard: (id, card) => {
      const instrument = book.instruments.get(id)
      if (instrument === undefined) throw new Error(`there is no instrument ${id}`)
      book.instruments.set(id, { ...instrument, ...card })
    },
    expire: (id) => {
      paymentOf(id).status = 'Expired'
    },
    setFate: (id, fate) => setFate(paymentOf(id), fate),
    answerChallenge: (id, answer) => answerChallenge(paymentOf(id), answer),
    openDispute: (id) => openDispute(book, paymentOf(id)),
    disputeStatus: (id) => book.disputes.get(id)?.status,
    disputeEvidence: (id) => book.disputes.get(id)?.evidence,
    forgetKeys: () => book.answers.clear(),
    close: () => server.close(),
  }
}

/** The answer that was given under the same key before, unless that one was a refusal. */
function answerOnce(book: PaymentBook, url: string, request: DoubleRequest): DoubleAnswer {
  const key = request.headers['cko-idempotency-key']
  if (key === undefined || request.method !== 'POST') return answer(book, url, request)
  const before = book.answers.get(`${request.path} ${key}`)
  if (before !== undefined) return before
  const payments = book.payments.size
  const given = answer(book, url, request)
  if ('status' in given && given.status < 300)
    book.answers.set(`${request.path} ${key}`, { status: given.status, body: given.body })
  const made = [...book.payments.values()].at(-1)
  if (book.payments.size > payments && made !== undefined && made.instrument.fault !== null)
    book.answers.set(`${request.path} ${key}`, { status: 201, body: paymentBody(made, url) })
  return given
}

function answer(book: PaymentBook, url: string, request: DoubleRequest): DoubleAnswer {
  const { method, path } = request
  const [root = '', id = '', verb = ''] = path.slice(1).split('/')
  const { publicKey, secretKey, nextSecretKey, foreignSecretKey } = CHECKOUT_KEYS
  const keys = root === 'tokens' ? [publicKey] : [secretKey, nextSecretKey, foreignSecretKey]
  if (!keys.some((key) => isAuthorized(request, key))) return { status: 401 }
  if (method === 'POST' && path === '/tokens') return tokenizeCard(book, request.json)
  if (root === 'instruments') return onInstruments(book, request, id)
  if (method === 'POST' && path === '/files') return keepFile(book, request)
  if (root === 'disputes') return answerDispute(book, request)
  if (root !== 'payments') return { status: 404 }
  if (id === '')
    return method === 'POST'
      ? takePayment(book, url, request.json)
      : listPayments(book, url, request)
  const payment = book.payments.get(id)
  if (payment === undefined) return { status: 404 }
  if (method === 'GET')
    return verb === 'actions'
      ? { status: 200, body: payment.actions.map(actionBody) }
      : { status: 200, body: paymentBody(payment, url) }
  if (verb === 'captures' || verb === 'refunds' || verb === 'voids')
    return actOnPayment(payment, verb, request.json)
  return { status: 404 }
}

function onInstruments(book: PaymentBook, request: DoubleRequest, id: string): DoubleAnswer {
  if (request.method === 'POST') return keepInstrument(book, request.json)
  const instrument = book.instruments.get(id)
  return instrument === undefined
    ? { status: 404 }
    : { status: 200, body: instrumentBody(instrument) }
}

/** `GET /payments?reference=`, latest first. */
function listPayments(book: PaymentBook, url: string, { query }: DoubleRequest): DoubleAnswer {
  const reference = query.get('reference')
  if (reference === null) return { status: 422, body: { error_codes: ['reference_required'] } }
  const limit = Number(query.get('limit') ?? 10)
  const skip = Number(query.get('skip') ?? 0)
  const found = [...book.payments.values()].filter((payment) => payment.reference === reference)
  const page = found.toReversed().slice(skip, skip + limit)
  const data = page.map((payment) => paymentBody(payment, url))
  return { status: 200, body: { limit, skip, total_count: found.length, data } }
}

/** The SDK sends the key as it is, other clients behind `Bearer`; both are documented. */
function isAuthorized({ headers }: DoubleRequest, key: string): boolean {
  return headers['authorization']?.replace(/^Bearer /, '') === key
}
