import { CUSTOMER_ACTIONS, DECLINE_REASONS, MERCHANT_ACTIONS } from '@perennial/core/declines'
import { AVS_MATCHES, CVV_MATCHES } from '@perennial/core/payments'
import Type from 'typebox'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  idField,
  nullable,
  oneOf,
  timestamp,
  unixSecondsField,
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
      oneOf(DECLINE_REASONS, {
        description: 'What came of it; null while it is under way and when it was called off.',
      }),
    ),
    severity: oneOf(['info', 'warn', 'error'], { description: 'How bad it is.' }),
    retryability: oneOf(['retry_now', 'retry_later', 'do_not_retry'], {
      description: 'Whether trying the same method again may help; do_not_retry unless refused.',
    }),
    customer_action: oneOf(CUSTOMER_ACTIONS, { description: 'What the customer can do.' }),
    merchant_action: oneOf(MERCHANT_ACTIONS, { description: 'What you can do.' }),
    subscription_directive: oneOf(['none', 'stop_all', 'stop_program', 'update_cardholder_data'], {
      description: 'What the network asks of whoever charges again and again.',
    }),
    decline_type: nullable(oneOf(['soft', 'hard'], { description: 'Null unless refused.' })),
    gateway_code: Type.String({
      description: 'Why it was refused: ISO 8583 code, or a name; empty unless refused.',
    }),
    gateway_message: Type.String({
      description: 'The same for people, not for the customer; may be empty.',
    }),
    network_advice_code: text(
      "What the card's network advises: Mastercard's merchant advice code, as two digits. It may come with an approval too.",
    ),
    safe_customer_message_key: Type.String({
      description: 'Names a text that may be shown to the customer; empty unless refused.',
    }),
    amount_cents: amount('Amount in minor units.'),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    attempt_number: Type.Integer({ description: 'Which try it is, counted from 1.' }),
    retry_attempt_number: Type.Integer({
      description: 'Which retry it is; 0 = the first try. Further gateways of one route share it.',
    }),
    max_retry_attempts: nullable(
      Type.Integer({
        description:
          'Retries of a renewal at most, by the policy that rules it; null where none are made.',
      }),
    ),
    next_retry_at: nullable(
      timestamp('When its bill is tried again; null where no retry is planned.'),
    ),
    is_scheduled_retry: Type.Boolean({ description: 'Whether recovery made it when it was due.' }),
    is_manual_retry: Type.Boolean({ description: 'Whether somebody made it in between.' }),
    is_customer_present: Type.Boolean({ description: 'Whether the customer was there.' }),
    created_at: timestamp('When it was sent.'),
    updated_at: timestamp('When its end was known.'),
  },
  { title: 'PaymentAttempt', description: 'One call to a gateway.' },
)

export const RetryReadyQuery = Type.Object({
  limit: cursorQuery('payment_attempt').limit,
  starting_after: cursorQuery('payment_attempt').starting_after,
})

export const EligibilityItem = Type.Object(
  {
    should_retry: Type.Boolean({ description: 'Whether a charge may be made now.' }),
    reason: Type.String({ description: 'Why, or why not.' }),
    allowed_at: nullable(timestamp('From when the card network allows it; null = now, or never.')),
    last_attempt: nullable(AttemptItem),
  },
  { title: 'RetryEligibility', description: 'Whether a subscription may be charged again.' },
)

const riskLevel = oneOf(['low', 'medium', 'high', 'unknown'], { description: 'How doubtful.' })
const code = nullable(Type.String({ description: "The networks' letter; null = none was told." }))
const description = Type.String({ description: 'The same in words.' })
const isMatch = (what: string) =>
  nullable(Type.Boolean({ description: `Whether ${what} matches; null = not compared.` }))

const avs = {
  code,
  match_type: oneOf(AVS_MATCHES, { description: 'What the comparison came to.' }),
  description,
  risk_level: riskLevel,
  address_match: isMatch('the street'),
  zip_match: isMatch('the postal code'),
}
const cvv = {
  code,
  match_type: oneOf(CVV_MATCHES, { description: 'What the comparison came to.' }),
  description,
  risk_level: riskLevel,
}

