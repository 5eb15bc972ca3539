import Type, { type Static } from 'typebox'
import { offsetQuery } from '../../../platform/lists/index.ts'
import {
  amountField,
  bigCountField,
  currencyField,
  idField,
  dateField,
  integerField,
  mapField,
  nullable,
  oneOf,
  textField,
} from '../../../platform/wire/index.ts'
import { segmentFields } from '../../routing/index.ts'
import { RecoveryField } from '../recovery/subscription-choice.ts'
import { discountList, taxRateList } from '../extras/schemas.ts'
import { ShipToBody } from './ship-to.ts'
import { SUBSCRIPTION_STATUSES } from './answer-schemas.ts'

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
    billingStartsOn: optional(nullable(dateField('The same as an instant; wins over startDate.'))),
    trialEnd: optional(nullable(dateField('End of a free trial.'))),
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
    billingEndsOn: optional(nullable(dateField('End of the term, with on_date.'))),
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
      'What a full period costs from the next bill on, in minor units, whatever quantity and price say; until either changes.',
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
  resumes_at: optional(nullable(dateField('When the pause ends by itself.'))),
})

export type SubscriptionCreate = Static<typeof SubscriptionCreateBody>
