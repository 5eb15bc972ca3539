import Type from 'typebox'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  idField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import { METHOD_STATUSES, METHOD_TYPES } from './payment-method.ts'
import { BANK_ACCOUNT_TYPES, CARD_BRANDS, CARD_FUNDINGS } from './wire.ts'

const text = (description: string) => nullable(Type.String({ description }))

const Card = Type.Object(
  {
    brand: nullable(oneOf(CARD_BRANDS, { description: 'Card network.' })),
    last4: text('Last four digits of the number.'),
    exp_month: nullable(Type.Integer({ description: 'Month of expiry, 1 to 12.' })),
    exp_year: nullable(Type.Integer({ description: 'Year of expiry, four digits.' })),
    funding: nullable(oneOf(CARD_FUNDINGS, { description: 'Kind of account behind the card.' })),
    wallet: text('Wallet that the card sits in, such as apple_pay; null for a card as such.'),
  },
  { description: 'The card; null for other types.' },
)

const UsBankAccount = Type.Object(
  {
    bank_name: text('Name of the bank.'),
    last4: text('Last four digits of the account number.'),
    routing_number_last4: text('Last four digits of the routing number.'),
    account_type: nullable(oneOf(BANK_ACCOUNT_TYPES, { description: 'Kind of account.' })),
  },
  { description: 'The US bank account; null for other types.' },
)

const BacsDirectDebit = Type.Object(
  {
    mandate_id: Type.String({ description: 'Id of the mandate.' }),
    mandate_status: Type.String({ description: 'How the mandate stands.' }),
    mandate_ref: text('Reference of the mandate.'),
    sort_code: text('Sort code.'),
    account_number_last4: text('Last four digits of the account number.'),
    bank_name: text('Name of the bank.'),
  },
  { description: 'The Bacs Direct Debit account; null for other types.' },
)

const SepaAccount = Type.Object(
  {
    last4: text('Last four characters of the IBAN.'),
    country: text('Country of the bank.'),
  },
  { description: 'The account that SEPA debits are taken from; null for other types.' },
)

const Address = Type.Object(
  {
    line1: text('Street and number.'),
    line2: text('Rest of the street address.'),
    city: text('City.'),
    state: text('State, county or province.'),
    postal_code: text('Postal code.'),
    country: text('Country.'),
  },
  { description: 'Billing address.' },
)

const BillingDetails = Type.Object(
  {
    name: text('Name of the holder.'),
    email: text('E-mail address of the holder.'),
    phone: text('Phone number of the holder.'),
    address: nullable(Address),
  },
  { description: 'Who holds the instrument; null when it was never said.' },
)

export const MethodItem = Type.Object(
  {
    id: Type.String({ description: 'Id of the payment method, a UUID.' }),
    object: oneOf(['payment_method'], { description: 'Always "payment_method".' }),
    public_id: wireId('payment_method', 'The same id with its prefix.'),
    customer_id: wireId('customer', 'Whose it is, or was before it was detached.'),
    type: oneOf(METHOD_TYPES, { description: 'Kind of instrument.' }),
    status: oneOf(METHOD_STATUSES, { description: 'inactive = detached.' }),
    is_default: Type.Boolean({
      description: 'Whether it is charged unless a subscription says otherwise.',
    }),
    card: nullable(Card),
    us_bank_account: nullable(UsBankAccount),
    bacs_direct_debit: nullable(BacsDirectDebit),
    bank_account: nullable(SepaAccount),
    priority: nullable(
      Type.Integer({ description: "Place among the customer's methods, the lowest first." }),
    ),
    fingerprint: text('The same for the same card or account, where the gateway tells.'),
    billing_details: nullable(BillingDetails),
    metadata: mapField('Your own keys and values.'),
    created_at: timestamp('When it was attached first.'),
    updated_at: timestamp('When it last changed.'),
  },
  { title: 'PaymentMethod', description: 'A tokenised card or bank account of a customer.' },
)

const textInput = (description: string, maxLength = 500) =>
  Type.Optional(nullable(textField(description, { maxLength })))

const BillingDetailsInput = Type.Optional(
  nullable(
    Type.Object(
      {
        name: textInput('Name of the holder.'),
        email: Type.Optional(
          nullable(textField('E-mail address of the holder.', { format: 'email', maxLength: 254 })),
        ),
        phone: textInput('Phone number of the holder.', 100),
        address: Type.Optional(
          nullable(
            Type.Object(
              {
                line1: textInput('Street and number.'),
                line2: textInput('Rest of the street address.'),
                city: textInput('City.'),
                state: textInput('State, county or province.'),
                postal_code: textInput('Postal code.', 50),
                country: textInput('Country.', 100),
              },
              { description: 'Billing address; what is left out stays.' },
            ),
          ),
        ),
      },
      { description: 'Who holds the instrument; what is left out stays, null clears.' },
    ),
  ),
)

export const MethodCreateBody = Type.Object({
  customer_id: idField('customer', 'Whose method it becomes.'),
  type: Type.Optional(
    oneOf(['card', 'us_bank_account', 'bank_account'], {
      description: 'What the token must stand for; left out, it may be any of them.',
    }),
  ),
  token: textField("Token from the gateway's own tokenisation; never a card number.", {
    minLength: 1,
    maxLength: 255,
  }),
  gateway: Type.Optional(
    nullable(
      textField("Code of the gateway that made the token; left out, the account's first.", {
        minLength: 1,
        maxLength: 100,
      }),
    ),
  ),
  is_default: Type.Optional(
    Type.Boolean({
      description: "Make it the customer's default. The first method becomes it in any case.",
    }),
  ),
  wallet: Type.Optional(
    nullable(
      textField(
        'Wallet that the card came out of, such as apple_pay; counts where the gateway does not tell.',
        {
          minLength: 1,
          maxLength: 50,
        },
      ),
    ),
  ),
  bin: Type.Optional(
    nullable(
      textField(
        'First six or eight digits of the card, which routing asks for; counts where the gateway does not tell them.',
        { pattern: '^(\\d{6}|\\d{8})$' },
      ),
    ),
  ),
  billing_details: BillingDetailsInput,
  metadata: Type.Optional(mapField('Your own keys and values.')),
})

export const MethodUpdateBody = Type.Object({
  billing_details: BillingDetailsInput,
  metadata: Type.Optional(mapField('Your own keys and values: merged, null removes a key.')),
})

export const MethodAttachBody = Type.Object({
  customer_id: idField('customer', 'Whose method it becomes; another owner loses it.'),
})

export const MethodParams = Type.Object({
  id: idField('payment_method', 'Id of the payment method.'),
})

export const MethodListQuery = Type.Object({
  ...cursorQuery('payment_method'),
  customer_id: Type.Optional(idField('customer', 'Only methods of this customer.')),
  type: Type.Optional(oneOf(METHOD_TYPES, { description: 'Only methods of this type.' })),
})

export const CustomerParams = Type.Object({ id: idField('customer', 'Id of the customer.') })
