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

/** A refusal of ours, in Stripe's words. Shapes: https://docs.stripe.com/api/errors */
export function refuseAsStripe(
  code: ErrorCode,
  given: { readonly message?: string | undefined; readonly param?: string } = {},
): Answer {
  const [status, sentence] = errors[code]
  const message = given.message ?? sentence
  const param = given.param === undefined ? {} : { param: given.param }
  switch (code) {
    case 'idempotency_conflict':
      return answerWith({ error: { type: 'idempotency_error', message } }, 400)
    case 'number_invalid':
      return answerWith({ error: { type: 'card_error', code: 'incorrect_number', message } }, 402)
    case 'charge_not_found':
    case 'token_not_found':
    case 'gateway_not_found':
      return invalid({ code: 'resource_missing', message, ...param }, 404)
    case 'charge_not_refundable':
      return invalid({ code: 'charge_already_refunded', message }, 400)
    case 'charge_not_capturable':
    case 'charge_not_voidable':
      return invalid({ code: 'payment_intent_unexpected_state', message }, 400)
    case 'body_invalid':
      return invalid({ code: 'parameter_invalid_empty', message, ...param }, 400)
    default: {
      if (status >= 500) return answerWith({ error: { type: 'api_error', message } }, status)
      return invalid({ message, ...param }, status)
    }
  }
}

/** A declined charge: 402 with the payment intent that it belongs to. */
export function declineAsStripe(
  decline: Decline,
  facts: { readonly chargeId: string; readonly paymentIntent: object },
): Answer {
  const error = { ...toStripeDecline(decline), charge: facts.chargeId }
  return answerWith({ error: { ...error, payment_intent: facts.paymentIntent } }, 402)
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
