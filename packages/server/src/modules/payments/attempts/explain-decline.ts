/** What a refusal means, in the words of the API (revkeen 5.15). */
export type Explanation = {
  readonly category: Category
  readonly retryability: 'retry_now' | 'retry_later' | 'do_not_retry'
  readonly customer_action: CustomerAction
  readonly merchant_action: MerchantAction
  readonly subscription_directive: 'none' | 'stop_all' | 'stop_program' | 'update_cardholder_data'
  readonly decline_type: 'soft' | 'hard'
}

export const CATEGORIES = [
  'approved',
  'generic_decline',
  'insufficient_funds',
  'over_limit',
  'expired_card',
  'invalid_card_number',
  'invalid_cvv',
  'invalid_expiry',
  'invalid_pin',
  'transaction_not_allowed',
  'call_issuer',
  'incorrect_payment_info',
  'lost_or_stolen',
  'pickup_card',
  'suspected_fraud',
  'restricted_card',
  'stop_all_recurring',
  'stop_this_program',
  'update_cardholder_data',
  'processor_error',
  'gateway_error',
  'communication_error',
  'merchant_config_error',
  'merchant_inactive',
  'issuer_unavailable',
  'duplicate_transaction',
  'invalid_transaction',
  'unsupported_card',
  'feature_not_available',
  'authentication_required',
] as const
export type Category = (typeof CATEGORIES)[number]

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

type Consequence = Omit<Explanation, 'category'>

const again = { retryability: 'retry_later', decline_type: 'soft' } as const
const over = { retryability: 'do_not_retry', decline_type: 'hard' } as const
const none = { subscription_directive: 'none' } as const

/** The categories of spec/decline-codes.md 1, and what follows from each. */
const SOFT: Consequence = {
  ...again,
  ...none,
  customer_action: 'try_again',
  merchant_action: 'schedule_retry',
}
const TECHNICAL: Consequence = { ...SOFT, customer_action: 'none' }
const AUTHENTICATE: Consequence = {
  ...over,
  ...none,
  customer_action: 'contact_merchant',
  merchant_action: 'collect_new_pm',
}
const NEW_DATA: Consequence = {
  ...over,
  subscription_directive: 'update_cardholder_data',
  customer_action: 'update_card',
  merchant_action: 'collect_new_pm',
}
const HARD: Consequence = {
  ...over,
  ...none,
  customer_action: 'use_other_method',
  merchant_action: 'collect_new_pm',
}
const SET_UP: Consequence = {
  ...over,
  ...none,
  customer_action: 'contact_merchant',
  merchant_action: 'fix_config',
}
const FRAUD: Consequence = {
  ...over,
  ...none,
  customer_action: 'contact_bank',
  merchant_action: 'fraud_review',
}
const STOP: Consequence = {
  ...over,
  subscription_directive: 'stop_program',
  customer_action: 'contact_merchant',
  merchant_action: 'stop_recurring',
}

/** The names of spec/decline-codes.md 4 and 6, and what gateways say of their own troubles. */
const BY_CODE: ReadonlyMap<string, readonly [Category, Consequence]> = new Map([
  ['approve_with_id', ['call_issuer', SOFT]],
  ['call_issuer', ['call_issuer', SOFT]],
  ['do_not_honor', ['generic_decline', SOFT]],
  ['no_action_taken', ['generic_decline', SOFT]],
  ['try_again_later', ['generic_decline', SOFT]],
  ['insufficient_funds', ['insufficient_funds', SOFT]],
  ['card_velocity_exceeded', ['over_limit', SOFT]],
  ['withdrawal_count_limit_exceeded', ['over_limit', SOFT]],
  ['card_decline_rate_limit_exceeded', ['over_limit', SOFT]],
  ['pin_try_exceeded', ['invalid_pin', SOFT]],
  ['issuer_not_available', ['issuer_unavailable', TECHNICAL]],
  ['processing_error', ['processor_error', TECHNICAL]],
  ['reenter_transaction', ['processor_error', TECHNICAL]],
  ['communication_error', ['communication_error', TECHNICAL]],
  ['duplicate_transaction', ['duplicate_transaction', { ...TECHNICAL, ...over }]],
  ['authentication_required', ['authentication_required', AUTHENTICATE]],
  ['authentication_not_handled', ['authentication_required', AUTHENTICATE]],
  ['mobile_device_authentication_required', ['authentication_required', AUTHENTICATE]],
  ['incorrect_pin', ['invalid_pin', AUTHENTICATE]],
  ['invalid_pin', ['invalid_pin', AUTHENTICATE]],
  ['offline_pin_required', ['invalid_pin', AUTHENTICATE]],
  ['online_or_offline_pin_required', ['invalid_pin', AUTHENTICATE]],
  ['expired_card', ['expired_card', NEW_DATA]],
  ['invalid_expiry_month', ['invalid_expiry', NEW_DATA]],
  ['invalid_expiry_year', ['invalid_expiry', NEW_DATA]],
  ['incorrect_number', ['invalid_card_number', NEW_DATA]],
  ['invalid_number', ['invalid_card_number', NEW_DATA]],
  ['invalid_account', ['invalid_card_number', NEW_DATA]],
  ['new_account_information_available', ['update_cardholder_data', NEW_DATA]],
  ['incorrect_cvc', ['invalid_cvv', NEW_DATA]],
  ['invalid_cvc', ['invalid_cvv', NEW_DATA]],
  ['incorrect_zip', ['incorrect_payment_info', NEW_DATA]],
  ['incorrect_address', ['incorrect_payment_info', NEW_DATA]],
  ['card_not_supported', ['unsupported_card', HARD]],
  ['currency_not_supported', ['unsupported_card', HARD]],
  ['do_not_try_again', ['transaction_not_allowed', HARD]],
  ['not_permitted', ['transaction_not_allowed', HARD]],
  ['transaction_not_allowed', ['transaction_not_allowed', HARD]],
  ['invalid_amount', ['invalid_transaction', SET_UP]],
  ['invalid_request', ['invalid_transaction', SET_UP]],
  ['service_not_allowed', ['merchant_config_error', SET_UP]],
  ['fraudulent', ['suspected_fraud', FRAUD]],
  ['merchant_blacklist', ['suspected_fraud', FRAUD]],
  ['security_violation', ['suspected_fraud', FRAUD]],
  ['highest_risk_level', ['suspected_fraud', FRAUD]],
  ['lost_card', ['lost_or_stolen', FRAUD]],
  ['stolen_card', ['lost_or_stolen', FRAUD]],
  ['pickup_card', ['pickup_card', FRAUD]],
  ['restricted_card', ['restricted_card', FRAUD]],
  ['stop_payment_order', ['stop_this_program', STOP]],
  ['revocation_of_authorization', ['stop_this_program', STOP]],
  [
    'revocation_of_all_authorizations',
    ['stop_all_recurring', { ...STOP, subscription_directive: 'stop_all' }],
  ],
])

/** A code nobody has heard of counts as a soft, generic refusal (revkeen 7.6). */
export function explainDecline(code: string): Explanation {
  const [category, consequence] = BY_CODE.get(code) ?? (['generic_decline', SOFT] as const)
  return { category, ...consequence }
}

/** What may be said to the customer: never that a card is thought lost, stolen or misused (decline-codes 6). */
export function customerMessageKey(explanation: Explanation): string {
  const isSecret = explanation.merchant_action === 'fraud_review'
  return `payment.${isSecret ? 'generic_decline' : explanation.category}`
}
