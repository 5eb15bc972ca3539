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
import { RenewalPaymentItem } from './schemas.ts'

const STATUSES = ['ready', 'recovered', 'disabled'] as const
const SOURCES = ['sale', 'subscription_renewal', 'trial'] as const

export const SalvageItem = Type.Object(
  {
    id: wireId('recovery_case', 'Id, which is that of its recovery case.'),
    object: oneOf(['salvage_transaction'], { description: 'Always "salvage_transaction".' }),
    status: oneOf(STATUSES, {
      description:
        'ready: it may be tried. recovered: all has been paid. disabled: it was given up, or its bill is void or written off.',
    }),
    recovery_state: oneOf(['open', 'recovered', 'exhausted', 'canceled'], {
      description: 'Of the recovery case: whether it is still tried by itself.',
    }),
    source_type: oneOf(SOURCES, { description: 'What could not be collected.' }),
    customer_id: wireId('customer', 'Who owes.'),
    subscription_id: nullable(
      wireId(
        'subscription',
        'The subscription that is behind; null for a sale of one-time products alone.',
      ),
    ),
    sale_id: nullable(wireId('sale', 'The sale that is not paid in full.')),
    renewal_id: nullable(wireId('renewal', 'The renewal that is not paid.')),
    invoice_id: wireId('invoice', 'Its bill.'),
    gateway_id: nullable(wireId('gateway', 'Where the first charge failed.')),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    amount_minor: amount('What could not be collected, in minor units.'),
    amount_remaining_minor: amount('What of the bill is still owed.'),
    attempts: Type.Integer({ description: 'Charges of the bill, the first one among them.' }),
    first_decline_code: Type.String({ description: 'Why the first charge failed.' }),
    last_decline_code: Type.String({ description: 'Why the latest charge of its case failed.' }),
    next_attempt_at: nullable(
      timestamp('When it is tried next by itself; null where it waits for a person.'),
    ),
    payments: Type.Optional(
      Type.Array(RenewalPaymentItem, {
        description: 'What moved for the bill, oldest first; not in lists.',
      }),
    ),
    created_at: timestamp('When the first charge failed.'),
    closed_at: nullable(timestamp('When its recovery case ended.')),
  },
  { title: 'SalvageTransaction', description: 'An amount that could not be collected.' },
)

export const SalvageParams = Type.Object({
  id: idField('recovery_case', 'Id of the salvage transaction.'),
})

export const SalvageListQuery = Type.Object({
  ...cursorQuery('recovery_case'),
  status: Type.Optional(
    oneOf(STATUSES, {
      description: 'Only this status; with customer_id, subscription_id or renewal_id.',
    }),
  ),
  source_type: Type.Optional(
    oneOf(SOURCES, {
      description: 'Only of this kind; with customer_id, subscription_id or renewal_id.',
    }),
  ),
  customer_id: Type.Optional(idField('customer', 'Only those of this customer.')),
  subscription_id: Type.Optional(idField('subscription', 'Only those of this subscription.')),
  renewal_id: Type.Optional(idField('renewal', 'Only that of this renewal.')),
})
