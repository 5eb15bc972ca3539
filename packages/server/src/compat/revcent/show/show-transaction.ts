import { toUnixSeconds } from '@perennial/core/time'
import type { FaceTransaction } from '../queries/transactions.ts'
import { toMajor } from '../wire/amounts.ts'
import { codeOrNull, toCode } from '../wire/codes.ts'

export function showTransaction(transaction: FaceTransaction) {
  const { currency, status, amountMinor, refundedMinor } = transaction
  return {
    id: toCode(transaction.id),
    created_date_unix: toUnixSeconds(transaction.createdAt),
    iso_currency: currency,
    amount: toMajor(amountMinor, currency),
    amount_original_total: toMajor(amountMinor, currency),
    amount_discounted: 0,
    amount_refunded: toMajor(refundedMinor, currency),
    amount_total: toMajor(amountMinor - refundedMinor, currency),
    status: STATUSES[status] ?? status,
    approved: status === 'succeeded',
    customer: codeOrNull(transaction.customerId),
    customer_card: codeOrNull(transaction.cardId),
    subscription: codeOrNull(transaction.subscriptionId),
    subscription_renewal: codeOrNull(transaction.renewalId),
    gateway: codeOrNull(transaction.gatewayId),
    gateway_transaction_id: transaction.gatewayReference,
    gateway_response: transaction.responseText ?? transaction.responseCode,
    // Gateways name the charge; the issuer's own code is not kept.
    auth_code: null,
  }
}

const STATUSES: Readonly<Record<string, string>> = {
  succeeded: 'approved',
  failed: 'declined',
}
