import { normaliseDecline } from '@perennial/core/declines'
import type { Decline } from '@perennial/core/payments'
import { readList, readText } from '../../platform/foreign/index.ts'
import { type HttpAnswer } from '../http/index.ts'

/** Of a payment or an action that was refused; payments that are read back tell the code on their latest action. */
export function toDecline(refused: unknown): Decline {
  const latest = readList(refused, 'actions')?.[0]
  const code = readText(refused, 'response_code') ?? readText(latest, 'response_code')
  return normaliseDecline('checkout', {
    code,
    isoCode: isoCodeOf(code ?? ''),
    adviceCode: adviceOf(refused),
    message: readText(refused, 'response_summary') ?? readText(latest, 'response_summary'),
  })
}

/** Mastercard's, with whichever answer it comes. */
export function adviceOf(payment: unknown): string | null {
  return readText(payment, 'processing', 'partner_merchant_advice_code')
}

/** `20051` is ISO 51, `30041` is 41, `200R1` is R1; Mastercard's 79, 82 and 83 stand as 20179, 20182 and 20183. */
function isoCodeOf(responseCode: string): string | null {
  const [, network, mastercard] = /^[23]0(?:0([0-9A-Z]{2})|1(79|82|83))$/.exec(responseCode) ?? []
  return network ?? mastercard ?? null
}

/** The request itself was refused, so nothing was charged, and nothing will be by asking again. */
export function toRequestDecline({ status, body }: HttpAnswer): Decline {
  const codes = readList(body, 'error_codes')?.filter((code) => typeof code === 'string') ?? []
  const message = codes.length > 0 ? codes.join(', ') : `the gateway answered ${status}`
  return { code: requestCode(codes), isoCode: null, adviceCode: null, message }
}

const REQUEST_CODES: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/^(source|token|card|payment_source|instrument)/, 'invalid_account'],
  [/^(amount|capture_value|refund_amount)/, 'invalid_amount'],
  [/^currency/, 'currency_not_supported'],
]

/** What is wrong with the merchant's own set-up is nothing that a customer can mend. */
function requestCode(codes: readonly string[]): string {
  const found = REQUEST_CODES.find(([pattern]) => codes.some((code) => pattern.test(code)))
  return found?.[1] ?? 'service_not_allowed'
}
