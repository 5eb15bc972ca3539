import {
  type CatalogueEntry,
  type ErrorCatalogue,
  conflict,
  illegal,
  invalid,
} from '../../../platform/http/index.ts'
import { profileErrors } from '../../subscription-profiles/index.ts'
import { changeErrors, createErrors } from '../subscriptions/errors.ts'
import { extrasErrors } from '../extras/check-extras.ts'
import type { OperationRefusal, WarningCode } from './operation.ts'

export const operationErrors: ErrorCatalogue<OperationRefusal> = {
  ...createErrors,
  ...changeErrors,
  ...extrasErrors,
  profile_invalid: profileErrors.profile_invalid,
  payment_profile_not_found: ofCustom(profileErrors.payment_profile_not_found),
  payment_profile_disabled: ofCustom(profileErrors.payment_profile_disabled),
  first_step_no_cascade: ofCustom(profileErrors.first_step_no_cascade),
  shipping_profile_not_found: ofCustom(profileErrors.shipping_profile_not_found),
  salvage_profile_not_found: ofCustom(profileErrors.salvage_profile_not_found),
  next_billing_in_past: { ...changeErrors.next_billing_in_past, param: 'next_renewal_at' },
  currency_mismatch: invalid(
    "The product's currency differs from the subscription's. Name a price in the same currency.",
    'product_id',
  ),
  trial_over: illegal(
    'This subscription is in no trial, or its trial is over. A trial that has expired or was cancelled is not changed any more.',
  ),
  trial_end_in_past: invalid(
    'The trial would have ended already. Shorten it by fewer days, or expire it.',
    'days',
  ),
  trial_outlasts_term: invalid(
    'The trial would end when the subscription has ended itself (billing_ends_on). Extend it by fewer days.',
    'days',
  ),
  profile_changed_meanwhile: conflict(
    'The subscription was given another profile at this very moment. Look at it, and ask again.',
  ),
  renewed_at_this_instant: illegal(
    'It began or was renewed at this very instant, and a period takes time. Ask again later; in a sandbox, move its clock on first (POST /v2/test-clock/advance).',
  ),
  product_has_no_profile: invalid(
    'This product has no subscription profile, so nothing would decide its renewals. Attach one first.',
    'product_id',
  ),
}

/** What is wrong in the profile of one subscription alone. */
function ofCustom<Entry extends CatalogueEntry>(entry: Entry): Entry {
  return { ...entry, param: `custom_profile.${entry.param}` }
}

export const WARNINGS: Readonly<Record<WarningCode, string>> = {
  next_renewal_in_past: 'The next renewal lies in the past: it is made on the next pass.',
  custom_profile_discarded: 'The custom profile of this subscription is archived.',
  discounts_not_carried_over:
    'Some of its discounts are not for the new product, or count no more. The new subscription has the others.',
  profile_not_carried_over:
    "The profile is not carried over: the new product's decides. Check the profile of the new subscription.",
  no_renewals_follow: 'This is the last renewal.',
  nothing_to_charge: 'There is nothing to charge: the renewal is overdue at once.',
}
