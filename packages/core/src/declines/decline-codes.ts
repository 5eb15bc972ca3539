import {
  afterHours,
  type DeclineNature,
  FIXED_SET_UP,
  fromHours,
  NEVER,
  NEW_DATA,
  once,
  PAYDAY,
  type RecommendedAction,
  type RetryAdvice,
} from './nature.ts'
import type { DeclineReason } from './reasons.ts'
import type { Source } from './sources.ts'

/** What is known of one code. `meaning` is for the merchant; what a customer may read is another thing. */
export type CodeKnowledge = {
  readonly reason: DeclineReason
  readonly nature: DeclineNature
  readonly retry: RetryAdvice
  readonly recommendedAction: RecommendedAction
  readonly meaning: string
  /** Of the name and its meaning, and of what may be retried; delays are ours. */
  readonly sources: readonly Source[]
}

const SOON = afterHours(0, 24, 72, 168)
const NEXT_DAY = afterHours(24)
const OUTAGE = afterHours(1, 6, 24)
const CARD = 'request_card_update'
const LATER = 'retry_later'
const REVIEW = 'manual_review'
const WAIT = 'monitor'

type Row = readonly [
  reason: DeclineReason,
  nature: DeclineNature,
  retry: RetryAdvice,
  recommendedAction: RecommendedAction,
  meaning: string,
  /** Where it does not come from the table's own. */
  sources?: readonly Source[],
]

const TABLE_SOURCES = ['STR', 'STR-L'] as const
/** Named there among those that are not charged again until there is another card. */
const STOPS = ['STR', 'STR-L', 'STR-SR'] as const
const OURS = ['OWN'] as const

/**
 * The codes that every gateway's own are mapped to: reason, nature, when to try again, what is left to do in the
 * end, meaning. Below the line: what gateways say of their own troubles: no network sees them, so the tries go on while the
 * merchant puts them right.
 */
