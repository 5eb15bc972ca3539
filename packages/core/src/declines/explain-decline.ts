import { assertNever } from '../fault/index.ts'
import { classifyDecline } from './classify-decline.ts'
import { knowledgeOf } from './decline-codes.ts'
import type { Decline } from './decline.ts'
import type { DeclineNature, RetryAdvice } from './nature.ts'
import type { RefusedCard } from './network-meanings.ts'
import type { DeclineReason } from './reasons.ts'
import type { Source } from './sources.ts'

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
  /** Of when it may be tried again. */
  readonly sources: readonly Source[]
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
 * What a refusal means and what each side can do: of all that is known of it, as recovery weighs it (`classifyDecline`), or of
 * its code alone. A code that nobody has heard of counts as soft and generic.
 */
export function explainDecline(
  refusal: Decline | string,
  card: RefusedCard | null = null,
): Explanation {
  const decline = typeof refusal === 'string' ? { ...CODE_ALONE, code: refusal } : refusal
  const { reason, meaning, nature: named } = knowledgeOf(decline.code)
  const { nature, retry, sources } = classifyDecline(decline, card)
  const consequence = consequenceOf(nature, retry)
  const directive = reason === 'stop_all_recurring' ? 'stop_all' : consequence.subscriptionDirective
  return {
    ...consequence,
    subscriptionDirective: directive,
    reason,
    meaning,
    customerMessageKey: customerMessageKey(named === 'fraud' ? named : nature, reason),
    sources,
  }
}

const CODE_ALONE = { isoCode: null, adviceCode: null, message: null } as const

/** When the same charge of the same card may be made again counts more than what kind of "no" it was. */
function consequenceOf(nature: DeclineNature, { when }: RetryAdvice): Consequence {
  const own = CONSEQUENCES[nature]
  switch (when) {
    case 'after':
    case 'from':
    case 'once':
    case 'payday':
      return { ...own, retryability: 'retry_later' }
    case 'new_data':
      return own.declineType === 'hard' ? own : CONSEQUENCES.new_data
    case 'fixed_set_up':
      return own.declineType === 'hard' ? own : CONSEQUENCES.set_up
    case 'never':
      return own.declineType === 'hard' ? own : CONSEQUENCES.hard
    default:
      return assertNever(when)
  }
}

/** A customer is never told that a card is thought lost, stolen or misused (docs.stripe.com/declines/codes). */
function customerMessageKey(nature: DeclineNature, reason: DeclineReason): string {
  return `payment.${nature === 'fraud' ? 'generic_decline' : reason}`
}
