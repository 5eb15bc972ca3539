import { assertNever } from '../../fault/index.ts'
import type { Uuid } from '../../ids/index.ts'
import { transfer, type LedgerAccount, type Transfer } from '../../ledger/index.ts'
import type { GatewayMovement } from '../gateway/gateway-movement.ts'

/** A line of a gateway's list, as it is kept. */
export type KeptMovement = GatewayMovement & { readonly id: Uuid; readonly gatewayId: Uuid }

/**
 * What a line books by itself. Charges, refunds, disputes and returns were booked when we heard of them: of these only
 * the fee is new, and a dispute's fee is the dispute's. A payout moves money from the gateway to the bank. What nothing
 * of ours stands behind waits in suspense for a person.
 */
export function movementTransfers(movement: KeptMovement, nextId: () => Uuid): Transfer[] {
  const { kind, amountMinor, feeMinor, chargeReference } = movement
  const fee = kind === 'dispute' ? 0n : feeMinor
  const transfers = post(movement, { out: 'gateway_fees', kind: 'gateway_fee', minor: fee }, nextId)
  switch (kind) {
    case 'charge':
    case 'refund':
    case 'dispute':
    case 'dispute_reversal':
      return transfers
    case 'fee': {
      const own = { out: 'gateway_fees', kind: 'gateway_fee', minor: -amountMinor } as const
      return [...transfers, ...post(movement, own, nextId, 1)]
    }
    case 'payout': {
      const paid = { out: 'bank', kind: 'gateway_payout', minor: -amountMinor } as const
      return [...transfers, ...post(movement, paid, nextId)]
    }
    case 'adjustment': {
      if (chargeReference !== null) return transfers
      const open = { out: 'suspense', kind: 'gateway_adjustment', minor: -amountMinor } as const
      return [...transfers, ...post(movement, open, nextId)]
    }
    default:
      return assertNever(kind)
  }
}

/** The reason of what is booked to suspense for a line. */
export const SET_ASIDE = 'gateway_unmatched'

/**
 * What a line books when a person has looked for what stands behind it in vain: what moved waits in suspense, so that the payout that
 * carries it leaves nothing in the clearing. The fee of a dispute that is none of ours is booked with it.
 */
export function setAsideTransfers(line: Line, nextId: () => Uuid): Transfer[] {
  const { kind, amountMinor, feeMinor } = line
  const moved = { out: 'suspense', kind: SET_ASIDE, minor: -amountMinor } as const
  const minor = kind === 'dispute' ? feeMinor : 0n
  const fee = { out: 'gateway_fees', kind: SET_ASIDE, minor } as const
  return [...post(line, moved, nextId), ...post(line, fee, nextId, 1)]
}

type Line = Pick<
  KeptMovement,
  'id' | 'gatewayId' | 'kind' | 'amountMinor' | 'feeMinor' | 'currency' | 'at'
>

/** `minor` leaves the clearing for `out`; below zero it comes from there. */
function post(
  movement: Line,
  posting: { readonly out: LedgerAccount; readonly kind: string; readonly minor: bigint },
  nextId: () => Uuid,
  position = 0,
): Transfer[] {
  const { out, kind, minor } = posting
  if (minor === 0n) return []
  const isOut = minor > 0n
  return [
    transfer({
      id: nextId(),
      at: movement.at,
      debit: isOut ? out : 'gateway_clearing',
      credit: isOut ? 'gateway_clearing' : out,
      amountMinor: isOut ? minor : -minor,
      currency: movement.currency,
      customerId: null,
      invoiceId: null,
      gatewayId: movement.gatewayId,
      sourceKind: kind,
      sourceId: movement.id,
      sourcePosition: position,
      reversalOf: null,
    }),
  ]
}
