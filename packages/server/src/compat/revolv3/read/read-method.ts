import type { TokenizeRequest } from '@perennial/core/payments'
import {
  hundredthsAt,
  ID_RANGE,
  integerAt,
  objectAt,
  problem,
  textAt,
  type Fields,
} from './fields.ts'
import { readAddress, type FaceAddress } from './read-address.ts'

export const REFERENCE = { lengthMax: 100 } as const
const NAME = { lengthMax: 100 } as const
const PRIORITY_MAX = 1000

/** Whose number a raw instrument's is: the owner's own, or one that a network stands in for it. */
export type InstrumentOrigin = 'owner' | 'network_token' | 'google_pay' | 'apple_pay'

/** What is to be vaulted: the number of a card or a bank account, or what a processor calls it already. */
export type WantedInstrument =
  | {
      readonly kind: 'raw'
      readonly instrument: TokenizeRequest['instrument']
      readonly origin: InstrumentOrigin
    }
  | { readonly kind: 'token'; readonly token: string }

export type WantedMethod = {
  readonly firstName: string | null
  readonly lastName: string | null
  readonly address: FaceAddress | null
  readonly reference: string | null
  readonly instrument: WantedInstrument | null
}

/** A method of a subscription: new, or one that is vaulted. */
export type PlacedMethod = {
  readonly priority: number
  readonly taxMinor: bigint
  readonly originalNetworkTransactionId: string | null
  readonly method:
    | { readonly kind: 'new'; readonly wanted: WantedMethod }
    | { readonly kind: 'existing'; readonly number: number }
    /** By the number of an authorisation that was made with it. */
    | { readonly kind: 'authorized'; readonly number: number }
}

/** Whom a sale or an authorisation charges. */
export type WantedPayer = {
  readonly customerNumber: number | null
  readonly method: PlacedMethod | null
}

export function readPayer(fields: Fields): WantedPayer {
  const inner = objectAt(fields, 'paymentMethod')
  if (inner === null && fields.get('paymentMethod') === null)
    problem(fields, 'paymentMethod', 'is required')
  return {
    method: inner === null ? null : readPlacedMethod(inner),
    customerNumber: integerAt(fields, 'customerId', ID_RANGE),
  }
}

/** The same where the address of the call names a vaulted method; a number that none can have finds none. */
export function readPayerOf(fields: Fields, methodNumber: number | null): WantedPayer {
  if (fields.get('paymentMethod') !== null)
    problem(fields, 'paymentMethod', 'cannot be given: the address of the call names one')
  return {
    method: {
      priority: 0,
      taxMinor: 0n,
      originalNetworkTransactionId: null,
      method: { kind: 'existing', number: methodNumber ?? 0 },
    },
    customerNumber: integerAt(fields, 'customerId', ID_RANGE),
  }
}

export function readMethod(fields: Fields): WantedMethod {
  const address = objectAt(fields, 'billingAddress')
  return {
    ...readName(fields),
    address: address === null ? null : readAddress(address),
    reference: textAt(fields, 'merchantPaymentMethodRefId', REFERENCE),
    instrument: readInstrument(fields),
  }
}

/** First and last name, or a full one. */
export function readName(fields: Fields, isRequired = true) {
  const firstName = textAt(fields, 'billingFirstName', NAME)
  const lastName = textAt(fields, 'billingLastName', NAME)
  const full = textAt(fields, 'billingFullName', { lengthMax: 201 })
  if (full !== null && firstName === null && lastName === null) {
    const [first = '', ...rest] = full.split(/\s+/)
    return { firstName: first, lastName: rest.length > 0 ? rest.join(' ') : null }
  }
  if (isRequired && (firstName === null || lastName === null))
    problem(fields, 'billingFirstName', 'and billingLastName, or billingFullName, are required')
  return { firstName, lastName }
}

export function readPlacedMethod(fields: Fields): PlacedMethod {
  return {
    priority: integerAt(fields, 'priority', { min: 0, max: PRIORITY_MAX }) ?? 0,
    ...readPlace(fields),
    method: { kind: 'new', wanted: readMethod(fields) },
  }
}

export function readExistingMethod(fields: Fields): PlacedMethod {
  return { priority: 0, ...readPlace(fields), method: readVaulted(fields) }
}

/** A vaulted method, by its own number or by that of an authorisation that was made with it. */
export function readVaulted(fields: Fields): PlacedMethod['method'] {
  const own = integerAt(fields, 'paymentMethodId', ID_RANGE)
  const authorized = integerAt(fields, 'paymentMethodAuthorizationId', ID_RANGE)
  const named = ['paymentMethodId', 'paymentMethodAuthorizationId'].filter((name) => fields.get(name) !== null) // prettier-ignore
  if (named.length !== 1)
    problem(fields, 'paymentMethodId, paymentMethodAuthorizationId', 'exclude each other, and one of them is required') // prettier-ignore
  if (authorized !== null) return { kind: 'authorized', number: authorized }
  return { kind: 'existing', number: own ?? 0 }
}

