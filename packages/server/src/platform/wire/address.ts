import Type from 'typebox'
import { textField } from './fields.ts'

const part = (description: string) => Type.Optional(textField(description, { maxLength: 200 }))

/** Whom and where something goes to, in a request. */
export function addressField(description: string) {
  return Type.Object(
    {
      first_name: part('First name.'),
      last_name: part('Last name.'),
      company: part('Company.'),
      address_line1: part('Street and number.'),
      address_line2: part('More of the address.'),
      city: part('City.'),
      state: part('State or region.'),
      postal_code: part('Postal code.'),
      country: part('ISO 3166-1 alpha-2, upper case.'),
      phone: part('Phone number.'),
      email: part('Email address.'),
    },
    { description },
  )
}
