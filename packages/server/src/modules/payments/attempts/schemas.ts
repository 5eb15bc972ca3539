import { CUSTOMER_ACTIONS, DECLINE_REASONS, MERCHANT_ACTIONS } from '@perennial/core/declines'
import Type from 'typebox'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  idField,
  nullable,
  oneOf,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'

const text = (description: string) => nullable(Type.String({ description }))

export const AttemptItem = Type.Object(
  {
    id: Type.String({ description: 'Id of the attempt, a UUID.' }),
    object: oneOf(['payment_attempt'], { description: 'Always "payment_attempt".' }),
    public_id: wireId('payment_attempt', 'The same id with its prefix.'),
    gateway_order_id: Type.String({ description: 'The idempotency key at the gateway.' }),
    gateway_transaction_id: text("The gateway's own id of the charge."),
    payment_id: nullable(wireId('transaction', 'The transaction that came of it.')),
    payment_intent_id: nullable(wireId('payment_intent', 'The payment intent it collects.')),
    invoice_id: nullable(wireId('invoice', 'The invoice it collects.')),
    subscription_id: nullable(wireId('subscription', 'The subscription it is for.')),
    customer_id: wireId('customer', 'Who was charged.'),
    checkout_session_id: nullable(wireId('checkout_session', 'Null: not by a checkout.')),
    billing_run_id: nullable(wireId('renewal_run', 'Null: runs are told by their renewals.')),
    payment_method_id: wireId('payment_method', 'What was charged.'),
    payment_method_brand: text('Card network.'),
    payment_method_last4: text('Last four digits of the number.'),
    gateway: wireId('gateway', 'The gateway that was called.'),
    operation: oneOf(['charge', 'authorize', 'capture'], { description: 'What was asked for.' }),
    attempt_status: oneOf(['pending', 'succeeded', 'failed', 'canceled'], {
      description: 'pending = its end is not known yet.',
    }),
    category: nullable(
      oneOf(DECLINE_REASONS, { description: 'What came of it; null while that is not known.' }),
    ),
    severity: oneOf(['info', 'warn', 'error'], { description: 'How bad it is.' }),
    retryability: nullable(
      oneOf(['retry_now', 'retry_later', 'do_not_retry'], {
        description: 'Whether trying the same method again may help; null unless refused.',
      }),
    ),
    customer_action: oneOf(CUSTOMER_ACTIONS, { description: 'What the customer can do.' }),
    merchant_action: oneOf(MERCHANT_ACTIONS, { description: 'What you can do.' }),
    subscription_directive: oneOf(['none', 'stop_all', 'stop_program', 'update_cardholder_data'], {
      description: 'What the network asks of whoever charges again and again.',
    }),
    decline_type: nullable(oneOf(['soft', 'hard'], { description: 'Null unless refused.' })),
    gateway_code: text('Why it was refused: ISO 8583 code, or a name.'),
    gateway_message: text('The same for people; not for the customer.'),
    safe_customer_message_key: text('Text that may be shown to the customer.'),
    amount_cents: amount('Amount in minor units.'),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    attempt_number: Type.Integer({ description: 'Which try it is, counted from 1.' }),
    retry_attempt_number: Type.Integer({ description: 'Which retry it is; 0 = the first try.' }),
    created_at: timestamp('When it was sent.'),
    updated_at: timestamp('When its end was known.'),
  },
  { title: 'PaymentAttempt', description: 'One call to a gateway.' },
)

export const AttemptParams = Type.Object({
  id: idField('payment_attempt', 'Id of the attempt.'),
})

export const AttemptsOfInvoiceParams = Type.Object({
  id: idField('invoice', 'Id of the invoice.'),
})

export const AttemptsOfSubscriptionParams = Type.Object({
  id: idField('subscription', 'Id of the subscription.'),
})

export const AttemptsOfTransactionParams = Type.Object({
  id: idField('transaction', 'Id of the transaction.'),
})

/** The key of a charge at its gateway is the attempt's id. */
export const AttemptOrderParams = Type.Object({
  orderId: idField('payment_attempt', 'gateway_order_id of the attempt.'),
})

export const AttemptPageQuery = Type.Object(cursorQuery('payment_attempt'))

export const AttemptListQuery = Type.Object({
  ...cursorQuery('payment_attempt'),
  invoice_id: Type.Optional(idField('invoice', 'Only for this invoice.')),
  subscription_id: Type.Optional(idField('subscription', 'Only for this subscription.')),
  payment_intent_id: Type.Optional(idField('payment_intent', 'Only for this payment intent.')),
})
