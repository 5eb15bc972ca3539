import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import type { Instant } from '../../time/index.ts'
import type { GatewayNotice } from './gateway-notice.ts'

export type ListedRefund = {
  readonly refundReference: string
  readonly chargeReference: string | null
  readonly idempotencyKey: Uuid | null
  /** Above zero. */
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly at: Instant
}

/** What a line of a gateway's list tells of a refund: that it has gone. `refundReference`: as the gateway calls it elsewhere. */
export function listedRefundNotice(line: ListedRefund): GatewayNotice {
  const { refundReference } = line
  const outcome = { kind: 'succeeded', gatewayReference: refundReference } as const
  return { ...line, id: `listed refund ${refundReference}`, kind: 'refund', outcome }
}
