import { declineCodeOfReturn, normaliseDecline } from '@perennial/core/declines'
import { isUuid, type Uuid } from '@perennial/core/ids'
import {
  type Decline,
  type GatewayOutcome,
  HOLD_EXPIRED,
  type RefundOutcome,
  unknownOutcome,
  withChecks,
} from '@perennial/core/payments'
import { readList, readRecord, readText, readWritten } from '../../platform/foreign/index.ts'

/** "Transaction statuses" of the vendor. */
const TAKEN = ['authorizedPendingCapture', 'capturedPendingSettlement', 'settledSuccessfully']
/** Money that came and went again stays a charge that was made: the dispute is another matter. */
const DISPUTED = ['chargeback', 'chargebackReversal']
const WAITING = [
  'underReview',
  'approvedReview',
  'FDSPendingReview',
  'FDSAuthorizedPendingReview',
  'authorizedPendingRelease',
]
const CALLED_OFF = ['voided', 'expired']
const REFUSED = [
  'declined',
  'failedReview',
  'generalError',
  'communicationError',
  'settlementError',
]

/** A charge as `getTransactionDetails` shows it. Bank debits are decided when they settle. */
export function toChargeOutcome(details: unknown): GatewayOutcome {
  const gatewayReference = readText(details, 'transId')
  const status = readText(details, 'transactionStatus') ?? ''
  if (gatewayReference === null) return unknownOutcome('the gateway answered nonsense')
  const isDebit = readRecord(details, 'payment', 'bankAccount') !== null
  const checks = checksOf(details, { avs: 'AVSResponse', cvv: 'cardCodeResponse' })
  if (WAITING.includes(status) || (isDebit && status === 'capturedPendingSettlement'))
    return { kind: 'pending', gatewayReference }
  // A debit that came back stays settled in the gateway's words, with the return beside it.
  const isReturned = (readList(details, 'returnedItems') ?? []).length > 0
  if (status === 'returnedItem' || (isReturned && status === 'settledSuccessfully'))
    return { kind: 'declined', gatewayReference, decline: toReturn(details) }
  if (TAKEN.includes(status) || DISPUTED.includes(status)) {
    const networkTransactionId = readText(details, 'networkTransId')
    return { kind: 'succeeded', gatewayReference, networkTransactionId, ...checks }
  }
  if (status === 'expired') return { kind: 'declined', gatewayReference, decline: HOLD_EXPIRED }
  if (CALLED_OFF.includes(status)) {
    const decline = { code: 'canceled', isoCode: null, adviceCode: null, message: status }
    return { kind: 'declined', gatewayReference, decline }
  }
  if (!REFUSED.includes(status)) return unknownOutcome(`the gateway answered "${status}"`)
  const code = readWritten(details, 'responseReasonCode')
  const message = readText(details, 'responseReasonDescription')
  const decline = normaliseDecline('authnet', { code, message })
  return { kind: 'declined', gatewayReference, decline, ...checks }
}

/** The networks' own letters; a charge that is made and one that is read back have other names for them. */
export function checksOf(
  transaction: unknown,
  field: { readonly avs: string; readonly cvv: string },
) {
  const avs = readText(transaction, field.avs)
  // E: the gateway's word for a comparison that failed; B and P: none was asked for, or there is none ("AVS response").
  const isTold = avs !== 'E' && avs !== 'B' && avs !== 'P'
  return withChecks({ avs: isTold ? avs : null, cvv: readText(transaction, field.cvv) })
}

function toReturn(details: unknown): Decline {
  const { code } = returnOf(details, null)
  const message = `The bank returned the debit ${code}.`
  return { code: declineCodeOfReturn(code), isoCode: null, adviceCode: null, message }
}

/** What the bank said about a debit: of the item with this id, or else of the first. */
export function returnOf(
  details: unknown,
  itemId: string | null,
): { readonly code: string; readonly message: string | null } {
  const items = readList(details, 'returnedItems') ?? []
  const item = items.find((each) => readWritten(each, 'id') === itemId) ?? items[0]
  return { code: readText(item, 'code') ?? '', message: readText(item, 'description') }
}

/** A refund is a transaction of its own, which settles like a charge. */
export function toRefundOutcome(details: unknown): RefundOutcome {
  const gatewayReference = readText(details, 'transId')
  const status = readText(details, 'transactionStatus') ?? ''
  if (gatewayReference === null) return unknownOutcome('the gateway answered nonsense')
  if (status === 'refundSettledSuccessfully') return { kind: 'succeeded', gatewayReference }
  if (status === 'refundPendingSettlement' || WAITING.includes(status))
    return { kind: 'pending', gatewayReference }
  if (![...REFUSED, ...CALLED_OFF, 'returnedItem'].includes(status))
    return unknownOutcome(`the gateway answered "${status}"`)
  const message = readText(details, 'responseReasonDescription')
  return { kind: 'failed', gatewayReference, failure: { code: status, message } }
}

/** The key that it was sent under stands at the head of its description. */
export function keyOf(details: unknown): Uuid | null {
  const key = (readText(details, 'order', 'description') ?? '').slice(0, 36)
  return isUuid(key) ? key : null
}
