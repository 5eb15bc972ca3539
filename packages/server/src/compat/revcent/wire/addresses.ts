import Type, { type Static } from 'typebox'
import { FaceRefusal } from '../face-refusal.ts'
import { fromAlpha3, toAlpha3 } from './countries.ts'
import { strict, text } from './fields.ts'

const part = (description: string) => Type.Optional(text(description, 200))

export const Address = strict({
  first_name: part('First name.'),
  last_name: part('Last name.'),
  address_line_1: part('Street and number.'),
  address_line_2: part('More of the address.'),
  city: part('City.'),
  state: part('State or region.'),
  zip: part('Postal code.'),
  country: Type.Optional(
    Type.String({ minLength: 3, maxLength: 3, description: 'ISO 3166-1 alpha-3, such as USA.' }),
  ),
  company: part('Company.'),
  email: part('E-mail address.'),
  phone: part('Phone number.'),
})
export type Address = Static<typeof Address>

/** Names of this face and of `/v2`'s addresses of goods. */
const NAMES = [
  ['first_name', 'first_name'],
  ['last_name', 'last_name'],
  ['address_line_1', 'address_line1'],
  ['address_line_2', 'address_line2'],
  ['city', 'city'],
  ['state', 'state'],
  ['zip', 'postal_code'],
  ['company', 'company'],
  ['email', 'email'],
  ['phone', 'phone'],
] as const

/** Where goods go, as `/v2` takes it. */
export function fromShipTo(address: Address): Readonly<Record<string, string>> {
  const parts = NAMES.flatMap(([own, theirs]) => {
    const value = address[own]
    return value === undefined ? [] : [[theirs, value] as const]
  })
  const country = countryOf(address)
  return { ...Object.fromEntries(parts), ...(country === null ? {} : { country }) }
}

export function toShipTo(stored: Readonly<Record<string, string>>) {
  const parts = NAMES.flatMap(([own, theirs]) => {
    const value = stored[theirs]
    return value === undefined ? [] : [[own, value] as const]
  })
  const { country } = stored
  return {
    ...Object.fromEntries(parts),
    ...(country === undefined ? {} : { country: toAlpha3(country) ?? country }),
  }
}

/** Alpha-2; null where none is said. Refuses what is no country. */
export function countryOf({ country }: Address): string | null {
  if (country === undefined) return null
  const known = fromAlpha3(country)
  if (known === null)
    throw FaceRefusal.invalid('country must be an ISO 3166-1 alpha-3 code, such as USA.')
  return known
}
