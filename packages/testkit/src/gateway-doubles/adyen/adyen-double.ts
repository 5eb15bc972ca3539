import { startJsonServer, type DoubleAnswer, type DoubleRequest } from '../json-server.ts'
import { answerDispute, openDispute } from './answer-dispute.ts'
import { showIssuer, submitDetails } from './challenge-shopper.ts'
import { modifyPayment, type ModificationVerb } from './modify-payment.ts'
import {
  addCard,
  openPaymentBook,
  type Dispute,
  type Modification,
  type Payment,
  type PaymentBook,
  type StoredCard,
} from './payment-book.ts'
import { storedPaymentMethods } from './stored-cards.ts'
import { answerOf, problem } from './payment-answer.ts'
import { takePayment } from './take-payment.ts'

export const ADYEN_KEYS = {
  apiKey: 'AQEyhmfxK-an-api-key-of-the-double',
  merchantAccount: 'PerennialECOM',
  hmacKey: '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056',
  tokenHmacKey: '7A1F0D3C5B6E8294A0C1D2E3F40516273849506A7B8C9DAEBFC0D1E2F3041526',
} as const

export type AdyenDouble = {
  readonly url: string
  /** What the double remembers, to be looked at and never changed. */
  payments(): readonly Payment[]
  modifications(): readonly Modification[]
  addCard(wish?: Partial<StoredCard>): StoredCard
  /** Its issuer has replaced the card, and the account updater the number and end behind the token. */
  renewCard(id: string, card: Pick<StoredCard, 'number' | 'expiryMonth' | 'expiryYear'>): void
  /** The merchant, or somebody else, has disabled the token. */
  dropCard(id: string): void
  /** A shopper who has passed their challenge did not come back; the payment is made all the same. */
  settleChallenge(redirectResult: string): Payment
  /** The gateway lets go of a hold that nobody captured. */
  expire(pspReference: string): Payment
  openDispute(pspReference: string): Dispute
  /** The next capture, refund or reversal is received, and fails. */
  failNextModification(): void
  /** The bank gives the last refund of a payment back, days after it had gone well. */
  bounceRefund(pspReference: string): void
  /** The next request that changes something is carried out, and its answer is lost. */
  loseNextAnswer(): void
  close(): Promise<void>
}

/**
 * Speaks the part of Adyen's Checkout API (any version) and Disputes API that the adapter uses. Modifications are
 * answered `received`; refusals follow the documented holder names; an idempotency key gives the first answer again.
 */
export async function startAdyenDouble(): Promise<AdyenDouble> {
  const book = openPaymentBook()
  const line = { losesNext: false }
  const address = { url: '' }
  const server = await startJsonServer((request) => {
    if (request.path.startsWith('/checkoutshopper/')) return showIssuer(book, request)
    const given = answerOnce(book, request, address.url)
    if (!line.losesNext || request.method !== 'POST') return given
    line.losesNext = false
    return { fault: 'hangs up' }
  })
  address.url = server.url
  const paymentOf = (pspReference: string): Payment => {
    const payment = book.payments.get(pspReference)
    if (payment === undefined) throw new Error(`there is no payment ${pspReference}`)
    return payment
  }
  return {
    url: server.url,
    payments: () => [...book.payments.values()],
    modifications: () => book.modifications,
    addCard: (wish = {}) => addCard(book, { number: '4111111111111111', ...wish }),
    renewCard: (id, renewed) => {
      const card = book.cards.get(id)
      if (card === undefined) throw new Error(`there is no card ${id}`)
      book.cards.set(id, { ...card, ...renewed })
    },
    settleChallenge: (redirectResult) => {
      submitDetails(book, { details: { redirectResult } })
      return [...book.payments.values()].at(-1) ?? paymentOf('that was challenged')
    },
    dropCard: (id) => {
      book.cards.delete(id)
    },
    expire: (pspReference) => {
      const payment = paymentOf(pspReference)
      payment.canceled = true
      return payment
    },
    openDispute: (pspReference) => openDispute(book, paymentOf(pspReference)),
    bounceRefund: (pspReference) => {
      book.payments.get(pspReference)?.refunds.pop()
    },
    failNextModification: () => {
      book.failsNext = true
    },
    loseNextAnswer: () => {
      line.losesNext = true
    },
    close: () => server.close(),
  }
}

function answerOnce(book: PaymentBook, request: DoubleRequest, baseUrl: string): DoubleAnswer {
  const key = request.headers['idempotency-key']
  if (key === undefined || request.method !== 'POST') return answer(book, request, baseUrl)
  if (key.length > 64) return problem(422, '703', 'Idempotency key is too long')
  const name = `${request.path} ${key}`
  const before = book.answers.get(name)
  if (before !== undefined) return before
  const known = book.payments.size
  const given = answer(book, request, baseUrl)
  if ('status' in given) book.answers.set(name, { status: given.status, body: given.body })
  const made = [...book.payments.values()].at(-1)
  if (book.payments.size > known && made !== undefined && made.card.fault !== null) {
    const found = answerOf(made)
    if ('status' in found) book.answers.set(name, { status: found.status, body: found.body })
  }
  return given
}

const VERBS: readonly string[] = ['captures', 'refunds', 'reversals', 'cancels']
const isVerb = (verb: string): verb is ModificationVerb => VERBS.includes(verb)

function answer(book: PaymentBook, request: DoubleRequest, baseUrl: string): DoubleAnswer {
  if (request.headers['x-api-key'] !== ADYEN_KEYS.apiKey)
    return problem(401, '000', 'HTTP Status Response - Unauthorized', 'security')
  const dispute = /\/DisputeService\/v\d+\/(\w+)$/.exec(request.path)?.[1]
  if (dispute !== undefined) return answerDispute(book, dispute, request.json)
  const [, path = ''] = /\/v\d+\/(.*)$/.exec(request.path) ?? []
  const [root = '', id = '', verb = ''] = path.split('/')
  // What is brought back names its payment, and so whose it is.
  if (root === 'payments' && id === 'details') return submitDetails(book, request.json)
  const account = merchantOf(request)
  if (account !== ADYEN_KEYS.merchantAccount)
    return problem(403, '901', 'Invalid Merchant Account', 'security')
  if (root === 'storedPaymentMethods') return storedPaymentMethods(book, request)
  if (request.method !== 'POST') return { status: 404 }
  if (root === 'paymentMethods')
    return { status: 200, body: { paymentMethods: [{ name: 'Cards', type: 'scheme' }] } }
  if (root === 'payments' && id === '') return takePayment(book, request.json, baseUrl)
  if (root === 'payments' && isVerb(verb)) return modifyPayment(book, { id, verb }, request.json)
  return { status: 404 }
}

function merchantOf({ method, query, json }: DoubleRequest): string | null {
  if (method === 'GET') return query.get('merchantAccount')
  return ((json ?? {}) as { readonly merchantAccount?: string }).merchantAccount ?? null
}
