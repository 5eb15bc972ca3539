import type { CardDetails, Tokenization, TokenizeRequest } from '@perennial/core/payments'
import { readNumber, readText } from '../../platform/foreign/index.ts'
import { type HttpAnswer } from '../http/index.ts'
import type { CheckoutApi } from './checkout-api.ts'
import { toRequestDecline } from './decline.ts'

/** A card becomes a token of the public key, and that an instrument, which stays. */
export async function keepCard(
  api: CheckoutApi,
  { instrument }: TokenizeRequest,
): Promise<Tokenization> {
  if (instrument.kind !== 'card')
    return { kind: 'refused', code: 'not_able', message: 'Only cards are kept here.' }
  const { card } = instrument
  const answer = await api.tokenize({
    type: 'card',
    number: card.number,
    expiry_month: card.expMonth,
    expiry_year: card.expYear,
    ...(card.securityCode === null ? {} : { cvv: card.securityCode }),
    ...(card.holderName === null ? {} : { name: card.holderName }),
  })
  const token = answer.status === 201 ? readText(answer.body, 'token') : null
  if (token === null) return refused(answer)
  const kept = await api.post('/instruments', { type: 'token', token })
  const id = kept.status === 201 ? readText(kept.body, 'id') : null
  return id === null
    ? refused(kept)
    : { kind: 'tokenized', token: id, details: toCardDetails(kept.body) }
}

function refused(answer: HttpAnswer): Tokenization {
  if (answer.status < 400 || answer.status >= 500)
    throw new Error(`the gateway answered ${answer.status}`)
  const { message } = toRequestDecline(answer)
  return { kind: 'refused', code: 'invalid_card', message }
}

/** Null when the gateway does not know the instrument. Throws for an answer that is none. */
export async function describeCard(api: CheckoutApi, token: string): Promise<CardDetails | null> {
  const { status, body } = await api.get(`/instruments/${encodeURIComponent(token)}`)
  if (status === 404 || status === 422) return null
  if (status !== 200 || readText(body, 'id') === null)
    throw new Error(`the gateway answered ${status}`)
  return toCardDetails(body)
}

const BRANDS: Readonly<Record<string, string>> = {
  visa: 'visa',
  mastercard: 'mastercard',
  'american express': 'amex',
  amex: 'amex',
  discover: 'discover',
  jcb: 'jcb',
  'diners club international': 'diners',
}

function toCardDetails(instrument: unknown): CardDetails {
  const scheme = readText(instrument, 'scheme')?.toLowerCase() ?? ''
  return {
    type: 'card',
    brand: BRANDS[scheme] ?? (scheme === '' ? null : scheme),
    last4: readText(instrument, 'last4'),
    expMonth: readNumber(instrument, 'expiry_month'),
    expYear: readNumber(instrument, 'expiry_year'),
    funding: readText(instrument, 'card_type')?.toLowerCase() ?? null,
    country: readText(instrument, 'issuer_country'),
    fingerprint: readText(instrument, 'fingerprint'),
    bin: readText(instrument, 'bin'),
  }
}
