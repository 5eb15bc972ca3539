import type { Uuid } from '@perennial/core/ids'
import type { GatewayNotice, PaymentVoid } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import {
  findLiveVoid,
  findRefund,
  findRefundByReference,
  findSaleOf,
} from '../../payments/index.ts'
import { failVoid } from '../refunds/voids/fail-void.ts'
import { settleRefunds } from '../refunds/settle-refunds.ts'
import { UNKNOWN, writeToldRefund } from '../refunds/write-told-refund.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import type { NoticeVerdict } from '../notice-verdict.ts'

type RefundNotice = Extract<GatewayNotice, { kind: 'refund' }>

/**
 * The void that a failed refund was: a gateway that calls a payment off gives it back where it had taken it already, and tells
 * of that as of a refund. A payment that was called off has no other.
 */
function findVoided(
  deps: Pick<BillingDeps, 'database'>,
  { accountId }: BillingScope,
  heard: { readonly gatewayId: Uuid; readonly notice: RefundNotice },
): Promise<PaymentVoid | null> {
  const { gatewayId, notice } = heard
  const { chargeReference: reference } = notice
  if (reference === null) return Promise.resolve(null)
  return deps.database.tx(async (tx) => {
    const sale = await findSaleOf(tx, { accountId, gatewayId, reference })
    const found = sale === null ? null : await findLiveVoid(tx, accountId, sale.id)
    return found?.status === 'succeeded' ? found : null
  })
}

/** A gateway tells what became of a refund: the same as if it had been asked. */
export async function hearRefund(
  deps: BillingDeps,
  scope: BillingScope,
  heard: { readonly gatewayId: Uuid; readonly notice: RefundNotice },
  at: Instant,
): Promise<NoticeVerdict> {
  const { accountId } = scope
  const { gatewayId, notice } = heard
  const { idempotencyKey, refundReference: gatewayReference, outcome } = notice
  const refund = await deps.database.tx((tx) =>
    idempotencyKey === null
      ? findRefundByReference(tx, { accountId, gatewayId, gatewayReference })
      : findRefund(tx, accountId, idempotencyKey),
  )
  if (refund === null && outcome.kind === 'failed') {
    const voided = await findVoided(deps, scope, heard)
    if (voided !== null)
      return failVoid(deps, scope, { id: voided.id, failure: outcome.failure }, at)
  }
  if (refund === null || refund.gatewayId !== gatewayId)
    return hearToldRefund(deps, scope, heard, at)
  const answers = [{ refundId: refund.id, outcome }]
  const { succeeded, failed, waiting } = await settleRefunds(deps, scope, answers, at)
  if (succeeded + failed + waiting > 0) return { kind: 'applied' }
  // Money went back that is booked as not gone, and may be refunded once more.
  if (refund.status === 'failed' && outcome.kind === 'succeeded')
    return { kind: 'unmatched', reason: 'the refund is booked as failed', isWorrying: true }
  return { kind: 'ignored', reason: `already ${refund.status}` }
}

/** Of a payment of ours it is booked; money that somebody else took is none of our books' business. */
function hearToldRefund(
  deps: BillingDeps,
  scope: BillingScope,
  { gatewayId, notice }: { readonly gatewayId: Uuid; readonly notice: RefundNotice },
  at: Instant,
): Promise<NoticeVerdict> {
  const { accountId } = scope
  const { chargeReference: reference, outcome } = notice
  if (reference === null || outcome.kind === 'failed') return Promise.resolve(UNKNOWN)
  return deps.database.tx(
    async (tx) => {
      const sale = await findSaleOf(tx, { accountId, gatewayId, reference })
      if (sale === null) return UNKNOWN
      return writeToldRefund(deps, { tx, scope }, { sale, notice, at })
    },
    { retry: true },
  )
}