const ROWS = {
  approve_with_id: ['call_issuer', 'soft', NEXT_DAY, LATER, 'The issuer could not approve; another try may pass.'],
  call_issuer: ['call_issuer', 'soft', SOON, LATER, 'The issuer wants to be called, and does not say why.'],
  do_not_honor: ['generic_decline', 'soft', SOON, LATER, 'The issuer refused and gave no reason.'],
  generic_decline: ['generic_decline', 'soft', SOON, LATER, 'The issuer refused and gave no reason.'],
  card_declined: ['generic_decline', 'soft', SOON, LATER, 'The card was refused and nobody said why.'],
  no_action_taken: ['generic_decline', 'soft', SOON, LATER, 'The issuer did nothing with the request.'],
  try_again_later: ['generic_decline', 'soft', SOON, LATER, 'The issuer refused for now.'],
  canceled: ['generic_decline', 'soft', NEXT_DAY, WAIT, 'The charge was called off before it ended.', OURS],
  insufficient_funds: ['insufficient_funds', 'soft', PAYDAY, LATER, 'The account does not hold enough money.'],
  card_velocity_exceeded: ['over_limit', 'soft', NEXT_DAY, LATER, 'The card has reached a limit of its amount.'],
  withdrawal_count_limit_exceeded: ['over_limit', 'soft', NEXT_DAY, LATER, 'The card was used too often for now.'],
  card_decline_rate_limit_exceeded: ['over_limit', 'soft', fromHours(24), LATER, 'The card was refused too often; the gateway blocks it for a day.'],
  pin_try_exceeded: ['invalid_pin', 'soft', once(72), CARD, 'A wrong PIN was typed too often.'],
  issuer_not_available: ['issuer_unavailable', 'technical', OUTAGE, WAIT, 'The issuer could not be reached.'],
  processing_error: ['processor_error', 'technical', OUTAGE, WAIT, 'Something broke on the way to the issuer.'],
  reenter_transaction: ['processor_error', 'technical', OUTAGE, WAIT, 'The issuer asks for the same request once more.'],
  duplicate_transaction: ['duplicate_transaction', 'reconcile', NEVER, WAIT, 'The same charge was sent a moment ago: look the first one up.'],
  authentication_required: ['authentication_required', 'authenticate', NEVER, CARD, 'The issuer wants the cardholder to authenticate.', STOPS],
  authentication_not_handled: ['authentication_required', 'authenticate', NEVER, CARD, 'The authentication that the issuer asked for was not finished.'],
  mobile_device_authentication_required: ['authentication_required', 'authenticate', NEVER, CARD, 'The cardholder has to authenticate on a phone.'],
  incorrect_pin: ['invalid_pin', 'authenticate', NEVER, CARD, 'The PIN is wrong.'],
  invalid_pin: ['invalid_pin', 'authenticate', NEVER, CARD, 'The PIN is wrong.'],
  offline_pin_required: ['invalid_pin', 'authenticate', NEVER, CARD, 'The card asks for its PIN.'],
  online_or_offline_pin_required: ['invalid_pin', 'authenticate', NEVER, CARD, 'The card asks for its PIN.'],
  expired_card: ['expired_card', 'new_data', NEW_DATA, CARD, 'The card has expired.'],
  invalid_expiry_month: ['invalid_expiry', 'new_data', NEW_DATA, CARD, 'The expiry month is wrong.'],
  invalid_expiry_year: ['invalid_expiry', 'new_data', NEW_DATA, CARD, 'The expiry year is wrong.'],
  incorrect_number: ['invalid_card_number', 'new_data', NEW_DATA, CARD, 'The card number is wrong.', STOPS],
  invalid_number: ['invalid_card_number', 'new_data', NEW_DATA, CARD, 'The card number belongs to no issuer.'],
  invalid_account: ['invalid_card_number', 'new_data', NEW_DATA, CARD, 'The card or its account is closed or unknown.'],
  new_account_information_available: ['update_cardholder_data', 'new_data', NEW_DATA, CARD, 'The card was replaced; the new one is to be asked for.'],
  incorrect_cvc: ['invalid_cvv', 'new_data', NEW_DATA, CARD, 'The security code is wrong.'],
  invalid_cvc: ['invalid_cvv', 'new_data', NEW_DATA, CARD, 'The security code is wrong.'],
  incorrect_zip: ['incorrect_payment_info', 'new_data', NEW_DATA, CARD, 'The postal code does not match.'],
  incorrect_address: ['incorrect_payment_info', 'new_data', NEW_DATA, CARD, 'The address does not match.'],
  card_not_supported: ['unsupported_card', 'hard', NEVER, CARD, 'The card does not allow this kind of purchase.'],
  currency_not_supported: ['unsupported_card', 'hard', NEVER, CARD, 'The card does not take this currency.'],
  do_not_try_again: ['transaction_not_allowed', 'hard', NEVER, CARD, 'The issuer refuses for good.'],
  not_permitted: ['transaction_not_allowed', 'hard', NEVER, CARD, 'The payment is not permitted on this card.'],
  transaction_not_allowed: ['transaction_not_allowed', 'hard', NEVER, CARD, 'The issuer does not allow this payment on the card.', STOPS],
  service_not_allowed: ['merchant_config_error', 'set_up', FIXED_SET_UP, CARD, 'The merchant is not set up for this payment.'],
  invalid_amount: ['invalid_transaction', 'set_up', NEVER, REVIEW, 'The amount is not allowed.'],
  fraudulent: ['suspected_fraud', 'fraud', NEVER, REVIEW, 'The payment is suspected to be fraud.'],
  fraud_suspected: ['suspected_fraud', 'fraud', NEVER, REVIEW, 'The payment is suspected to be fraud.', OURS],
  merchant_blacklist: ['suspected_fraud', 'fraud', NEVER, REVIEW, 'The card is on a block list of the merchant.'],
  security_violation: ['suspected_fraud', 'fraud', NEVER, REVIEW, 'The issuer sees a breach of security.'],
  highest_risk_level: ['suspected_fraud', 'fraud', NEVER, REVIEW, 'The gateway found the risk too high.', STOPS],
  lost_card: ['lost_or_stolen', 'fraud', NEVER, REVIEW, 'The card was reported lost.', STOPS],
  stolen_card: ['lost_or_stolen', 'fraud', NEVER, REVIEW, 'The card was reported stolen.', STOPS],
  pickup_card: ['pickup_card', 'fraud', NEVER, REVIEW, 'The issuer wants the card to be kept: it may be lost or stolen.', STOPS],
  restricted_card: ['restricted_card', 'fraud', NEVER, REVIEW, 'The issuer has restricted the card.'],
  stop_payment_order: ['stop_this_program', 'stop', NEVER, REVIEW, 'The cardholder stopped this payment.'],
  revocation_of_authorization: ['stop_this_program', 'stop', NEVER, REVIEW, 'The cardholder stopped all payments to this merchant.', STOPS],
  revocation_of_all_authorizations: ['stop_all_recurring', 'stop', NEVER, REVIEW, 'The cardholder stopped all recurring payments.', STOPS],
  testmode_decline: ['generic_decline', 'unknown', NEVER, WAIT, 'A test card met live keys, or the other way round.'],

  gateway_timeout: ['communication_error', 'technical', OUTAGE, WAIT, 'The gateway did not answer in time.', OURS],
  gateway_unreachable: ['communication_error', 'technical', OUTAGE, WAIT, 'No connection to the gateway came about: nothing was sent.', OURS],
  communication_error: ['communication_error', 'technical', OUTAGE, WAIT, 'The charge got lost on the way to the gateway.', OURS],
  gateway_error: ['gateway_error', 'technical', OUTAGE, WAIT, 'The gateway failed on its own side.', OURS],
  invalid_request: ['invalid_transaction', 'set_up', NEXT_DAY, REVIEW, 'The gateway did not accept the request.', OURS],
  merchant_inactive: ['merchant_inactive', 'set_up', NEXT_DAY, REVIEW, 'The account at the gateway is not active.', OURS],
  feature_not_available: ['feature_not_available', 'set_up', NEXT_DAY, REVIEW, 'The account at the gateway cannot do this.', OURS],
} as const satisfies Readonly<Record<string, Row>> // prettier-ignore

export type DeclineCode = keyof typeof ROWS

const KNOWLEDGE: ReadonlyMap<string, CodeKnowledge> = new Map(
  Object.entries<Row>(ROWS).map(
    ([code, [reason, nature, retry, recommendedAction, meaning, sources = TABLE_SOURCES]]) => [
      code,
      { reason, nature, retry, recommendedAction, meaning, sources },
    ],
  ),
)

/** Of a code that nobody has heard of: generic, with one careful try. */
const UNHEARD_OF: CodeKnowledge = {
  reason: 'generic_decline',
  nature: 'unknown',
  retry: once(24),
  recommendedAction: LATER,
  meaning: 'The gateway refused with a code that is not known.',
  sources: OURS,
}

export function isDeclineCode(code: string): code is DeclineCode {
  return KNOWLEDGE.has(code)
}

export function knowledgeOf(code: string): CodeKnowledge {
  return KNOWLEDGE.get(code) ?? UNHEARD_OF
}

export function listDeclineCodes(): readonly DeclineCode[] {
  return [...KNOWLEDGE.keys()].filter(isDeclineCode)
}

/** The gateway, or the way to it, failed before any issuer was asked. */
export const NEVER_SENT_ON: ReadonlySet<string> = new Set([
  'communication_error',
  'gateway_error',
  'gateway_unreachable',
])
