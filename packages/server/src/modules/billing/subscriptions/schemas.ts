import Type, { type Static } from 'typebox'
import { offsetQuery } from '../../../platform/lists/index.ts'
import {
  amount,
  amountField,
  bigCountField,
  currencyField,
  idField,
  instantField,
  integerField,
  mapField,
  nullable,
  oneOf,
  textField,
  timestamp,
  wireId,
} from '../../../platform/wire/index.ts'
import { segmentFields } from '../../routing/index.ts'
import { RecoveryField } from '../recovery/subscription-choice.ts'
import { discountList, taxRateList } from '../extras/schemas.ts'
import { ShipToBody } from '../operations/ship-to.ts'

const SUBSCRIPTION_STATUSES = [
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
      amount("Amount of one unit in minor units, where it is not its price's."),
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

export const SubscriptionParams = Type.Object({
  id: idField('subscription', 'Id of the subscription.'),
})

export const SubscriptionListQuery = Type.Object({
  ...offsetQuery('subscription'),
  status: Type.Optional(
    oneOf(SUBSCRIPTION_STATUSES, { description: 'Only subscriptions with this status.' }),
  ),
  customerId: Type.Optional(idField('customer', 'Only subscriptions of this customer.')),
})

/** A date in the account's time zone, or an instant. */
const dateOrInstant = (description: string) =>
  textField(
    `${description} A date (YYYY-MM-DD, in the account's time zone) or an ISO 8601 instant.`,
    { maxLength: 40 },
  )

const optional = Type.Optional

export const SubscriptionCreateBody = Type.Object(
  {
    customerId: idField('customer', 'Who is billed.'),
    businessId: optional(
      nullable(idField('business', 'Must be left out: businesses are not kept here yet.')),
    ),
    priceId: optional(nullable(idField('price', 'Price to bill by.'))),
    planId: optional(nullable(idField('price', 'Another name of priceId.'))),
    productId: optional(
      nullable(idField('product', 'Product to bill by its own amount; not needed with a price.')),
    ),
    items: optional(
      Type.Array(
        Type.Object({
          priceId: idField('price', 'Price to bill by.'),
          quantity: optional(bigCountField('Units; default 1.', 1)),
        }),
        {
          minItems: 1,
          maxItems: 20,
          description: 'Several prices in one subscription; an alternative to priceId.',
        },
      ),
    ),
    ...segmentFields,
    paymentMethodId: optional(
      nullable(idField('payment_method', "Method to charge; default: the customer's.")),
    ),
    subscriptionProfileId: optional(
      nullable(
        idField(
          'subscription_profile',
          'Decides its renewals; default: the profile of the price or product, if there is one.',
        ),
      ),
    ),
    shipTo: optional(ShipToBody),
    discountIds: optional(
      discountList('Discounts that its bills bear, in the order in which they come off.'),
    ),
    discountId: optional(
      nullable(idField('discount', 'One discount more, before those in discountIds.')),
    ),
    discountCode: optional(
      nullable(
        textField('The code of a discount, behind those in discountIds.', { maxLength: 50 }),
      ),
    ),
    taxRateIds: optional(taxRateList('Tax rates that its bills bear.')),
    quantity: optional(bigCountField('Units of priceId or productId; default 1.', 1)),
    currency: optional(nullable(currencyField("Must be the price's; may be left out."))),
    startDate: optional(nullable(dateOrInstant('When it starts; default now.'))),
    billingStartsOn: optional(
      nullable(instantField('The same as an instant; wins over startDate.')),
    ),
    trialEnd: optional(nullable(instantField('End of a free trial.'))),
    trialDays: optional(
      nullable(
        integerField("Days of free trial; 0 switches off the price's.", {
          minimum: 0,
          maximum: 730,
        }),
      ),
    ),
    billingAnchorDay: optional(
      nullable(
        integerField('Day of the month to bill on; past the end of a month it is the last day.', {
          minimum: 1,
          maximum: 31,
        }),
      ),
    ),
    billingCycleAnchor: optional(
      nullable(integerField('Another name of billingAnchorDay.', { minimum: 1, maximum: 31 })),
    ),
    billingEndStrategy: optional(
      nullable(
        oneOf(['indefinite', 'on_date', 'after_cycles'], {
          description: 'When the term ends; it goes before what the product says.',
        }),
      ),
    ),
    billingEndsOn: optional(nullable(instantField('End of the term, with on_date.'))),
    billingMaxCycles: optional(
      nullable(integerField('Bills in all, with after_cycles.', { minimum: 1, maximum: 100_000 })),
    ),
    cancelAtPeriodEnd: optional(Type.Boolean({ description: 'Ends with its first period.' })),
    pauseAtPeriodEnd: optional(Type.Boolean({ description: 'Pauses when its first period ends.' })),
    collectionMethod: optional(
      oneOf(['charge_automatically', 'send_invoice'], {
        description: 'Charge the method, or send invoices; default charge_automatically.',
      }),
    ),
    daysUntilDue: optional(
      nullable(
        integerField("Days to pay a sent invoice; default: the account's.", {
          minimum: 0,
          maximum: 365,
        }),
      ),
    ),
    prorationMode: optional(
      oneOf(['immediate', 'next_invoice', 'none'], {
        description: 'Only none: changes count from the next bill on, and nothing is prorated.',
      }),
    ),
    metadata: optional(mapField('Your own keys and values.')),
  },
  { description: 'One of priceId, planId, productId or items is needed.' },
)

export const SubscriptionUpdateBody = Type.Object({
  productId: optional(
    nullable(
      idField(
        'product',
        'Must be left out: another product takes over with POST /subscriptions/{id}/replace-product.',
      ),
    ),
  ),
  proration: optional(
    oneOf(['create_prorations', 'none', 'always_invoice'], {
      description: 'Only none: changes count from the next bill on, and nothing is prorated.',
    }),
  ),
  status: optional(
    oneOf(['trialing', 'active', 'past_due', 'paused', 'canceled', 'expired'], {
      description: 'paused, active (resumes) or canceled; other moves are refused.',
    }),
  ),
  quantity: optional(bigCountField('Units; from the next bill on.', 1)),
  amountMinor: optional(
    amountField(
      'What a full period costs from the next bill on, in minor units, instead of its price.',
    ),
  ),
  nextBillingDate: optional(
    dateOrInstant(
      'When the current period ends and the next one is billed; later ones follow from it.',
    ),
  ),
  billingAnchorDay: optional(
    integerField(
      'Day of the month to bill on; the current period is extended to the first such day.',
      {
        minimum: 1,
        maximum: 31,
      },
    ),
  ),
  pauseAtPeriodEnd: optional(Type.Boolean({ description: 'Pause when the current period ends.' })),
  cancelAtPeriodEnd: optional(
    Type.Boolean({ description: 'End with the current period, or take that back.' }),
  ),
  metadata: optional(mapField('Merged into what is there; a key set to null is removed.')),
  ...segmentFields,
  recovery: optional(RecoveryField),
})

export const CancelBody = Type.Object({
  mode: optional(
    oneOf(['immediately', 'period_end'], {
      description: 'Now, or when the current period ends (default).',
    }),
  ),
  cancelAtPeriodEnd: optional(Type.Boolean({ description: 'Another way to say the mode.' })),
  reason: optional(nullable(textField('Why, for your records.'))),
})

export const PauseBody = Type.Object({
  behavior: optional(
    oneOf(['keep_as_draft', 'mark_uncollectible', 'void'], {
      description: 'What becomes of bills that fall due meanwhile; default keep_as_draft.',
    }),
  ),
  resumes_at: optional(nullable(instantField('When the pause ends by itself.'))),
})

export const TestClock = Type.Object({
  data: Type.Object({
    object: oneOf(['test_clock'], { description: 'Always "test_clock".' }),
    now: timestamp("The account's time."),
    is_standing: Type.Boolean({
      description: 'True once it was moved: it then stands until it is moved again.',
    }),
  }),
})

export const AdvanceBody = Type.Object(
  {
    to: optional(instantField('Instant to move to.')),
    seconds: optional(integerField('Seconds to move by.', { minimum: 0, maximum: 2_000_000_000 })),
    days: optional(integerField('Days of 24 hours to move by.', { minimum: 0, maximum: 36_500 })),
  },
  { description: 'One of the three.' },
)

export const Advanced = Type.Object({
  data: Type.Object({
    object: oneOf(['test_clock'], { description: 'Always "test_clock".' }),
    now: timestamp("The account's time."),
    is_standing: Type.Boolean({ description: 'Always true after a move.' }),
    work: Type.Object(
      {
        due: Type.Integer({ description: 'Subscriptions that were due.' }),
        renewed: Type.Integer({ description: 'Periods billed.' }),
        paid: Type.Integer({ description: 'Charges that succeeded.' }),
        failed: Type.Integer({ description: 'Charges that were refused.' }),
        waiting: Type.Integer({ description: 'Charges whose answer is outstanding.' }),
        retried: Type.Integer({ description: 'Failed charges tried again.' }),
        overdue: Type.Integer({ description: 'Sent invoices that became overdue.' }),
        parked: Type.Integer({ description: 'Subscriptions set aside because of a fault.' }),
      },
      { description: 'What was done on the way.' },
    ),
  }),
})

export type SubscriptionCreate = Static<typeof SubscriptionCreateBody>
