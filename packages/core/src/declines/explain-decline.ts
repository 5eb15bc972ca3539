import { findAdviceCode } from './advice-codes.ts'
import { knowledgeOf } from './decline-codes.ts'
import type { DeclineNature } from './nature.ts'
import type { DeclineReason } from './reasons.ts'

export const CUSTOMER_ACTIONS = [
  'try_again',
  'use_other_method',
  'update_card',
  'contact_bank',
  'contact_merchant',
  'none',
] as const
export type CustomerAction = (typeof CUSTOMER_ACTIONS)[number]

export const MERCHANT_ACTIONS = [
  'none',
  'collect_new_pm',
  'fix_config',
  'contact_support',
  'fraud_review',
  'schedule_retry',
  'contact_bank',
  'stop_recurring',
] as const
export type MerchantAction = (typeof MERCHANT_ACTIONS)[number]

/** What follows from a refusal. `severity`: an error stays until somebody acts. */
type Consequence = {
  readonly severity: 'warn' | 'error'
  readonly retryability: 'retry_now' | 'retry_later' | 'do_not_retry'
  readonly customerAction: CustomerAction
  readonly merchantAction: MerchantAction
  readonly subscriptionDirective: 'none' | 'stop_all' | 'stop_program' | 'update_cardholder_data'
  readonly declineType: 'soft' | 'hard'
}

/** What a refusal means, in the words of the API. */
export type Explanation = Consequence & {
  readonly reason: DeclineReason
  readonly meaning: string
  /** Names a text that may be shown to the customer. */
  readonly customerMessageKey: string
}

const none = { subscriptionDirective: 'none' } as const
const again = { severity: 'warn', retryability: 'retry_later', declineType: 'soft' } as const
const over = { severity: 'error', retryability: 'do_not_retry', declineType: 'hard' } as const

const SOFT: Consequence = {
  ...again,
  ...none,
  customerAction: 'try_again',
  merchantAction: 'schedule_retry',
}

const CONSEQUENCES: Readonly<Record<DeclineNature, Consequence>> = {
  soft: SOFT,
  unknown: SOFT,
  technical: { ...SOFT, customerAction: 'none' },
  reconcile: { ...over, ...none, customerAction: 'none', merchantAction: 'schedule_retry' },
  authenticate: {
    ...over,
    ...none,
    customerAction: 'contact_merchant',
    merchantAction: 'collect_new_pm',
  },
  new_data: {
    ...over,
    subscriptionDirective: 'update_cardholder_data',
    customerAction: 'update_card',
    merchantAction: 'collect_new_pm',
  },
  hard: { ...over, ...none, customerAction: 'use_other_method', merchantAction: 'collect_new_pm' },
  set_up: { ...over, ...none, customerAction: 'contact_merchant', merchantAction: 'fix_config' },
  fraud: { ...over, ...none, customerAction: 'contact_bank', merchantAction: 'fraud_review' },
  stop: {
    ...over,
    subscriptionDirective: 'stop_program',
    customerAction: 'contact_merchant',
    merchantAction: 'stop_recurring',
  },
}

/**
 * What a refusal means and what each side can do. A code that nobody has heard of counts as soft and generic.
 * An advice code that ends all tries ends them here too, whatever the code says.
 */
export function explainDecline(code: string, adviceCode: string | null = null): Explanation {
  const { reason, nature, meaning } = knowledgeOf(code)
  const consequence = overruled(nature, adviceCode)
  const directive = reason === 'stop_all_recurring' ? 'stop_all' : consequence.subscriptionDirective
  return {
    ...consequence,
    subscriptionDirective: directive,
    reason,
    meaning,
    customerMessageKey: customerMessageKey(nature, reason),
  }
}

function overruled(nature: DeclineNature, adviceCode: string | null): Consequence {
  const own = CONSEQUENCES[nature]
  const advice = adviceCode === null ? null : findAdviceCode(adviceCode)
  if (advice === null || advice.nature === null || own.declineType === 'hard') return own
  return CONSEQUENCES[advice.nature]
}

/** A customer is never told that a card is thought lost, stolen or misused (docs.stripe.com/declines/codes). */
function customerMessageKey(nature: DeclineNature, reason: DeclineReason): string {
  return `payment.${nature === 'fraud' ? 'generic_decline' : reason}`
}
