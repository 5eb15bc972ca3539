import Type, { type Static } from 'typebox'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  bigCountField,
  closedObject,
  currencyField,
  idField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  unixSecondsField,
  wireId,
} from '../../../platform/wire/index.ts'

const optional = Type.Optional

export const INTENT_STATUSES = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'processing',
  'succeeded',
  'canceled',
] as const

const CANCELLATION_REASONS = [
  'duplicate',
  'fraudulent',
  'requested_by_customer',
  'abandoned',
  'failed_invoice',
] as const

const text = (description: string) => nullable(Type.String({ description }))

const LastError = Type.Object(
  {
    code: Type.String({ description: 'card_declined or capture_failed.' }),
    message: Type.String({ description: 'Why, for people.' }),
    decline_code: optional(Type.String({ description: 'Why, for programs.' })),
    payment_method: optional(
      Type.Object(
        {
          id: wireId('payment_method', 'Id of the payment method.'),
          type: Type.String({ description: 'Kind of instrument.' }),
        },
        { description: 'What was charged.' },
      ),
    ),
  },
  { description: 'Why the last try failed; null after one that did not.' },
)

const Redirect = Type.Object(
  {
    url: Type.String({ description: "Page of the customer's bank." }),
    return_url: Type.String({ description: 'Where the customer comes back to.' }),
  },
  { description: 'Send the customer there.' },
)

const NextActionItem = Type.Object(
  {
    type: oneOf(['redirect_to_url'], { description: 'What the customer has to do.' }),
    redirect_to_url: optional(Redirect),
  },
  { description: 'What the customer has to do before money can move.' },
)

/** Answered bare, without an envelope (revkeen 3.3). */
export const IntentItem = Type.Object(
  {
    id: wireId('payment_intent', 'Id of the payment intent.'),
    object: oneOf(['payment_intent'], { description: 'Always "payment_intent".' }),
    amount: amount('What is to be collected, in minor units.'),
    amount_capturable: amount('What is authorised and not captured, in minor units.'),
    amount_received: amount('What was collected, in minor units.'),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    customer: wireId('customer', 'Who pays.'),
    payment_method: nullable(wireId('payment_method', 'What is charged.')),
    status: oneOf(INTENT_STATUSES, { description: 'Where it stands.' }),
    capture_method: oneOf(['automatic', 'manual'], {
      description: 'manual = confirming authorises, and capturing takes the money.',
    }),
    description: text('What it is for.'),
    statement_descriptor: text("Text on the customer's statement."),
    statement_descriptor_suffix: text('Rest of that text.'),
    receipt_email: text('Where a receipt goes once the money is taken, and of its refunds.'),
    client_secret: Type.String({ description: 'Secret for the page that confirms it.' }),
    last_payment_error: nullable(LastError),
    next_action: nullable(NextActionItem),
    cancellation_reason: text(`Why it was canceled: ${CANCELLATION_REASONS.join(', ')}.`),
    canceled_at: nullable(timestamp('When it was canceled.')),
    metadata: mapField('Your own keys and values.'),
    created: Type.Integer({ description: 'When it was made, in UNIX seconds.' }),
    livemode: Type.Boolean({ description: 'False in a sandbox.' }),
  },
  { title: 'PaymentIntent', description: 'One collection outside invoices.' },
)

export const IntentParams = Type.Object({
  id: idField('payment_intent', 'Id of the payment intent.'),
})

export const IntentListQuery = Type.Object({
  ...cursorQuery('payment_intent'),
  customer: optional(idField('customer', 'Only payment intents of this customer.')),
  status: optional(oneOf(INTENT_STATUSES, { description: 'Only those with this status.' })),
  created_gte: optional(unixSecondsField('Made at or after this instant, in UNIX seconds.')),
  created_lte: optional(unixSecondsField('Made at or before this instant, in UNIX seconds.')),
})

const method = (description: string) => optional(nullable(idField('payment_method', description)))

const textInput = (description: string, maxLength: number) =>
  optional(nullable(textField(description, { maxLength })))

/** Plain letters, at least one, and none that a gateway takes for something else. */
export const STATEMENT_PATTERN = '^(?=.*[A-Za-z])[ !#-;=?-\\[\\]-~]*$'

const statementInput = (description: string) =>
  optional(nullable(textField(description, { maxLength: 22, pattern: STATEMENT_PATTERN })))

const labels = {
  description: textInput('What it is for.', 500),
  statement_descriptor: statementInput("Text on the customer's statement."),
  statement_descriptor_suffix: statementInput('Rest of that text.'),
  receipt_email: optional(
    nullable(
      textField('Where a receipt goes once the money is taken, and of its refunds.', {
        format: 'email',
        maxLength: 254,
      }),
    ),
  ),
  metadata: optional(mapField('Your own keys and values. On update merged; null removes a key.')),
}

export const IntentCreateBody = Type.Object({
  amount: bigCountField('What is to be collected, in minor units.', 1),
  currency: optional(currencyField("ISO 4217 code; left out, the account's.")),
  customer: idField('customer', 'Who pays.'),
  gateway_merchant_id: textInput('Not taken: a gateway here is one merchant account.', 255),
  payment_method: method('What is charged; may be said when it is confirmed.'),
  capture_method: optional(
    oneOf(['automatic', 'manual'], {
      description: 'manual = confirming only authorises.',
      default: 'automatic',
    }),
  ),
  ...labels,
})

export const IntentUpdateBody = Type.Object({
  amount: optional(bigCountField('What is to be collected, in minor units.', 1)),
  currency: optional(currencyField('ISO 4217 code.')),
  payment_method: method('What is charged; null takes it away.'),
  ...labels,
})

export const IntentConfirmBody = Type.Object({
  payment_method: method("What is charged; left out, the intent's own, then the default."),
  return_url: optional(
    nullable(
      textField('Where a customer who has to authenticate comes back to.', {
        format: 'url',
        maxLength: 2_000,
      }),
    ),
  ),
})

export const IntentCaptureBody = closedObject({
  amount_to_capture: optional(
    nullable(bigCountField('How much, in minor units; left out, all that is authorised.', 1)),
  ),
})

export const IntentCancelBody = Type.Object({
  cancellation_reason: optional(nullable(oneOf(CANCELLATION_REASONS, { description: 'Why.' }))),
})

export type IntentCreate = Static<typeof IntentCreateBody>
export type IntentUpdate = Static<typeof IntentUpdateBody>
