import Type, { type Static } from 'typebox'
import {
  amountField,
  bigCountField,
  closedObject,
  currencyField,
  idField,
  mapField,
  nullable,
  oneOf,
  textField,
} from '../../../platform/wire/index.ts'
import { PAYMENT_RAILS } from '../../invoices/index.ts'
import { handMethod, toldByHand } from '../../payments/index.ts'

const optional = Type.Optional

const LINES_MAX = 250

const LineInput = Type.Object({
  description: optional(
    nullable(textField("What the line is for; left out, the product's name.", { minLength: 1 })),
  ),
  quantity: optional(bigCountField('Units; default 1.', 1)),
  unit_amount_minor: optional(
    nullable(amountField('Amount of one unit in minor units; left out, what the price says.')),
  ),
  price_id: optional(nullable(idField('price', 'Price that the amount comes from.'))),
  product_id: optional(nullable(idField('product', 'Product that the line is for.'))),
})

const lineItems = optional(
  Type.Array(LineInput, { maxItems: LINES_MAX, description: 'What the invoice is for.' }),
)

const dueDate = optional(
  nullable(
    textField(
      "Until when it is to be paid: a date (YYYY-MM-DD, to its end in the account's time zone) or an ISO 8601 instant.",
      { maxLength: 40 },
    ),
  ),
)

const allowedMethods = optional(
  nullable(
    Type.Array(oneOf(PAYMENT_RAILS, { description: 'A way to pay.' }), {
      maxItems: PAYMENT_RAILS.length,
      description: 'Ways to pay it at checkout; an empty list or null = your default.',
    }),
  ),
)

/** Told apart from an unknown field, because leaving it out silently would sell no subscription. */
const subscriptionTerms = optional(
  nullable(mapField('Not available yet: an invoice with terms of a subscription is refused.')),
)

export const InvoiceCreateBody = Type.Object({
  customer_uuid: optional(idField('customer', 'Who owes it.')),
  customer_id: optional(idField('customer', 'Another name of customer_uuid.')),
  invoice_number: optional(
    nullable(
      textField('A number of your own; left out, one is given when it is finalized.', {
        minLength: 1,
        maxLength: 50,
      }),
    ),
  ),
  total_minor: optional(
    amountField('Total in minor units; with lines it may be left out and must be their sum.'),
  ),
  currency: optional(
    nullable(currencyField("ISO 4217 code; left out, the customer's, then the account's.")),
  ),
  status: optional(oneOf(['draft'], { description: 'Always draft.' })),
  due_date: dueDate,
  line_items: lineItems,
  allowed_methods: allowedMethods,
  subscription_terms: subscriptionTerms,
  metadata: optional(mapField('Your own keys and values.')),
  custom_fields: optional(mapField('Your own fields.')),
})

export const InvoiceUpdateBody = Type.Object({
  status: optional(
    textField(
      'finalized, approved, sent, void or uncollectible do what the call of that name does.',
      { maxLength: 20 },
    ),
  ),
  total_minor: optional(amountField('Total in minor units; drafts only.')),
  due_date: dueDate,
  line_items: lineItems,
  allowed_methods: allowedMethods,
  subscription_terms: subscriptionTerms,
  metadata: optional(mapField('Merged into what is there; a key set to null is removed.')),
  custom_fields: optional(mapField('Merged into what is there; a key set to null is removed.')),
})

export const FinalizeBody = Type.Object({
  auto_advance: optional(Type.Boolean({ description: 'Whether it is approved at once.' })),
})

export const SendBody = Type.Object({
  channel: optional(
    oneOf(['email', 'sms', 'whatsapp'], { description: 'How it goes out; only email works yet.' }),
  ),
  template_id: optional(nullable(textField('Not used yet.', { maxLength: 100 }))),
})

export const VoidBody = Type.Object({
  reason: optional(nullable(textField('Why; kept in metadata as void_reason.'))),
})

export const PayBody = closedObject(
  {
    paymentMethodId: optional(
      nullable(idField('payment_method', "Method to charge; left out, the customer's default.")),
    ),
    payment_method: optional(nullable(handMethod)),
    amount_minor: optional(
      nullable(bigCountField('Amount in minor units; left out, all that is owed.', 1)),
    ),
    ...toldByHand,
  },
  { description: 'With payment_method a payment is recorded, without it the customer is charged.' },
)

export type InvoiceCreate = Static<typeof InvoiceCreateBody>
export type InvoiceUpdate = Static<typeof InvoiceUpdateBody>
export type InvoicePay = Static<typeof PayBody>
