import { createHash } from 'node:crypto'
import type { DoubleAnswer, DoubleRequest } from '../json-server.ts'
import { addCard, type PaymentBook, type StoredCard } from './payment-book.ts'
import { problem } from './payment-answer.ts'

type StoreRequest = {
  readonly shopperReference?: string
  readonly recurringProcessingModel?: string
  readonly paymentMethod?: {
    readonly type?: string
    readonly number?: string
    readonly expiryMonth?: string
    readonly expiryYear?: string
    readonly holderName?: string
  }
}

/** Documented test numbers; every other is refused, as the vendor's test environment refuses real ones. */
const NUMBERS: Readonly<Record<string, string>> = {
  '4111111111111111': 'visa',
  '5555444433331111': 'mc',
  '2223000048410010': 'mc',
  '370000000000002': 'amex',
  '4917610000000000': 'visa',
  '4212345678901237': 'visa',
}

/** `POST /storedPaymentMethods` and `GET /storedPaymentMethods?shopperReference=`. */
export function storedPaymentMethods(book: PaymentBook, request: DoubleRequest): DoubleAnswer {
  if (request.method === 'POST') return store(book, request.json)
  const shopperReference = request.query.get('shopperReference')
  const merchantAccount = request.query.get('merchantAccount')
  const cards = [...book.cards.values()].filter(
    (card) => card.shopperReference === shopperReference,
  )
  const stored = { merchantAccount, shopperReference, storedPaymentMethods: cards.map(toBody) }
  return { status: 200, body: stored }
}

function store(book: PaymentBook, json: unknown): DoubleAnswer {
  const { shopperReference, recurringProcessingModel, paymentMethod } = (json ?? {}) as StoreRequest
  const number = paymentMethod?.number ?? ''
  if (shopperReference === undefined || shopperReference.length < 3)
    return problem(422, '14_0416', 'shopperReference is not valid')
  if (recurringProcessingModel === undefined)
    return problem(422, '14_0407', 'recurringProcessingModel is required')
  if (NUMBERS[number] === undefined) return problem(422, '101', 'Invalid card number')
  const card = addCard(book, {
    shopperReference,
    number,
    expiryMonth: paymentMethod?.expiryMonth ?? '',
    expiryYear: paymentMethod?.expiryYear ?? '',
    holderName: paymentMethod?.holderName ?? '',
  })
  return { status: 201, body: toBody(card) }
}

/** A letter and fifteen digits that are not the number's. */
function aliasOf(number: string): string {
  const digest = createHash('sha256').update(number).digest()
  return `H${String(digest.readBigUInt64BE() % 10n ** 15n).padStart(15, '0')}`
}

function toBody(card: StoredCard) {
  return {
    id: card.id,
    type: 'scheme',
    // The same number has the same alias, whoever stores it.
    alias: aliasOf(card.number),
    aliasType: 'Default',
    brand: NUMBERS[card.number] ?? 'visa',
    cardBin: card.number.slice(0, 6),
    lastFour: card.number.slice(-4),
    expiryMonth: card.expiryMonth,
    expiryYear: card.expiryYear,
    holderName: card.holderName,
    shopperReference: card.shopperReference,
    supportedRecurringProcessingModels: ['CardOnFile', 'Subscription', 'UnscheduledCardOnFile'],
  }
}
