import type { PaymentByHand } from '@perennial/core/payments'
import Type from 'typebox'
import { dateField, nullable, oneOf, textField } from '../../../platform/wire/index.ts'

const METHODS = [
  'cash',
  'check',
  'bank_transfer',
  'other',
] as const satisfies readonly PaymentByHand['method'][]

export const handMethod = oneOf(METHODS, { description: 'How money came that no gateway took.' })

const optional = Type.Optional

/** What is told of money by hand beside its method. */
export const toldByHand = {
  reference: optional(
    nullable(textField("The payer's or the bank's reference of it.", { maxLength: 200 })),
  ),
  notes: optional(nullable(textField('Kept with the transaction, in metadata.'))),
  paid_at: optional(nullable(dateField('When the money came; left out, now.'))),
}
