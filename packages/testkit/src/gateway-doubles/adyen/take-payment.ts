import { faultyAnswer } from '../charge-fault.ts'
import type { DoubleAnswer } from '../json-server.ts'
import { randomName } from '../random-name.ts'
import { challengeMethodOf, challengeShopper } from './challenge-shopper.ts'
import { answerOf, problem } from './payment-answer.ts'
import { newPspReference, type Amount, type Payment, type PaymentBook } from './payment-book.ts'
import { findRefusal } from './test-holders.ts'

type PaymentRequest = {
  readonly merchantAccount?: string
  readonly amount?: Partial<Amount>
  readonly reference?: string
  readonly returnUrl?: string
  readonly shopperReference?: string
  readonly shopperInteraction?: string
  readonly recurringProcessingModel?: string
  readonly paymentMethod?: { readonly type?: string; readonly storedPaymentMethodId?: string }
  readonly additionalData?: {
    readonly manualCapture?: string
    readonly networkTxReference?: string
  }
}

/** `POST /payments` with a stored card. A refusal is a payment as well, with its reason. */
export function takePayment(book: PaymentBook, json: unknown, baseUrl: string): DoubleAnswer {
  const request = (json ?? {}) as PaymentRequest
  const { amount, reference, paymentMethod } = request
  if (reference === undefined)
    return problem(422, '130', "Required field 'reference' is not provided.")
  const { returnUrl } = request
  if (returnUrl === undefined)
    return problem(422, '14_004', "Required field 'returnUrl' is not provided.")
  if (amount?.value === undefined || !Number.isInteger(amount.value) || amount.value < 0)
    return problem(422, '137', 'Invalid amount specified')
  if (amount.currency === undefined || !/^[A-Z]{3}$/.test(amount.currency))
    return problem(422, '138', 'Unsupported currency specified')
  const card = book.cards.get(paymentMethod?.storedPaymentMethodId ?? '')
  if (paymentMethod?.type !== 'scheme' || card?.shopperReference !== request.shopperReference)
    return problem(422, '803', 'PaymentDetail not found')
  if (card === undefined) return problem(422, '803', 'PaymentDetail not found')
  if (card.fault === 'lost request') return { fault: 'hangs up' }

  const refusal = findRefusal(card.holderName)
  const isHeld = request.additionalData?.manualCapture === 'true'
  const payment: Payment = {
    pspReference: newPspReference(),
    merchantReference: reference,
    amount: { value: amount.value, currency: amount.currency },
    resultCode: refusal?.resultCode ?? 'Authorised',
    networkTxReference: randomName(15, '0123456789'),
    sentNetworkTxReference: request.additionalData?.networkTxReference ?? null,
    shopperInteraction: request.shopperInteraction ?? 'Ecommerce',
    recurringProcessingModel: request.recurringProcessingModel ?? '',
    card,
    madeAt: new Date().toISOString(),
    captured: refusal === null && !isHeld ? amount.value : 0,
    refunds: [],
    canceled: false,
  }
  const method = isShopperThere(request) ? challengeMethodOf(card.number) : null
  if (method !== null) return challengeShopper(book, { payment, returnUrl, method, baseUrl })
  book.payments.set(payment.pspReference, payment)
  return card.fault === null ? answerOf(payment) : faultyAnswer(card.fault)
}

/** Who charges a subscription alone has nobody to ask. */
function isShopperThere({ shopperInteraction, recurringProcessingModel }: PaymentRequest): boolean {
  return shopperInteraction === 'Ecommerce' || recurringProcessingModel === 'CardOnFile'
}
