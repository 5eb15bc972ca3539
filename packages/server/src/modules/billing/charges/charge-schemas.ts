import Type from 'typebox'
import { offsetQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  amountField,
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
import { REFUND_REASONS } from '../../payments/index.ts'
import { STATEMENT_PATTERN } from '../intents/intent-schemas.ts'

const STATUSES = [
  'pending',
  'processing',
  'succeeded',
  'failed',
  'refunded',
  'partially_refunded',
  'voided',
] as const

const optional = Type.Optional
const maybe = (description: string) => nullable(Type.String({ description }))
const positive = (description: string) =>
  Type.Unsafe<bigint>({ ...amountField(description), minimum: 1 })

export const ChargeItem = Type.Object(
  {
    id: wireId('payment_intent', 'Id of the charge: its payment intent’s.'),
    customerId: wireId('customer', 'Who is charged.'),
    invoiceId: nullable(wireId('invoice', 'Always null: a charge is made without an invoice.')),
    paymentMethodId: nullable(wireId('payment_method', 'What is charged.')),
    amountMinor: amount('Amount in minor units.'),
    amountCapturedMinor: amount('What of it was taken.'),
    amountRefundedMinor: amount('What of it is given back.'),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    status: oneOf(STATUSES, { description: 'What became of it.' }),
    description: Type.String({ description: 'What it is for.' }),
    statementDescriptor: maybe('What the customer’s statement says.'),
    failureCode: maybe('Why it was refused, for programs.'),
    failureMessage: maybe('Why it was refused, for people.'),
    gatewayTransactionId: maybe("The gateway's own id."),
    receiptUrl: maybe('Always null.'),
    captured: Type.Boolean({ description: 'Whether the money was taken.' }),
    metadata: mapField('Your own keys and values.'),
    createdAt: timestamp('When it was made.'),
    updatedAt: timestamp('When it last changed.'),
  },
  { title: 'Charge', description: 'Money that is asked of a customer at once.' },
)

const SEND_RECEIPT =
  'True = a receipt goes to the customer once the money is taken; false = none, of its refunds neither. Left out, settings.mail.send_receipts of the account says.'

export const ChargeCreateBody = Type.Object({
  customerId: idField('customer', 'Who is charged.'),
  amountMinor: positive('Amount in minor units.'),
  description: textField('What it is for.', { minLength: 1 }),
  currency: optional(currencyField('ISO 4217 code; left out, that of the account.')),
  paymentMethodId: optional(
    nullable(idField('payment_method', 'What is charged; left out, the default.')),
  ),
  capture: optional(Type.Boolean({ description: 'False = hold the money only. Default true.' })),
  statementDescriptor: optional(
    nullable(
      textField('What the customer’s statement says.', {
        maxLength: 22,
        pattern: STATEMENT_PATTERN,
      }),
    ),
  ),
  metadata: optional(mapField('Your own keys and values.')),
  sendReceipt: optional(Type.Boolean({ description: SEND_RECEIPT })),
  idempotencyKey: optional(
    nullable(textField('A second charge with it is refused.', { maxLength: 255 })),
  ),
})

export const ChargeCaptureBody = closedObject({
  amountMinor: optional(positive('Amount in minor units; left out, all that is held.')),
})

export const ChargeRefundBody = closedObject({
  amountMinor: optional(positive('Amount in minor units; left out, all that is left.')),
  reason: optional(nullable(oneOf(REFUND_REASONS, { description: 'Why.' }))),
})

export const ChargeParams = Type.Object({ id: idField('payment_intent', 'Id of the charge.') })

export const ChargeListQuery = Type.Object({
  ...offsetQuery('payment_intent'),
  customerId: optional(idField('customer', 'Only of this customer.')),
  status: optional(oneOf(STATUSES, { description: 'Only with this status.' })),
  createdGte: optional(unixSecondsField('Only from this instant on, in UNIX seconds.')),
  createdLte: optional(unixSecondsField('Only up to this instant, in UNIX seconds.')),
})

/** Beside the error as always, the charge that was made with the key. */
export const ChargeKeyUsed = Type.Object(
  {
    error: Type.Unsafe<object>({
      type: 'object',
      additionalProperties: true,
      description: 'The error.',
    }),
    message: Type.String({ description: 'Copy of error.message.' }),
    existingChargeId: wireId('payment_intent', 'The charge that has this key.'),
  },
  { description: 'The key was used before.' },
)
