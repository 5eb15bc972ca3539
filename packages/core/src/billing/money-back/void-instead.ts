import type { Refund, VoidReason } from '../../payments/index.ts'
import type { Instant } from '../../time/index.ts'
import type { SaleState } from './refund.ts'
import { decideVoid, type VoidDecided } from './void-payment.ts'

/** What a gateway says that refunds nothing before it has settled. */
const NOT_SETTLED = 'not_settled'

/**
 * A refund of a whole payment that the gateway turned down because it has not settled: it is called off instead, and its
 * invoice ends with it, so that as little is owed as after a refund (spec/revkeen.md 7.8). Null where that is not the same: part
 * of a payment, or of an invoice that something else has paid too, is refunded once it has settled.
 */
export function decideVoidInstead(
  state: SaleState,
  refund: Refund,
  given: Pick<Parameters<typeof decideVoid>[1], 'id'> & {
    readonly isAble: boolean
    readonly at: Instant
  },
): VoidDecided | null {
  const { sale, invoice } = state
  const isTurnedDown = refund.status === 'failed' && refund.failure?.code === NOT_SETTLED
  const isWhole = refund.amountMinor === sale.amountMinor
  const isPaidByIt = invoice === null || invoice.paidMinor === sale.amountMinor
  if (!isTurnedDown || !isWhole || !isPaidByIt || refund.creditNoteId !== null) return null
  const { id, ...rest } = given
  const reasonCode = toVoidReason(refund.reason)
  return decideVoid(
    state,
    { id, reason: refund.reasonDetails, reasonCode, endsInvoice: true },
    rest,
  )
}

function toVoidReason(reason: Refund['reason']): VoidReason | null {
  switch (reason) {
    case null:
    case 'customer_request':
    case 'duplicate':
    case 'fraudulent':
      return reason
    case 'product_not_received':
    case 'product_unacceptable':
    case 'subscription_canceled':
    case 'other':
      return 'other'
  }
}
