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
  posting: Pick<Transfer, 'id' | 'at' | 'debit' | 'credit' | 'amountMinor' | 'sourceKind'>,
): Transfer {
  const { transactionId } = dispute
  assert(transactionId !== null, 'money was taken by a movement')
  return transfer({
    ...posting,
    currency: dispute.currency,
    customerId: dispute.customerId,
    invoiceId: dispute.invoiceId,
    gatewayId: dispute.gatewayId,
    sourceId: transactionId,
    sourcePosition: 0,
    reversalOf: null,
  })
}

/** A chargeback: the gateway takes the money back, and its fee whatever comes of it: once, however often it is taken. */
export function disputeTransfers(
  dispute: Dispute,
  given: { readonly isFirst: boolean; readonly at: Instant; readonly nextId: () => Uuid },
): Transfer[] {
  const { at, nextId } = given
  const { amountMinor } = dispute
  const feeMinor = given.isFirst ? dispute.feeMinor : 0n
  const base = { at, credit: 'gateway_clearing' } as const
  const taken = { ...base, debit: 'disputes', sourceKind: 'dispute', amountMinor } as const
  const fee = { ...base, debit: 'dispute_fees', sourceKind: 'dispute_fee' } as const
  return [
    post(dispute, { ...taken, id: nextId() }),
    ...(feeMinor === 0n ? [] : [post(dispute, { ...fee, id: nextId(), amountMinor: feeMinor })]),
  ]
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
