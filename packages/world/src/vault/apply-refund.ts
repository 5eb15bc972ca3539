import { assert } from '@perennial/core/fault'
import { type Charge, type Refund, chargeAt, settlesAt } from '../charges/charge.ts'
import { type Dispute, closingOf, dueAt } from '../disputes/dispute.ts'
import { type State, operationKey, remember, tell } from './state.ts'

export function applyRefund(state: State, refund: Refund): void {
  remember(state.refunds, operationKey(refund), refund, state.keep)
  remember(state.refundIds, refund.id, refund, state.keep)
  const charge = state.charges.get(refund.chargeId)
  if (charge === undefined) return
  state.refundsOf.set(charge.id, [...refundsOf(state, charge), refund])
  const after = withRefund(charge, refund)
  const { refundedMinor } = chargeAt(after, refund.at)
  assert(refundedMinor <= charge.attempt.amountMinor, 'refunds never exceed the charge')
  state.charges.set(charge.id, after)
  tellRefund(state, charge, refund)
}

export function refundsOf(state: State, { id }: Charge): readonly Refund[] {
  return state.refundsOf.get(id) ?? []
}

function withRefund(charge: Charge, refund: Refund): Charge {
  const { amountMinor, decidedAt = refund.at } = refund
  const refundedMinor = charge.refundedMinor + amountMinor
  if (refund.failure === undefined) return { ...charge, refundedMinor }
  const failed = { at: decidedAt, amountMinor }
  return { ...charge, refundedMinor, failedRefunds: [...(charge.failedRefunds ?? []), failed] }
}

function tellRefund(state: State, charge: Charge, refund: Refund): void {
  const { id, at, decidedAt = at, failure } = refund
  tell(state, refund, { at, kind: 'refund_made', id })
  if (decidedAt > at) tell(state, refund, { at: decidedAt, kind: 'refund_decided', id })
  if (failure !== undefined) return
  tell(state, refund, { at: Math.max(decidedAt, settlesAt(charge)), kind: 'refund_moved', id })
}

/** A dispute that is new, or that something happened to at `at`. */
export function applyDispute(state: State, dispute: Dispute, at: number): void {
  const { id, chargeId } = dispute
  const before = state.disputes.get(id)
  remember(state.disputes, id, dispute, state.keep)
  if (before === undefined) {
    state.disputesOf.set(chargeId, [...(state.disputesOf.get(chargeId) ?? []), id])
    tell(state, dispute, { at: dispute.openedAt, kind: 'dispute_opened', id })
    const isWarning = dispute.kind === 'early_warning'
    const endsAt = isWarning ? closingOf(dispute).at : dueAt(dispute)
    return tell(state, dispute, { at: endsAt, kind: 'dispute_due', id })
  }
  const closing = closingOf(dispute)
  if (closing.at > at) tell(state, dispute, { at, kind: 'dispute_updated', id })
  tell(state, dispute, { at: closing.at, kind: 'dispute_closed', id })
}
