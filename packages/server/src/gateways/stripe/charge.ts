import type { Decline } from '@perennial/core/declines'
import type { Currency } from '@perennial/core/money'
import {
  type ChargeRequest,
  type FollowUp,
  type GatewayOutcome,
  HOLD_EXPIRED,
  type VoidOutcome,
  unknownOutcome,
} from '@perennial/core/payments'
import type Stripe from 'stripe'
import { readNumber, readText } from '../../platform/foreign/index.ts'
import { causeOf } from '../http/index.ts'
import { toStripeAmount } from './amounts.ts'
import { isMissing, toFailure } from './failure.ts'
import { findKept, type KeepTools } from './keep-method.ts'
import {
  EXPAND,
  isHoldLapsed,
  KEY_NAME,
  toDecline,
  toFailedOutcome,
  toOutcome,
} from './payment-intent.ts'
import type { KnownMethod } from './payment-method.ts'
import { statementParams } from './statement.ts'
import type { StripeApi } from './stripe-client.ts'

export type ChargeTools = KeepTools & {
  /** Where customers come back to when nobody said; without any the vendor names no page for a challenge. */
  readonly returnUrl: string
}

export async function charge(tools: ChargeTools, request: ChargeRequest): Promise<GatewayOutcome> {
  const amount = toStripeAmount(request.amountMinor, request.currency)
  if (amount === null) return declined(UNCHARGEABLE)
  const { idempotencyKey, token } = request
  try {
    // Before the charge: when this fails, nothing has been asked of the customer's money.
    const method = await findKept(tools, { token, key: idempotencyKey })
    if (method === null) return declined(UNKNOWN_METHOD)
    const params = chargeParams(request, {
      amount,
      method,
      returnUrl: request.returnUrl ?? tools.returnUrl,
    })
    return toOutcome(await tools.api.client.paymentIntents.create(params, { idempotencyKey }))
  } catch (error) {
    return toFailedOutcome(error)
  }
}

function chargeParams(
  request: ChargeRequest,
  facts: { readonly amount: number; readonly method: KnownMethod; readonly returnUrl: string },
): Stripe.PaymentIntentCreateParams {
  const { amount, method, returnUrl } = facts
  const { idempotencyKey, currency, capture, initiation, statement } = request
  return {
    amount,
    currency: currency.toLowerCase(),
    confirm: true,
    payment_method: method.id,
    allowed_payment_method_types: [method.type],
    ...(method.customer === null ? {} : { customer: method.customer }),
    ...(capture ? {} : { capture_method: 'manual' }),
    ...(statement === undefined ? {} : statementParams(method.type, statement)),
    metadata: { [KEY_NAME]: idempotencyKey },
    ...initiationParams(initiation, { hasCustomer: method.customer !== null, returnUrl }),
    expand: EXPAND,
  }
}

/**
 * The vendor keeps the network's name for the first charge with the payment method and sends it along by itself, for a
 * charge that is off session.
 */
function initiationParams(
  initiation: ChargeRequest['initiation'],
  facts: { readonly hasCustomer: boolean; readonly returnUrl: string },
): Pick<Stripe.PaymentIntentCreateParams, 'off_session' | 'setup_future_usage' | 'return_url'> {
  const { hasCustomer, returnUrl } = facts
  switch (initiation) {
    case 'recurring':
      return { off_session: true }
    case 'first':
      return {
        ...(hasCustomer ? { setup_future_usage: 'off_session' } : {}),
        return_url: returnUrl,
      }
    case 'present':
      return { return_url: returnUrl }
  }
}

export async function capture(
  api: StripeApi,
  request: FollowUp & { readonly amountMinor: bigint; readonly currency: Currency },
): Promise<GatewayOutcome> {
  const { gatewayReference, idempotencyKey, amountMinor, currency } = request
  const amount = toStripeAmount(amountMinor, currency)
  if (amount === null) return declined(UNCHARGEABLE)
  try {
    const params = { amount_to_capture: amount, expand: EXPAND }
    const options = { idempotencyKey: `${idempotencyKey}:capture` }
    return toOutcome(await api.client.paymentIntents.capture(gatewayReference, params, options))
  } catch (error) {
    const failure = toFailure(error)
    if (failure.kind === 'silent') return unknownOutcome(failure.cause)
    const intent: unknown = failure.error.payment_intent
    const isDone =
      readText(intent, 'status') === 'succeeded' && readNumber(intent, 'amount_received') === amount
    if (isDone) return toOutcome(intent)
    const decline = isHoldLapsed(failure.error) ? HOLD_EXPIRED : toDecline(failure.error)
    return { kind: 'declined', gatewayReference, decline }
  }
}

export async function voidCharge(api: StripeApi, request: FollowUp): Promise<VoidOutcome> {
  const { gatewayReference, idempotencyKey } = request
  try {
    const options = { idempotencyKey: `${idempotencyKey}:void` }
    const intent = await api.client.paymentIntents.cancel(gatewayReference, {}, options)
    if (readText(intent, 'status') === 'canceled') return { kind: 'voided' }
    return { kind: 'unknown', cause: 'the gateway answered nonsense' }
  } catch (error) {
    const failure = toFailure(error)
    if (failure.kind === 'silent') return { kind: 'unknown', cause: failure.cause }
    const { code, message, payment_intent: intent } = failure.error
    if (readText(intent, 'status') === 'canceled') return { kind: 'voided' }
    return isMissing(failure) || intent !== undefined
      ? { kind: 'refused', code: code ?? 'not_voidable', message }
      : refusedUnlessCanceled(api, request, { code: code ?? 'not_voidable', message })
  }
}

/** An error that does not show the intent may be about one that is called off already. */
async function refusedUnlessCanceled(
  api: StripeApi,
  { gatewayReference }: FollowUp,
  refusal: { readonly code: string; readonly message: string },
): Promise<VoidOutcome> {
  try {
    const intent = await api.client.paymentIntents.retrieve(gatewayReference)
    return readText(intent, 'status') === 'canceled'
      ? { kind: 'voided' }
      : { kind: 'refused', ...refusal }
  } catch (error) {
    return { kind: 'unknown', cause: causeOf(error) }
  }
}

function declined(decline: Decline): GatewayOutcome {
  return { kind: 'declined', gatewayReference: null, decline }
}

const UNCHARGEABLE: Decline = {
  code: 'invalid_amount',
  isoCode: null,
  adviceCode: null,
  message: 'The gateway cannot charge an amount with these decimals.',
}
const UNKNOWN_METHOD: Decline = {
  code: 'invalid_account',
  isoCode: null,
  adviceCode: null,
  message: 'The gateway does not know this payment method.',
}
