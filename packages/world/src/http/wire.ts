import { finishHash, mixText } from '../chance/hash.ts'
import type { Decline } from '../judging/decline-codes.ts'
import { type Charge, type ChargeAttempt, type Refund, hasMovedMoney } from '../vault/charge.ts'
import type { ResolvedToken } from '../vault/resolve-token.ts'

export function toChargeBody(
  charge: Charge,
  { token, origin }: { readonly token: ResolvedToken | null; readonly origin: string },
) {
  const { attempt } = charge
  return {
    id: charge.id,
    status: charge.isVoided ? 'canceled' : charge.status,
    amount_minor: attempt.amountMinor,
    currency: attempt.currency,
    decline: charge.decline === null ? null : toDeclineBody(charge.decline),
    network_transaction_id: `${digits(charge.id, 1)}${digits(charge.id, 2)}`.slice(0, 15),
    auth_code: charge.status === 'succeeded' ? digits(charge.id, 3).slice(0, 6) : null,
    captured_minor: charge.capturedMinor,
    refunded_minor: charge.refundedMinor,
    gateway: attempt.gatewayId,
    token: attempt.token,
    idempotency_key: attempt.idempotencyKey,
    time: new Date(attempt.at).toISOString(),
    settles_at: charge.settlement === null ? null : toInstant(charge.settlement.at),
    description: charge.description,
    metadata: charge.metadata ?? {},
    card: token === null ? null : toInstrumentBody(token),
    ...(charge.status === 'needs_action' && !charge.isVoided
      ? { next_action: { type: 'redirect_to_url', url: authenticationUrl(charge, origin) } }
      : {}),
  }
}

export function toInstrumentBody({ instrument, fingerprint }: ResolvedToken) {
  return {
    type: instrument.type,
    brand: instrument.brand,
    network: instrument.network,
    bin: instrument.bin,
    last4: instrument.last4,
    exp_month: instrument.expMonth,
    exp_year: instrument.expYear,
    funding: instrument.funding,
    country: instrument.country,
    fingerprint,
  }
}

export function toRefundBody(refund: Refund) {
  return {
    id: refund.id,
    charge_id: refund.chargeId,
    status: 'succeeded',
    amount_minor: refund.amountMinor,
    currency: refund.currency,
    time: toInstant(refund.at),
  }
}

/** `charge` as it stands now; null where none came into being. */
export function toAuditBody(attempt: ChargeAttempt, charge: Charge | null) {
  return {
    sequence: attempt.sequence,
    account: attempt.account,
    gateway: attempt.gatewayId,
    idempotency_key: attempt.idempotencyKey,
    token: attempt.token,
    amount_minor: attempt.amountMinor,
    currency: attempt.currency,
    time: toInstant(attempt.at),
    outcome: attempt.outcome,
    charge_id: attempt.chargeId,
    status: charge === null ? null : charge.isVoided ? 'canceled' : charge.status,
    money_moved: charge !== null && hasMovedMoney(charge),
    captured_minor: charge?.capturedMinor ?? 0,
    refunded_minor: charge?.refundedMinor ?? 0,
    decline_code: charge?.decline?.code ?? null,
  }
}

function authenticationUrl({ id, attempt }: Charge, origin: string): string {
  const path = `/gateways/${encodeURIComponent(attempt.gatewayId)}/charges/${id}/authenticate`
  const account = attempt.account === '' ? '' : `?account=${encodeURIComponent(attempt.account)}`
  return origin + path + account
}

function toDeclineBody({ isoCode, code, adviceCode, returnCode, message }: Decline) {
  return {
    iso_code: isoCode,
    code,
    advice_code: adviceCode,
    ...(returnCode === null ? {} : { return_code: returnCode }),
    message,
  }
}

function toInstant(at: number): string {
  return new Date(at).toISOString()
}

/** Ten digits that go with a text for good. */
function digits(text: string, salt: number): string {
  return String(finishHash(mixText(salt, text))).padStart(10, '0')
}
