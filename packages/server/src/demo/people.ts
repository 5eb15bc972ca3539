import { assert } from '@perennial/core/fault'
import type { Currency } from '@perennial/core/money'
import type { NewCustomer } from '../modules/customers/index.ts'
import { COUNTRIES } from './countries.ts'
import { currencyOf } from './currency-of.ts'
import { draw, drawInteger, drawOne, drawWeighted } from './draw.ts'

/** One in so many customers is a company. */
const COMPANY_SHARE = 0.45
const TRADES = [
  'Studio',
  'Logistics',
  'Bakery',
  'Software',
  'Architects',
  'Clinic',
  'Travel',
  'Media',
]

export type Person = { readonly customer: NewCustomer; readonly currency: Currency }

/** The `number`-th customer of the demo; the same one in every demo. */
export function personOf(number: number): Person {
  const about = `person ${number}`
  const country =
    drawWeighted(
      `${about} country`,
      COUNTRIES.map((candidate) => [candidate.share, candidate] as const),
    ) ?? COUNTRIES[0]
  assert(country !== undefined, 'the demo has countries')
  const first = drawOne(`${about} first name`, country.firstNames) ?? ''
  const last = drawOne(`${about} last name`, country.lastNames) ?? ''
  const [city = null, postalCode = null, state = null] =
    drawOne(`${about} city`, country.cities) ?? []
  const street = drawOne(`${about} street`, country.streets) ?? ''
  const isCompany = draw(`${about} company`) < COMPANY_SHARE
  const trade = drawOne(`${about} trade`, TRADES) ?? ''
  const currency = currencyOf(country.currency)
  const customer: NewCustomer = {
    email: `${plain(first)}.${plain(last)}${number}@mail.example`,
    name: `${first} ${last}`,
    companyName: isCompany ? `${last} ${trade} ${country.companyForm}` : null,
    addressLine1: `${drawInteger(`${about} house`, { from: 1, to: 180 })} ${street}`,
    city,
    state,
    postalCode,
    country: country.code,
    currency,
    metadata: {
      source: drawOne(`${about} source`, ['search', 'referral', 'fair', 'partner']) ?? 'search',
    },
  }
  return { customer, currency }
}

/** Letters of an e-mail address: accents and blanks gone. */
function plain(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase()
}
