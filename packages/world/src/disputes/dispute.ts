import { DAY_MS } from '../calendar/zone.ts'
import type { DisputeKind } from '../tokens/behaviour.ts'
import {
  type Charge,
  type Refund,
  chargeAt,
  hasMovedMoney,
  refundStatusAt,
} from '../charges/charge.ts'

/** What a cardholder has against a charge, and what the merchant says to it. */
export interface Dispute {
  readonly id: string
  readonly chargeId: string
  readonly account: string
  readonly gatewayId: string
  readonly kind: DisputeKind
  readonly reason: string
  /** Null disputes what is left of the charge when the dispute opens. */
  readonly amountMinor: number | null
  readonly currency: string
  /** May lie ahead: nobody is told before. */
  readonly openedAt: number
  readonly evidence: Evidence | null
  readonly acceptedAt: number | null
  readonly withdrawnAt: number | null
}

export interface Evidence {
  readonly at: number
  readonly text: string
  readonly files: readonly { readonly name: string; readonly content_type: string }[]
}

export type DisputeStatus =
  | 'warning_needs_response'
  | 'warning_closed'
  | 'needs_response'
  | 'under_review'
  | 'won'
  | 'lost'
  | 'withdrawn'

export interface DisputeState {
  readonly status: DisputeStatus
  /** Null while it is open. */
  readonly closedAt: number | null
  readonly amountMinor: number
  readonly feeMinor: number
  readonly dueAt: number | null
}

/** Days from a charge to its dispute, for cards that are named after one. */
export const DISPUTE_AFTER_DAYS = 5
export const WARNING_AFTER_DAYS = 2
/** From an early warning to the chargeback that follows unless all is refunded. */
export const CHARGEBACK_AFTER_WARNING_DAYS = 12
const EVIDENCE_DAYS = 14
const REVIEW_DAYS = 5
/** An early warning asks for no evidence; it ends by itself. */
const WARNING_DAYS = 30
/** 15.00 where a currency has cents. */
const DISPUTE_FEE_MINOR = 1500

/** The word in evidence that wins a dispute; anything else loses it. */
const WINNING = 'winning_evidence'

/** What a dispute is about. */
export interface DisputedCharge {
  readonly charge: Charge
  readonly refunds: readonly Refund[]
  /** Of the charge, what earlier chargebacks hold when this dispute opens. */
  readonly heldMinor: number
}

/**
 * The dispute as it stands at `now`. Null before it opens, and for good if there was nothing left to dispute when its
 * day came.
 */
export function disputeAt(dispute: Dispute, of: DisputedCharge, now: number): DisputeState | null {
  if (now < dispute.openedAt) return null
  const leftMinor = leftAt(of, dispute.openedAt) - of.heldMinor
  const amountMinor = Math.min(dispute.amountMinor ?? leftMinor, leftMinor)
  if (amountMinor <= 0) return null
  const closing = closingOf(dispute)
  const isClosed = closing.at <= now
  return {
    status: isClosed ? closing.status : openStatus(dispute, now),
    closedAt: isClosed ? closing.at : null,
    amountMinor,
    feeMinor: dispute.kind === 'chargeback' ? DISPUTE_FEE_MINOR : 0,
    dueAt: dispute.kind === 'early_warning' ? null : dueAt(dispute),
  }
}

/** When and how it ends, as things stand; what happens meanwhile may change that. */
export function closingOf(dispute: Dispute): {
  readonly at: number
  readonly status: DisputeStatus
} {
  const isChargeback = dispute.kind === 'chargeback'
  const ended: DisputeStatus = isChargeback ? 'lost' : 'warning_closed'
  if (dispute.withdrawnAt !== null) {
    return { at: dispute.withdrawnAt, status: isChargeback ? 'withdrawn' : 'warning_closed' }
  }
  if (dispute.acceptedAt !== null) return { at: dispute.acceptedAt, status: ended }
  if (dispute.kind === 'early_warning') {
    return { at: dispute.openedAt + WARNING_DAYS * DAY_MS, status: ended }
  }
  const { evidence } = dispute
  if (evidence === null) return { at: dueAt(dispute), status: ended }
  const isWon = isChargeback && evidence.text.includes(WINNING)
  return { at: evidence.at + REVIEW_DAYS * DAY_MS, status: isWon ? 'won' : ended }
}

export function dueAt(dispute: Dispute): number {
  return dispute.openedAt + EVIDENCE_DAYS * DAY_MS
}

function openStatus(dispute: Dispute, now: number): DisputeStatus {
  const hasEvidence = dispute.evidence !== null && dispute.evidence.at <= now
  if (dispute.kind !== 'chargeback') return 'warning_needs_response'
  return hasEvidence ? 'under_review' : 'needs_response'
}

/** What the merchant still holds of a card's charge: captured and not refunded. Debits are returned, not disputed. */
function leftAt({ charge, refunds }: Omit<DisputedCharge, 'heldMinor'>, at: number): number {
  const then = chargeAt(charge, at)
  const isHeld = hasMovedMoney(then) && charge.settlement === null
  if (!isHeld || (charge.capturedAt ?? charge.attempt.at) > at) return 0
  const given = refunds.filter(
    (refund) => refund.at <= at && refundStatusAt(refund, at) !== 'failed',
  )
  return then.capturedMinor - given.reduce((sum, { amountMinor }) => sum + amountMinor, 0)
}

/** Whether the money of the charge is in dispute, or lost to one, so that it cannot be refunded too. */
export function holdsMoney({ kind }: Dispute, state: DisputeState): boolean {
  const isBack = state.status === 'won' || state.status === 'withdrawn'
  return kind === 'chargeback' && !isBack
}

/** Whether the dispute ends with this happening, and not with an earlier or a later one. */
export function endsDispute(
  dispute: Dispute,
  happening: { readonly kind: string; readonly at: number },
): boolean {
  const isUnanswered =
    dispute.evidence === null && dispute.acceptedAt === null && dispute.withdrawnAt === null
  const isRightKind = happening.kind === (isUnanswered ? 'dispute_due' : 'dispute_closed')
  return isRightKind && closingOf(dispute).at === happening.at
}
