import {
  type ChargeRequest,
  type GatewayOutcome,
  type LookUpResult,
  unknownOutcome,
} from '@perennial/core/payments'
import { readList, readText } from '../../platform/foreign/index.ts'
import { causeOf, silentCharge } from '../http/index.ts'
import { toCheckoutAmount } from './amounts.ts'
import type { CheckoutApi, CheckoutCredentials } from './checkout-api.ts'
import { toChargeOutcome, toPaymentOutcome } from './payment.ts'
import { billingDescriptor } from './statement.ts'

export async function chargeCard(
  api: CheckoutApi,
  credentials: CheckoutCredentials,
  request: ChargeRequest,
): Promise<GatewayOutcome> {
  const body = paymentRequest(credentials.processingChannelId, request)
  if (body === null) return UNCHARGEABLE
  try {
    const key = request.idempotencyKey
    const outcome = toChargeOutcome(await api.post('/payments', body, key))
    const { initiation, returnUrl = credentials.returnUrl } = request
    // Whoever begins a mandate is there where they were given a page to come back to.
    const isThere = initiation === 'present' || request.returnUrl !== undefined
    if (!asksForCustomer(outcome) || !isThere) return outcome
    // The issuer wants to see the customer: asked once more, with 3-D Secure.
    const challenge = { ...body, ...backTo(returnUrl), '3ds': { enabled: true } }
    return toChargeOutcome(await api.post('/payments', challenge, `${key}:3ds`))
  } catch (error) {
    // Where the issuer has asked for the customer, that refusal moved nothing either.
    return silentCharge(error)
  }
}

export const UNCHARGEABLE = {
  kind: 'declined',
  gatewayReference: null,
  decline: {
    code: 'invalid_amount',
    isoCode: null,
    adviceCode: null,
    message: 'The gateway takes nine digits at most, and a third decimal of 0 alone.',
  },
} satisfies GatewayOutcome

function asksForCustomer(outcome: GatewayOutcome): boolean {
  return outcome.kind === 'declined' && outcome.decline.code === 'authentication_required'
}

/** Whether it was passed or failed is asked of the gateway, so both lead to the same place. */
function backTo(url: string | null) {
  return url === null ? {} : { success_url: url, failure_url: url }
}

function paymentRequest(processingChannelId: string, request: ChargeRequest) {
  const amount = toCheckoutAmount(request.amountMinor, request.currency)
  if (amount === null) return null
  const { token, currency, capture, idempotencyKey, statement } = request
  return {
    source: { type: 'id', id: token },
    amount,
    currency,
    capture,
    // The reference is what a lost payment is found by.
    reference: idempotencyKey,
    processing_channel_id: processingChannelId,
    ...initiationOf(request),
    ...(statement === undefined ? {} : billingDescriptor(statement)),
  }
}

/** `previous_payment_id` also takes the network's name for a first payment, wherever that was made. */
function initiationOf({ initiation, networkTransactionId }: ChargeRequest) {
  if (initiation === 'present') return { payment_type: 'Regular', merchant_initiated: false }
  if (initiation === 'first') return { payment_type: 'Recurring', merchant_initiated: false }
  const series = { payment_type: 'Recurring', merchant_initiated: true }
  return networkTransactionId === null
    ? series
    : { ...series, previous_payment_id: networkTransactionId }
}

/** Payments of one reference: a refused one may be followed by one with 3-D Secure, which is what counts then. */
export async function findCharge(api: CheckoutApi, reference: string): Promise<LookUpResult> {
  try {
    const query = new URLSearchParams({ reference, limit: '10', skip: '0' })
    const { status, body } = await api.get(`/payments?${query.toString()}`)
    const found = status === 200 ? readList(body, 'data') : null
    if (found === null) return { kind: 'found', outcome: unknownOutcome(`no list: ${status}`) }
    const decisive = found.find((one) => readText(one, 'status') !== 'Declined') ?? found[0]
    if (decisive === undefined) return { kind: 'absent' }
    const id = readText(decisive, 'id') ?? ''
    const payment = await api.get(`/payments/${encodeURIComponent(id)}`)
    return { kind: 'found', outcome: toPaymentOutcome(payment.body) }
  } catch (error) {
    return { kind: 'found', outcome: unknownOutcome(causeOf(error)) }
  }
}
