import type { DeclineCode } from './decline-codes.ts'
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
import type { Source } from './sources.ts'

export type IsoKnowledge = {
  readonly isoCode: string
  readonly code: DeclineCode
  readonly nature: DeclineNature
  readonly retry: RetryAdvice
  readonly recommendedAction: RecommendedAction
  /** Of what it means and whether networks let it be tried again. Which name it goes by, and the delays, are ours. */
  readonly sources: readonly Source[]
}

const DAY = afterHours(24)
const FROM_THREE_DAYS = fromHours(72)
const ONCE_NEXT_DAY = once(24)
const ONCE_IN_THREE_DAYS = once(72)
const OUTAGE = afterHours(1, 6, 24)
const CARD = 'request_card_update'
const LATER = 'retry_later'
const REVIEW = 'manual_review'
const WAIT = 'monitor'

type Row = readonly [
  isoCode: string,
  code: DeclineCode,
  nature: DeclineNature,
  retry: RetryAdvice,
  recommendedAction: RecommendedAction,
  /** Where it does not come from the table's own. */
  sources?: readonly Source[],
]

const NETWORK_SOURCES = ['VSPEC', 'CKO', 'PRI'] as const
const AMEX_SOURCES = ['FIS'] as const
const PHASED = ['VSPEC', 'CKO', 'TAB-V'] as const
const OLDER = ['VSPEC', 'CKO', 'FOR'] as const
const TRADE = ['TRADE'] as const

/**
 * Response codes of ISO 8583, data element 39. Where networks allow a retry that has no chance or is a
 * risk (39, 52, 53, 59, 62, 93), there is none: that, and the delays, are ours. 79 and 82 are Visa's meanings;
 * Mastercard's stand in network-meanings.ts, and its advice codes count more than either. Visa's categories, which change
 * with time, stand in visa-categories.ts.
 */
const NETWORK_ROWS: readonly Row[] = [
  ['01', 'call_issuer', 'soft', DAY, LATER],
  ['02', 'call_issuer', 'soft', DAY, LATER],
  ['03', 'service_not_allowed', 'set_up', FIXED_SET_UP, REVIEW],
  ['04', 'pickup_card', 'fraud', NEVER, REVIEW],
  ['05', 'do_not_honor', 'soft', afterHours(0, 24, 72, 168), LATER],
  ['06', 'processing_error', 'technical', afterHours(1, 24), WAIT],
  ['07', 'pickup_card', 'fraud', NEVER, REVIEW],
  ['10', 'generic_decline', 'soft', PAYDAY, LATER],
  ['12', 'transaction_not_allowed', 'hard', NEVER, CARD],
  ['13', 'invalid_amount', 'hard', NEVER, REVIEW],
  ['14', 'incorrect_number', 'new_data', NEW_DATA, CARD],
  ['15', 'invalid_number', 'new_data', NEW_DATA, CARD],
  ['19', 'reenter_transaction', 'technical', afterHours(1), WAIT],
  ['21', 'no_action_taken', 'technical', ONCE_NEXT_DAY, LATER],
  ['25', 'processing_error', 'technical', ONCE_NEXT_DAY, LATER],
  ['28', 'issuer_not_available', 'technical', afterHours(1, 6), WAIT],
  ['30', 'processing_error', 'technical', FIXED_SET_UP, WAIT, ['PRI', 'TRADE']],
  ['39', 'invalid_account', 'new_data', NEW_DATA, CARD],
  ['41', 'lost_card', 'fraud', NEVER, REVIEW],
  ['43', 'stolen_card', 'fraud', NEVER, REVIEW],
  ['46', 'invalid_account', 'new_data', NEW_DATA, CARD, PHASED],
  ['51', 'insufficient_funds', 'soft', PAYDAY, LATER],
  ['52', 'invalid_account', 'new_data', NEW_DATA, CARD],
  ['53', 'invalid_account', 'new_data', NEW_DATA, CARD],
  ['54', 'expired_card', 'new_data', NEW_DATA, CARD],
  ['55', 'incorrect_pin', 'new_data', NEW_DATA, CARD],
  ['57', 'transaction_not_allowed', 'hard', NEVER, CARD, ['CKO', 'FOR', 'YUN', 'TAB-V']],
  ['58', 'service_not_allowed', 'set_up', FIXED_SET_UP, REVIEW],
  ['59', 'fraudulent', 'fraud', NEVER, REVIEW],
  ['61', 'card_velocity_exceeded', 'soft', DAY, LATER],
  ['62', 'restricted_card', 'hard', NEVER, CARD, OLDER],
  ['63', 'security_violation', 'fraud', NEVER, REVIEW],
  ['64', 'transaction_not_allowed', 'hard', NEVER, REVIEW],
  ['65', 'withdrawal_count_limit_exceeded', 'soft', DAY, LATER],
  ['70', 'online_or_offline_pin_required', 'authenticate', NEVER, CARD],
  ['74', 'processing_error', 'technical', ONCE_NEXT_DAY, LATER],
  ['75', 'pin_try_exceeded', 'soft', ONCE_IN_THREE_DAYS, CARD],
  ['76', 'processing_error', 'technical', NEVER, WAIT],
  ['78', 'generic_decline', 'soft', FROM_THREE_DAYS, CARD, OLDER],
  ['79', 'generic_decline', 'technical', DAY, CARD],
  ['80', 'processing_error', 'technical', NEVER, WAIT],
  ['81', 'processing_error', 'technical', ONCE_NEXT_DAY, LATER],
  ['82', 'incorrect_cvc', 'new_data', NEW_DATA, CARD],
  ['83', 'fraudulent', 'fraud', NEVER, REVIEW, PHASED],
  ['86', 'incorrect_pin', 'soft', ONCE_NEXT_DAY, CARD],
  ['91', 'issuer_not_available', 'technical', OUTAGE, WAIT],
  ['92', 'issuer_not_available', 'technical', afterHours(6, 24), WAIT],
  ['93', 'transaction_not_allowed', 'hard', NEVER, REVIEW, OLDER],
  ['94', 'duplicate_transaction', 'reconcile', NEVER, WAIT],
  ['96', 'processing_error', 'technical', OUTAGE, WAIT],
  ['1A', 'authentication_required', 'authenticate', NEVER, CARD],
  ['5C', 'card_not_supported', 'hard', ONCE_IN_THREE_DAYS, CARD, ['CIE', 'YUN']],
  ['6P', 'incorrect_zip', 'new_data', NEW_DATA, CARD],
  ['9G', 'not_permitted', 'soft', FROM_THREE_DAYS, CARD, ['CIE', 'YUN']],
  ['B1', 'invalid_amount', 'set_up', FIXED_SET_UP, REVIEW],
  ['N0', 'issuer_not_available', 'technical', afterHours(1), WAIT],
  ['N3', 'transaction_not_allowed', 'hard', NEVER, CARD],
  ['N4', 'card_velocity_exceeded', 'soft', DAY, LATER],
  ['N7', 'incorrect_cvc', 'new_data', NEW_DATA, CARD],
  ['N8', 'invalid_amount', 'hard', NEVER, REVIEW],
  ['Q1', 'authentication_required', 'authenticate', NEVER, CARD],
  ['R0', 'stop_payment_order', 'stop', NEVER, REVIEW],
  ['R1', 'revocation_of_authorization', 'stop', NEVER, REVIEW],
  ['R3', 'revocation_of_all_authorizations', 'stop', NEVER, REVIEW],
  ['Z3', 'issuer_not_available', 'technical', afterHours(1), WAIT],
  ['Z6', 'service_not_allowed', 'set_up', FIXED_SET_UP, REVIEW],
]

