import { parseCurrency, type Currency } from '@perennial/core/money'
import { hundredthsAt, objectAt, problem, textAt, type Fields } from './fields.ts'
import { hasTwoDecimals } from './has-two-decimals.ts'
import { REFERENCE } from './read-method.ts'

export type WantedAmount = {
  readonly amountMinor: bigint
  /** Null = the account's. */
  readonly currency: Currency | null
}

export type WantedSale = WantedAmount & { readonly reference: string | null }

const NOTHING: WantedSale = { amountMinor: 0n, currency: null, reference: null }

/** The `invoice` of a sale. */
export function readSale(fields: Fields): WantedSale {
  const invoice = objectAt(fields, 'invoice')
  if (invoice === null) {
    problem(fields, 'invoice', 'is required')
    return NOTHING
  }
  const amount = amountAt(invoice)
  if (amount === null && invoice.get('amount') === null) problem(invoice, 'amount', 'is required')
  const reference = textAt(invoice, 'merchantInvoiceRefId', REFERENCE)
  return { ...NOTHING, ...amount, reference }
}

/** The `amount` of an authorisation. */
export function readAuthorization(fields: Fields): WantedAmount {
  const amount = amountAt(fields)
  if (amount === null && fields.get('amount') === null) problem(fields, 'amount', 'is required')
  return amount ?? NOTHING
}

export type WantedCapture = {
  /** Null = all that is authorised. */
  readonly amount: WantedAmount | null
  readonly reference: string | null
}

/** An amount and a reference, in an `invoice` as of a sale, or beside it as of an authorisation. */
export function readCapture(fields: Fields): WantedCapture {
  const invoice = objectAt(fields, 'invoice') ?? fields
  return {
    amount: amountAt(invoice),
    reference: textAt(invoice, 'merchantInvoiceRefId', REFERENCE),
  }
}

/** Null where there is none. */
function amountAt(fields: Fields): WantedAmount | null {
  const amount = objectAt(fields, 'amount')
  if (amount === null) return null
  const amountMinor = hundredthsAt(amount, 'value', { isRequired: true }) ?? 1n
  if (amountMinor === 0n) problem(amount, 'value', 'must be more than 0')
  const code = textAt(amount, 'currency', { lengthMin: 3, lengthMax: 3 })
  const currency = code === null ? null : parseCurrency(code.toUpperCase())
  if (code !== null && currency === null)
    problem(amount, 'currency', 'must be a currency code, such as USD')
  if (currency !== null && !hasTwoDecimals(currency))
    problem(amount, 'currency', 'must be a currency with two decimals, such as USD: charge others over /v2') // prettier-ignore
  return { amountMinor, currency }
}
