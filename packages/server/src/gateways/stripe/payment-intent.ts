import { normaliseDecline, type Decline, type DeclineCode } from '@perennial/core/declines'
import { isUuid, type Uuid } from '@perennial/core/ids'
import {
  type GatewayOutcome,
  HOLD_EXPIRED,
  unknownOutcome,
  withAdvice,
} from '@perennial/core/payments'
import { readRecord, readText } from '../../platform/foreign/index.ts'
import { silentCharge } from '../http/index.ts'
import { checksOf } from './card-checks.ts'
import { toFailure } from './failure.ts'

/** Where our key of a charge or a refund is written on the vendor's object. */
export const KEY_NAME = 'perennial_key'

/** Asked for with every payment intent: it has the network's name for the charge. */
export const EXPAND = ['latest_charge']

export function keyOf(object: unknown): Uuid | null {
  const key = readText(object, 'metadata', KEY_NAME)
  return key !== null && isUuid(key) ? key : null
}

/** What a payment intent says of its charge. https://docs.stripe.com/payments/paymentintents/lifecycle */
export function toOutcome(intent: unknown): GatewayOutcome {
  const gatewayReference = readText(intent, 'id')
  if (gatewayReference === null) return unknownOutcome('the gateway answered nonsense')
  switch (readText(intent, 'status')) {
    case 'succeeded':
    case 'requires_capture':
      return {
        kind: 'succeeded',
        gatewayReference,
        networkTransactionId: networkIdOf(intent),
        ...withAdvice(readText(intent, 'latest_charge', 'outcome', 'network_advice_code')),
        ...checksOf(readRecord(intent, 'latest_charge')),
      }
    case 'processing':
      return { kind: 'pending', gatewayReference }
    case 'requires_action':
      return toChallenge(intent, gatewayReference)
    case 'requires_payment_method': {
      const error = lastErrorOf(intent)
      // One that was never refused is only being tried: it is as it was made.
      if (error === null) return unknownOutcome('the charge is under way')
      return {
        kind: 'declined',
        gatewayReference,
        decline: toDecline(error),
        ...checksOf(readRecord(intent, 'latest_charge')),
      }
    }
    case 'canceled': {
      // A hold that nobody captured in time is canceled by the vendor itself.
      const isLapsed = LAPSED.includes(readText(intent, 'cancellation_reason') ?? '')
      const decline = isLapsed ? HOLD_EXPIRED : CANCELED
      return { kind: 'declined', gatewayReference, decline }
    }
    default:
      return unknownOutcome('the gateway answered nonsense')
  }
}

function networkIdOf(intent: unknown): string | null {
  return readText(
    intent,
    'latest_charge',
    'payment_method_details',
    'card',
    'network_transaction_id',
  )
}

function lastErrorOf(intent: unknown): unknown {
  return readRecord(intent, 'last_payment_error')
}

/** Only a challenge that a customer can be sent to is one; another would wait for nobody. */
function toChallenge(intent: unknown, gatewayReference: string): GatewayOutcome {
  const url =
    readText(intent, 'next_action', 'redirect_to_url', 'url') ??
    readText(intent, 'next_action', 'verify_with_microdeposits', 'hosted_verification_url')
  if (url === null) return { kind: 'declined', gatewayReference, decline: NOWHERE_TO_GO }
  const nextAction = { type: 'redirect_to_url', url } as const
  return { kind: 'needs_action', gatewayReference, nextAction }
}

/** https://docs.stripe.com/api/payment_intents/object, cancellation_reason: those that the vendor gives itself. */
const LAPSED: readonly string[] = ['automatic', 'expired']

const CANCELED: Decline = { code: 'canceled', isoCode: null, adviceCode: null, message: null }
const NOWHERE_TO_GO: Decline = {
  code: 'authentication_required',
  isoCode: null,
  adviceCode: null,
  message: 'The gateway asks for an authentication and names no page for it.',
}

/** A capture that came too late: of the charge, or of an intent that the vendor has ended meanwhile. */
export function isHoldLapsed(error: unknown): boolean {
  const reason = readText(error, 'payment_intent', 'cancellation_reason')
  return readText(error, 'code') === 'charge_expired_for_capture' || LAPSED.includes(reason ?? '')
}

/** Of an error of the API, or the last error of an intent: both have the same fields. */
export function toDecline(error: unknown): Decline {
  const decline = normaliseDecline('stripe', {
    code: readText(error, 'decline_code') ?? readText(error, 'code') ?? usedUpCode(error),
    isoCode: readText(error, 'network_decline_code'),
    adviceCode: readText(error, 'network_advice_code'),
    message: readText(error, 'message'),
  })
  const advised = ADVISED.get(readText(error, 'advice_code') ?? '')
  return advised !== undefined && VAGUE.has(decline.code) ? { ...decline, code: advised } : decline
}

/** What the vendor advises for want of a code that says it: https://docs.stripe.com/declines#retrying-issuer-declines. */
const ADVISED: ReadonlyMap<string, DeclineCode> = new Map([
  ['do_not_try_again', 'do_not_try_again'],
  ['confirm_card_data', 'incorrect_number'],
])
/** Codes that leave open what helps. `try_again_later` is what they are taken for anyway. */
const VAGUE: ReadonlySet<string> = new Set<DeclineCode>([
  'generic_decline',
  'card_declined',
  'do_not_honor',
  'try_again_later',
])

/** A method that paid once, without a customer, never pays again. The vendor says so in nothing but words. */
function usedUpCode(error: unknown): DeclineCode | null {
  const isUsedUp = readText(error, 'message')?.includes('may not be used again') === true
  return isUsedUp ? 'invalid_account' : null
}

/** Of a call that did not come back with a payment intent. */
export function toFailedOutcome(error: unknown): GatewayOutcome {
  const failure = toFailure(error)
  if (failure.kind === 'silent') return silentCharge(error)
  const gatewayReference = readText(failure.error, 'payment_intent', 'id')
  return { kind: 'declined', gatewayReference, decline: toDecline(failure.error) }
}
