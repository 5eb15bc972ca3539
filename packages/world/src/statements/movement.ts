import { type Charge, chargeAt, hasMovedMoney, takenBackAt } from '../charges/charge.ts'
import { findDispute } from '../disputes/disputes-of-charge.ts'
import { endsDispute } from '../disputes/dispute.ts'
import type { Happening } from '../vault/timeline.ts'
import type { Books } from './books.ts'
import { attemptFeeMinor, chargeFeeMinor } from './fees.ts'

export type MovementKind =
  | 'charge'
  | 'refund'
  | 'dispute'
  | 'dispute_reversal'
  | 'fee'
  | 'payout'
  | 'adjustment'

/** A line of what moved on an account's balance at a gateway; `amountMinor` less `feeMinor` is what it did to the balance. */
export interface Movement {
  readonly reference: string
  readonly kind: MovementKind
  /** The charge, refund, dispute or payout that it comes from. */
  readonly sourceId: string
  readonly chargeId: string | null
  readonly idempotencyKey: string | null
  readonly amountMinor: number
  readonly feeMinor: number
  readonly currency: string
  readonly at: number
}

/** What a happening moved; null for most, as they only tell. */
export function toMovement(books: Books, happening: Happening): Movement | null {
  switch (happening.kind) {
    case 'charge_settled':
    case 'debit_decided':
    case 'charge_declined':
      return ofCharge(books, happening)
    case 'debit_taken_back':
      return ofReturn(books, happening)
    case 'refund_moved':
      return ofRefund(books, happening)
    case 'dispute_opened':
    case 'dispute_closed':
    case 'dispute_due':
      return ofDispute(books, happening)
    default:
      return null
  }
}

function ofCharge(books: Books, { id, at }: Happening): Movement | null {
  const charge = books.state.charges.get(id)
  if (charge === undefined) return null
  const then = chargeAt(charge, at)
  const line = lineOf(then, { sourceId: id, at, idempotencyKey: charge.attempt.idempotencyKey })
  if (hasMovedMoney(then)) {
    const feeMinor = chargeFeeMinor(books, then)
    return { ...line, kind: 'charge', amountMinor: then.capturedMinor, feeMinor }
  }
  const costMinor = then.status === 'declined' ? attemptFeeMinor(books, then) : 0
  if (costMinor === 0) return null
  return { ...line, reference: `txn_fee_${id}`, kind: 'fee', amountMinor: -costMinor, feeMinor: 0 }
}

function ofReturn({ state }: Books, { id, at }: Happening): Movement | null {
  const charge = state.charges.get(id)
  if (charge === undefined || takenBackAt(charge, at) === null) return null
  const amountMinor = -chargeAt(charge, at).capturedMinor
  if (amountMinor === 0) return null
  const line = lineOf(charge, { sourceId: id, at, idempotencyKey: null })
  return { ...line, reference: `txn_back_${id}`, kind: 'adjustment', amountMinor, feeMinor: 0 }
}

function ofRefund({ state }: Books, { id, at }: Happening): Movement | null {
  const refund = state.refundIds.get(id)
  const charge = refund === undefined ? undefined : state.charges.get(refund.chargeId)
  if (refund === undefined || charge === undefined) return null
  const line = lineOf(charge, { sourceId: id, at, idempotencyKey: refund.idempotencyKey })
  return { ...line, kind: 'refund', amountMinor: -refund.amountMinor, feeMinor: 0 }
}

/** A chargeback takes the money when it opens, and gives it back, without its fee, if the merchant wins. */
function ofDispute({ state }: Books, { id, at, kind }: Happening): Movement | null {
  const found = findDispute(state, id, at)
  if (found === null || found.dispute.kind !== 'chargeback') return null
  const { charge, dispute, state: disputed } = found
  const { amountMinor, feeMinor, status } = disputed
  const line = lineOf(charge, { sourceId: id, at, idempotencyKey: null })
  if (kind === 'dispute_opened') {
    return { ...line, kind: 'dispute', amountMinor: -amountMinor, feeMinor }
  }
  const isBack = status === 'won' || status === 'withdrawn'
  if (!isBack || !endsDispute(dispute, { kind, at })) return null
  const reference = `txn_back_${id}`
  return { ...line, reference, kind: 'dispute_reversal', amountMinor, feeMinor: 0 }
}

function lineOf(
  charge: Charge,
  of: {
    readonly sourceId: string
    readonly at: number
    readonly idempotencyKey: string | null
  },
) {
  const currency = charge.attempt.currency.toUpperCase()
  return { ...of, reference: `txn_${of.sourceId}`, chargeId: charge.id, currency }
}
