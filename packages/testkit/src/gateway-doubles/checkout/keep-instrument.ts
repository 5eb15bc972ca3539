import type { ChargeFault } from '../charge-fault.ts'
import type { DoubleAnswer } from '../json-server.ts'
import { randomName } from '../random-name.ts'
import type { Instrument, PaymentBook } from './payment-book.ts'
import { findTestCard } from './test-cards.ts'
import { instrumentBody, invalid } from './wire.ts'

type TokenRequest = {
  readonly type?: string
  readonly number?: string
  readonly expiry_month?: number
  readonly expiry_year?: number
}

/** `POST /tokens`, with the public key: a card becomes a name for a quarter of an hour. */
export function tokenizeCard(book: PaymentBook, json: unknown): DoubleAnswer {
  const request = (json ?? {}) as TokenRequest
  const card = findTestCard(request.number ?? '')
  if (request.type !== 'card' || card === null) return invalid('card_number_invalid')
  const { expiry_month: expiryMonth, expiry_year: expiryYear } = request
  if (expiryMonth === undefined || expiryMonth < 1 || expiryMonth > 12)
    return invalid('card_expiry_month_invalid')
  if (expiryYear === undefined || expiryYear < 2020) return invalid('card_expiry_year_invalid')
  const token = `tok_${randomName(26)}`
  book.cardTokens.set(token, { card, expiryMonth, expiryYear })
  const kept = { id: '', card, expiryMonth, expiryYear, fault: null }
  const { id: _, fingerprint: __, type, ...details } = instrumentBody(kept)
  return { status: 201, body: { type, token, expires_on: '2099-01-01T00:00:00Z', ...details } }
}

/** `POST /instruments`, with the secret key: the name becomes one that stays. */
export function keepInstrument(book: PaymentBook, json: unknown): DoubleAnswer {
  const { type, token = '' } = (json ?? {}) as { readonly type?: string; readonly token?: string }
  const card = book.cardTokens.get(token)
  if (type !== 'token' || card === undefined) return invalid('token_invalid')
  book.cardTokens.delete(token)
  const instrument = { ...card, id: `src_${randomName(26)}`, fault: null }
  book.instruments.set(instrument.id, instrument)
  return { status: 201, body: instrumentBody(instrument) }
}

/** A kept card without the two steps, perhaps with a line that is cut when it is charged. */
export function addInstrument(
  book: PaymentBook,
  wish: { readonly number: string; readonly fault?: ChargeFault },
): Instrument {
  const card = findTestCard(wish.number)
  if (card === null) throw new Error(`${wish.number} is not among the test cards`)
  const instrument = {
    id: `src_${randomName(26)}`,
    card,
    expiryMonth: 12,
    expiryYear: 2030,
    fault: wish.fault ?? null,
  }
  book.instruments.set(instrument.id, instrument)
  return instrument
}
