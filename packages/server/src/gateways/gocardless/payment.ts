import { normaliseDecline } from '@perennial/core/declines'
import { parseCurrency, fromWireMinor, isWireMinor, type Currency } from '@perennial/core/money'
import {
  type Decline,
  type GatewayOutcome,
  type RefundOutcome,
  unknownOutcome,
} from '@perennial/core/payments'
import { readNumber, readText } from '../../platform/foreign/index.ts'
import { type HttpAnswer } from '../http/index.ts'
import { readProblem } from './gocardless-api.ts'

const WAITING = ['pending_customer_approval', 'pending_submission', 'submitted']
const PAID = ['confirmed', 'paid_out']
const ENDED: Readonly<Record<string, string>> = {
  failed: 'late_failure',
  cancelled: 'payment_cancelled',
  customer_approval_denied: 'customer_approval_denied',
  charged_back: 'authorisation_disputed',
}

/** A payment as it stands. Why one failed is told by its event alone. */
export function toPaymentOutcome(payment: unknown): GatewayOutcome {
  const gatewayReference = readText(payment, 'id')
  const status = readText(payment, 'status') ?? ''
  if (gatewayReference === null) return unknownOutcome('the gateway answered nonsense')
  if (WAITING.includes(status)) return { kind: 'pending', gatewayReference }
  if (PAID.includes(status))
    return { kind: 'succeeded', gatewayReference, networkTransactionId: null }
  const cause = ENDED[status]
  if (cause === undefined) return unknownOutcome(`the gateway answered ${status}`)
  const message = `The payment is ${status}.`
  const decline = normaliseDecline('gocardless', { code: cause, message })
  return { kind: 'declined', gatewayReference, decline }
}

const REFUND_WAITING = ['created', 'pending_submission', 'submitted']

export function toRefundOutcome(refund: unknown): RefundOutcome {
  const gatewayReference = readText(refund, 'id')
  const status = readText(refund, 'status')
  if (gatewayReference === null || status === null)
    return unknownOutcome('the gateway answered nonsense')
  if (status === 'paid') return { kind: 'succeeded', gatewayReference }
  if (REFUND_WAITING.includes(status)) return { kind: 'pending', gatewayReference }
  const failure = { code: 'refund_failed', message: `The refund is ${status}.` }
  return { kind: 'failed', gatewayReference, failure }
}

/** What is wrong with the request, by the field or reason that the refusal names. */
const REQUEST_CODES: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/^mandate_is_inactive$|^mandate_(cancelled|expired|failed)$/, 'revocation_of_authorization'],
  [/^(mandate|resource_not_found)$/, 'invalid_account'],
  [/^amount$|amount_/, 'invalid_amount'],
  [/^currency$/, 'currency_not_supported'],
]

/** The request was refused, so nothing was made. */
export function toRequestDecline(answer: HttpAnswer): Decline {
  const { reasons, message } = readProblem(answer)
  const found = REQUEST_CODES.find(([pattern]) => reasons.some((reason) => pattern.test(reason)))
  const code = found?.[1] ?? 'service_not_allowed'
  return { code, isoCode: null, adviceCode: null, message }
}

/** All currencies of the vendor have two decimals, as in ISO 4217. */
export function readMoney(
  body: unknown,
): { readonly amountMinor: bigint; readonly currency: Currency } | null {
  const amount = readNumber(body, 'amount')
  const currency = parseCurrency(readText(body, 'currency') ?? '')
  if (currency === null || !isWireMinor(amount)) return null
  return { amountMinor: fromWireMinor(amount), currency }
}
