import Type from 'typebox'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  amountField,
  closedObject,
  idField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  unixSecondsField,
  wireId,
} from '../../../platform/wire/index.ts'

const STATUSES = [
  'pending',
  'authorized',
  'captured',
  'succeeded',
  'failed',
  'voided',
  'refunded',
  'partially_refunded',
] as const
const CHANNELS = ['card_present', 'card_not_present', 'bank_transfer', 'manual'] as const
const ENTRY_MODES = [
  'emv_chip',
  'contactless',
  'magnetic_stripe', // tidy: the strip on a card, no vendor
  'manual_entry',
  'fallback',
] as const

const optional = Type.Optional
const maybe = (description: string) => nullable(Type.String({ description }))

export const PaymentItem = Type.Object(
  {
    id: Type.String({
      description:
        'Id of the transaction; of the payment intent while money is only held, and of the attempt while it is on its way.',
    }),
    object: oneOf(['payment'], { description: 'Always "payment".' }),
    invoice_id: nullable(wireId('invoice', 'The invoice it pays.')),
    customer_id: nullable(wireId('customer', 'Who paid.')),
    payment_intent_id: nullable(wireId('payment_intent', 'The payment intent it collects.')),
    status: oneOf(STATUSES, { description: 'What became of it.' }),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    amount: amount('Amount in minor units.'),
    amount_captured: nullable(amount('What was taken; null while nothing was.')),
    amount_refunded: amount('What of it is given back, refunds under way included.'),
    gateway: nullable(wireId('gateway', 'Through which gateway; null for money by hand.')),
    gateway_transaction_id: maybe("The gateway's own id, or the reference of money by hand."),
    gateway_response_code: maybe('Why it was refused.'),
    gateway_response_text: maybe('The same for people.'),
    payment_method_type: maybe('card, us_bank_account, cash, check, bank_transfer or other.'),
    card_brand: maybe('Card network.'),
    card_last_four: maybe('Last four digits of the number.'),
    payment_channel: nullable(oneOf(CHANNELS, { description: 'How the money came.' })),
    entry_mode: nullable(oneOf(ENTRY_MODES, { description: 'Always null: no card was present.' })),
    metadata: mapField('Your own keys and values.'),
    created_at: timestamp('When it was made.'),
    updated_at: timestamp('When it last changed.'),
    authorized_at: nullable(timestamp('When the money was held.')),
    captured_at: nullable(timestamp('When it was taken.')),
    voided_at: nullable(timestamp('When it was called off.')),
    refunded_at: nullable(timestamp('When it was last refunded.')),
  },
  { title: 'Payment', description: 'Money that came, was refused, is held, or is on its way.' },
)

export const PaymentParams = Type.Object({
  id: Type.String({
    maxLength: 100,
    description: 'Id of the transaction, of its attempt, or of the payment intent.',
  }),
})

export const PaymentListQuery = Type.Object({
  ...cursorQuery('transaction', 20, ['payment_intent', 'payment_attempt']),
  customer_id: optional(idField('customer', 'Only of this customer.')),
  invoice_id: optional(idField('invoice', 'Only for this invoice.')),
  status: optional(oneOf(STATUSES, { description: 'Only with this status.' })),
  payment_channel: optional(oneOf(CHANNELS, { description: 'Only through this channel.' })),
  created_gte: optional(unixSecondsField('Only from this instant on, in UNIX seconds.')),
  created_lte: optional(unixSecondsField('Only up to this instant, in UNIX seconds.')),
})

const positive = (description: string) =>
  optional(Type.Unsafe<bigint>({ ...amountField(description), minimum: 1 }))

export const PaymentCaptureBody = closedObject({
  amount: positive('Amount in minor units; left out, all that is held.'),
})

export const PaymentCancelBody = Type.Object({
  reason: optional(nullable(textField('Why, in words.'))),
})
