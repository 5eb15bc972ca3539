import Type, { type Static, type TSchema } from 'typebox'
import { cursorQuery } from '../../platform/lists/index.ts'
import {
  addressField,
  amount,
  amountField,
  bigCountField,
  currencyField,
  idField,
  instantField,
  integerField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'
import { customerDetailFields } from '../customers/index.ts'
import { handMethod, toldByHand } from '../payments/index.ts'

export const SALE_STATUSES = ['pending', 'paid', 'partially_paid', 'declined', 'voided'] as const
const LINE_KINDS = ['product', 'shipping', 'tax', 'discount'] as const

const SoldItem = Type.Object(
  {
    id: nullable(wireId('subscription', 'The subscription; null until the money is there.')),
    subscription_profile_id: nullable(
      wireId('subscription_profile', 'The profile that it was sold with.'),
    ),
    frequency: mapField('How often it renews.'),
    trial_days: Type.Integer({ description: 'Days for which nothing is charged; 0 = no trial.' }),
    trial_unit_amount_minor: nullable(
      amount("What a unit costs at the end of the trial; null = the price's amount."),
    ),
    renewal_unit_amount_minor: nullable(
      amount("What a unit costs at renewals; null = the price's amount."),
    ),
    shipping_at_trial_end_minor: amount('Shipping that is charged when the trial ends.'),
  },
  { description: 'The subscription that the line sells.' },
)

const SaleLineItem = Type.Object(
  {
    position: Type.Integer({ description: 'Place in the sale, from 0.' }),
    kind: oneOf(LINE_KINDS, { description: 'What the line is for.' }),
    of_line: nullable(Type.Integer({ description: 'The product line that is shipped by it.' })),
    product_id: nullable(wireId('product', 'What is sold.')),
    price_id: nullable(wireId('price', 'The price that it is sold at.')),
    description: Type.String({ description: 'Text of its invoice line.' }),
    quantity: Type.Integer({ description: 'Units.' }),
    unit_amount_minor: nullable(amount('What a unit costs in the sale.')),
    amount_minor: amount('What the line asks for now; a discount takes this much off.'),
    subscription: nullable(SoldItem),
    discount_id: nullable(wireId('discount', 'The discount that it comes from.')),
    tax_rate_id: nullable(wireId('tax_rate', 'The tax rate that it comes from.')),
    is_included: Type.Boolean({
      description: 'Of tax: whether the prices include it, so that it is told and not added.',
    }),
    details: mapField('What was said of shipping: provider and method.'),
    metadata: mapField('Your own keys and values.'),
  },
  { title: 'SaleLine', description: 'A line of a sale.' },
)

const address = (description: string) =>
  nullable(Type.Record(Type.String(), Type.String(), { description }))

export const SaleItem = Type.Object(
  {
    id: wireId('sale', 'Id of the sale.'),
    object: oneOf(['sale'], { description: 'Always "sale".' }),
    status: oneOf(SALE_STATUSES, {
      description:
        'pending: the outcome is not known yet. paid and partially_paid: its subscriptions run. declined: nothing was taken or begun, or all of it has gone back and what had begun is unpaid. voided: taken back.',
    }),
    customer_id: wireId('customer', 'Who bought.'),
    invoice_id: wireId('invoice', 'Its bill.'),
    payment_method_id: nullable(
      wireId('payment_method', "What was to be charged; null = the customer's default."),
    ),
    make_default: Type.Boolean({
      description: "Whether the method is the customer's default once money has come.",
    }),
    payment_profile_id: nullable(wireId('payment_profile', 'What routes its charges.')),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    amount_minor: amount('What was to be paid, in minor units.'),
    amount_original_total_minor: amount('Products, shipping and tax, before discounts.'),
    amount_discounted_minor: amount('What discounts took off.'),
    amount_refunded_minor: amount('What was given back, refunds under way included.'),
    amount_total_minor: amount('The original total less what was taken off and given back.'),
    amount_paid_minor: amount('What has been paid.'),
    campaign: nullable(Type.String({ description: 'The campaign that it was sold in.' })),
    shop: nullable(Type.String({ description: 'The shop that it was sold in.' })),
    discount_ids: Type.Array(wireId('discount', 'Id of a discount.'), {
      description: 'Discounts that were named for it.',
    }),
    tax_rate_ids: Type.Array(wireId('tax_rate', 'Id of a tax rate.'), {
      description: 'Tax rates that were named for it.',
    }),
    bill_to: address('Address of the bill.'),
    ship_to: address('Where its goods go.'),
    lines: Type.Array(SaleLineItem, {
      description: 'What was sold, shipped, taxed and taken off.',
    }),
    refunds: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: wireId('refund', 'Id of the refund.'),
            status: Type.String({ description: 'pending waits to be sent; processing is sent.' }),
            amount_minor: amount('What is given back, in minor units.'),
            send_at: nullable(timestamp('When a pending one is sent to the gateway.')),
          },
          { description: 'A refund of what was paid.' },
        ),
        { description: 'What was given back or will be, oldest first; not in lists.' },
      ),
    ),
    metadata: mapField('Your own keys and values.'),
    begun_at: nullable(timestamp('When its money came; since then its subscriptions run.')),
    voided_at: nullable(timestamp('When it was taken back.')),
    created_at: timestamp('When it was made.'),
    updated_at: timestamp('When it last changed.'),
  },
  { title: 'Sale', description: 'What a customer bought at once.' },
)

