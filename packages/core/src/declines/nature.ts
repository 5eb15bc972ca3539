/**
 * What kind of "no" a refusal is; what may be done follows from it. `new_data`: the card's data is dead or wrong;
 * `set_up`: the merchant or the request is at fault; `stop`: the cardholder called the payments off; `reconcile`:
 * the charge may have been made already, so it is looked up.
 */
export type DeclineNature =
  | 'soft'
  | 'technical'
  | 'authenticate'
  | 'new_data'
  | 'hard'
  | 'set_up'
  | 'fraud'
  | 'stop'
  | 'reconcile'
  | 'unknown'

/** The same in fewer words, as the public dictionary of declines has it. */
export type DeclineCategory = 'soft' | 'technical' | 'auth_required' | 'hard' | 'fraud' | 'unknown'

export const CATEGORY_OF: Readonly<Record<DeclineNature, DeclineCategory>> = {
  soft: 'soft',
  technical: 'technical',
  reconcile: 'technical',
  authenticate: 'auth_required',
  new_data: 'hard',
  hard: 'hard',
  set_up: 'hard',
  stop: 'hard',
  fraud: 'fraud',
  unknown: 'unknown',
}

/** What a merchant is told to do when nothing more is tried. */
export type RecommendedAction = 'request_card_update' | 'retry_later' | 'manual_review' | 'monitor'

/**
 * When the merchant may try the same charge of the same card again. `after`: whenever; hours after each failed try that
 * promise most. `from`: not before so many hours. `once`: one more try, not before so many hours. The last three: not with
 * this card's data, not before the merchant's set-up is put right, and not at all.
 */
export type RetryAdvice =
  | { readonly when: 'after'; readonly hours: readonly number[] }
  | { readonly when: 'from'; readonly hours: number }
  | { readonly when: 'once'; readonly hours: number }
  | { readonly when: 'payday' }
  | { readonly when: 'new_data' }
  | { readonly when: 'fixed_set_up' }
  | { readonly when: 'never' }

export const afterHours = (...hours: readonly number[]): RetryAdvice => ({ when: 'after', hours })
export const fromHours = (hours: number): RetryAdvice => ({ when: 'from', hours })
export const once = (hours: number): RetryAdvice => ({ when: 'once', hours })
export const PAYDAY: RetryAdvice = { when: 'payday' }
export const NEW_DATA: RetryAdvice = { when: 'new_data' }
export const FIXED_SET_UP: RetryAdvice = { when: 'fixed_set_up' }
export const NEVER: RetryAdvice = { when: 'never' }
