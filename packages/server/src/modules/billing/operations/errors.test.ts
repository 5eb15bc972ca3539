import assert from 'node:assert/strict'
import { test } from 'node:test'
import { profileErrors } from '../../subscription-profiles/index.ts'
import { operationErrors, WARNINGS } from './errors.ts'

test('what callers may rely on in refusals of operations and profiles does not change', () => {
  const told = Object.entries({ ...profileErrors, ...operationErrors }).map(
    ([refusal, { status, code, param }]) => `${refusal} ${status} ${code} ${param ?? ''}`.trim(),
  )
  assert.deepEqual(
    [
      'profile_not_found 404 resource_not_found subscription_profile_id',
      'profile_disabled 400 validation_error subscription_profile_id',
      'profile_not_shared 400 validation_error subscription_profile_id',
      'profile_archived 400 invalid_request',
      'profile_invalid 400 validation_error',
      'profile_in_use 400 resource_in_use',
      'name_taken 400 validation_error name',
      'payment_profile_not_found 404 resource_not_found custom_profile.payment_profile_id',
      'payment_profile_disabled 400 validation_error custom_profile.payment_profile_id',
      'first_step_no_cascade 400 validation_error custom_profile.prefer_last_success_gateway',
      'product_not_found 404 resource_not_found',
      'product_has_no_profile 400 validation_error product_id',
      'currency_mismatch 400 validation_error product_id',
      'profile_changed_meanwhile 409 conflict',
      'next_billing_in_past 400 validation_error next_renewal_at',
      'no_renewals_left 400 invalid_request',
      'renewed_at_this_instant 400 invalid_request',
      'subscription_ended 400 invalid_request',
      'subscription_state_invalid 400 invalid_request',
    ].filter((line) => !told.includes(line)),
    [],
  )
  assert.ok(Object.values(WARNINGS).every((sentence) => sentence.endsWith('.')))
})
