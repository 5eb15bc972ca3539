import type { CardDetails, Tokenization, TokenizeRequest } from '@perennial/core/payments'
import {
  readBoolean,
  readList,
  readRecord,
  readText,
  type JsonRecord,
} from '../../platform/foreign/index.ts'
import { refusalOf, type BraintreeApi } from './braintree-api.ts'
import { parseBraintreeToken } from './token.ts'

/** Puts a card into the vault, with a customer of its own: charges name both. Throws when there is no answer. */
export async function keepCard(
  api: BraintreeApi,
  { instrument }: TokenizeRequest,
): Promise<Tokenization> {
  if (instrument.kind === 'bank')
    return { kind: 'refused', code: 'not_able', message: 'Bank accounts come from the browser.' }
  const { number, expMonth, expYear, securityCode, holderName } = instrument.card
  const card = {
    number,
    expiration_date: `${String(expMonth).padStart(2, '0')}/${expYear}`,
    ...(securityCode === null ? {} : { cvv: securityCode }),
    ...(holderName === null ? {} : { cardholder_name: holderName }),
  }
  const answer = await api.post('/customers', { customer: { credit_card: card } })
  const refusal = refusalOf(answer)
  if (refusal !== null)
    return { kind: 'refused', code: codeOf(refusal.codes), message: refusal.message }
  const customer = readRecord(answer.root, 'customer')
  const [kept] = readList(customer, 'credit_cards') ?? []
  const [customerId, token] = [readText(customer, 'id'), readText(kept, 'token')]
  const details = toCardDetails(readRecord(kept))
  if (customerId === null || token === null || details === null)
    throw new Error(`the gateway answered ${answer.status}`)
  return { kind: 'tokenized', token: `${token}|${customerId}`, details }
}

/** Of "Validation errors", those of a card: number, expiry, security code. */
function codeOf(codes: readonly string[]): string {
  if (codes.some((code) => ['81706', '81707', '81708'].includes(code))) return 'invalid_cvc'
  if (codes.some((code) => /^8171[0-3]$/.test(code))) return 'invalid_expiry_year'
  if (codes.some((code) => ['81703', '81714', '81715', '81716'].includes(code)))
    return 'invalid_number'
  return 'invalid_request'
}

/** Null when the vault does not know it, or has it for another customer. Throws when there is no answer. */
export async function describeMethod(
  api: BraintreeApi,
  token: string,
): Promise<CardDetails | null> {
  const parts = parseBraintreeToken(token)
  if (parts === null) return null
  const path = `/payment_methods/any/${encodeURIComponent(parts.paymentMethodToken)}`
  const { status, root } = await api.get(path)
  if (status === 404) return null
  const [kind = '', method] = Object.entries(status === 200 ? (root ?? {}) : {})[0] ?? []
  const details = toMethodDetails(kind, readRecord(method))
  if (details === null) throw new Error(`the gateway answered ${status}`)
  const customerId = readText(method, 'customer_id')
  return customerId === null || customerId === parts.customerId ? details : null
}

/** Which wallet a card of each kind sits in. */
const CARDS: Readonly<Record<string, string | null>> = {
  credit_card: null,
  apple_pay_card: 'apple_pay',
  android_pay_card: 'google_pay',
}

function toMethodDetails(kind: string, method: JsonRecord | null): CardDetails | null {
  if (Object.hasOwn(CARDS, kind)) {
    const card = toCardDetails(method)
    return card === null ? null : { ...card, wallet: CARDS[kind] ?? null }
  }
  const last4 = readText(method, 'last_4')
  if (kind !== 'us_bank_account' || last4 === null) return null
  return { ...NOTHING, type: 'us_bank_account', last4 }
}

const NOTHING: Omit<CardDetails, 'type' | 'last4'> = {
  brand: null,
  expMonth: null,
  expYear: null,
  funding: null,
  country: null,
  fingerprint: null,
}

const BRANDS: Readonly<Record<string, string>> = {
  'American Express': 'amex',
  'Apple Pay - American Express': 'amex',
  MasterCard: 'mastercard',
  'Apple Pay - MasterCard': 'mastercard',
  Visa: 'visa',
  'Apple Pay - Visa': 'visa',
  Discover: 'discover',
  'Diners Club': 'diners',
  JCB: 'jcb',
  Maestro: 'maestro',
  'China UnionPay': 'unionpay',
  UnionPay: 'unionpay',
}

/** Wallets keep the digits of the card behind them under names of their own. */
function toCardDetails(card: JsonRecord | null): CardDetails | null {
  const last4 = readText(card, 'last_4') ?? readText(card, 'source_card_last_4')
  if (last4 === null) return null
  const brand = readText(card, 'card_type') ?? readText(card, 'source_card_type')
  return {
    type: 'card',
    brand: brand === null ? null : (BRANDS[brand] ?? brand.toLowerCase()),
    last4,
    expMonth: wholeNumber(readText(card, 'expiration_month')),
    expYear: wholeNumber(readText(card, 'expiration_year')),
    funding: fundingOf(card),
    country: null,
    fingerprint: readText(card, 'unique_number_identifier'),
    bin: readText(card, 'bin'),
  }
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,4}$/.test(text) ? Number.parseInt(text, 10) : null
}

/** Each is told as Yes, No or Unknown. */
function fundingOf(card: JsonRecord | null): string | null {
  const isYes = (name: string) => readText(card, name) === 'Yes' || readBoolean(card, name) === true
  if (isYes('prepaid')) return 'prepaid'
  if (isYes('debit')) return 'debit'
  return readText(card, 'debit') === 'No' ? 'credit' : null
}
