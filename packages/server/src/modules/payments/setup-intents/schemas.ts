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
import { METHOD_TYPES } from '../methods/payment-method.ts'

const optional = Type.Optional

export const SETUP_STATUSES = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'processing',
  'succeeded',
  'canceled',
] as const

const USAGES = ['on_session', 'off_session'] as const
const CANCELLATION_REASONS = ['abandoned', 'requested_by_customer', 'duplicate'] as const

const text = (description: string) => nullable(Type.String({ description }))

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
    redirect_to_url: Redirect,
  },
  { description: 'What the customer has to do before the method is verified.' },
)

const FailedMethod = Type.Object(
  {
    id: Type.String({ description: 'Id of the method, a UUID.' }),
    type: Type.String({ description: 'Its type.' }),
  },
  { description: 'The method that was not verified.' },
)

const LastError = Type.Object(
  {
    code: Type.String({ description: 'Always setup_failed.' }),
    message: Type.String({ description: 'Why, for people.' }),
    decline_code: optional(Type.String({ description: 'Why, for programs.' })),
    payment_method: optional(FailedMethod),
  },
  { description: 'Why the last verification failed; null after one that did not.' },
)

export const SetupIntentItem = Type.Object(
  {
    id: Type.String({ description: 'Id of the setup intent, a UUID.' }),
    object: oneOf(['setup_intent'], { description: 'Always "setup_intent".' }),
    public_id: wireId('setup_intent', 'The same id with its prefix.'),
    client_secret: Type.String({ description: 'Secret for the page that confirms it.' }),
    status: oneOf(SETUP_STATUSES, { description: 'Where it stands.' }),
    customer_id: nullable(wireId('customer', 'Whose method is set up.')),
    payment_method_id: text('The method that is, or was, verified, a UUID.'),
    payment_method_types: Type.Array(Type.String({ description: 'A type.' }), {
      description: 'Types of methods that it takes.',
    }),
    usage: oneOf(USAGES, { description: 'Whether the customer will be there when it is charged.' }),
    gateway: text('Gateway that verified it; null while none was asked.'),
    next_action: nullable(NextActionItem),
    last_error: nullable(LastError),
    cancellation_reason: text(`Why it was canceled: ${CANCELLATION_REASONS.join(', ')}.`),
    description: text('What it is for.'),
    metadata: mapField('Your own keys and values.'),
    confirmed_at: nullable(timestamp('When it was confirmed last.')),
    canceled_at: nullable(timestamp('When it was canceled.')),
    created_at: timestamp('When it was made.'),
    updated_at: timestamp('When it last changed.'),
  },
  { title: 'SetupIntent', description: 'Verifies a payment method without charging it.' },
)

export const SetupIntentParams = Type.Object({
  id: idField('setup_intent', 'Id of the setup intent.'),
})

export const SetupIntentListQuery = Type.Object({
  ...cursorQuery('setup_intent'),
  customer_id: optional(idField('customer', 'Only setup intents of this customer.')),
  status: optional(oneOf(SETUP_STATUSES, { description: 'Only those with this status.' })),
})

const terms = {
  customer_id: optional(nullable(idField('customer', 'Whose method is to be set up.'))),
  payment_method_types: optional(
    Type.Array(oneOf(METHOD_TYPES, { description: 'A type.' }), {
      description: 'Types of methods that it takes; a card when left out.',
      minItems: 1,
      maxItems: METHOD_TYPES.length,
    }),
  ),
  usage: optional(
    oneOf(USAGES, {
      description: 'off_session (the default): it is charged later without the customer.',
    }),
  ),
  description: optional(nullable(textField('What it is for.', { maxLength: 500 }))),
  metadata: optional(mapField('Your own keys and values. On update merged; null removes a key.')),
}

export const SetupIntentCreateBody = Type.Object(terms)
export const SetupIntentUpdateBody = Type.Object(terms)

export const SetupIntentConfirmBody = Type.Object({
  payment_method_id: optional(
    nullable(
      idField('payment_method', "A method of the customer, or one that is nobody's at present."),
    ),
  ),
  token: optional(
    nullable(
      textField("In place of a method: a token of the gateway's own tokenisation.", {
        minLength: 1,
        maxLength: 255,
      }),
    ),
  ),
  gateway: optional(
    nullable(
      textField("Gateway that made the token; left out, the account's first.", {
        minLength: 1,
        maxLength: 100,
      }),
    ),
  ),
  return_url: optional(
    nullable(
      textField('Where the customer comes back to from a challenge.', {
        format: 'url',
        maxLength: 2_000,
      }),
    ),
  ),
})

export const SetupIntentCancelBody = Type.Object({
  cancellation_reason: optional(nullable(oneOf(CANCELLATION_REASONS, { description: 'Why.' }))),
})
