import Type, { type Static } from 'typebox'
import {
  amountField,
  closedObject,
  currencyField,
  idField,
  integerField,
  type JsonValue,
  nullable,
  oneOf,
  textField,
} from '../../../platform/wire/index.ts'
import { EDITABLE_STATUSES, SEGMENT_KINDS } from '../edit.ts'

const optional = Type.Optional
const LIST_MAX = 1_000
const DAYS_MAX = 36_500
const COUNT_MAX = 1_000_000

const list = <Item extends ReturnType<typeof Type.Unsafe>>(item: Item, description: string) =>
  optional(Type.Array(item, { minItems: 1, maxItems: LIST_MAX, description }))

const date = (description: string) =>
  optional(
    textField(
      `${description} A date (YYYY-MM-DD, the whole day in the account's time zone) or an ISO 8601 instant.`,
      { maxLength: 40 },
    ),
  )
const count = (description: string) =>
  optional(integerField(description, { minimum: 0, maximum: COUNT_MAX }))

export const FiltersBody = closedObject(
  {
    next_renewal_from: date('Next renewal, or end of the trial, from then on.'),
    next_renewal_to: date('Next renewal, or end of the trial, up to and including then.'),
    created_from: date('Made from then on.'),
    created_to: date('Made up to and including then.'),
    last_renewal_from: date('Last renewal from then on.'),
    last_renewal_to: date('Last renewal up to and including then.'),
    statuses: list(
      oneOf(EDITABLE_STATUSES, { description: 'A status.' }),
      'Any of these statuses; what has ended or not begun is never found.',
    ),
    in_trial: optional(Type.Boolean({ description: 'In trial, or not.' })),
    product_ids: list(idField('product', 'A product.'), 'Any of these products.'),
    subscription_profile_ids: list(
      nullable(idField('subscription_profile', 'A profile; null = none.')),
      'Following any of these profiles.',
    ),
    payment_profile_ids: list(
      nullable(idField('payment_profile', "A payment profile; null = the account's default.")),
      'Routed by any of these payment profiles.',
    ),
    campaigns: list(
      nullable(textField('A campaign; null = none.', { maxLength: 200 })),
      'Sold by any of these campaigns.',
    ),
    shops: list(
      nullable(textField('A shop; null = none.', { maxLength: 100 })),
      'Begun by a sale in any of these shops.',
    ),
    product_groups: list(
      nullable(textField('A group; null = none.', { maxLength: 100 })),
      'Of a product in any of these groups.',
    ),
    customer_groups: list(
      nullable(
        textField("A group, as in the customer's metadata; null = none.", { maxLength: 500 }),
      ),
      'Of a customer in any of these groups.',
    ),
    currencies: list(currencyField('A currency.'), 'In any of these currencies.'),
    payment_method_types: list(
      textField('A type of payment methods, such as card; send_invoice = none is charged.', {
        maxLength: 40,
      }),
      'First charged to a method of any of these types, or sent their bills.',
    ),
    amount_min_minor: optional(amountField('A full period costs this or more.')),
    amount_max_minor: optional(amountField('A full period costs this or less.')),
    renewal_count_min: count('Renewals so far, or more.'),
    renewal_count_max: count('Renewals so far, or fewer.'),
    overdue_count_min: count('Renewals that are overdue now, or more.'),
    overdue_count_max: count('Renewals that are overdue now, or fewer.'),
    forced_gateway_ids: list(
      nullable(idField('gateway', 'A gateway; null = none.')),
      'Forced to any of these gateways.',
    ),
    preferred_gateway_ids: list(
      nullable(idField('gateway', 'A gateway; null = none.')),
      'Preferring any of these gateways.',
    ),
    last_success_gateway_ids: list(
      nullable(idField('gateway', 'A gateway; null = none.')),
      'Whose latest approved charge any of these gateways made.',
    ),
    customer_ids: list(idField('customer', 'A customer.'), 'Of any of these customers.'),
    subscription_ids: list(idField('subscription', 'A subscription.'), 'Any of these alone.'),
    metadata: optional(
      Type.Array(
        closedObject({
          name: textField('Name in the metadata.', { minLength: 1, maxLength: 100 }),
          value: optional(nullable(textField('Its value; any where absent.'))),
        }),
        { minItems: 1, maxItems: 20, description: 'All of these are in its metadata.' },
      ),
    ),
  },
  { description: 'Which subscriptions; all of these must hold. None: all that go on.' },
)

