import { normaliseDecline } from '@perennial/core/declines'
import type { Decline } from '@perennial/core/payments'
import { readText } from '../../platform/foreign/index.ts'
import type { AdyenRefusal } from './adyen-api.ts'

/** Of an answer to a payment, or of a notification with its `reason`. */
export function toDecline(refused: unknown): Decline {
  const code =
    readText(refused, 'refusalReasonCode') ??
    readText(refused, 'additionalData', 'refusalReasonCode')
  const raw = readText(refused, 'additionalData', 'refusalReasonRaw')
  return normaliseDecline('adyen', {
    code,
    // The acquirer's words begin with the network's code: "51 : Insufficient funds".
    isoCode: /^([0-9A-Z]{2,3}) :/.exec(raw ?? '')?.[1] ?? null,
    adviceCode: adviceOf(refused),
    message: readText(refused, 'refusalReason') ?? readText(refused, 'reason') ?? raw,
  })
}

/** Mastercard's, with whichever answer it comes. */
export function adviceOf(payment: unknown): string | null {
  return readText(payment, 'additionalData', 'merchantAdviceCode')
}

/** "Error codes" of the vendor, as far as a customer's card or the amount is at fault; the rest is set-up. */
const REQUEST_CODES: Readonly<Record<string, string>> = {
  '101': 'incorrect_number',
  '103': 'incorrect_cvc',
  '129': 'invalid_expiry_year',
  '137': 'invalid_amount',
  '138': 'currency_not_supported',
  '800': 'invalid_account',
  '803': 'invalid_account',
}

/** The request itself was refused, so nothing was charged. */
export function toRequestDecline({ errorCode, message, status }: AdyenRefusal): Decline {
  const code = REQUEST_CODES[errorCode ?? ''] ?? 'service_not_allowed'
  const said = `${message} (${errorCode ?? status})`
  return { code, isoCode: null, adviceCode: null, message: said }
}
