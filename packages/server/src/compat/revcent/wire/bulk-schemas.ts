import { encodeId, type IdKind } from '@perennial/core/ids'
import { parseCurrency, type Currency } from '@perennial/core/money'
import Type, { type Static } from 'typebox'
import type { Json } from '../calls/operation.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { STATUSES_OF } from '../show/show-subscription.ts'
import { toMinor } from './amounts.ts'
import { amount, choice, code, dateTime, flag, idAt, strict, text, whole } from './fields.ts'

const optional = Type.Optional
const COUNT_MAX = 1_000_000
const LIST_MAX = 1_000
const BPS_PER_PERCENT = 100
/** Of one run of this face (spec/revcent.md 13.6). */
export const ROWS_MAX = 10_000
const NONE = 'none'
const STATUSES = ['active', 'overdue', 'suspended'] as const

/** Types of our payment methods by what this face calls them; there are none of PayPal here, and what is paid outside is sent bills. */
const METHOD_TYPES = {
  credit_card: ['card'],
  check_direct: ['us_bank_account', 'bacs_direct_debit', 'bank_account'],
  paypal: ['paypal'],
  offline_payment: ['send_invoice'],
} as const
const PAYMENT_TYPES = ['credit_card', 'check_direct', 'paypal', 'offline_payment'] as const

const codes = (description: string) =>
  optional(Type.Array(code(description), { minItems: 1, maxItems: LIST_MAX, description }))
/** Or those that have none. */
const anyOrNone = (description: string, lengthMax: number) =>
  optional(
    Type.Array(text(`${description} Or "none".`, lengthMax), { minItems: 1, maxItems: LIST_MAX, description }), // prettier-ignore
  )
const codesOrNone = (description: string) => anyOrNone(description, 20)
const namesOrNone = (description: string) => anyOrNone(description, 100)
const count = (description: string) => optional(whole(description, 0, COUNT_MAX))
const date = (description: string) => optional(dateTime(description))

const Filters = strict({
  next_renewal_date_start: date('Next renewal, or end of the trial, then or later.'),
  next_renewal_date_end: date('Next renewal, or end of the trial, then or earlier.'),
  created_date_start: date('Made then or later.'),
  created_date_end: date('Made then or earlier.'),
  last_renewal_date_start: date('Last renewal then or later.'),
  last_renewal_date_end: date('Last renewal then or earlier.'),
  status: optional(Type.Array(choice(STATUSES, 'A status.'), { minItems: 1, maxItems: 3, description: 'Any of these.' })), // prettier-ignore
  is_trial: optional(flag('In trial, or not.')),
  campaign: codesOrNone('Sold in any of these campaigns.'),
  shop: namesOrNone('Sold in any of these shops.'),
  product_group: namesOrNone('Of a product in any of these groups.'),
  customer_group: namesOrNone('Of a customer in any of these groups.'),
  product: codes('Any of these products.'),
  subscription_profile: codesOrNone('Following any of these profiles.'),
  payment_profile: codesOrNone('Routed by any of these payment profiles.'),
  iso_currency: optional(Type.Array(text('ISO 4217 code.', 3), { minItems: 1, maxItems: 200, description: 'Any of these currencies.' })), // prettier-ignore
  payment_type: optional(Type.Array(choice(PAYMENT_TYPES, 'A way to pay.'), { minItems: 1, maxItems: 4, description: 'Charged in any of these ways.' })), // prettier-ignore
  amount_min: optional(amount('A renewal costs this or more; iso_currency names the currency.')),
  amount_max: optional(amount('A renewal costs this or less; iso_currency names the currency.')),
  renewal_count_min: count('Renewals so far, or more.'),
  renewal_count_max: count('Renewals so far, or fewer.'),
  overdue_count_min: count('Renewals that are overdue now, or more.'),
  overdue_count_max: count('Renewals that are overdue now, or fewer.'),
  forced_gateway: codesOrNone('Forced to any of these gateways.'),
  preferred_gateway: codesOrNone('Preferring any of these gateways.'),
  last_success_gateway: codesOrNone('Last charged by any of these gateways.'),
  customer: codes('Of any of these customers.'),
  subscription: codes('Any of these alone.'),
  metadata: optional(
    Type.Array(
      strict({ name: text('Its name.', 100), value: optional(text('Its value; default: any.')) }),
      { minItems: 1, maxItems: 20, description: 'All of these are in its metadata.' },
    ),
  ),
})

