import type { DeclineCode } from '@perennial/core/declines'
import { readText } from '../../platform/foreign/index.ts'

/**
 * Why a bank debit is disputed, in our words. Such a dispute is final (support.stripe.com, "Respond to or contest an ACH
 * Direct Debit dispute"): the bank has taken the money back, and nobody is asked. Cards are disputed for other reasons.
 */
const REASONS: Readonly<Record<string, DeclineCode>> = {
  bank_cannot_process: 'processing_error',
  customer_initiated: 'revocation_of_authorization',
  debit_not_authorized: 'revocation_of_authorization',
  incorrect_account_details: 'invalid_account',
  insufficient_funds: 'insufficient_funds',
}
/** Those in which the money is gone, or was: an inquiry takes none. */
const TAKEN = ['needs_response', 'under_review', 'lost']
const GIVEN_AGAIN = 'won'

export type ReturnedDebit = {
  readonly gatewayReference: string
  readonly code: string
  /** The bank has given the money again since. */
  readonly isGivenAgain: boolean
}

/** A debit that came back after it had settled is told as a dispute there. Null for every other dispute. */
export function toReturnedDebit(dispute: unknown): ReturnedDebit | null {
  const gatewayReference = readText(dispute, 'payment_intent') ?? readText(dispute, 'charge')
  const code = REASONS[readText(dispute, 'reason') ?? '']
  const isCard = readText(dispute, 'payment_method_details', 'type') === 'card'
  if (gatewayReference === null || code === undefined || isCard) return null
  const status = readText(dispute, 'status') ?? ''
  const isGivenAgain = status === GIVEN_AGAIN
  if (!isGivenAgain && !TAKEN.includes(status)) return null
  // The bank's own code says more, where the vendor tells it.
  const told = readText(dispute, 'network_reason_code') ?? code
  return { gatewayReference, code: told, isGivenAgain }
}
