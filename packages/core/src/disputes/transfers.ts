import { assert } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import { transfer, type Transfer } from '../ledger/index.ts'
import type { Transaction } from '../payments/index.ts'
import type { Instant } from '../time/index.ts'
import type { Dispute } from './dispute.ts'

/** The movement of the disputed money: it counts while it is away, and is voided when it comes back. */
export function disputeTransaction(
  dispute: Dispute,
  sale: Transaction,
  given: { readonly id: Uuid; readonly at: Instant },
): Transaction {
  return {
    ...sale,
    id: given.id,
    type: 'dispute',
    status: 'succeeded',
    parentTransactionId: sale.id,
    attemptId: null,
    amountMinor: dispute.amountMinor,
    currency: dispute.currency,
    gatewayId: dispute.gatewayId,
    gatewayReference: dispute.gatewayReference,
    responseCode: dispute.networkReasonCode ?? dispute.reason,
    responseText: dispute.networkReasonDescription,
    createdAt: given.at,
  }
}

/** One posting of the money or the fee of a chargeback. */
function post(
  dispute: Dispute,
  posting: Pick<Transfer, 'id' | 'at' | 'debit' | 'credit' | 'amountMinor' | 'sourceKind'> & {
    readonly sourcePosition?: number
  },
): Transfer {
  const { transactionId } = dispute
  assert(transactionId !== null, 'money was taken by a movement')
  return transfer({
    sourcePosition: 0,
    ...posting,
    currency: dispute.currency,
    customerId: dispute.customerId,
    invoiceId: dispute.invoiceId,
    gatewayId: dispute.gatewayId,
    sourceId: transactionId,
    reversalOf: null,
  })
}

/** A chargeback: the gateway takes the money back. */
export function disputeTransfers(dispute: Dispute, at: Instant, nextId: () => Uuid): Transfer[] {
  const { amountMinor } = dispute
  const taken = { debit: 'disputes', credit: 'gateway_clearing', amountMinor } as const
  return [post(dispute, { ...taken, id: nextId(), at, sourceKind: 'dispute' })]
}

/**
 * What the gateway keeps for handling it, whatever comes of it: once, unless it says that it has taken more than was booked, as
 * for a second chargeback.
 */
export function disputeFeeTransfers(
  dispute: Dispute,
  given: { readonly bookedMinor: bigint; readonly at: Instant; readonly nextId: () => Uuid },
): Transfer[] {
  const { bookedMinor, at, nextId } = given
  const amountMinor = dispute.feeMinor - bookedMinor
  if (amountMinor === 0n) return []
  const fee = { debit: 'dispute_fees', credit: 'gateway_clearing', amountMinor } as const
  const sourcePosition = bookedMinor === 0n ? 0 : dispute.version
  return [post(dispute, { ...fee, id: nextId(), at, sourceKind: 'dispute_fee', sourcePosition })]
}

/** Won or withdrawn: the money is back, the fee is not. */
export function disputeReturnTransfers(
  dispute: Dispute,
  at: Instant,
  nextId: () => Uuid,
): Transfer[] {
  const { amountMinor } = dispute
  const back = { debit: 'gateway_clearing', credit: 'disputes', amountMinor } as const
  return [post(dispute, { ...back, id: nextId(), at, sourceKind: 'dispute_returned' })]
}
