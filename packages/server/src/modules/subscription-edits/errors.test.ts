import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { editErrors, ROW_REASONS, ROW_WARNINGS } from './errors.ts'

test('what callers may rely on in refusals and reasons of bulk edits does not change', () => {
  const told = Object.entries(editErrors).map(([refusal, { status, code, param }]) =>
    `${refusal} ${status} ${code} ${param ?? ''}`.trim(),
  )
  deepEqual(told, [
    'profile_not_found 404 resource_not_found',
    'gateway_not_found 404 resource_not_found',
    'discount_not_found 404 resource_not_found',
    'profile_unavailable 400 validation_error',
    'gateway_unavailable 400 validation_error',
    'discount_unavailable 400 validation_error',
    'too_many_rows 400 validation_error filters',
    'too_many_segments 400 validation_error segment_by',
    'edit_not_found 404 resource_not_found',
    'edit_in_review 409 conflict',
    'edit_not_draft 409 conflict',
    'edit_expired 409 conflict',
    'review_differs 409 conflict',
    'nothing_to_change 409 conflict',
    'edit_not_running 409 conflict',
    'edit_not_paused 409 conflict',
    'edit_over 409 conflict',
    'edit_not_over 409 conflict',
    'nothing_to_undo 409 conflict',
  ])
  for (const sentence of [...Object.values(ROW_REASONS), ...Object.values(ROW_WARNINGS)])
    ok(sentence.endsWith('.'), sentence)
})
