import { type ErrorCatalogue, conflict, invalid, unknown } from '../../platform/http/index.ts'

export type EditRefusal =
  | 'profile_not_found'
  | 'gateway_not_found'
  | 'discount_not_found'
  | 'profile_unavailable'
  | 'gateway_unavailable'
  | 'discount_unavailable'
  | 'too_many_rows'
  | 'too_many_segments'
  | 'edit_not_found'
  | 'edit_in_review'
  | 'edit_not_draft'
  | 'edit_expired'
  | 'review_differs'
  | 'nothing_to_change'
  | 'edit_not_running'
  | 'edit_not_paused'
  | 'edit_over'
  | 'edit_not_over'
  | 'nothing_to_undo'

export const editErrors: ErrorCatalogue<EditRefusal> = {
  profile_not_found: unknown('subscription profile'),
  gateway_not_found: unknown('gateway'),
  discount_not_found: unknown('discount'),
  profile_unavailable: invalid(
    'This subscription profile is disabled or archived, or belongs to one subscription. Name one that is enabled.',
  ),
  gateway_unavailable: invalid('This gateway is disabled or archived. Name one that is enabled.'),
  discount_unavailable: invalid(
    'This discount is switched off or archived. Name one that is active.',
  ),
  too_many_rows: invalid(
    'More subscriptions match than one edit may hold. Narrow the filters.',
    'filters',
  ),
  too_many_segments: invalid(
    'There are more than 1,000 segments. Narrow the filters, or segment by something else.',
    'segment_by',
  ),
  edit_not_found: unknown('subscription edit'),
  edit_in_review: conflict(
    'This edit is still being reviewed. Wait until its status is draft, or cancel it.',
  ),
  edit_not_draft: conflict('This edit was confirmed or canceled before. Preview another one.'),
  edit_expired: conflict('This review has expired. Preview the edit again.'),
  review_differs: conflict(
    'review_token is not the one of this review. Read the edit again, and confirm what it shows.',
  ),
  nothing_to_change: conflict('Nothing would change, so there is nothing to confirm.'),
  edit_not_running: conflict('This edit is not running.'),
  edit_not_paused: conflict('This edit is not paused.'),
  edit_over: conflict('This edit is over.'),
  edit_not_over: conflict('This edit is not over yet. Wait until it is done, or cancel it.'),
  nothing_to_undo: conflict('This edit has changed nothing.'),
}

/** Why a row was not changed, in words. */
export const ROW_REASONS: Readonly<Record<string, string>> = {
  beyond_limit: 'The limit was reached before it.',
  changed_since_load: 'It was changed after the review.',
  changed_since_edit: 'It was changed after the edit that is to be undone.',
  cannot_be_undone: 'What was done to it cannot be taken back.',
  renewal_in_progress: 'A renewal of it is being processed.',
  subscription_ended: 'It has ended.',
  subscription_state_invalid: 'Its status does not allow this.',
  next_billing_in_past:
    'The next renewal would lie in the past, which only a subscription with a profile allows.',
  trial_outlasts_term: 'Its trial would end when it has ended itself.',
  billing_day_not_monthly: 'Only periods of months or years begin on a day of the month.',
  no_renewals_left: 'All of its renewals have been made.',
  date_too_far: 'That is further than time is counted here (year 9999).',
  amount_below_zero: 'The amount would be below zero.',
  // Of edits that ran when it had to be.
  amount_not_divisible: 'The amount cannot be spread evenly over its quantity.',
  amount_too_large: 'The amount would be too large.',
  edit_of_several_items: 'It has several items, so that the amount is the sum of theirs.',
  profile_unavailable: 'The profile has been disabled.',
  gateway_unavailable: 'The gateway has been disabled.',
  discount_not_usable: 'The discount is not for what it sells, or is used up or out of date.',
  run_canceled: 'The run was canceled before it.',
}

export const ROW_WARNINGS: Readonly<Record<string, string>> = {
  next_renewal_in_past: 'The next renewal lies in the past: it is made on the next pass.',
  date_of_suspended: 'It is suspended: the date is changed, and it stays suspended.',
  trial_moves_along: 'It is in its trial, which ends on the new date.',
  custom_profile_discarded: 'Its custom profile is archived.',
  no_fallback: 'No other gateway is tried any more when the forced one declines.',
  cannot_be_undone: 'This cannot be undone.',
}

/** Of a segment: no row knows of the others. */
export const SEVERAL_CURRENCIES = {
  code: 'several_currencies',
  message:
    'Subscriptions in several currencies change: one amount_minor is meant in the minor units of each of them. Narrow currencies, or segment by currency.',
} as const
