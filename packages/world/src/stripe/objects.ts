import { toChargeBody, toInstrumentBody } from '../http/wire.ts'
import type { Charge, Refund } from '../vault/charge.ts'
import type { ResolvedToken } from '../vault/resolve-token.ts'
import { toStripeDecline } from './errors.ts'

export function paymentIntentId(charge: Charge): string {
  return charge.id.replace(/^ch_/, 'pi_')
}

export interface Shown {
  readonly charge: Charge
  readonly token: ResolvedToken | null
  readonly origin: string
}

/** The part of Stripe's payment intent that an integration of ours reads. */
export function toPaymentIntent(
  shown: Shown,
  { expandCharge }: { readonly expandCharge: boolean },
) {
  const { charge, origin } = shown
  const { attempt } = charge
  const id = paymentIntentId(charge)
  const status = statusOf(charge)
  const plain = toChargeBody(charge, { token: null, origin, at: attempt.at })
  return {
    id,
    object: 'payment_intent',
    amount: attempt.amountMinor,
    amount_capturable: status === 'requires_capture' ? attempt.amountMinor : 0,
    amount_received: charge.capturedMinor,
    capture_method: attempt.capture ? 'automatic' : 'manual',
    client_secret: `${id}_secret_${plain.network_transaction_id}`,
    created: Math.floor(attempt.at / 1000),
    currency: attempt.currency.toLowerCase(),
    customer: null,
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
    payment_method_types: [shown.token?.instrument.type ?? 'card'],
    status,
  }
}

export function toStripeRefund(refund: Refund) {
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amountMinor,
    charge: refund.chargeId,
    created: Math.floor(refund.at / 1000),
    currency: refund.currency.toLowerCase(),
    payment_intent: refund.chargeId.replace(/^ch_/, 'pi_'),
    status: 'succeeded',
  }
}

export function toPaymentMethod(
  token: string,
  resolved: ResolvedToken,
  { customer, at }: { readonly customer: string | null; readonly at: number },
) {
  const { type, bin: _bin, ...details } = toInstrumentBody(resolved)
  return {
    id: token,
    object: 'payment_method',
    type,
    [type]: { ...details, networks: { available: [details.network], preferred: null } },
    billing_details: { address: null, email: null, name: null, phone: null },
    created: Math.floor(at / 1000),
    customer,
    livemode: false,
    metadata: {},
  }
}

function toStripeCharge({ charge, token, origin }: Shown) {
  const { attempt } = charge
  const plain = toChargeBody(charge, { token, origin, at: attempt.at })
  return {
    id: charge.id,
    object: 'charge',
    amount: attempt.amountMinor,
    amount_captured: charge.capturedMinor,
    amount_refunded: charge.refundedMinor,
    captured: charge.capturedMinor > 0,
    currency: attempt.currency.toLowerCase(),
    outcome:
      charge.decline === null
        ? { network_status: 'approved_by_network' }
        : {
            network_status: 'declined_by_network',
            network_decline_code: charge.decline.isoCode,
            network_advice_code: charge.decline.adviceCode,
            reason: charge.decline.code,
          },
    paid: charge.status === 'succeeded',
    payment_intent: paymentIntentId(charge),
    payment_method: attempt.token,
    payment_method_details: {
      type: plain.card?.type ?? 'card',
      card: { ...plain.card, network_transaction_id: plain.network_transaction_id },
    },
    refunded: charge.capturedMinor > 0 && charge.refundedMinor === charge.capturedMinor,
    status:
      charge.status === 'succeeded'
        ? 'succeeded'
        : charge.status === 'pending'
          ? 'pending'
          : 'failed',
  }
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
