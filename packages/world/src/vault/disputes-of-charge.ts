import { refundsOf } from './apply-refund.ts'
import type { Charge } from './charge.ts'
import { type Dispute, type DisputeState, disputeAt, holdsMoney } from './dispute.ts'
import type { State } from './state.ts'

export interface OpenedDispute {
  readonly dispute: Dispute
  readonly charge: Charge
  readonly state: DisputeState
}

/** Null before it opens, when nothing was left to dispute, and when its charge is forgotten. */
export function findDispute(state: State, id: string, now: number): OpenedDispute | null {
  const dispute = state.disputes.get(id)
  const charge = dispute === undefined ? undefined : state.charges.get(dispute.chargeId)
  if (dispute === undefined || charge === undefined) return null
  const disputed = disputeAt(dispute, { charge, refunds: refundsOf(state, charge) }, now)
  return disputed === null ? null : { dispute, charge, state: disputed }
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
