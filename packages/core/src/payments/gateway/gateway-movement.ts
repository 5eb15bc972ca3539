import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import type { Instant } from '../../time/index.ts'
import type { GatewayNotice } from './gateway-notice.ts'

export type MovementKind =
  | 'charge'
  | 'refund'
  | 'dispute'
  | 'dispute_reversal'
  | 'fee'
  | 'payout'
  | 'adjustment'

/** One line of a gateway's own list of what moved on the merchant's balance there. */
export type GatewayMovement = {
  /** The gateway's name for the line; one line keeps one name for ever. */
  readonly reference: string
  readonly kind: MovementKind
  /** The charge that it belongs to, in the gateway's words. */
  readonly chargeReference: string | null
  /** The key that we sent it under, where the gateway tells. */
  readonly idempotencyKey: Uuid | null
  /** Before fees; above zero raises the merchant's balance at the gateway, below zero lowers it. */
  readonly amountMinor: bigint
  /** What the gateway keeps for it; zero or more. */
  readonly feeMinor: bigint
  readonly currency: Currency
  readonly at: Instant
  /** The payout that carried it to the bank. */
  readonly payoutReference: string | null
  /**
   * What the line tells that the gateway may tell in no other way. It is heard like a notice, at the time of the reading; of
   * refunds only where none of ours is the one.
   */
  readonly notice?: GatewayNotice
}

export type MovementsQuery = {
  readonly accountId: Uuid
  /** Half-open: `from` is in, `until` is not. */
  readonly from: Instant
  readonly until: Instant
  /** Of the page before; null begins. */
  readonly cursor: string | null
  /** The account's time, by which the simulated world lives. */
  readonly at: Instant
}

export type MovementPage = {
  readonly movements: readonly GatewayMovement[]
  /** Null after the last page. */
  readonly nextCursor: string | null
}
