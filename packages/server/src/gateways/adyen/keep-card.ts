import { randomUUID } from 'node:crypto'
import { Types } from '@adyen/api-library'
import type { CardDetails, Tokenization, TokenizeRequest } from '@perennial/core/payments'
import { readList, readText } from '../../platform/foreign/index.ts'
import { isRefusal, type AdyenApi } from './adyen-api.ts'
import { toRequestDecline } from './decline.ts'
import { formatAdyenToken, parseAdyenToken } from './token.ts'

const { StoredPaymentMethodRequest } = Types.checkout

/** A card is stored for a shopper; whoever comes without a name gets one of its own. */
export async function keepCard(
  api: AdyenApi,
  { instrument }: TokenizeRequest,
): Promise<Tokenization> {
  if (instrument.kind !== 'card')
    return { kind: 'refused', code: 'not_able', message: 'Only cards are kept here.' }
  const { card } = instrument
  const { merchantAccount } = api
  const shopperReference = `perennial-${randomUUID()}`
  const paymentMethod = {
    type: 'scheme',
    number: card.number,
    expiryMonth: String(card.expMonth).padStart(2, '0'),
    expiryYear: String(card.expYear),
    ...(card.securityCode === null ? {} : { cvc: card.securityCode }),
    ...(card.holderName === null ? {} : { holderName: card.holderName }),
  }
  try {
    const kept = await api.storedCards.storedPaymentMethods({
      merchantAccount,
      shopperReference,
      paymentMethod,
      recurringProcessingModel:
        StoredPaymentMethodRequest.RecurringProcessingModelEnum.Subscription,
    })
    const id = readText(kept, 'id')
    if (id === null) throw new Error('the gateway answered nonsense')
    const token = formatAdyenToken({
      merchantAccount,
      storedPaymentMethodId: id,
      shopperReference,
    })
    return { kind: 'tokenized', token, details: toCardDetails(kept) }
  } catch (error) {
    if (!isRefusal(error)) throw error
    const { message } = toRequestDecline(error)
    return { kind: 'refused', code: 'invalid_card', message }
  }
}

/** Null when the shopper has no such card. Throws for an answer that is none. */
export async function describeCard(api: AdyenApi, text: string): Promise<CardDetails | null> {
  const token = parseAdyenToken(text)
  if (token?.merchantAccount !== api.merchantAccount) return null
  const { shopperReference, merchantAccount, storedPaymentMethodId } = token
  const stored = await api.storedCards.getTokensForStoredPaymentDetails(
    shopperReference,
    merchantAccount,
  )
  const cards = readList(stored, 'storedPaymentMethods')
  if (cards === null) throw new Error('the gateway answered nonsense')
  const card = cards.find((one) => readText(one, 'id') === storedPaymentMethodId)
  return card === undefined ? null : toCardDetails(card)
}

const BRANDS: Readonly<Record<string, string>> = { mc: 'mastercard', cup: 'unionpay' }

function toCardDetails(card: unknown): CardDetails {
  const brand = readText(card, 'brand')
  return {
    type: 'card',
    brand: BRANDS[brand ?? ''] ?? brand,
    last4: readText(card, 'lastFour'),
    expMonth: wholeNumber(readText(card, 'expiryMonth')),
    expYear: yearOf(wholeNumber(readText(card, 'expiryYear'))),
    funding: null,
    country: null,
    // "Card alias" of the vendor: it stands for the number, whoever stores it.
    fingerprint: readText(card, 'alias'),
    bin: readText(card, 'cardBin'),
  }
}

/** The API reference says two digits, its examples have four. */
function yearOf(year: number | null): number | null {
  return year !== null && year < 100 ? 2000 + year : year
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,4}$/.test(text) ? Number.parseInt(text, 10) : null
}
