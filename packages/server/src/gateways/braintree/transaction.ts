import { normaliseDecline } from '@perennial/core/declines'
import { parseCurrency, type Currency } from '@perennial/core/money'
import {
  type Decline,
  type GatewayOutcome,
  HOLD_EXPIRED,
  type RefundOutcome,
  unknownOutcome,
  withAdvice,
} from '@perennial/core/payments'
import { fromDecimalAmount } from '../../platform/amounts/index.ts'
import { readText } from '../../platform/foreign/index.ts'
import { checksOf } from './card-checks.ts'

/** "Transaction statuses" of the vendor. Taken: the money is on its way or there. */
export const TAKEN: readonly string[] = [
  'submitted_for_settlement',
  'settlement_confirmed',
  'settling',
  'settled',
]
const REFUSED = ['processor_declined', 'gateway_rejected', 'failed', 'settlement_declined']
/** As a refund may end, too. */
const CALLED_OFF = ['voided', 'authorization_expired']

/** A sale as any answer shows it. Bank debits are decided when they settle. */
export function toChargeOutcome(transaction: unknown): GatewayOutcome {
  const gatewayReference = readText(transaction, 'id')
  const status = readText(transaction, 'status') ?? ''
  if (gatewayReference === null) return unknownOutcome('the gateway answered nonsense')
  const isDebit = readText(transaction, 'payment_instrument_type') === 'us_bank_account'
  if (
    isDebit &&
    (status === 'settlement_pending' || (TAKEN.includes(status) && status !== 'settled'))
  )
    return { kind: 'pending', gatewayReference }
  if (TAKEN.includes(status) || status === 'authorized' || status === 'settlement_pending') {
    return {
      kind: 'succeeded',
      gatewayReference,
      networkTransactionId: readText(transaction, 'network_transaction_id'),
      ...withAdvice(readText(transaction, 'merchant_advice_code')),
      ...checksOf(transaction),
    }
  }
  if (REFUSED.includes(status))
    return {
      kind: 'declined',
      gatewayReference,
      decline: toDecline(transaction),
      ...checksOf(transaction),
    }
  if (status === 'authorization_expired')
    return { kind: 'declined', gatewayReference, decline: HOLD_EXPIRED }
  if (CALLED_OFF.includes(status)) {
    const decline = { code: 'canceled', isoCode: null, adviceCode: null, message: status }
    return { kind: 'declined', gatewayReference, decline }
  }
  return unknownOutcome(`the gateway answered "${status}"`)
}

/** A refund is a credit of its own, which settles like a sale. */
export function toRefundOutcome(credit: unknown): RefundOutcome {
  const gatewayReference = readText(credit, 'id')
  const status = readText(credit, 'status') ?? ''
  if (gatewayReference === null) return unknownOutcome('the gateway answered nonsense')
  if (status === 'settled' || status === 'settlement_confirmed')
    return { kind: 'succeeded', gatewayReference }
  if (TAKEN.includes(status) || status === 'authorized' || status === 'settlement_pending')
    return { kind: 'pending', gatewayReference }
  if (!REFUSED.includes(status) && !CALLED_OFF.includes(status))
    return unknownOutcome(`the gateway answered "${status}"`)
  const { code, message } = toDecline(credit)
  return { kind: 'failed', gatewayReference, failure: { code, message } }
}

/** The processor's code, or why the gateway itself turned it away before anyone was asked. */
export function toDecline(transaction: unknown): Decline {
  const rejection = readText(transaction, 'gateway_rejection_reason')
  const settlement = readText(transaction, 'processor_settlement_response_code')
  const code = rejection ?? settlement ?? readText(transaction, 'processor_response_code')
  return normaliseDecline('braintree', {
    code,
    isoCode: readText(transaction, 'network_response_code'),
    adviceCode: readText(transaction, 'merchant_advice_code'),
    message:
      rejection === null
        ? (readText(transaction, 'processor_settlement_response_text') ??
          readText(transaction, 'processor_response_text'))
        : `rejected by the gateway: ${rejection}`,
  })
}

export type Money = { readonly amountMinor: bigint; readonly currency: Currency }

export function moneyOf(record: unknown, amountField = 'amount'): Money | null {
  const currency = parseCurrency(readText(record, 'currency_iso_code') ?? '')
  if (currency === null) return null
  const amountMinor = fromDecimalAmount(readText(record, amountField), currency)
  return amountMinor === null ? null : { amountMinor, currency }
}
