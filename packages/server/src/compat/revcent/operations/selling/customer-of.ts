import { encodeId, type Uuid } from '@perennial/core/ids'
import Type, { type Static } from 'typebox'
import { sha256Hex } from '../../../../platform/crypto/index.ts'
import type { Caller, Json } from '../../calls/operation.ts'
import { FaceRefusal } from '../../face-refusal.ts'
import { countryOf, type Address } from '../../wire/addresses.ts'
import { idAt, strict, text } from '../../wire/fields.ts'
import { fromMetadata, Metadata } from '../../wire/metadata.ts'

const part = (description: string) => Type.Optional(text(description, 200))

export const NewCustomer = strict({
  first_name: part('First name.'),
  last_name: part('Last name.'),
  email: Type.Optional(Type.String({ format: 'email', maxLength: 320, description: 'E-mail address.' })),
  phone: part('Phone number.'),
  company: part('Company.'),
  address_line_1: part('Street and number.'),
  address_line_2: part('More of the address.'),
  city: part('City.'),
  state: part('State or region.'),
  zip: part('Postal code.'),
  country: Type.Optional(Type.String({ minLength: 3, maxLength: 3, description: 'ISO 3166-1 alpha-3.' })),
  metadata: Type.Optional(Metadata),
}) // prettier-ignore
type NewCustomer = Static<typeof NewCustomer>

/**
 * Who buys, as `/v2` takes it: the customer that a sale names, or whoever has the e-mail address that it says, who gets what
 * it says of them, or else a new one, who gets what is not said from the address of the bill.
 */
export function buyerOf(
  { context }: Caller,
  given: {
    readonly customer_id?: string
    readonly customer?: NewCustomer
    readonly bill_to?: Address
  },
): Json {
  const { customer_id: known, customer, bill_to: billTo } = given
  if (known === undefined) {
    const details = withEmail(context, { ...billTo, ...customer })
    return { customer: { ...details, if_known: changeOf(customer ?? {}) } }
  }
  if (customer !== undefined)
    throw FaceRefusal.invalid(
      'Give customer_id or customer, not both: a sale changes nothing of a customer who is known.',
    )
  return { customer_id: encodeId('customer', idAt('customer_id', known)) }
}

/** Half a name would take the place of the whole one. */
function changeOf(customer: NewCustomer) {
  const { email: _email, name, ...change } = toOurCustomer(customer)
  const isWhole = customer.first_name !== undefined && customer.last_name !== undefined
  return isWhole ? { ...change, name } : change
}

/** A customer as `/v2` takes it; what is absent is not named. */
export function toOurCustomer(given: NewCustomer) {
  const { first_name: first, last_name: last } = given
  const name = [first, last].filter((one) => one !== undefined && one !== '').join(' ')
  return {
    email: given.email,
    name: name === '' ? undefined : name,
    phone: given.phone,
    company_name: given.company,
    address_line1: given.address_line_1,
    address_line2: given.address_line_2,
    city: given.city,
    state: given.state,
    postal_code: given.zip,
    country: countryOf(given) ?? undefined,
    metadata: given.metadata === undefined ? undefined : fromMetadata(given.metadata),
  }
}

export async function makeCustomer({ v2, context }: Caller, given: NewCustomer): Promise<Uuid> {
  const made = await v2.send('POST', '/customers', withEmail(context, given))
  return made.idAt('customer', 'data.id')
}

/** Without an e-mail address, one takes its place that no mail can reach (RFC 2606). */
function withEmail(context: Caller['context'], given: NewCustomer) {
  const key = context.request?.idempotencyKey ?? null
  // A repetition of the call has to ask for the same customer.
  const local = key === null ? context.ids.next() : sha256Hex(`${context.accountId}:${key}`)
  const wanted = toOurCustomer(given)
  return { ...wanted, email: wanted.email ?? `${local}@customers.invalid` }
}
