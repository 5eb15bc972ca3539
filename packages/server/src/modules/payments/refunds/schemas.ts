import Type from 'typebox'
import { offsetQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  idField,
  instantField,
  nullable,
  oneOf,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'

export const REFUND_STATUSES = ['pending', 'processing', 'succeeded', 'failed', 'canceled'] as const
export const REFUND_REASONS = [
  'customer_request',
  'duplicate',
  'fraudulent',
  'product_not_received',
  'product_unacceptable',
  'subscription_canceled',
  'other',
] as const
export const REFUND_MODES = ['at_once', 'delayed'] as const
export const VOID_STATUSES = ['pending', 'processing', 'succeeded', 'failed'] as const
export const VOID_REASONS = [
  'customer_request',
  'duplicate',
  'fraudulent',
  'error',
  'other',
] as const

const text = (description: string) => Type.String({ description })
const maybe = (description: string) => nullable(Type.String({ description }))
const none = (description: string) => nullable(Type.String({ description }))

export const RefundItem = Type.Object(
  {
    id: text('Id of the refund, a UUID.'),
    public_id: wireId('refund', 'The same with its prefix.'),
    object: oneOf(['refund'], { description: 'Always "refund".' }),
    payment_id: wireId('transaction', 'The payment it gives back.'),
    parent_transaction_id: wireId('transaction', 'The same.'),
    order_id: none('Always null.'),
    invoice_id: nullable(wireId('invoice', 'The invoice that was paid.')),
    line_item_id: nullable(wireId('invoice_line', 'The line of the invoice that it gives back.')),
    customer_id: wireId('customer', 'Who gets the money.'),
    subscription_id: nullable(wireId('subscription', 'The subscription it was for.')),
    credit_note_id: nullable(wireId('credit_note', 'The credit note that asked for it.')),
    gateway: text('Id of the gateway that gives it back, or "manual".'),
    gateway_refund_id: maybe("The gateway's own id."),
    currency: text('ISO 4217 code, upper case.'),
    amount_minor: amount('Amount in minor units.'),
    status: oneOf(REFUND_STATUSES, { description: 'How far it is.' }),
    mode: oneOf(REFUND_MODES, {
      description: 'Sent at once, or when the payment is 72 hours old.',
    }),
    reason: nullable(oneOf(REFUND_REASONS, { description: 'Why.' })),
    reason_details: maybe('Why, in words.'),
    failure_code: maybe('Why it failed, for programs.'),
    failure_reason: maybe('Why it failed, for people.'),
    due_at: nullable(timestamp('When a pending one is sent.')),
    created_at: timestamp('When it was asked for.'),
    processed_at: nullable(timestamp('When it ended.')),
  },
  { title: 'Refund', description: 'Money that goes back to whoever paid.' },
)

export const VoidItem = Type.Object(
  {
    id: text('Id of the void, a UUID.'),
    public_id: wireId('void', 'The same with its prefix.'),
    object: oneOf(['void'], { description: 'Always "void".' }),
    payment_id: wireId('transaction', 'The payment it calls off.'),
    parent_transaction_id: wireId('transaction', 'The same.'),
    order_id: none('Always null.'),
    gateway: text('Id of the gateway.'),
    gateway_void_id: maybe("The gateway's own id."),
    currency: text('ISO 4217 code, upper case.'),
    amount_minor: amount('Amount in minor units: the whole payment.'),
    status: oneOf(VOID_STATUSES, { description: 'How far it is.' }),
    reason: maybe('Why, in words.'),
    reason_code: nullable(oneOf(VOID_REASONS, { description: 'Why.' })),
    failure_code: maybe('Why it failed, for programs.'),
    failure_reason: maybe('Why it failed, for people.'),
    created_at: timestamp('When it was asked for.'),
    voided_at: nullable(timestamp('When the gateway agreed.')),
  },
  { title: 'Void', description: 'A payment that is called off before it settles.' },
)

const optional = Type.Optional

const listQuery = {
  payment_id: optional(idField('transaction', 'Only of this payment.')),
  gateway: optional(idField('gateway', 'Only through this gateway.')),
  created_after: optional(instantField('Only from this instant on.')),
  created_before: optional(instantField('Only up to this instant.')),
}

export const RefundListQuery = Type.Object({
  ...offsetQuery('refund'),
  ...listQuery,
  status: optional(oneOf(REFUND_STATUSES, { description: 'Only with this status.' })),
  reason: optional(oneOf(REFUND_REASONS, { description: 'Only for this reason.' })),
  invoice_id: optional(idField('invoice', 'Only of payments of this invoice.')),
})

export const VoidListQuery = Type.Object({
  ...offsetQuery('void'),
  ...listQuery,
  status: optional(oneOf(VOID_STATUSES, { description: 'Only with this status.' })),
})

export const RefundParams = Type.Object({ id: idField('refund', 'Id of the refund.') })
export const VoidParams = Type.Object({ id: idField('void', 'Id of the void.') })