function readPlace(fields: Fields) {
  return {
    taxMinor: hundredthsAt(fields, 'taxAmount') ?? 0n,
    originalNetworkTransactionId: textAt(fields, 'originalNetworkTransactionId', REFERENCE),
  }
}

const INSTRUMENTS = ['creditCard', 'ach', 'googlePay', 'applePay'] as const

function readInstrument(fields: Fields): WantedInstrument | null {
  const named = INSTRUMENTS.filter((name) => fields.get(name) !== null)
  const [name, ...others] = named
  if (name === undefined || others.length > 0)
    return problem(fields, INSTRUMENTS.join(', '), 'exclude each other, and one of them is required') // prettier-ignore
  const inner = objectAt(fields, name)
  if (inner === null) return null
  switch (name) {
    case 'creditCard':
      return readCard(inner)
    case 'ach':
      return readAccount(inner, holderOf(fields))
    case 'googlePay':
      return readWallet(inner, 'google_pay')
    case 'applePay':
      return readWallet(inner, 'apple_pay')
  }
}

function readCard(fields: Fields): WantedInstrument | null {
  const token = textAt(fields, 'networkToken', { lengthMax: 255 })
  return token === null || isNumber(token)
    ? readCardNumber(fields, token)
    : readProcessorToken(fields, token)
}

/** A network's token is charged instead of the number that it stands for (spec/revolv3.md 6.5). */
function readCardNumber(fields: Fields, networkToken: string | null): WantedInstrument | null {
  const isAlone = networkToken !== null && fields.get('paymentAccountNumber') === null
  const own = isAlone ? null : numberAt(fields, 'paymentAccountNumber')
  const number = networkToken === null ? own : inDigits(networkToken)
  const expiry = expiryAt(fields, 'expirationDate', true)
  const securityCode = textAt(fields, 'securityCode', { lengthMax: 4 })
  if (number === null || expiry === null) return null
  const card = { number, ...expiry, securityCode, holderName: null }
  const origin = networkToken === null ? 'owner' : 'network_token'
  return { kind: 'raw', instrument: { kind: 'card', card }, origin }
}

function readProcessorToken(fields: Fields, token: string): WantedInstrument | null {
  expiryAt(fields, 'expirationDate', false)
  if (fields.get('paymentAccountNumber') === null) return { kind: 'token', token }
  return problem(fields, 'networkToken', "is a processor's name for a card, and excludes paymentAccountNumber") // prettier-ignore
}

function readWallet(fields: Fields, origin: InstrumentOrigin): WantedInstrument | null {
  const number = numberAt(fields, 'applicationPrimaryAccountNumber')
  const expiry = expiryAt(fields, 'applicationExpirationDate', true)
  if (number === null || expiry === null) return null
  const card = { number, ...expiry, securityCode: null, holderName: null }
  return { kind: 'raw', instrument: { kind: 'card', card }, origin }
}

function readAccount(fields: Fields, holderName: string): WantedInstrument | null {
  const bankCode = textAt(fields, 'routingNumber', { lengthMin: 9, lengthMax: 9, isRequired: true })
  const rule = { lengthMin: 4, lengthMax: 17, isRequired: true }
  const accountNumber = textAt(fields, 'accountNumber', rule)
  const type = textAt(fields, 'accountType', { lengthMax: 20 })?.toLowerCase() ?? 'checking'
  if (type !== 'checking' && type !== 'savings')
    return problem(fields, 'accountType', 'must be Checking or Savings')
  if (bankCode === null || accountNumber === null) return null
  const bank = { scheme: 'ach', bankCode, accountNumber, accountType: type, holderName } as const
  return { kind: 'raw', instrument: { kind: 'bank', bank }, origin: 'owner' }
}

function holderOf(fields: Fields): string {
  const { firstName, lastName } = readName({ ...fields, problems: [] }, false)
  return [firstName, lastName].filter((part) => part !== null).join(' ')
}

/** What is said of a number never quotes it. */
function numberAt(fields: Fields, name: string): string | null {
  const value = fields.get(name)
  if (value === null || value === '') return problem(fields, name, 'is required')
  const text = typeof value === 'number' ? `${value}` : value
  if (typeof text === 'string' && isNumber(text)) return inDigits(text)
  return problem(fields, name, 'must be a card number')
}

function inDigits(text: string): string {
  return text.replaceAll(/[\s-]/g, '')
}

/** Of a card, or of the token that stands for it. */
export function isNumber(text: string): boolean {
  return /^\d{12,19}$/.test(inDigits(text))
}

/** `MMYY` or `MM/YYYY`. */
export function expiryAt(
  fields: Fields,
  name: string,
  isRequired: boolean,
): { readonly expMonth: number; readonly expYear: number } | null {
  const text = textAt(fields, name, { lengthMax: 7, isRequired })
  if (text === null) return null
  const match = /^(0[1-9]|1[0-2])(?:(\d{2})|\/(\d{4}))$/.exec(text)
  if (match === null) return problem(fields, name, 'must be MMYY or MM/YYYY')
  const [, month = '', short, long] = match
  return { expMonth: Number(month), expYear: Number(long ?? `20${short ?? ''}`) }
}