const ACTIONS = ['extend_next_renewal', 'shorten_next_renewal', 'set_next_renewal', 'set_subscription_profile', 'set_amount',
  'adjust_amount', 'add_coupon', 'remove_coupon', 'set_forced_gateway', 'clear_forced_gateway', 'set_preferred_gateway', 'clear_preferred_gateway', 'suspend',
  'activate', 'cancel'] as const // prettier-ignore

const Action = strict({
  type: choice(ACTIONS, 'What to do.'),
  days: optional(whole('With extend_next_renewal and shorten_next_renewal.', 1, 36_500)),
  next_renewal_date: date('With set_next_renewal.'),
  subscription_profile: optional(code('With set_subscription_profile.')),
  amount: optional(Type.Number({ minimum: -1e12, maximum: 1e12, description: 'With set_amount, and as a difference with adjust_amount. Major units of the one currency that iso_currency, or the segment, names.' })), // prettier-ignore
  percent: optional(Type.Number({ minimum: -100, maximum: 10_000, description: 'With adjust_amount.' })), // prettier-ignore
  gateway: optional(code('With set_forced_gateway and set_preferred_gateway.')),
  coupon: optional(code('With add_coupon and remove_coupon.')),
})
const Actions = Type.Array(Action, { maxItems: 20, description: 'At most one about each thing.' })

export const SEGMENTS = ['none', 'subscription_profile', 'product', 'status', 'trial', 'payment_profile', 'campaign', 'shop', 'currency', 'amount',
  'renewal_count', 'forced_gateway', 'preferred_gateway', 'last_success_gateway'] as const // prettier-ignore
export type SegmentKind = (typeof SEGMENTS)[number]

export const BulkPreview = strict({
  filters: optional(Filters),
  segment_by: optional(choice(SEGMENTS, 'What subscriptions are told apart by; default none.')),
  segments: optional(
    Type.Array(
      strict({
        value: Type.Unsafe<string | number | boolean | null>({
          type: ['string', 'number', 'boolean', 'null'],
          description: 'Value of the segment, as the preview shows it.',
        }),
        actions: Actions,
      }),
      { maxItems: LIST_MAX, description: 'What to do, by segment; others are left alone.' },
    ),
  ),
  actions: optional(Actions),
})
export type BulkPreview = Static<typeof BulkPreview>

/** The kind of the ids that such segments are told by. */
export const ID_KINDS: Readonly<Partial<Record<SegmentKind, IdKind>>> = {
  subscription_profile: 'subscription_profile',
  product: 'product',
  payment_profile: 'payment_profile',
  forced_gateway: 'gateway',
  preferred_gateway: 'gateway',
  last_success_gateway: 'gateway',
}

/** The request of a preview as `/v2` takes it; without a segment_by, `actions` are for all. */
export function toOurEdit(body: BulkPreview): Json {
  const { filters, segment_by: by = NONE, segments, actions } = body
  const currency = onlyCurrency(filters?.iso_currency)
  if (by === 'amount' && currency === null) throw needsCurrency('segment_by')
  const toActions = (list: BulkPreview['actions'], own: Currency | null) => list?.map((one) => toAction(one, own)) // prettier-ignore
  return {
    filters: filters === undefined ? undefined : toFilters(filters, currency),
    segment_by: by,
    segments: segments?.flatMap(({ value, actions: own }) => {
      const said = by === 'currency' ? onlyCurrency([value]) : currency
      return toValues(by, value, currency).map((one) => ({ value: one, actions: toActions(own, said) })) // prettier-ignore
    }),
    actions: toActions(actions, currency),
    matching_max: ROWS_MAX,
  }
}

/** What amounts are in: 45 is as much of USD as 4500 minor units, and of JPY as 45. Null where not one is named. */
export function onlyCurrency(named: unknown): Currency | null {
  const codes = Array.isArray(named) ? [...new Set(named.map((code) => String(code)))] : []
  return codes.length === 1 ? parseCurrency(codes[0] ?? '') : null
}

function needsCurrency(field: string): FaceRefusal {
  return FaceRefusal.invalid(`${field} is about amounts: name the one currency that they are in, in filters.iso_currency.`) // prettier-ignore
}