/** Action codes of ISO 8583:1993, which American Express uses. */
const AMEX_ROWS: readonly Row[] = [
  ['002', 'generic_decline', 'soft', PAYDAY, LATER, TRADE],
  ['100', 'do_not_honor', 'soft', afterHours(24, 72, 168), LATER],
  ['101', 'expired_card', 'new_data', NEW_DATA, CARD],
  ['102', 'fraudulent', 'fraud', NEVER, REVIEW, ['FIS', 'NEX']],
  ['104', 'restricted_card', 'hard', NEVER, CARD, ['FIS', 'NEX']],
  ['106', 'pin_try_exceeded', 'soft', ONCE_IN_THREE_DAYS, CARD],
  ['107', 'call_issuer', 'soft', DAY, LATER],
  ['109', 'service_not_allowed', 'set_up', FIXED_SET_UP, REVIEW],
  ['110', 'invalid_amount', 'hard', NEVER, REVIEW],
  ['111', 'incorrect_number', 'new_data', NEW_DATA, CARD],
  ['115', 'transaction_not_allowed', 'hard', NEVER, CARD],
  ['116', 'insufficient_funds', 'soft', PAYDAY, LATER],
  ['117', 'incorrect_pin', 'new_data', NEW_DATA, CARD],
  ['119', 'not_permitted', 'hard', NEVER, CARD],
  ['121', 'card_velocity_exceeded', 'soft', DAY, LATER, TRADE],
  ['122', 'incorrect_cvc', 'new_data', NEW_DATA, CARD, TRADE],
  ['130', 'authentication_required', 'authenticate', NEVER, CARD, TRADE],
  ['181', 'processing_error', 'technical', FIXED_SET_UP, WAIT, TRADE],
  ['200', 'pickup_card', 'fraud', NEVER, REVIEW, TRADE],
  ['911', 'issuer_not_available', 'technical', OUTAGE, WAIT, TRADE],
  ['912', 'issuer_not_available', 'technical', OUTAGE, WAIT, TRADE],
]

const BY_ISO: ReadonlyMap<string, IsoKnowledge> = new Map(
  [...known(NETWORK_ROWS, NETWORK_SOURCES), ...known(AMEX_ROWS, AMEX_SOURCES)].map((row) => [
    row.isoCode,
    row,
  ]),
)

function known(rows: readonly Row[], ofTable: readonly Source[]): IsoKnowledge[] {
  return rows.map(([isoCode, code, nature, retry, recommendedAction, sources = ofTable]) => ({
    isoCode,
    code,
    nature,
    retry,
    recommendedAction,
    sources,
  }))
}

/** A response code in any case of letters, with or without its leading zero. Null for approvals and the unknown. */
export function findIsoCode(isoCode: string): IsoKnowledge | null {
  const written = isoCode.trim().toUpperCase()
  return BY_ISO.get(written) ?? BY_ISO.get(written.padStart(2, '0')) ?? null
}

export function listIsoCodes(): readonly IsoKnowledge[] {
  return [...BY_ISO.values()]
}
