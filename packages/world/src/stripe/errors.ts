import { type Answer, answerWith } from '../http/answer.ts'
import { type ErrorCode, errors } from '../http/errors.ts'
import type { Decline } from '../judging/decline-codes.ts'

/**
 * Refusals that are error codes of their own at Stripe; all others are `card_declined` and a
 * decline code.
 */
const ownCodes = new Set([
  'authentication_required',
  'expired_card',
  'incorrect_cvc',
  'incorrect_number',
  'processing_error',
])

/** Refusals that Stripe has a code for, with its status. https://docs.stripe.com/error-codes */
const stripeCodes: Readonly<Partial<Record<ErrorCode, readonly [status: number, code: string]>>> = {
  charge_not_found: [404, 'resource_missing'],
  refund_not_found: [404, 'resource_missing'],
  dispute_not_found: [404, 'resource_missing'],
  token_not_found: [404, 'resource_missing'],
  gateway_not_found: [404, 'resource_missing'],
  charge_not_refundable: [400, 'charge_already_refunded'],
  charge_disputed: [400, 'charge_disputed'],
  charge_not_capturable: [400, 'payment_intent_unexpected_state'],
  charge_not_voidable: [400, 'payment_intent_unexpected_state'],
  authorization_expired: [400, 'charge_expired_for_capture'],
  amount_too_large: [400, 'amount_too_large'],
  body_invalid: [400, 'parameter_invalid_empty'],
}

/** A refusal of ours, in Stripe's words. Shapes: https://docs.stripe.com/api/errors */
export function refuseAsStripe(
  code: ErrorCode,
  given: {
    readonly message?: string | undefined
    readonly param?: string
    /** The intent whose state is in the way. */
    readonly paymentIntent?: object
  } = {},
): Answer {
  const [status, sentence] = errors[code]
  const message = given.message ?? sentence
  const error = {
    message,
    ...(given.param === undefined ? {} : { param: given.param }),
    ...(given.paymentIntent === undefined ? {} : { payment_intent: given.paymentIntent }),
  }
  if (code === 'idempotency_conflict') {
    return answerWith({ error: { type: 'idempotency_error', message } }, 400)
  }
  if (code === 'number_invalid') {
    return answerWith({ error: { type: 'card_error', code: 'incorrect_number', message } }, 402)
  }
  const own = stripeCodes[code]
  if (own !== undefined) return invalid({ code: own[1], ...error }, own[0])
  if (status >= 500) return answerWith({ error: { type: 'api_error', message } }, status)
  // There, 409 says that another call with the same key is under way.
  return invalid(error, status === 409 ? 400 : status)
}

/** Of what may not be done with a payment method: there it has no code. */
export function refuseMethod(message: string): Answer {
  return invalid({ message, param: 'payment_method' }, 400)
}

export function refuseKey(key: string): Answer {
  const message = `Invalid API Key provided: ${key.slice(0, 8)}****`
  return invalid({ message }, 401)
}

/** A declined charge: 402 with the payment intent that it belongs to. */
export function declineAsStripe(
  decline: Decline,
  facts: { readonly chargeId: string } & (
    | { readonly paymentIntent: object }
    | { readonly setupIntent: object }
  ),
): Answer {
  const error = { ...toStripeDecline(decline), charge: facts.chargeId }
  return 'paymentIntent' in facts
    ? answerWith({ error: { ...error, payment_intent: facts.paymentIntent } }, 402)
    : answerWith({ error: { ...toStripeDecline(decline), setup_intent: facts.setupIntent } }, 402)
}

export function toStripeDecline({ code, isoCode, adviceCode, message }: Decline) {
  return {
    type: 'card_error',
    code: ownCodes.has(code) ? code : 'card_declined',
    decline_code: code === 'card_declined' ? 'generic_decline' : code,
    message,
    ...(adviceCode === null
      ? {}
      : { advice_code: toStripeAdvice(adviceCode), network_advice_code: adviceCode }),
    ...(isoCode === null ? {} : { network_decline_code: isoCode }),
  }
}

function toStripeAdvice(adviceCode: string): string {
  if (adviceCode === '01') return 'confirm_card_data'
  const isFinal = ['03', '21', '22', '41', '42'].includes(adviceCode)
  return isFinal ? 'do_not_try_again' : 'try_again_later'
}

function invalid(error: object, status: number): Answer {
  return answerWith({ error: { type: 'invalid_request_error', ...error } }, status)
}