function toFilters(filters: Static<typeof Filters>, currency: Currency | null): Json {
  const ids = (kind: IdKind, field: string, list: readonly string[] | undefined) =>
    list?.map((value) => (value === NONE ? null : encodeId(kind, idAt(field, value))))
  return {
    next_renewal_from: filters.next_renewal_date_start,
    next_renewal_to: filters.next_renewal_date_end,
    created_from: filters.created_date_start,
    created_to: filters.created_date_end,
    last_renewal_from: filters.last_renewal_date_start,
    last_renewal_to: filters.last_renewal_date_end,
    statuses: filters.status?.flatMap((status) => STATUSES_OF[status] ?? []),
    in_trial: filters.is_trial,
    campaigns: namesOf(filters.campaign),
    shops: namesOf(filters.shop),
    product_groups: namesOf(filters.product_group),
    customer_groups: namesOf(filters.customer_group),
    product_ids: ids('product', 'product', filters.product),
    subscription_profile_ids: ids('subscription_profile', 'subscription_profile', filters.subscription_profile), // prettier-ignore
    payment_profile_ids: ids('payment_profile', 'payment_profile', filters.payment_profile),
    currencies: filters.iso_currency,
    payment_method_types: filters.payment_type?.flatMap((type) => METHOD_TYPES[type]),
    amount_min_minor: minorOf('amount_min', filters.amount_min, currency),
    amount_max_minor: minorOf('amount_max', filters.amount_max, currency),
    renewal_count_min: filters.renewal_count_min,
    renewal_count_max: filters.renewal_count_max,
    overdue_count_min: filters.overdue_count_min,
    overdue_count_max: filters.overdue_count_max,
    forced_gateway_ids: ids('gateway', 'forced_gateway', filters.forced_gateway),
    preferred_gateway_ids: ids('gateway', 'preferred_gateway', filters.preferred_gateway),
    last_success_gateway_ids: ids('gateway', 'last_success_gateway', filters.last_success_gateway),
    customer_ids: ids('customer', 'customer', filters.customer),
    subscription_ids: ids('subscription', 'subscription', filters.subscription),
    metadata: filters.metadata,
  }
}

const namesOf = (list: readonly string[] | undefined) =>
  list?.map((value) => (value === NONE ? null : value))

/** Actions that `/v2` calls otherwise. */
const OUR_NAMES: Readonly<Record<string, string>> = {
  add_coupon: 'add_discount',
  remove_coupon: 'remove_discount',
}

/** Refuses what is finer than a hundredth of a percent, which would be rounded away. */
function toBps(percent: number): number {
  const bps = Math.round(percent * BPS_PER_PERCENT)
  if (bps / BPS_PER_PERCENT === percent) return bps
  throw FaceRefusal.invalid('percent must have two decimals at most.')
}

function toAction(action: Static<typeof Action>, currency: Currency | null): Json {
  const { type, days, next_renewal_date: at, subscription_profile: profile, gateway } = action
  const { amount: major, percent, coupon } = action
  return {
    type: OUR_NAMES[type] ?? type,
    days,
    at,
    subscription_profile_id:
      profile === undefined ? undefined : encodeId('subscription_profile', idAt('subscription_profile', profile)), // prettier-ignore
    amount_minor: minorOf('amount', major, currency),
    rate_bps: percent === undefined ? undefined : toBps(percent),
    gateway_id: gateway === undefined ? undefined : encodeId('gateway', idAt('gateway', gateway)),
    discount_id: coupon === undefined ? undefined : encodeId('discount', idAt('coupon', coupon)),
  }
}

/** What `/v2` tells such a segment by: two values where this face has one word for two of its statuses. */
function toValues(
  by: SegmentKind,
  value: string | number | boolean | null,
  currency: Currency | null,
): readonly unknown[] {
  const kind = ID_KINDS[by]
  if (value === null) return [null]
  if (by === 'status') return STATUSES_OF[String(value)] ?? [value]
  if (by === 'amount' && typeof value === 'number') return [minorOf('segments.value', value, currency)] // prettier-ignore
  if (kind === undefined) return [value]
  if (typeof value !== 'string') throw FaceRefusal.invalid('segments.value must be an id.')
  return [encodeId(kind, idAt('segments.value', value))]
}

function minorOf(field: string, major: number | undefined, currency: Currency | null) {
  if (major === undefined) return undefined
  if (currency === null) throw needsCurrency(field)
  return Number(toMinor(major, currency, field))
}
