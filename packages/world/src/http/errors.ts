/**
 * Every refusal of the HTTP face: its status, and the sentence for people. Renaming a code breaks
 * callers.
 */
export const errors = {
  json_malformed: [400, 'The body is not a JSON object.'],
  body_invalid: [400, 'The body does not have the expected form.'],
  path_malformed: [400, 'The path is not properly encoded.'],
  query_invalid: [400, 'A query parameter does not have the expected form.'],
  now_invalid: [400, 'x-perennial-now must be an instant such as 2027-01-31T09:00:00Z.'],
  idempotency_key_required: [400, 'The header idempotency-key is required.'],
  idempotency_key_invalid: [400, 'The header idempotency-key may have at most 255 characters.'],
  account_invalid: [400, 'The header x-perennial-account may have at most 255 characters.'],
  token_malformed: [400, 'The token has a reserved name with a wrong parameter.'],
  number_invalid: [400, 'The card number is not one.'],
  amount_too_large: [400, 'The amount is more than what is left.'],
  route_not_found: [404, 'There is nothing here.'],
  gateway_not_found: [404, 'The world has no such gateway.'],
  charge_not_found: [404, 'There is no such charge.'],
  refund_not_found: [404, 'There is no such refund.'],
  dispute_not_found: [404, 'There is no such dispute.'],
  token_not_found: [404, 'There is no such token.'],
  method_not_allowed: [405, 'The method is not allowed here.'],
  idempotency_conflict: [409, 'The idempotency key was used with another request.'],
  charge_not_capturable: [409, 'The charge cannot be captured.'],
  charge_not_voidable: [409, 'The charge cannot be voided.'],
  charge_not_refundable: [409, 'The charge cannot be refunded.'],
  authorization_expired: [409, 'The authorisation has expired: it was not captured within 7 days.'],
  charge_disputed: [409, 'The charge is disputed; its money is not there to be refunded.'],
  dispute_closed: [409, 'The dispute is closed.'],
  evidence_not_wanted: [409, 'An early warning takes no evidence.'],
  evidence_given: [409, 'Evidence was given already.'],
  nothing_to_dispute: [409, 'Nothing is left of the charge that could be disputed.'],
  charge_not_waiting: [409, 'The charge does not wait for authentication.'],
  body_too_large: [413, 'The body is larger than 64 KB.'],
  fault: [500, 'The world made a mistake.'],
  gateway_error: [503, 'The gateway is not available. Nothing was charged.'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type ErrorCode = keyof typeof errors