export const SaleParams = Type.Object({ id: idField('sale', 'Id of the sale.') })

const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(nullable(schema))
const LINES_MAX = 100
const ENTRIES_MAX = 20
const DISCOUNTS_MAX = 20
const TAX_RATES_MAX = 10
const TOKENS_MAX = 20

const LineBody = Type.Object(
  {
    product_id: optional(idField('product', 'What is sold; may be left out beside a price_id.')),
    price_id: optional(
      idField('price', "The price to sell it at; left out, the product's own amounts."),
    ),
    quantity: optional(bigCountField('Units; default 1.', 1)),
    unit_amount_minor: optional(
      amountField(
        "What a unit costs in this sale, in the place of the product's amount. Trial and renewals keep theirs.",
      ),
    ),
  },
  { description: 'A product and how many of it.' },
)

const entry = {
  amount_minor: amountField('The amount, in minor units.'),
  description: optional(textField('Text of its invoice line.', { maxLength: 200 })),
}

const ShippingBody = Type.Object(
  {
    ...entry,
    provider: optional(textField('Who ships.', { maxLength: 100 })),
    provider_method: optional(textField('How it is shipped.', { maxLength: 100 })),
    line: optional(
      integerField(
        'The product line that is shipped, from 0. In a trial its shipping is charged when the product says (trial_shipping); so it is without a line where all that is shipped has a trial.',
        { minimum: 0, maximum: LINES_MAX - 1 },
      ),
    ),
  },
  { description: 'Shipping, by hand.' },
)

const EntryBody = Type.Object(entry, { description: 'An amount, by hand.' })

