import type { Charge } from '../charges/charge.ts'
import { settlesAt } from '../charges/charge.ts'
import { applyDispute } from './apply-refund.ts'
import { type Entry, type State, operationKey, remember, tell } from './state.ts'

export function applyCharge(state: State, entry: Extract<Entry, { kind: 'attempted' }>): void {
  const { attempt } = entry
  state.sequence = attempt.sequence
  remember(state.attempts, attempt.sequence, attempt, state.keep)
  const seenAt = state.seenAt.get(attempt.account) ?? -1
  if (attempt.at > seenAt) state.seenAt.set(attempt.account, attempt.at)
  if (entry.charge === null) return
  const charge = { ...entry.charge, attempt }
  const forgotten = remember(state.charges, charge.id, charge, state.keep)
  if (forgotten !== null) forgetCharge(state, forgotten)
  state.chargeIds.set(operationKey(attempt), charge.id)
  tellCharge(state, charge)
  for (const dispute of entry.disputes ?? []) applyDispute(state, dispute, dispute.openedAt)
}

export function applyChargeChange(
  state: State,
  { chargeId, change }: Extract<Entry, { kind: 'charge_changed' }>,
): void {
  const before = state.charges.get(chargeId)
  if (before === undefined) return
  const charge = { ...before, ...change }
  state.charges.set(charge.id, charge)
  const { attempt, id } = charge
  if (change.answeredAt !== undefined) {
    tell(state, attempt, { at: change.answeredAt, kind: 'challenge_answered', id })
  }
  if (change.voidedAt !== undefined) {
    tell(state, attempt, { at: change.voidedAt, kind: 'charge_voided', id })
  }
  if (before.capturedMinor === 0 && charge.capturedMinor > 0) tellCapture(state, charge)
}

/** What is known of a charge's future when it is made; what voids it is looked at when it is told. */
function tellCharge(state: State, charge: Charge): void {
  const { attempt, settlement, id } = charge
  if (settlement !== null) {
    tell(state, attempt, { at: settlement.at, kind: 'debit_decided', id })
    const { takenBack } = settlement
    if (takenBack === undefined) return
    return tell(state, attempt, { at: takenBack.at, kind: 'debit_taken_back', id })
  }
  if (charge.status === 'declined') {
    return tell(state, attempt, { at: attempt.at, kind: 'charge_declined', id })
  }
  if (charge.capturedMinor > 0) tellCapture(state, charge)
}

function tellCapture(state: State, charge: Charge): void {
  tell(state, charge.attempt, { at: settlesAt(charge), kind: 'charge_settled', id: charge.id })
}

function forgetCharge(state: State, { id, attempt }: Charge): void {
  state.chargeIds.delete(operationKey(attempt))
  state.refundsOf.delete(id)
  state.disputesOf.delete(id)
}
