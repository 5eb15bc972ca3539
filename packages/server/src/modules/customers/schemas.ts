import Type, { type Static } from 'typebox'
import { type Uuid, encodeId } from '@perennial/core/ids'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import { offsetQuery } from '../../platform/lists/index.ts'
import {
  currencyField,
  given,
  idField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'
import type { Customer, CustomerChange } from './customer.ts'

const text = (description: string) => Type.Optional(Type.String({ description }))

/** Fields without a value are left out, as the public API does. */
export const CustomerItem = Type.Object(
  {
    id: wireId('customer', 'Id of the customer.'),
    object: oneOf(['customer'], { description: 'Always "customer".' }),
    merchant_id: wireId('account', 'The account that the customer belongs to.'),
    email: Type.String({
      format: 'email',
      description: 'E-mail address; unique among customers that are not deleted.',
    }),
    name: text('Full name.'),
    phone: text('Phone number, as it was given.'),
    company_name: text('Name of the company.'),
    address_line1: text('Street and number.'),
    address_line2: text('Rest of the street address.'),
    city: text('City.'),
    state: text('State, county or province.'),
    postal_code: text('Postal code.'),
    country: text('Country.'),
    currency: nullable(
      Type.String({ description: "Currency of new invoices, ISO 4217; null = the account's." }),
    ),
    tax_id: nullable(Type.String({ description: 'Tax identifier.' })),
    default_payment_method_id: nullable(
      wireId('payment_method', 'What is charged unless a subscription says otherwise.'),
    ),
    metadata: mapField('Your own keys and values.'),
    custom_fields: mapField('Your own fields, shown as columns.'),
    created_at: timestamp('When the customer was made.'),
    updated_at: timestamp('When the customer was last changed.'),
    deleted_at: nullable(timestamp('When the customer was deleted; null otherwise.')),
  },
  { title: 'Customer', description: 'Who is billed.' },
)

const textInput = (description: string, maxLength = 500) =>
  Type.Optional(nullable(textField(description, { maxLength })))

const ADDRESS_FIELDS = {
  city: textInput('City.'),
  state: textInput('State, county or province.'),
  postalCode: textInput('Postal code.', 50),
  country: textInput('Country.', 100),
}

/** What is said of a customer, beside the e-mail address. */
export const customerDetailFields = {
  name: textInput('Full name.'),
  phone: textInput('Phone number; E.164 is best, other forms are kept as they are.', 100),
  companyName: textInput('Name of the company.'),
  addressLine1: textInput('Street and number.'),
  addressLine2: textInput('Rest of the street address.'),
  ...ADDRESS_FIELDS,
  address: Type.Optional(
    Type.Object(
      {
        line1: textInput('Street and number.'),
        line2: textInput('Rest of the street address.'),
        ...ADDRESS_FIELDS,
      },
      { description: 'The address in one object: another way to give the flat fields, which win.' },
    ),
  ),
  taxId: textInput('Tax identifier.', 100),
  currency: Type.Optional(nullable(currencyField('Currency of new invoices, ISO 4217.'))),
  metadata: Type.Optional(
    mapField('Your own keys and values. On update they are merged; null removes a key.'),
  ),
  customFields: Type.Optional(
    mapField('Your own fields. On update they are merged; null removes a key.'),
  ),
}

// 254 is the longest address that mail can carry (RFC 5321, 4.5.3.1.3).
const emailField = textField('E-mail address; unique among customers.', {
  format: 'email',
  maxLength: 254,
})

export const CustomerCreateBody = Type.Object({ email: emailField, ...customerDetailFields })

export const CustomerUpdateBody = Type.Object({
  email: Type.Optional(emailField),
  ...customerDetailFields,
})

export const CustomerParams = Type.Object({ id: idField('customer', 'Id of the customer.') })

const includeDeleted = Type.Optional(
  Type.Boolean({ description: 'Whether deleted customers are shown too.' }),
)

export const CustomerGetQuery = Type.Object({ include_deleted: includeDeleted })

export const CustomerListQuery = Type.Object({
  ...offsetQuery('customer'),
  search: Type.Optional(
    textField('Words that begin words of name, e-mail, company or phone.', { maxLength: 200 }),
  ),
  email: Type.Optional(
    textField('Exactly this e-mail address, in any letter case.', { maxLength: 254 }),
  ),
  include_deleted: includeDeleted,
})

export const DeletedCustomer = Type.Object(
  {
    id: wireId('customer', 'Id of the customer.'),
    deleted: Type.Literal(true, { description: 'Always true.' }),
  },
  { title: 'DeletedCustomer', description: 'A customer that was deleted.' },
)

export type WireCustomer = Static<typeof CustomerItem>

export function toWireCustomer(
  customer: Customer,
  belongs: { readonly accountId: Uuid; readonly defaultPaymentMethodId: Uuid | null },
): WireCustomer {
  const { defaultPaymentMethodId } = belongs
  return {
    id: encodeId('customer', customer.id),
    object: 'customer',
    merchant_id: encodeId('account', belongs.accountId),
    email: customer.email,
    ...given('name', customer.name ?? undefined),
    ...given('phone', customer.phone ?? undefined),
    ...given('company_name', customer.companyName ?? undefined),
    ...given('address_line1', customer.addressLine1 ?? undefined),
    ...given('address_line2', customer.addressLine2 ?? undefined),
    ...given('city', customer.city ?? undefined),
    ...given('state', customer.state ?? undefined),
    ...given('postal_code', customer.postalCode ?? undefined),
    ...given('country', customer.country ?? undefined),
    currency: customer.currency,
    tax_id: customer.taxId,
    default_payment_method_id:
      defaultPaymentMethodId === null ? null : encodeId('payment_method', defaultPaymentMethodId),
    metadata: customer.metadata,
    custom_fields: customer.customFields,
    created_at: formatInstant(customer.createdAt),
    updated_at: formatInstant(customer.updatedAt),
    deleted_at: formatInstantOrNull(customer.deletedAt),
  }
}

/** The flat fields win over the nested address; what was not given is absent. */
export function toCustomerChange(body: Static<typeof CustomerUpdateBody>): CustomerChange {
  const { address = {}, ...fields } = body
  const { line1, line2, ...rest } = address
  return {
    ...rest,
    ...given('addressLine1', line1),
    ...given('addressLine2', line2),
    ...fields,
  }
}
