import { refusalOf, type BraintreeAnswer } from './braintree-api.ts'

/**
 * At-most-once processing: a request with `api_request_key` is done once in 30 days (developer.paypal.com/braintree,
 * "Idempotency"; codes from the official client's list). Not every account has it.
 */
const NOT_ALLOWED = '915231'
/** Reused with another request, in flight, with a request that failed, lost by the server. */
const USED_BEFORE = ['915232', '915233', '915234', '915235']

export type KeyedAnswer = BraintreeAnswer & {
  readonly key: 'taken' | 'used before' | 'not allowed'
}

export function readKeyedAnswer(answer: BraintreeAnswer): KeyedAnswer {
  const codes = refusalOf(answer)?.codes ?? []
  if (codes.includes(NOT_ALLOWED)) return { ...answer, key: 'not allowed' }
  return {
    ...answer,
    key: codes.some((code) => USED_BEFORE.includes(code)) ? 'used before' : 'taken',
  }
}
