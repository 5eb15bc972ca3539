import { encodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant } from '@perennial/core/time'
import Type from 'typebox'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  amountField,
  closedObject,
  idField,
  nullable,
  oneOf,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import type { RenewalPayment, SeenRenewal } from './queries.ts'

const STATUSES = [
  'processing',
  'paid',
  'partially_paid',
  'overdue',
  'void',
  'partially_refunded',
  'refunded',
] as const
const KINDS = ['initial', 'trial_end', 'automatic', 'manual'] as const

export const RenewalPaymentItem = Type.Object(
  {
    id: Type.String({ description: 'Id of the transaction.' }),
    type: Type.String({ description: 'sale, refund, void, adjustment or dispute.' }),
    status: Type.String({ description: 'What came of it.' }),
    amount_minor: amount('What moved, in minor units.'),
    gateway_id: nullable(wireId('gateway', 'Where it moved; null for money by hand.')),
  },
  { description: 'Money that moved, or was refused, for a renewal.' },
)

export const RenewalItem = Type.Object(
  {
    id: wireId('renewal', 'Id of the renewal.'),
    object: oneOf(['renewal'], { description: 'Always "renewal".' }),
    subscription_id: wireId('subscription', 'The subscription that was renewed.'),
    cycle: Type.Integer({ description: 'Which period it bills, counted from 0.' }),
    kind: oneOf(KINDS, {
      description:
        'automatic and manual are renewals; initial is the first bill, trial_end the one at the end of a trial.',
    }),
    status: oneOf(STATUSES, { description: 'What became of its bill.' }),
    renewal_at: timestamp('The date that it is for.'),
    period_start: timestamp('Start of the period that it bills.'),
    period_end: timestamp('End of that period, as it was when this was billed.'),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    amount_minor: amount('What was billed, in minor units.'),
    discount_minor: amount('What discounts took off it.'),
    shipping_minor: nullable(amount('Of it: shipping; null where nothing is shipped.')),
    tax_minor: amount('Of it: tax.'),
    warnings: Type.Array(
      Type.Object({
        code: Type.String({ description: 'Name of the warning.' }),
        message: Type.String({ description: 'The same in words.' }),
      }),
      { description: 'What somebody should look at.' },
    ),
    amount_paid_minor: amount('What has been paid, by credit too.'),
    amount_refunded_minor: amount('What was given back, refunds under way included.'),
    amount_due_minor: amount('What is still owed.'),
    amount_total_minor: amount('What was billed, less what was given back.'),
    attempts: Type.Integer({ description: 'Charges that were tried.' }),
    invoice_id: nullable(wireId('invoice', 'Its bill.')),
    recovery_case_id: nullable(
      wireId('recovery_case', 'The effort to collect it; null where none was needed.'),
    ),
    payments: Type.Optional(
      Type.Array(RenewalPaymentItem, {
        description: 'What moved for it, oldest first; not in lists.',
      }),
    ),
    created_at: timestamp('When it was made.'),
  },
  { title: 'Renewal', description: 'The billing of one period of a subscription.' },
)

export const RenewalParams = Type.Object({ id: idField('renewal', 'Id of the renewal.') })

export const RenewalListQuery = Type.Object({
  ...cursorQuery('renewal'),
  subscription_id: Type.Optional(idField('subscription', 'Only renewals of this subscription.')),
  customer_id: Type.Optional(idField('customer', 'Only renewals of this customer.')),
  status: Type.Optional(
    oneOf(STATUSES, { description: 'Only this status; with subscription_id or customer_id.' }),
  ),
})

export const RenewalRefundBody = closedObject({
  amount_minor: Type.Optional(
    amountField('What to give back, in minor units; left out, all that is left.'),
  ),
  mode: Type.Optional(
    oneOf(['at_once', 'delayed'], {
      description:
        'delayed: it counts at once and is sent when the payment is 72 hours old. Default at_once.',
    }),
  ),
})

/** What a bill is tried by, beside the schedule. */
export const RenewalRetryBody = Type.Object({
  payment_method_id: Type.Optional(
    nullable(idField('payment_method', "Method to charge; default: the customer's.")),
  ),
  gateway_id: Type.Optional(
    nullable(
      idField(
        'gateway',
        'Gateway to charge it at, which must have a token of it; default: where the payment profile leads, or else the first that has one.',
      ),
    ),
  ),
})

const idOrNull = (kind: IdKind, id: Uuid | null) => (id === null ? null : encodeId(kind, id))

export function toWireRenewal(renewal: SeenRenewal, payments?: readonly RenewalPayment[]) {
  const { amount_minor: billed, refunded_minor: refunded } = renewal
  return {
    id: encodeId('renewal', renewal.id),
    object: 'renewal' as const,
    subscription_id: encodeId('subscription', renewal.subscription_id),
    cycle: renewal.cycle,
    kind: renewal.kind,
    status: renewal.status,
    renewal_at: formatInstant(renewal.renewal_at),
    period_start: formatInstant(renewal.period_start),
    period_end: formatInstant(renewal.period_end),
    currency: renewal.currency,
    amount_minor: toWireMinor(billed),
    discount_minor: toWireMinor(renewal.discount_minor),
    shipping_minor: renewal.shipping_minor === null ? null : toWireMinor(renewal.shipping_minor),
    tax_minor: toWireMinor(renewal.tax_minor),
    warnings: warningsOf(renewal),
    amount_paid_minor: toWireMinor(renewal.paid_minor),
    amount_refunded_minor: toWireMinor(refunded),
    amount_due_minor: toWireMinor(renewal.owed_minor),
    amount_total_minor: toWireMinor(billed - refunded),
    attempts: renewal.attempts,
    invoice_id: idOrNull('invoice', renewal.invoice_id),
    recovery_case_id: idOrNull('recovery_case', renewal.recovery_case_id),
    ...(payments === undefined ? {} : { payments: payments.map(toWirePayment) }),
    created_at: formatInstant(renewal.created_at),
  }
}

/** What is shipped without a rate costs nothing, and somebody is to know (spec/revcent.md 11). */
function warningsOf({ shipping_minor: shipping, has_shipping_rate: isRated }: SeenRenewal) {
  if (shipping === null || isRated) return []
  const message =
    'No shipping rate qualified: it is shipped for nothing. Look at the shipping profiles.'
  return [{ code: 'no_shipping_rate', message }]
}

export function toWirePayment(payment: RenewalPayment) {
  return {
    id: encodeId('transaction', payment.id),
    type: payment.type,
    status: payment.status,
    amount_minor: toWireMinor(payment.amount_minor),
    gateway_id: idOrNull('gateway', payment.gateway_id),
  }
}