const ACTION_TYPES = [
  'extend_next_renewal',
  'shorten_next_renewal',
  'set_next_renewal',
  'set_subscription_profile',
  'set_amount',
  'adjust_amount',
  'add_discount',
  'remove_discount',
  'set_forced_gateway',
  'clear_forced_gateway',
  'set_preferred_gateway',
  'clear_preferred_gateway',
  'suspend',
  'activate',
  'cancel',
] as const

export const ActionBody = closedObject(
  {
    type: oneOf(ACTION_TYPES, { description: 'What to do.' }),
    days: optional(
      integerField(
        'How many, each of 24 hours; with extend_next_renewal and shorten_next_renewal.',
        {
          minimum: 1,
          maximum: DAYS_MAX,
        },
      ),
    ),
    at: optional(
      textField(
        "The date; with set_next_renewal. A date (YYYY-MM-DD, its beginning in the account's time zone) or an ISO 8601 instant.",
        { maxLength: 40 },
      ),
    ),
    subscription_profile_id: optional(
      idField('subscription_profile', 'The profile to follow; with set_subscription_profile.'),
    ),
    amount_minor: optional(
      Type.Integer({
        minimum: -Number.MAX_SAFE_INTEGER,
        maximum: Number.MAX_SAFE_INTEGER,
        description:
          'What a full period costs, with set_amount; what is added, or below zero taken off, with adjust_amount.',
      }),
    ),
    rate_bps: optional(
      Type.Integer({
        minimum: -10_000,
        maximum: 1_000_000,
        description:
          'What is added in hundredths of a percent, below zero taken off; with adjust_amount in the place of amount_minor.',
      }),
    ),
    discount_id: optional(
      idField('discount', 'The discount; with add_discount and remove_discount.'),
    ),
    gateway_id: optional(
      idField('gateway', 'The gateway; with set_forced_gateway and set_preferred_gateway.'),
    ),
    reason: optional(nullable(textField('Why, for your records; with cancel.'))),
  },
  { description: 'Something that is done to every subscription of a segment.' },
)

const actions = Type.Array(ActionBody, {
  maxItems: 20,
  description:
    'At most one about each of: profile, amount, each discount, forced gateway, preferred gateway, date, status. Done in this order.',
})

export const PreviewBody = closedObject({
  filters: optional(FiltersBody),
  segment_by: optional(
    oneOf(SEGMENT_KINDS, {
      description: 'What the subscriptions are told apart by; none (default) = one segment of all.',
    }),
  ),
  segments: optional(
    Type.Array(
      closedObject({
        value: optional(
          Type.Unsafe<JsonValue>({
            type: ['string', 'integer', 'boolean', 'null'],
            description:
              'The value of the segment, as the review shows it; null = those that have none. Not with segment_by none.',
          }),
        ),
        actions,
      }),
      {
        maxItems: LIST_MAX,
        description: 'What to do, by segment. What is in no segment here is left alone.',
      },
    ),
  ),
  actions: optional(actions),
  matching_max: optional(
    nullable(
      integerField('Refuse the edit where more subscriptions than this match its filters.', {
        minimum: 1,
        maximum: COUNT_MAX,
      }),
    ),
  ),
  limit: optional(
    nullable(
      integerField('Change so many at most, the soonest renewals first.', {
        minimum: 1,
        maximum: COUNT_MAX,
      }),
    ),
  ),
})

export type Preview = Static<typeof PreviewBody>
export type Filters = Static<typeof FiltersBody>
export type ActionWish = Static<typeof ActionBody>
