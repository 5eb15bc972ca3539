import Type from 'typebox'
import { offsetQuery } from '../../platform/lists/index.ts'
import {
  amount,
  idField,
  mapField,
  nullable,
  oneOf,
  timestamp,
  wireId,
} from '../../platform/wire/index.ts'
import { PAYMENT_RAILS } from './rows.ts'

export const INVOICE_STATUSES = [
  'draft',
  'pending_approval',
  'finalized',
  'approved',
  'sent',
  'partially_paid',
  'paid',
  'overdue',
  'void',
  'uncollectible',
] as const

const LINE_KINDS = ['item', 'discount', 'shipping', 'tax', 'tax_included'] as const

const text = (description: string) => nullable(Type.String({ description }))

const LineItem = Type.Object(
  {
    id: wireId('invoice_line', 'Id of the line.'),
    description: Type.String({ description: 'What it is for.' }),
    quantity: Type.Integer({ description: 'Units.' }),
    unit_amount_decimal: text('Price of one unit in minor units, where one unit has one price.'),
    amount_minor: amount('Amount of the line in minor units; negative for a discount.'),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    subscription_item_id: nullable(
      wireId('subscription_item', 'Item of the subscription that it bills.'),
    ),
    price_id: nullable(wireId('price', 'Price it was made from.')),
    product_id: nullable(wireId('product', 'Product it is for.')),
    period_start: nullable(timestamp('Start of the period it bills.')),
    period_end: nullable(timestamp('End of the period it bills.')),
    is_proration: Type.Boolean({ description: 'Whether it bills a part of a period.' }),
    kind: oneOf(LINE_KINDS, {
      description:
        'item, discount, shipping, tax (added to the prices) or tax_included (in the prices: told, and not added up).',
    }),
    discount_id: Type.Optional(wireId('discount', 'With discount: what takes it off.')),
    tax_rate_id: Type.Optional(wireId('tax_rate', 'With tax and tax_included: its rate.')),
    shipping_profile_id: Type.Optional(
      nullable(
        wireId(
          'shipping_profile',
          'With shipping: whose rate it is; null = no rate qualified, and it is shipped for nothing.',
        ),
      ),
    ),
    provider: Type.Optional(text('With shipping: who ships.')),
    provider_method: Type.Optional(text('With shipping: how.')),
  },
  { title: 'InvoiceLine', description: 'One line of an invoice.' },
)

export const InvoiceItem = Type.Object(
  {
    id: wireId('invoice', 'Id of the invoice.'),
    object: oneOf(['invoice'], { description: 'Always "invoice".' }),
    invoice_number: Type.Optional(
      Type.String({ description: 'Given when the invoice is finalized, gap-free; or by you.' }),
    ),
    customer_uuid: wireId('customer', 'Who owes it.'),
    subscription_id: nullable(wireId('subscription', 'The subscription it bills.')),
    status: oneOf(INVOICE_STATUSES, { description: 'Where it stands in its life.' }),
    billing_reason: Type.String({
      description: 'manual, subscription_create, subscription_cycle or subscription_update.',
    }),
    collection_method: oneOf(['charge_automatically', 'send_invoice'], {
      description: 'How it is collected.',
    }),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    subtotal_minor: amount(
      'Items and shipping before discounts and without tax, in minor units. Tax that prices include is taken out.',
    ),
    discount_minor: amount('Discounts, in minor units.'),
    tax_minor: amount('Tax, in minor units.'),
    total_minor: amount('subtotal - discount + tax, in minor units.'),
    amount_paid_minor: amount('Paid so far, in minor units.'),
    amount_due_minor: amount('Still owed, in minor units.'),
    credit_applied_minor: amount("Of what is paid: what came from the customer's credit."),
    amount_refunded_minor: amount('Of what was paid: what refunds give back.'),
    amount_credited_minor: amount('Of what was paid: what credit notes give back otherwise.'),
    period_start: nullable(timestamp('Start of the period it bills.')),
    period_end: nullable(timestamp('End of the period it bills.')),
    due_date: nullable(timestamp('Until when it is to be paid.')),
    finalized_at: nullable(timestamp('When its money fields were fixed.')),
    sent_at: nullable(timestamp('When it was sent first.')),
    paid_at: nullable(timestamp('When its balance reached zero.')),
    voided_at: nullable(timestamp('When it was voided.')),
    public_token: text('Secret part of its public address; null for a draft.'),
    hosted_invoice_url: text('Page on which it can be paid; null while there is none.'),
    pdf_url: text('Where its PDF is; null while there is none.'),
    allowed_methods: nullable(
      Type.Array(oneOf(PAYMENT_RAILS, { description: 'A way to pay.' }), {
        description: 'Ways to pay it at checkout; null = your default.',
      }),
    ),
    subscription_terms: nullable(
      Type.Object({}, { description: 'Terms of a subscription that its payment starts.' }),
    ),
    external_source: text('System that it came from.'),
    external_type: text('What it is there.'),
    external_id: text('Its id there.'),
    line_items: Type.Array(LineItem, { description: 'What it is for.' }),
    metadata: mapField('Your own keys and values.'),
    custom_fields: mapField('Your own fields.'),
    created_at: timestamp('When it was made.'),
    updated_at: timestamp('When it last changed.'),
  },
  { title: 'Invoice', description: 'What a customer owes, or has paid.' },
)

const requestId = Type.String({ description: 'Id of the request, for support.' })

export const InvoiceAnswer = Type.Object({ data: InvoiceItem, requestId })

export const InvoiceParams = Type.Object({ id: idField('invoice', 'Id of the invoice.') })

export const InvoiceListQuery = Type.Object({
  ...offsetQuery('invoice'),
  status: Type.Optional(
    oneOf([...INVOICE_STATUSES, 'open', 'voided'], {
      description: 'Only invoices with this status; open = issued and not settled.',
    }),
  ),
  customerId: Type.Optional(idField('customer', 'Only invoices of this customer.')),
  subscriptionId: Type.Optional(idField('subscription', 'Only invoices of this subscription.')),
})