export const SaleCreateBody = Type.Object({
  customer_id: optional(idField('customer', 'Who buys; or give customer.')),
  customer: optional(
    Type.Object(
      {
        email: textField('Email address; unique in the account.', { minLength: 3, maxLength: 320 }),
        ...customerDetailFields,
        if_known: optional(
          Type.Object(customerDetailFields, {
            description:
              'What is changed of whoever has this e-mail address already, who buys then; {} changes nothing. Left out, an address that is taken is refused. The API key needs the scope customers:write too.',
          }),
        ),
      },
      { description: 'A new customer who buys.' },
    ),
  ),
  payment_method_id: optional(
    idField('payment_method', "What is charged; default: the customer's."),
  ),
  payment_token: optional(
    textField("A gateway's token, attached to the customer and charged.", {
      minLength: 1,
      maxLength: 500,
    }),
  ),
  gateway: optional(
    textField('Code of the gateway that made payment_token; default: the first.', {
      maxLength: 100,
    }),
  ),
  payment_tokens: optional(
    Type.Array(
      Type.Object(
        {
          gateway: textField('Code or id of the gateway that made it.', {
            minLength: 1,
            maxLength: 100,
          }),
          token: textField('What it calls the card or account.', { minLength: 1, maxLength: 500 }),
        },
        { description: 'A token, and whose it is.' },
      ),
      {
        minItems: 1,
        maxItems: TOKENS_MAX,
        description:
          'In the place of payment_token: tokens of several gateways for one card or account, which can be charged at each.',
      },
    ),
  ),
  make_default: Type.Optional(
    Type.Boolean({
      description:
        "Whether what is charged becomes the customer's default once money has come. Subscriptions of the sale are charged by the default then, whatever it is; else by what the sale named.",
    }),
  ),
  paid_by_hand: optional(
    Type.Object(
      { method: handMethod, ...toldByHand },
      {
        description:
          'The whole sale was paid without any gateway: nothing is charged, and the bills of its subscriptions are sent.',
      },
    ),
  ),
  payment_profile_id: optional(
    idField('payment_profile', "Routes the charge of this sale; default: the account's."),
  ),
  currency: optional(currencyField("ISO 4217; default: the first line's.")),
  campaign: optional(
    textField('The campaign that it is sold in; its subscriptions name it too.', {
      minLength: 1,
      maxLength: 100,
    }),
  ),
  shop: optional(textField('The shop that it is sold in.', { minLength: 1, maxLength: 100 })),
  bill_to: optional(addressField('Address of the bill.')),
  ship_to: optional(addressField('Where its goods go, those of its subscriptions too.')),
  lines: Type.Array(LineBody, {
    minItems: 1,
    maxItems: LINES_MAX,
    description: 'What is sold. Each line of a recurring product begins one subscription.',
  }),
  shipping: Type.Optional(
    Type.Array(ShippingBody, { maxItems: ENTRIES_MAX, description: 'Shipping, by hand.' }),
  ),
  discounts: Type.Optional(
    Type.Array(EntryBody, {
      maxItems: ENTRIES_MAX,
      description: 'Taken off products and shipping, never below zero.',
    }),
  ),
  tax: Type.Optional(
    Type.Array(EntryBody, { maxItems: ENTRIES_MAX, description: 'Tax, by hand.' }),
  ),
  discount_ids: Type.Optional(
    Type.Array(idField('discount', 'Id of a discount.'), {
      maxItems: DISCOUNTS_MAX,
      description:
        'Discounts, in order. They come off the products before discounts by hand do, and the subscriptions of the lines that they are for bear them too: the sale is their first use.',
    }),
  ),
  tax_rate_ids: Type.Optional(
    Type.Array(idField('tax_rate', 'Id of a tax rate.'), {
      maxItems: TAX_RATES_MAX,
      description:
        'Tax rates, on what the products cost after discounts; its subscriptions bear them too. Not beside tax.',
    }),
  ),
  shipping_by_profile: Type.Optional(
    Type.Boolean({
      description:
        'Whether goods are shipped at the first rate that qualifies of your shipping profiles. Not beside shipping.',
    }),
  ),
  metadata: Type.Optional(
    mapField('Your own keys and values; its subscriptions begin with them too.'),
  ),
})

export type SaleCreate = Static<typeof SaleCreateBody>

const ownMap = mapField('Your own keys and values; merged, and null removes a key.')

export const SaleUpdateBody = Type.Object({
  metadata: Type.Optional(ownMap),
  lines: Type.Optional(
    Type.Array(
      Type.Object(
        {
          position: integerField('Place of the line in the sale.', { minimum: 0, maximum: 1_000 }),
          metadata: ownMap,
        },
        { description: 'What is said of a line.' },
      ),
      { maxItems: LINES_MAX, description: 'Lines that something is said of.' },
    ),
  ),
})

export const SaleVoidBody = Type.Object({
  mode: Type.Optional(
    oneOf(['at_once', 'delayed'], {
      description:
        'When refunds go to the gateway: at once, or once the payment is 72 hours old. Default at_once.',
    }),
  ),
})

export const SaleListQuery = Type.Object({
  ...cursorQuery('sale'),
  status: Type.Optional(oneOf(SALE_STATUSES, { description: 'Only this status.' })),
  customer_id: Type.Optional(idField('customer', 'Only sales to this customer.')),
  campaign: Type.Optional(textField('Only sales in this campaign.', { maxLength: 100 })),
  subscription_id: Type.Optional(
    idField('subscription', 'Only the sale that this subscription was sold in.'),
  ),
  created_from: Type.Optional(instantField('Only sales made at this instant or later.')),
  created_to: Type.Optional(instantField('Only sales made by this instant, its second included.')),
})