export const SecurityItem = Type.Object(
  {
    avs: Type.Object(avs, { description: 'The address.' }),
    cvv: Type.Object(cvv, { description: 'The security code.' }),
    overall_risk_level: riskLevel,
    recommendation: oneOf(['accept', 'review', 'decline'], { description: 'What to do.' }),
  },
  { title: 'SecurityResult', description: 'What the issuer said of address and security code.' },
)

export const SecurityCodes = Type.Object(
  {
    avs: Type.Array(Type.Object(avs, { description: 'A letter.' }), { description: 'Address.' }),
    cvv: Type.Array(Type.Object(cvv, { description: 'A letter.' }), {
      description: 'Security code.',
    }),
  },
  { title: 'SecurityCodes', description: 'Every letter of the networks.' },
)

const sources = Type.Array(Type.String({ description: 'An address, or why there is none.' }), {
  description: 'Where that is written.',
})
const canHelp = {
  retryability: oneOf(['retry_now', 'retry_later', 'do_not_retry'], {
    description: 'Whether trying the same method again may help.',
  }),
  decline_type: oneOf(['soft', 'hard'], { description: 'Whether it may go away by itself.' }),
  sources,
}

export const DeclineCodes = Type.Object(
  {
    codes: Type.Array(
      Type.Object(
        {
          code: Type.String({ description: 'As decline_code has it, whichever gateway refused.' }),
          category: oneOf(DECLINE_REASONS, { description: 'What it is about.' }),
          meaning: Type.String({ description: 'In words, for you and not for the customer.' }),
          ...canHelp,
        },
        { description: 'A code.' },
      ),
      { description: 'What every gateway’s own codes are told in.' },
    ),
    network_codes: Type.Array(
      Type.Object(
        {
          code: Type.String({ description: "ISO 8583 response code, or American Express's." }),
          decline_code: Type.String({ description: 'The code that it stands for.' }),
          ...canHelp,
        },
        { description: 'A code.' },
      ),
      { description: 'What card networks answer.' },
    ),
    advice_codes: Type.Array(
      Type.Object(
        {
          code: Type.String({ description: "Mastercard's merchant advice code, as two digits." }),
          meaning: Type.String({ description: 'In words.' }),
          sources,
        },
        { description: 'A code.' },
      ),
      { description: 'What networks advise with an answer; it counts more than the answer.' },
    ),
  },
  { title: 'DeclineCodes', description: 'What is known of refusals, and from where.' },
)

const count = (text: string) => Type.Integer({ description: text })

export const DeclineAnalytics = Type.Object(
  {
    from: timestamp('First moment that counts.'),
    to: timestamp('First moment that does not.'),
    is_complete: Type.Boolean({
      description: 'False: there were more attempts than are looked at; the newest were.',
    }),
    total_attempts: count('Charges that came to an end.'),
    approved_count: count('Of these, approved.'),
    declined_count: count('Of these, refused.'),
    approval_rate: Type.Number({ description: 'Approved of all, from 0 to 1.' }),
    soft_decline_count: count('Refusals after which another try may help.'),
    hard_decline_count: count('Refusals after which none does.'),
    top_decline_categories: Type.Array(
      Type.Object(
        { category: oneOf(DECLINE_REASONS, { description: 'Why.' }), count: count('How often.') },
        { description: 'A reason.' },
      ),
      { description: 'The most frequent reasons, at most 10.' },
    ),
    by_gateway: Type.Record(
      Type.String(),
      Type.Object(
        {
          total_attempts: count('Charges that came to an end.'),
          approved_count: count('Of these, approved.'),
          declined_count: count('Of these, refused.'),
          approval_rate: Type.Number({ description: 'Approved of all, from 0 to 1.' }),
        },
        { description: 'One gateway.' },
      ),
      { description: 'The same by id of the gateway.' },
    ),
  },
  { title: 'DeclineAnalytics', description: 'What charges came to.' },
)

export const DeclineAnalyticsQuery = Type.Object({
  created_gte: Type.Optional(unixSecondsField('From then on. Default: 30 days before the end.')),
  created_lte: Type.Optional(unixSecondsField('Until then. Default: now.')),
})

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
