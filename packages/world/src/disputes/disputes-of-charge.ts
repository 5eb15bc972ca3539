import { refundsOf } from '../vault/apply-refund.ts'
import type { Charge } from '../charges/charge.ts'
import { type Dispute, type DisputeState, disputeAt, holdsMoney } from './dispute.ts'
import type { State } from '../vault/state.ts'

export interface OpenedDispute {
  readonly dispute: Dispute
  readonly charge: Charge
  readonly state: DisputeState
}

/** Null before it opens, when nothing was left to dispute, and when its charge is forgotten. */
export function findDispute(state: State, id: string, now: number): OpenedDispute | null {
  const dispute = state.disputes.get(id)
  return dispute === undefined ? null : openDisputeAt(state, dispute, now)
}

/** Also of a dispute that is about to be written down. */
export function openDisputeAt(state: State, dispute: Dispute, now: number): OpenedDispute | null {
  const charge = state.charges.get(dispute.chargeId)
  if (charge === undefined || now < dispute.openedAt) return null
  const refunds = refundsOf(state, charge)
  const heldMinor = heldBefore(state, dispute)
  const disputed = disputeAt(dispute, { charge, refunds, heldMinor }, now)
  return disputed === null ? null : { dispute, charge, state: disputed }
}

/** What chargebacks that opened earlier hold of the charge when this one opens: nobody gets it twice. */
function heldBefore(state: State, dispute: Dispute): number {
  const ids = state.disputesOf.get(dispute.chargeId) ?? []
  const place = ids.indexOf(dispute.id)
  return ids.reduce((sum, id, index) => {
    const other = state.disputes.get(id)
    if (other === undefined || other.id === dispute.id) return sum
    const isSameTime = other.openedAt === dispute.openedAt && (place < 0 || index < place)
    if (other.openedAt >= dispute.openedAt && !isSameTime) return sum
    const opened = openDisputeAt(state, other, dispute.openedAt)
    const isHeld = opened !== null && holdsMoney(other, opened.state)
    return isHeld ? sum + opened.state.amountMinor : sum
  }, 0)
}

/** Oldest first. */
export function listDisputesOf(state: State, charge: Charge, now: number): OpenedDispute[] {
  const ids = state.disputesOf.get(charge.id) ?? []
  return ids.flatMap((id) => findDispute(state, id, now) ?? [])
}

export function isMoneyDisputed(state: State, charge: Charge, now: number): boolean {
  return listDisputesOf(state, charge, now).some(({ dispute, state: disputed }) =>
    holdsMoney(dispute, disputed),
  )
}
