import { encodeId } from '@perennial/core/ids'
import { cycleMinor } from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import { isEnded, isTrialActive } from '@perennial/core/subscriptions'
import { formatInstant, MS_PER_DAY, type Instant } from '@perennial/core/time'
import { assert } from '@perennial/core/fault'
import Type from 'typebox'
import { cursorQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  closedObject,
  idField,
  integerField,
  nullable,
  oneOf,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import type { SeenTrial, TrialStatus } from './queries.ts'

const STATUSES = ['active', 'expired', 'cancelled'] as const
const DAYS_MAX = 3_650

export const TrialItem = Type.Object(
  {
    id: wireId('subscription', 'Id of the trial, which is that of its subscription.'),
    object: oneOf(['trial'], { description: 'Always "trial".' }),
    status: oneOf(STATUSES, {
      description:
        'active: nothing has been charged yet. expired: its end was charged, or tried. cancelled: its subscription ended first.',
    }),
    subscription_id: wireId('subscription', 'The subscription that is in its trial.'),
    customer_id: wireId('customer', 'Who tries it.'),
    product_id: nullable(wireId('product', 'What is tried.')),
    sale_id: nullable(wireId('sale', 'The sale that it was sold in.')),
    campaign: nullable(Type.String({ description: 'The campaign that it was sold in.' })),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    quantity: Type.Integer({ description: 'Units.' }),
    amount_minor: amount('What its end is billed at, before discounts and tax that come later.'),
    renewal_amount_minor: amount('What a renewal costs from then on.'),
    days_total: Type.Integer({
      description: 'Days from its start to its end, a part counts whole.',
    }),
    days_remaining: Type.Integer({ description: 'Days that are left; 0 once it is over.' }),
    started_at: timestamp('When it began.'),
    ends_at: timestamp('When it ends; the next renewal is dated from then.'),
    expired_at: nullable(timestamp('When it expired.')),
    cancelled_at: nullable(timestamp('When it was cancelled.')),
  },
  { title: 'Trial', description: 'The trial of a subscription.' },
)

export const TrialParams = Type.Object({ id: idField('subscription', 'Id of the trial.') })

export const TrialListQuery = Type.Object({
  ...cursorQuery('subscription'),
  customer_id: Type.Optional(idField('customer', 'Only trials of this customer.')),
  status: Type.Optional(oneOf(STATUSES, { description: 'Only this status; with customer_id.' })),
})

const preview = Type.Optional(
  Type.Boolean({ description: 'Tell what would happen, and do nothing; default false.' }),
)

export const TrialDaysBody = Type.Object({
  days: integerField('Whole days of 24 hours.', { minimum: 1, maximum: DAYS_MAX }),
  preview,
})

export const TrialMoveBody = closedObject({ preview })

export function toWireTrial({ subscription, items, saleId }: SeenTrial, now: Instant) {
  const { trialEnd, startedAt, endedAt } = subscription
  assert(trialEnd !== null, 'a trial has an end')
  const status = statusOf(subscription)
  const daysBetween = (from: Instant): number =>
    Math.max(0, Math.ceil((trialEnd - from) / MS_PER_DAY))
  return {
    id: encodeId('subscription', subscription.id),
    object: 'trial' as const,
    status,
    subscription_id: encodeId('subscription', subscription.id),
    customer_id: encodeId('customer', subscription.customerId),
    product_id:
      subscription.productId === null ? null : encodeId('product', subscription.productId),
    sale_id: saleId === null ? null : encodeId('sale', saleId),
    campaign: subscription.campaign,
    currency: subscription.currency,
    quantity: toWireMinor(subscription.quantity),
    amount_minor: toWireMinor(cycleMinor(items, 0)),
    renewal_amount_minor: toWireMinor(subscription.amountMinor),
    days_total: daysBetween(startedAt),
    days_remaining: status === 'active' ? daysBetween(now) : 0,
    started_at: formatInstant(startedAt),
    ends_at: formatInstant(trialEnd),
    expired_at: status === 'expired' ? formatInstant(trialEnd) : null,
    cancelled_at: status === 'cancelled' && endedAt !== null ? formatInstant(endedAt) : null,
  }
}

function statusOf(subscription: SeenTrial['subscription']): TrialStatus {
  if (isTrialActive(subscription)) return 'active'
  const { trialEnd, period, status } = subscription
  const isBilled = trialEnd !== null && period.start >= trialEnd
  return isBilled || !isEnded(status) ? 'expired' : 'cancelled'
}
