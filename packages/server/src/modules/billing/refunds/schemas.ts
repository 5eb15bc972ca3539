import Type from 'typebox'
import {
  amountField,
  closedObject,
  idField,
  nullable,
  oneOf,
  textField,
} from '../../../platform/wire/index.ts'
import { REFUND_MODES, REFUND_REASONS, VOID_REASONS } from '../../payments/index.ts'

const optional = Type.Optional
/** Nothing, or one minor unit and more. */
const positive = (description: string) =>
  optional(Type.Unsafe<bigint>({ ...amountField(description), minimum: 1 }))

const paymentId = (description: string) =>
  textField(`${description} Id of the payment, or of the payment intent or charge that took it.`, {
    maxLength: 100,
  })

const mode = optional(
  oneOf(REFUND_MODES, {
    description: 'at_once, or delayed: sent when the payment is 72 hours old. Default at_once.',
  }),
)

export const RefundCreateBody = closedObject({
  payment_id: paymentId('The payment to give back.'),
  amount_minor: positive('Amount in minor units; left out, all that is left.'),
  reason: optional(nullable(oneOf(REFUND_REASONS, { description: 'Why.' }))),
  reason_details: optional(nullable(textField('Why, in words.'))),
  mode,
})

export const InvoiceRefundBody = closedObject({
  line_item_id: optional(
    idField(
      'invoice_line',
      'Gives back this line alone: over all refunds of it no more than its price, and its tax is a line of its own.',
    ),
  ),
  amount_minor: positive('Amount in minor units; left out, all that is left.'),
  reason: optional(nullable(textField('Why, in words.'))),
  mode,
})

export const VoidCreateBody = closedObject({
  payment_id: paymentId('The payment to call off.'),
  reason: optional(nullable(textField('Why, in words.'))),
  reason_code: optional(nullable(oneOf(VOID_REASONS, { description: 'Why.' }))),
})
