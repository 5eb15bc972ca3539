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

/** `minor` leaves the clearing for `out`; below zero it comes from there. */
function post(
  movement: KeptMovement,
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
