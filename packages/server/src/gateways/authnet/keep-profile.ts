import { randomBytes } from 'node:crypto'
import type { CardDetails, Tokenization, TokenizeRequest } from '@perennial/core/payments'
import { readList, readRecord, readText } from '../../platform/foreign/index.ts'
import { NO_RECORD, type AuthnetApi } from './authnet-api.ts'
import { parseAuthnetToken } from './token.ts'

type Instrument = TokenizeRequest['instrument']

/** A customer profile of its own with one way to pay. Throws when there is no answer. */
export async function keepProfile(
  api: AuthnetApi,
  { instrument }: TokenizeRequest,
): Promise<Tokenization> {
  if (instrument.kind === 'bank' && instrument.bank.scheme !== 'ach')
    return { kind: 'refused', code: 'not_able', message: 'Bank accounts are those of ACH.' }
  const answer = await api.ask('createCustomerProfileRequest', {
    profile: {
      // A profile needs some name; ours says nothing, so that no two profiles are taken for one.
      merchantCustomerId: randomBytes(10).toString('hex'),
      paymentProfiles: [{ customerType: 'individual', payment: paymentOf(instrument) }],
    },
    validationMode: 'none',
  })
  if (!answer.isOk) {
    const isOutage = answer.code === 'E00001' || answer.code === 'E00104'
    if (isOutage) throw new Error(`the gateway answered ${answer.code}`)
    return { kind: 'refused', code: 'invalid_request', message: answer.message }
  }
  const customerProfileId = readText(answer.body, 'customerProfileId')
  const [first] = readList(answer.body, 'customerPaymentProfileIdList') ?? []
  if (customerProfileId === null || typeof first !== 'string')
    throw new Error('the gateway named no profile')
  const token = `${customerProfileId}:${first}`
  const details = await describeProfile(api, token)
  if (details === null) throw new Error('the gateway does not know the profile that it made')
  return { kind: 'tokenized', token, details }
}

const NAME_MAX = 22

function paymentOf(instrument: Instrument) {
  if (instrument.kind === 'card') {
    const { number: cardNumber, expMonth, expYear, securityCode: cardCode } = instrument.card
    const expirationDate = `${expYear}-${String(expMonth).padStart(2, '0')}`
    return {
      creditCard: { cardNumber, expirationDate, ...(cardCode === null ? {} : { cardCode }) },
    }
  }
  const { accountType, bankCode: routingNumber, accountNumber, holderName } = instrument.bank
  return {
    bankAccount: {
      accountType: accountType ?? 'checking',
      routingNumber,
      accountNumber,
      nameOnAccount: holderName.slice(0, NAME_MAX),
      echeckType: 'WEB',
    },
  }
}

/** Null when the gateway does not know it. Throws when there is no answer. */
export async function describeProfile(api: AuthnetApi, token: string): Promise<CardDetails | null> {
  const parts = parseAuthnetToken(token)
  if (parts === null) return null
  const { isOk, code, body } = await api.ask('getCustomerPaymentProfileRequest', {
    customerProfileId: parts.customerProfileId,
    customerPaymentProfileId: parts.paymentProfileId,
    unmaskExpirationDate: true,
    includeIssuerInfo: true,
  })
  if (code === NO_RECORD) return null
  const details = isOk ? toDetails(readRecord(body, 'paymentProfile', 'payment')) : null
  if (details === null) throw new Error(`the gateway answered ${code}`)
  return details
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
  Visa: 'visa',
  MasterCard: 'mastercard',
  AmericanExpress: 'amex',
  Discover: 'discover',
  DinersClub: 'diners',
  JCB: 'jcb',
  ChinaUnionPay: 'unionpay',
}

/** Numbers come masked: XXXX1111. */
function toDetails(payment: unknown): CardDetails | null {
  const account = readText(payment, 'bankAccount', 'accountNumber')
  if (account !== null) return { ...NOTHING, type: 'us_bank_account', last4: account.slice(-4) }
  const number = readText(payment, 'creditCard', 'cardNumber')
  if (number === null) return null
  const brand = readText(payment, 'creditCard', 'cardType')
  const expiration = readText(payment, 'creditCard', 'expirationDate') ?? ''
  const [, year, month] = /^(\d{4})-(\d{2})$/.exec(expiration) ?? []
  return {
    ...NOTHING,
    type: 'card',
    brand: brand === null ? null : (BRANDS[brand] ?? brand.toLowerCase()),
    last4: number.slice(-4),
    expMonth: month === undefined ? null : Number.parseInt(month, 10),
    expYear: year === undefined ? null : Number.parseInt(year, 10),
    bin: readText(payment, 'creditCard', 'issuerNumber'),
  }
}
