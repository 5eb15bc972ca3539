import { statementLine, type StatementText } from '@perennial/core/payments'
import type Stripe from 'stripe'

/** https://docs.stripe.com/get-started/account/statement-descriptors: 22 letters in all, none of these. */
const RULE = { banned: /[^\x20-\x7e]|[<>\\'"*]/g, lengthMax: 22 } as const
const WHOLE_MIN = 5

/** Of a card, only what stands behind the account's own prefix can be said; of a debit, the whole text. */
export function statementParams(
  methodType: string,
  { descriptor, suffix }: StatementText,
): Pick<Stripe.PaymentIntentCreateParams, 'statement_descriptor' | 'statement_descriptor_suffix'> {
  if (methodType === 'card') {
    const line = statementLine(suffix ?? descriptor, RULE)
    return line === null ? {} : { statement_descriptor_suffix: line }
  }
  const line = statementLine(descriptor ?? suffix, RULE)
  return line === null || line.length < WHOLE_MIN ? {} : { statement_descriptor: line }
}
