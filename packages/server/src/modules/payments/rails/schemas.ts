import Type from 'typebox'
import {
  amount,
  amountField,
  idField,
  nullable,
  oneOf,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import { PAYMENT_RAILS } from '../../invoices/index.ts'

const railFields = {
  rail: oneOf(PAYMENT_RAILS, { description: 'Way to pay.' }),
  available: Type.Boolean({ description: 'Whether it can be used now.' }),
  reason_if_not: nullable(Type.String({ description: 'Why not; null when it can.' })),
  last_used_at: nullable(timestamp('When it was last paid with.')),
  mandate_ref: nullable(Type.String({ description: 'Reference of the mandate; null without.' })),
  mandate_id: Type.Optional(wireId('mandate', 'The mandate; absent without.')),
}

const shared = {
  customer_id: wireId('customer', 'Who pays.'),
  invoice_id: nullable(wireId('invoice', 'The invoice that was asked about.')),
}

export const PaymentRails = Type.Object({
  data: Type.Object(
    {
      ...shared,
      rails: Type.Array(Type.Object(railFields), { description: 'Every way to pay.' }),
    },
    { title: 'PaymentRails', description: 'How a customer can pay.' },
  ),
})

export const PreferredRails = Type.Object({
  data: Type.Object(
    {
      ...shared,
      amount_minor: nullable(amount('What is to be paid, in minor units.')),
      currency: nullable(Type.String({ description: 'ISO 4217 code, upper case.' })),
      preferred_rails: Type.Array(
        Type.Object({
          ...railFields,
          rank: Type.Integer({ description: 'Place, counted from 1.' }),
          score: Type.Number({ description: '0 to 100.' }),
          mandate: Type.Optional(
            Type.Object(
              {
                id: Type.String({ description: 'Id of the mandate, a UUID.' }),
                status: oneOf(['PENDING_LODGEMENT', 'ACTIVE', 'SUSPENDED'], {
                  description: 'Where it stands.',
                }),
                created_at: timestamp('When it was made.'),
                bureau_suspend_confirmed: nullable(
                  Type.Boolean({ description: 'Whether the bureau has confirmed a suspension.' }),
                ),
              },
              { description: 'The mandate that would be debited.' },
            ),
          ),
          reason: Type.String({ description: 'What speaks most for it, or against it.' }),
          reasons: Type.Array(Type.String({ description: 'A reason.' }), {
            description: 'All that speaks for it, or against it.',
          }),
        }),
        { description: 'Every way to pay, best first.' },
      ),
    },
    { title: 'PreferredRails', description: 'How a customer had best pay.' },
  ),
})

export const RailsQuery = Type.Object({
  invoice_id: Type.Optional(idField('invoice', 'The invoice that is to be paid.')),
})

export const PreferredRailsQuery = Type.Object({
  invoice_id: Type.Optional(idField('invoice', 'The invoice that is to be paid.')),
  amount: Type.Optional(amountField('What is to be paid, in minor units.')),
  amount_minor: Type.Optional(amountField('The same; wins over amount.')),
})
