import { toChargeBody } from '../../http/wire.ts'
import { type Charge, hasMovedMoney } from '../../charges/charge.ts'
import type { ResolvedToken } from '../../vault/resolve-token.ts'
import { toStripeDecline } from '../errors.ts'
import { toSeconds } from '../stripe-call.ts'
import { methodTypeOf } from './payment-method.ts'

export function paymentIntentId(chargeId: string): string {
  return chargeId.replace(/^ch_/, 'pi_')
}

export interface Shown {
  readonly charge: Charge
  readonly token: ResolvedToken | null
  readonly origin: string
  readonly isDisputed: boolean
}

/** Customers of ours stand where the plain dialect has the caller's copy of a token. */
export function customerOf({ attempt }: Charge): string | null {
  return attempt.instrument.startsWith('cus_') ? attempt.instrument : null
}

/** The part of Stripe's payment intent that an integration of ours reads. */
export function toPaymentIntent(
  shown: Shown,
  { expandCharge }: { readonly expandCharge: boolean },
) {
  const { charge, origin } = shown
  const { attempt } = charge
  const id = paymentIntentId(charge.id)
  const status = statusOf(charge)
  const plain = toChargeBody(charge, { token: null, origin, at: attempt.at })
  return {
    id,
    object: 'payment_intent',
    amount: attempt.amountMinor,
    amount_capturable: status === 'requires_capture' ? attempt.amountMinor : 0,
    amount_received: hasMovedMoney(charge) ? charge.capturedMinor : 0,
    cancellation_reason: cancellationOf(charge),
    canceled_at: charge.voidedAt === undefined ? null : toSeconds(charge.voidedAt),
    capture_method: attempt.capture ? 'automatic' : 'manual',
    client_secret: `${id}_secret_${plain.network_transaction_id}`,
    created: toSeconds(attempt.at),
    currency: attempt.currency.toLowerCase(),
    customer: customerOf(charge),
    description: charge.description,
    last_payment_error: charge.decline === null ? null : toStripeDecline(charge.decline),
    latest_charge: expandCharge ? toStripeCharge(shown) : charge.id,
    livemode: false,
    metadata: charge.metadata ?? {},
    next_action:
      plain.next_action === undefined
        ? null
        : {
            type: 'redirect_to_url',
            redirect_to_url: { url: plain.next_action.url, return_url: null },
          },
    payment_method: attempt.token,
    payment_method_types: [methodTypeOf(shown.token)],
    status,
  }
}

export function toStripeCharge({ charge, token, origin, isDisputed }: Shown) {
  const { attempt } = charge
  const plain = toChargeBody(charge, { token, origin, at: attempt.at })
  const { type: _type, ...card } = plain.card ?? { type: 'card' }
  const type = methodTypeOf(token)
  const refundedMinor = charge.refundedMinor
  const isCaptured = charge.capturedMinor > 0
  return {
    id: charge.id,
    object: 'charge',
    amount: attempt.amountMinor,
    amount_captured: charge.capturedMinor,
    amount_refunded: refundedMinor,
    balance_transaction: hasMovedMoney(charge) ? `txn_${charge.id}` : null,
    captured: isCaptured,
    created: toSeconds(attempt.at),
    currency: attempt.currency.toLowerCase(),
    customer: customerOf(charge),
    description: charge.description,
    disputed: isDisputed,
    failure_code: charge.decline === null ? null : toStripeDecline(charge.decline).code,
    failure_message: charge.decline?.message ?? null,
    livemode: false,
    metadata: charge.metadata ?? {},
    outcome:
      charge.decline === null
        ? {
            network_status: 'approved_by_network',
            ...(charge.adviceCode === undefined ? {} : { network_advice_code: charge.adviceCode }),
            type: 'authorized',
          }
        : {
            network_status: 'declined_by_network',
            network_decline_code: charge.decline.isoCode,
            network_advice_code: charge.decline.adviceCode,
            reason: charge.decline.code,
            type: 'issuer_declined',
          },
    paid: charge.status === 'succeeded',
    payment_intent: paymentIntentId(charge.id),
    payment_method: attempt.token,
    payment_method_details: {
      type,
      [type]:
        type === 'card'
          ? { ...card, network_transaction_id: plain.network_transaction_id }
          : { ...card },
    },
    refunded: isCaptured && refundedMinor === charge.capturedMinor,
    status: chargeStatusOf(charge),
  }
}

/** What the vendor lets go of by itself it calls `automatic`. */
function cancellationOf({ isVoided, isLapsed }: Charge): string | null {
  if (!isVoided) return null
  return isLapsed === true ? 'automatic' : 'requested_by_customer'
}

function chargeStatusOf({ status, isVoided }: Charge): string {
  if (isVoided) return 'failed'
  return status === 'succeeded' || status === 'pending' ? status : 'failed'
}

function statusOf(charge: Charge): string {
  if (charge.isVoided) return 'canceled'
  switch (charge.status) {
    case 'succeeded':
      return charge.capturedMinor > 0 ? 'succeeded' : 'requires_capture'
    case 'pending':
      return 'processing'
    case 'needs_action':
      return 'requires_action'
    case 'declined':
      return 'requires_payment_method'
  }
}
