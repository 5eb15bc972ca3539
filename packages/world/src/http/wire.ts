import { finishHash, mixText } from '../chance/hash.ts'
import type { Decline } from '../judging/decline-codes.ts'
import type { ListedMovement } from '../statements/list-movements.ts'
import { networkReasonOf } from '../tokens/dispute-reasons.ts'
import type { OpenedDispute } from '../disputes/disputes-of-charge.ts'
import {
  type Charge,
  type ChargeAttempt,
  type Refund,
  hasMovedMoney,
  refundStatusAt,
  takenBackAt,
} from '../charges/charge.ts'
import type { ResolvedToken } from '../vault/resolve-token.ts'

export function toChargeBody(
  charge: Charge,
  shown: {
    readonly token: ResolvedToken | null
    readonly origin: string
    /** The caller's time. */
    readonly at: number
  },
) {
  const { token, origin } = shown
  const { attempt } = charge
  const takenBack = takenBackAt(charge, shown.at)
  return {
    id: charge.id,
    status: charge.isVoided ? 'canceled' : charge.status,
    ...(charge.isLapsed === true ? { cancellation_reason: 'authorization_expired' } : {}),
    amount_minor: attempt.amountMinor,
    currency: attempt.currency,
    decline: charge.decline === null ? null : toDeclineBody(charge.decline),
    ...(charge.adviceCode === undefined ? {} : { advice_code: charge.adviceCode }),
    network_transaction_id: `${digits(charge.id, 1)}${digits(charge.id, 2)}`.slice(0, 15),
    auth_code: charge.status === 'succeeded' ? digits(charge.id, 3).slice(0, 6) : null,
    captured_minor: charge.capturedMinor,
    refunded_minor: charge.refundedMinor,
    gateway: attempt.gatewayId,
    token: attempt.token,
    idempotency_key: attempt.idempotencyKey,
    time: new Date(attempt.at).toISOString(),
    settles_at: charge.settlement === null ? null : toInstant(charge.settlement.at),
    returned: takenBack === null ? null : toDeclineBody(takenBack),
    sent_network_transaction_id: charge.sentNetworkTransactionId ?? null,
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

export function toRefundBody(refund: Refund, at: number) {
  const status = refundStatusAt(refund, at)
  return {
    id: refund.id,
    charge_id: refund.chargeId,
    idempotency_key: refund.idempotencyKey,
    status,
    failure: status === 'failed' ? (refund.failure ?? null) : null,
    settles_at: status === 'pending' ? toInstant(refund.decidedAt ?? refund.at) : null,
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
    sent_network_transaction_id: charge?.sentNetworkTransactionId ?? null,
    decline_code: charge?.decline?.code ?? null,
    statement_descriptor: charge?.statement?.descriptor ?? null,
    statement_descriptor_suffix: charge?.statement?.suffix ?? null,
  }
}

function authenticationUrl({ id, attempt }: Charge, origin: string): string {
  const path = `/gateways/${encodeURIComponent(attempt.gatewayId)}/charges/${id}/authenticate`
  const account = attempt.account === '' ? '' : `?account=${encodeURIComponent(attempt.account)}`
  return origin + path + account
}

export function toDeclineBody({ isoCode, code, adviceCode, returnCode, message }: Decline) {
  return {
    iso_code: isoCode,
    code,
    advice_code: adviceCode,
    ...(returnCode === null ? {} : { return_code: returnCode }),
    message,
  }
}

export function toInstant(at: number): string {
  return new Date(at).toISOString()
}

/** Ten digits that go with a text for good. */
function digits(text: string, salt: number): string {
  return String(finishHash(mixText(salt, text))).padStart(10, '0')
}

export function toDisputeBody({ dispute, charge, state }: OpenedDispute) {
  const { networkCode, description } = networkReasonOf(dispute.reason)
  return {
    id: dispute.id,
    charge_id: charge.id,
    kind: dispute.kind,
    status: state.status,
    reason: dispute.reason,
    network_reason_code: networkCode,
    network_reason_description: description,
    amount_minor: state.amountMinor,
    fee_minor: state.feeMinor,
    currency: dispute.currency,
    opened_at: toInstant(dispute.openedAt),
    evidence_due_at: state.dueAt === null ? null : toInstant(state.dueAt),
    evidence_given_at: dispute.evidence === null ? null : toInstant(dispute.evidence.at),
    closed_at: state.closedAt === null ? null : toInstant(state.closedAt),
  }
}

export function toMovementBody(movement: ListedMovement) {
  return {
    reference: movement.reference,
    kind: movement.kind,
    source_id: movement.sourceId,
    charge_id: movement.chargeId,
    idempotency_key: movement.idempotencyKey,
    amount_minor: movement.amountMinor,
    fee_minor: movement.feeMinor,
    currency: movement.currency,
    time: toInstant(movement.at),
    payout: movement.payoutId,
  }
}
