import type { ListedMovement } from '../../statements/list-movements.ts'
import { payoutAt, dayOf } from '../../statements/payouts.ts'
import { toSeconds } from '../stripe-call.ts'
import { returnDisputeId } from './dispute.ts'

/** https://docs.stripe.com/api/balance_transactions/object */
export function toBalanceTransaction(movement: ListedMovement) {
  const { amountMinor, feeMinor, at, currency: code } = movement
  const currency = code.toLowerCase()
  const isPayout = movement.kind === 'payout'
  return {
    id: balanceTransactionId(movement),
    object: 'balance_transaction',
    amount: amountMinor,
    available_on: toSeconds(isPayout ? at : payoutAt(dayOf(at))),
    created: toSeconds(at),
    currency,
    description: null,
    exchange_rate: null,
    fee: feeMinor,
    fee_details:
      feeMinor === 0
        ? []
        : [
            {
              amount: feeMinor,
              application: null,
              currency,
              description: 'Processing fees',
              type: 'stripe_fee',
            },
          ],
    net: amountMinor - feeMinor,
    reporting_category: categories[movement.kind],
    source: sourceOf(movement),
    status: movement.payoutId === null ? 'pending' : 'available',
    type: types[movement.kind],
  }
}

export function balanceTransactionId({ kind, reference }: ListedMovement): string {
  return kind === 'payout' ? `txn_${reference}` : reference
}

/** A return of a settled debit is a dispute there; an attempt's cost has no source. */
function sourceOf({ kind, sourceId }: ListedMovement): string | null {
  if (kind === 'fee') return null
  return kind === 'adjustment' ? returnDisputeId(sourceId) : sourceId
}

const types: Readonly<Record<ListedMovement['kind'], string>> = {
  charge: 'charge',
  refund: 'refund',
  dispute: 'adjustment',
  dispute_reversal: 'adjustment',
  fee: 'stripe_fee',
  payout: 'payout',
  adjustment: 'adjustment',
}

const categories: Readonly<Record<ListedMovement['kind'], string>> = {
  charge: 'charge',
  refund: 'refund',
  dispute: 'dispute',
  dispute_reversal: 'dispute_reversal',
  fee: 'fee',
  payout: 'payout',
  adjustment: 'dispute',
}

/** https://docs.stripe.com/api/payouts/object */
export function toStripePayout(movement: ListedMovement) {
  const { reference, amountMinor, at } = movement
  return {
    id: reference,
    object: 'payout',
    amount: -amountMinor,
    arrival_date: toSeconds(at),
    automatic: true,
    balance_transaction: balanceTransactionId(movement),
    created: toSeconds(at),
    currency: movement.currency.toLowerCase(),
    livemode: false,
    method: 'standard',
    status: 'paid',
    type: 'bank_account',
  }
}
