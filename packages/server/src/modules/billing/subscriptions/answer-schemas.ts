import Type from 'typebox'
import {
  amount,
  mapField,
  nullable,
  oneOf,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'

export const SUBSCRIPTION_STATUSES = [
  'pending',
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'paused',
  'unpaid',
  'canceled',
  'expired',
] as const

const Item = Type.Object(
  {
    id: wireId('subscription_item', 'Id of the item.'),
    subscription_id: wireId('subscription', 'The subscription it belongs to.'),
    product_id: nullable(wireId('product', 'Product that is sold.')),
    price_id: nullable(wireId('price', 'Price it is billed by; null where the amount is its own.')),
    description: nullable(Type.String({ description: 'Text of its invoice line.' })),
    quantity: Type.Integer({ description: 'Units.' }),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    unit_amount_decimal: nullable(
      Type.String({
        description: 'Price of one unit in minor units, where one unit has one price.',
      }),
    ),
    unit_amount_minor: nullable(
      amount(
        'Amount of one unit in minor units; null where a unit has no one price, or one with a fraction.',
      ),
    ),
    own_amount_minor: nullable(
      amount(
        'What a full period costs, where an amount was set for it: it is billed in the place of quantity times unit amount, until either changes.',
      ),
    ),
    cycle_first: Type.Integer({
      description:
        'The first period that it is billed in, counted from 0; a trial ends with period 0.',
    }),
    cycle_count: nullable(
      Type.Integer({ description: 'Periods that it is billed in; null = all that follow.' }),
    ),
    fulfillment_type: Type.String({ description: 'none, physical or digital.' }),
    metadata: mapField('Your own keys and values.'),
    created_at: timestamp('When the item was added.'),
    updated_at: timestamp('When the item last changed.'),
  },
  { title: 'SubscriptionItem', description: 'One product or price line of a subscription.' },
)

const Dunning = Type.Object(
  {
    is_in_dunning: Type.Boolean({ description: 'Whether a failed charge is being recovered.' }),
    phase: nullable(
      Type.Number({
        description: 'Days of the campaign on which something has happened, from 1 up.',
      }),
    ),
    phase_label: nullable(Type.String({ description: 'The phase in words.' })),
    phase_severity: nullable(
      oneOf(['info', 'warning', 'critical'], { description: 'How far along it is.' }),
    ),
    retry_count: Type.Number({ description: 'Retries made so far.' }),
    total_possible_retries: Type.Number({ description: 'Retries in all.' }),
    next_retry_at: nullable(timestamp('When the next retry is due.')),
    days_in_dunning: Type.Number({ description: 'Whole days since the charge failed.' }),
    access_restricted: Type.Boolean({
      description: "Whether the customer's access is restricted.",
    }),
  },
  { description: 'How the recovery of a failed charge stands.' },
)

const Access = Type.Object(
  {
    status: oneOf(
      ['active', 'trialing', 'grace', 'past_due', 'restricted', 'suspended', 'canceled'],
      { description: 'As an entitlement calls it.' },
    ),
    level: oneOf(['full', 'partial', 'none'], { description: 'How much of it may be used.' }),
    reason: nullable(
      oneOf(['payment_failed', 'unpaid', 'paused', 'not_begun', 'ended'], {
        description: 'Why that is not all, or soon may not be; null = nothing is the matter.',
      }),
    ),
    until: nullable(
      timestamp('When it changes by itself, or shrinks at the latest; null = nothing is foreseen.'),
    ),
  },
  { description: 'What the customer may use now; in answers, not in events.' },
)

const Followed = Type.Object(
  {
    id: wireId('subscription_profile', 'The profile that it follows.'),
    next_renewal_at: nullable(timestamp('The next renewal; null when none follows.')),
    occurrences: nullable(Type.Integer({ description: 'Renewals in all; null = no end.' })),
    occurrences_done: Type.Integer({ description: 'Renewals so far, paid or not.' }),
    overdue_limit: Type.Integer({
      description: 'Overdue renewals at which it is suspended; 0 = never.',
    }),
    retry_failed_renewals: Type.Boolean({
      description: 'Whether failed renewals are tried again by themselves.',
    }),
  },
  { description: 'What a subscription profile decides for it; null without one.' },
)

export const SubscriptionItem = Type.Object(
  {
    id: wireId('subscription', 'Id of the subscription.'),
    object: oneOf(['subscription'], { description: 'Always "subscription".' }),
    merchant_id: wireId('account', 'The account it belongs to.'),
    customer_id: wireId('customer', 'Who is billed.'),
    product_id: nullable(wireId('product', 'Product of the first item.')),
    price_id: nullable(wireId('price', 'Price of the first item.')),
    plan_id: nullable(wireId('price', 'The same as price_id.')),
    status: oneOf(SUBSCRIPTION_STATUSES, { description: 'Where it stands in its life.' }),
    currency: Type.String({ description: 'ISO 4217 code, upper case.' }),
    billing_interval: Type.String({ description: 'day, week, month or year.' }),
    interval_count: Type.Integer({ description: 'Intervals a period lasts.' }),
    quantity: Type.Integer({ description: 'Units of all items.' }),
    amount_minor: amount('What one full period costs, in minor units.'),
    collection_method: oneOf(['charge_automatically', 'send_invoice'], {
      description: 'How invoices are collected.',
    }),
    current_period_start: timestamp('Start of the current period.'),
    current_period_end: timestamp('End of the current period, when the next one is billed.'),
    trial_end: nullable(timestamp('End of the trial.')),
    cancel_at_period_end: Type.Boolean({ description: 'Whether it ends with the current period.' }),
    cancel_at: nullable(timestamp('When a scheduled cancellation takes effect.')),
    canceled_at: nullable(timestamp('When cancellation was asked for.')),
    ended_at: nullable(timestamp('When it ended.')),
    pause_at_period_end: Type.Boolean({
      description: 'Whether it pauses when the current period ends.',
    }),
    paused_at: nullable(timestamp('When it was paused.')),
    resumes_at: nullable(timestamp('When a pause ends by itself.')),
    billing_ends_on: nullable(timestamp('When its term ends.')),
    billing_max_cycles: nullable(Type.Integer({ description: 'Bills after which its term ends.' })),
    cycles_billed: Type.Integer({ description: 'Bills so far.' }),
    latest_invoice_id: nullable(wireId('invoice', 'The newest invoice.')),
    dunning: nullable(Dunning),
    access: Type.Optional(Access),
    on_dispute: Type.Optional(
      nullable(
        oneOf(['none', 'pause', 'cancel'], {
          description: 'What a chargeback does to it; null = what the account says.',
        }),
      ),
    ),
    profile: nullable(Followed),
    pause_behavior: nullable(
      Type.String({
        description:
          'What a pause does with bills that fall due; suspend = none do, and the dates stand still.',
      }),
    ),
    ship_to: nullable(
      Type.Unsafe<Record<string, string>>({
        type: 'object',
        additionalProperties: { type: 'string' },
        description: "Where its goods go; null = the customer's address.",
      }),
    ),
    discount_ids: Type.Optional(
      Type.Array(wireId('discount', 'Id of a discount.'), {
        description: 'Discounts that its bills bear, in order; only where it has extras.',
      }),
    ),
    tax_rate_ids: Type.Optional(
      Type.Array(wireId('tax_rate', 'Id of a tax rate.'), {
        description: 'Tax rates that its bills bear; only where it has extras.',
      }),
    ),
    campaign: nullable(Type.String({ description: 'The campaign that it was sold in.' })),
    replaces_id: nullable(wireId('subscription', 'The one whose place it took.')),
    replaced_by_id: nullable(wireId('subscription', 'The one that took its place.')),
    items: Type.Array(Item, { description: 'What is billed each period.' }),
    metadata: mapField('Your own keys and values.'),
    created_at: timestamp('When it was made.'),
    updated_at: timestamp('When it last changed.'),
  },
  { title: 'Subscription', description: 'A recurring billing agreement with one customer.' },
)

export const SubscriptionAnswer = Type.Object({ data: SubscriptionItem })
