import { DAY_MS } from '../calendar/zone.ts'
import type { DisputeKind } from '../tokens/behaviour.ts'
import type { Charge } from '../charges/charge.ts'
import {
  CHARGEBACK_AFTER_WARNING_DAYS,
  DISPUTE_AFTER_DAYS,
  type Dispute,
  type DisputeState,
  type Evidence,
  WARNING_AFTER_DAYS,
} from './dispute.ts'
import type { ResolvedToken } from '../vault/resolve-token.ts'

export type DisputeRefusal = 'dispute_closed' | 'evidence_not_wanted' | 'evidence_given'

export type DisputeChange =
  | { readonly kind: 'accepted'; readonly dispute: Dispute }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly code: DisputeRefusal }

/** What is to come of a charge whose card is named after disputes. */
export function foreseeDisputes(charge: Charge, { behaviour }: ResolvedToken): Dispute[] {
  if (behaviour.kind !== 'dispute' || charge.status === 'declined') return []
  const { disputeKind: kind, reason } = behaviour
  const { at } = charge.attempt
  const name = charge.id.replace(/^ch_/, '')
  const days = kind === 'early_warning' ? WARNING_AFTER_DAYS : DISPUTE_AFTER_DAYS
  const openedAt = at + days * DAY_MS
  const first = openDispute(charge, { id: `dp_${name}`, kind, reason, amountMinor: null, openedAt })
  if (kind !== 'early_warning') return [first]
  const second = openDispute(charge, {
    id: `dp_${name}c`,
    kind: 'chargeback',
    reason,
    amountMinor: null,
    openedAt: openedAt + CHARGEBACK_AFTER_WARNING_DAYS * DAY_MS,
  })
  return [first, second]
}

export function openDispute(
  charge: Charge,
  wish: {
    readonly id: string
    readonly kind: DisputeKind
    readonly reason: string
    readonly amountMinor: number | null
    readonly openedAt: number
  },
): Dispute {
  const { account, gatewayId, currency } = charge.attempt
  return {
    ...wish,
    chargeId: charge.id,
    account,
    gatewayId,
    currency,
    evidence: null,
    acceptedAt: null,
    withdrawnAt: null,
  }
}

/** Evidence is given once; the same again changes nothing. */
export function decideEvidence(
  dispute: Dispute,
  state: DisputeState,
  evidence: Evidence,
): DisputeChange {
  if (dispute.kind === 'early_warning') return refused('evidence_not_wanted')
  const given = dispute.evidence
  if (given !== null) {
    const isSame =
      given.text === evidence.text && JSON.stringify(given.files) === JSON.stringify(evidence.files)
    return isSame ? { kind: 'unchanged' } : refused('evidence_given')
  }
  if (state.closedAt !== null) return refused('dispute_closed')
  return { kind: 'accepted', dispute: { ...dispute, evidence } }
}

/** The merchant gives up. */
export function decideAcceptance(dispute: Dispute, state: DisputeState, at: number): DisputeChange {
  if (dispute.acceptedAt !== null) return { kind: 'unchanged' }
  if (state.closedAt !== null) return refused('dispute_closed')
  return { kind: 'accepted', dispute: { ...dispute, acceptedAt: at } }
}

/** The cardholder gives up. */
export function decideWithdrawal(dispute: Dispute, state: DisputeState, at: number): DisputeChange {
  if (dispute.withdrawnAt !== null) return { kind: 'unchanged' }
  if (state.closedAt !== null) return refused('dispute_closed')
  return { kind: 'accepted', dispute: { ...dispute, withdrawnAt: at } }
}

function refused(code: DisputeRefusal): Extract<DisputeChange, { kind: 'refused' }> {
  return { kind: 'refused', code }
}
