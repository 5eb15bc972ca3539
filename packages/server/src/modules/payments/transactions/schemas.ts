import Type from 'typebox'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  idField,
  mapField,
  nullable,
  oneOf,
  timestamp,
  unixSecondsField,
  wireId,
} from '../../../platform/wire/index.ts'

export const TRANSACTION_TYPES = [
  'sale',
  'refund',
  'void',
  'capture',
  'dispute',
  'adjustment',
] as const
export const TRANSACTION_STATUSES = ['pending', 'succeeded', 'failed', 'voided'] as const

const text = (description: string) => nullable(Type.String({ description }))

export const TransactionItem = Type.Object(
  {
    id: wireId('transaction', 'Id of the transaction.'),
    object: oneOf(['transaction'], { description: 'Always "transaction".' }),
    type: oneOf(TRANSACTION_TYPES, { description: 'What kind of movement.' }),
    status: oneOf(TRANSACTION_STATUSES, { description: 'Whether money moved.' }),
    invoice_id: nullable(wireId('invoice', 'The invoice it pays.')),
    customer_id: nullable(wireId('customer', 'Who paid.')),
    payment_intent_id: nullable(wireId('payment_intent', 'The payment intent it collects.')),
    subscription_id: nullable(wireId('subscription', 'The subscription it is for.')),
    parent_transaction_id: nullable(wireId('transaction', 'The movement that it takes back.')),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    amount: amount('Amount in minor units.'),
    amount_refunded: amount('What of it was given back, in minor units.'),
    gateway: nullable(wireId('gateway', 'The gateway that moved it; null for money by hand.')),
    gateway_transaction_id: text("The gateway's own id, or the reference of money by hand."),
    gateway_response_code: text('Why it was refused: ISO 8583 code, or a name.'),
    gateway_response_text: text('The same for people.'),
    payment_method_type: text('card, us_bank_account, cash, check, bank_transfer or other.'),
    card_brand: text('Card network.'),
    card_last_four: text('Last four digits of the number.'),
    metadata: mapField('Your own keys and values.'),
    created_at: timestamp('When it happened.'),
    updated_at: timestamp('When it last changed.'),
  },
  { title: 'Transaction', description: 'Money that moved, or was refused.' },
)

export const TransactionParams = Type.Object({
  id: idField('transaction', 'Id of the transaction.'),
})

export const TransactionListQuery = Type.Object({
  ...cursorQuery('transaction'),
  type: Type.Optional(oneOf(TRANSACTION_TYPES, { description: 'Only of this type.' })),
  status: Type.Optional(oneOf(TRANSACTION_STATUSES, { description: 'Only with this status.' })),
  customer_id: Type.Optional(idField('customer', 'Only of this customer.')),
  invoice_id: Type.Optional(idField('invoice', 'Only for this invoice.')),
  created_gte: Type.Optional(unixSecondsField('Only from this instant on, in UNIX seconds.')),
  created_lte: Type.Optional(unixSecondsField('Only up to this instant, in UNIX seconds.')),
})
