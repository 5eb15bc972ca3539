import {
  type ErrorCatalogue,
  illegal,
  invalid,
  unknown,
  MAP_TOO_LARGE,
} from '../../../platform/http/index.ts'
import type { ChangeRefusal } from './change-subscription.ts'
import type { ProfileChoiceRefusal } from './choose-profile.ts'
import type { CreateRefusal } from './create-subscription.ts'
import { gatewaysDisabled } from '../collect/charge-errors.ts'
import { extrasErrors } from '../extras/check-extras.ts'

const TOO_LARGE = invalid(
  'A period would cost more than an amount can say (2^53 - 1 minor units). Take fewer units.',
  'quantity',
)

const BILLING_DAY_NOT_MONTHLY = invalid(
  'Only periods of months or years begin on a day of the month. Leave the billing day out, or name a date.',
  'billingAnchorDay',
)

const PROFILE_ERRORS: ErrorCatalogue<ProfileChoiceRefusal> = {
  profile_not_found: unknown('subscription profile', 'subscription_profile_id'),
  profile_disabled: invalid(
    'This subscription profile is disabled or archived. Enable it, or name another one.',
    'subscription_profile_id',
  ),
  profile_not_shared: invalid(
    'This profile was made for another subscription. Name one that is not custom.',
    'subscription_profile_id',
  ),
}

export const createErrors: ErrorCatalogue<CreateRefusal> = {
  ...extrasErrors,
  ...PROFILE_ERRORS,
  profile_decides_dates: invalid(
    'The subscription profile decides the dates of renewals. Leave the billing day out.',
    'billingAnchorDay',
  ),
  customer_not_found: unknown('customer'),
  product_not_found: unknown('product'),
  price_not_found: unknown('price'),
  gateways_disabled: gatewaysDisabled('paymentMethodId'),
  payment_method_not_found: unknown('payment method of this customer'),
  attempt_forbidden: {
    status: 402,
    type: 'card_error',
    code: 'attempt_forbidden',
    message: "The rules of the card's network forbid this charge. Use another payment method.",
  },
  price_inactive: invalid('This price is archived. Use an active one.', 'priceId'),
  price_not_recurring: invalid('This price is charged once. Use a recurring one.', 'priceId'),
  intervals_differ: invalid('All items of a subscription share one billing interval.', 'items'),
  currency_mismatch: invalid(
    "The currency differs from the price's. Leave it out, or use the price's.",
    'currency',
  ),
  amount_too_large: TOO_LARGE,
  product_not_sellable: invalid(
    'This product is not sold as a subscription. Use an active recurring one.',
    'productId',
  ),
  product_differs: invalid(
    'The price is of another product. Leave productId out, or name a price of this product.',
    'productId',
  ),
  trial_end_in_past: invalid(
    'The trial would end in the past. Give an instant after now.',
    'trialEnd',
  ),
  start_in_past: invalid('A subscription cannot start in the past.', 'startDate'),
  end_before_start: invalid('The subscription would end before it starts.', 'billingEndsOn'),
  billing_day_not_monthly: BILLING_DAY_NOT_MONTHLY,
}

const TRIAL_OUTLASTS_TERM =
  'The trial would end when the subscription has ended itself (billing_ends_on). Let it end before that.'

export const changeErrors: ErrorCatalogue<ChangeRefusal> = {
  subscription_not_found: unknown('subscription'),
  subscription_ended: illegal('This subscription has ended and cannot be changed any more.'),
  subscription_state_invalid: illegal("The subscription's status does not allow this."),
  cancel_not_scheduled: illegal('No cancellation is scheduled that could be taken back.'),
  resumes_at_in_past: invalid(
    'The pause would end in the past. Give an instant after now.',
    'resumes_at',
  ),
  edit_of_several_items: invalid(
    'This subscription has several items. Change one of them instead.',
    'quantity',
  ),
  amount_too_large: TOO_LARGE,
  map_too_large: MAP_TOO_LARGE,
  next_billing_in_past: invalid(
    'The next billing date lies in the past. Give an instant after now.',
    'nextBillingDate',
  ),
  trial_outlasts_term: invalid(TRIAL_OUTLASTS_TERM, 'nextBillingDate'),
  billing_day_not_monthly: BILLING_DAY_NOT_MONTHLY,
  no_renewals_left: illegal('All renewals of this subscription have been made.'),
}

/** Of an edit that moves the billing day and names no date. */
export const billingDayErrors: ErrorCatalogue<ChangeRefusal> = {
  ...changeErrors,
  trial_outlasts_term: invalid(TRIAL_OUTLASTS_TERM, 'billingAnchorDay'),
}
