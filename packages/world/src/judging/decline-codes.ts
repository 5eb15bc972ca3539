import { assert } from '@perennial/core/fault'

/**
 * Refusals as they go over the wire. Codes and their pairing: the master table of ISO 8583 response
 * codes and Stripe-style names that the product's decline guide documents; three-digit codes are
 * American Express' (ISO 8583:1993).
 */

export interface Decline {
  /**
   * ISO 8583 response code; null where a gateway or a bank debit refuses without a card network.
   */
  readonly isoCode: string | null
  /** Stripe-style name. */
  readonly code: string
  /** Mastercard merchant advice code. */
  readonly adviceCode: string | null
  /** Of a returned bank debit: R01 and its like. */
  readonly returnCode: string | null
  readonly message: string
}

/**
 * ISO code, name. The first row of a name is the ISO code that the name stands for when it is asked
 * for by name.
 */
const isoCodes: readonly (readonly [isoCode: string, code: string])[] = [
  ['01', 'call_issuer'],
  ['02', 'call_issuer'],
  ['58', 'service_not_allowed'],
  ['03', 'service_not_allowed'],
  ['Z6', 'service_not_allowed'],
  ['04', 'pickup_card'],
  ['07', 'pickup_card'],
  ['05', 'do_not_honor'],
  ['96', 'processing_error'],
  ['06', 'processing_error'],
  ['25', 'processing_error'],
  ['30', 'processing_error'],
  ['74', 'processing_error'],
  ['76', 'processing_error'],
  ['80', 'processing_error'],
  ['81', 'processing_error'],
  ['57', 'transaction_not_allowed'],
  ['12', 'transaction_not_allowed'],
  ['64', 'transaction_not_allowed'],
  ['93', 'transaction_not_allowed'],
  ['N3', 'transaction_not_allowed'],
  ['13', 'invalid_amount'],
  ['B1', 'invalid_amount'],
  ['N8', 'invalid_amount'],
  ['14', 'incorrect_number'],
  ['15', 'invalid_number'],
  ['19', 'reenter_transaction'],
  ['21', 'no_action_taken'],
  ['91', 'issuer_not_available'],
  ['28', 'issuer_not_available'],
  ['92', 'issuer_not_available'],
  ['N0', 'issuer_not_available'],
  ['Z3', 'issuer_not_available'],
  ['46', 'invalid_account'],
  ['39', 'invalid_account'],
  ['52', 'invalid_account'],
  ['53', 'invalid_account'],
  ['41', 'lost_card'],
  ['43', 'stolen_card'],
  ['51', 'insufficient_funds'],
  ['54', 'expired_card'],
  ['55', 'incorrect_pin'],
  ['86', 'incorrect_pin'],
  ['59', 'fraudulent'],
  ['83', 'fraudulent'],
  ['61', 'card_velocity_exceeded'],
  ['N4', 'card_velocity_exceeded'],
  ['62', 'restricted_card'],
  ['63', 'security_violation'],
  ['65', 'withdrawal_count_limit_exceeded'],
  ['70', 'online_or_offline_pin_required'],
  ['75', 'pin_try_exceeded'],
  ['10', 'generic_decline'],
  ['78', 'generic_decline'],
  ['79', 'generic_decline'],
  ['N7', 'incorrect_cvc'],
  ['82', 'incorrect_cvc'],
  ['6P', 'incorrect_zip'],
  ['94', 'duplicate_transaction'],
  ['1A', 'authentication_required'],
  ['Q1', 'authentication_required'],
  ['5C', 'card_not_supported'],
  ['9G', 'not_permitted'],
  ['R0', 'stop_payment_order'],
  ['R1', 'revocation_of_authorization'],
  ['R3', 'revocation_of_all_authorizations'],
  ['002', 'generic_decline'],
  ['100', 'do_not_honor'],
  ['101', 'expired_card'],
  ['102', 'fraudulent'],
  ['104', 'restricted_card'],
  ['106', 'pin_try_exceeded'],
  ['107', 'call_issuer'],
  ['109', 'service_not_allowed'],
  ['110', 'invalid_amount'],
  ['111', 'incorrect_number'],
  ['115', 'transaction_not_allowed'],
  ['116', 'insufficient_funds'],
  ['117', 'incorrect_pin'],
  ['119', 'not_permitted'],
  ['121', 'card_velocity_exceeded'],
  ['122', 'incorrect_cvc'],
  ['130', 'authentication_required'],
  ['181', 'processing_error'],
  ['200', 'pickup_card'],
  ['911', 'issuer_not_available'],
  ['912', 'issuer_not_available'],
]

/** Names that gateways use without a response code of their own, and the code that carries them. */
const codesByNameOnly: readonly (readonly [code: string, isoCode: string | null])[] = [
  ['generic_decline', '05'],
  ['card_declined', '05'],
  ['try_again_later', '05'],
  ['do_not_try_again', '57'],
  ['approve_with_id', null],
  ['authentication_not_handled', '1A'],
  ['mobile_device_authentication_required', '1A'],
  ['currency_not_supported', null],
  ['card_decline_rate_limit_exceeded', null],
  ['invalid_expiry_month', '54'],
  ['invalid_expiry_year', '54'],
  ['merchant_blacklist', '59'],
  ['highest_risk_level', '59'],
  ['new_account_information_available', '54'],
  ['invalid_cvc', 'N7'],
  ['incorrect_address', '6P'],
  ['invalid_pin', '55'],
  ['offline_pin_required', '70'],
  ['testmode_decline', null],
]

const messages: Readonly<Record<string, string>> = {
  insufficient_funds: 'The card has insufficient funds.',
  expired_card: 'The card has expired.',
  incorrect_cvc: "The card's security code is incorrect.",
  incorrect_number: 'The card number is incorrect.',
  processing_error: 'An error occurred while processing the card.',
  issuer_not_available: 'The card issuer could not be reached.',
  authentication_required: 'The customer must authenticate this payment.',
  card_velocity_exceeded: 'The card has reached its limit.',
  lost_card: 'The card was reported lost.',
  stolen_card: 'The card was reported stolen.',
  invalid_account: 'The card or its account is invalid.',
  fraudulent: 'The payment is suspected to be fraudulent.',
  card_not_supported: 'The card does not support this kind of purchase.',
  currency_not_supported: 'The card does not support this currency.',
}

const nameByIso = new Map(isoCodes)
const isoByName = new Map<string, string | null>([
  ...isoCodes.map(([isoCode, code]) => [code, isoCode] as const).toReversed(),
  ...codesByNameOnly,
])

/** Advice that networks send with a refusal; the code says in which words the issuer refuses. */
const declineOfAdvice: Readonly<Record<string, string>> = {
  '01': 'expired_card',
  '02': 'do_not_honor',
  '03': 'do_not_honor',
  '04': 'do_not_honor',
  '21': 'revocation_of_authorization',
  '22': 'service_not_allowed',
  '24': 'insufficient_funds',
  '25': 'insufficient_funds',
  '26': 'insufficient_funds',
  '27': 'insufficient_funds',
  '28': 'insufficient_funds',
  '29': 'insufficient_funds',
  '30': 'insufficient_funds',
  '40': 'do_not_honor',
  '41': 'do_not_honor',
  '42': 'restricted_card',
  '43': 'do_not_honor',
}

/**
 * By Stripe-style name or by ISO 8583 code, in any case of letters. Null when neither table has it.
 */
export function findDecline(name: string): Decline | null {
  const upper = name.toUpperCase()
  const codeOfIso = nameByIso.get(upper)
  if (codeOfIso !== undefined) return toDecline(codeOfIso, upper)
  const lower = name.toLowerCase()
  const isoCode = isoByName.get(lower)
  return isoCode === undefined ? null : toDecline(lower, isoCode)
}

/** Fault: a name that neither table has. */
export function getDecline(name: string): Decline {
  const decline = findDecline(name)
  assert(decline !== null, `the tables of declines have ${name}`)
  return decline
}

/** The refusal that carries a Mastercard merchant advice code; null for codes that do not exist. */
export function findAdviceDecline(adviceCode: string): Decline | null {
  const padded = adviceCode.padStart(2, '0')
  const code = declineOfAdvice[padded]
  const decline = code === undefined ? null : findDecline(code)
  return decline === null ? null : { ...decline, adviceCode: padded }
}

/** NACHA return codes that say more than "returned". */
const declineOfReturn: Readonly<Record<string, string>> = {
  R01: 'insufficient_funds',
  R02: 'invalid_account',
  R03: 'invalid_account',
  R04: 'invalid_account',
  R05: 'revocation_of_authorization',
  R07: 'revocation_of_authorization',
  R08: 'stop_payment_order',
  R09: 'insufficient_funds',
  R10: 'revocation_of_authorization',
  R16: 'invalid_account',
  R20: 'invalid_account',
  R29: 'revocation_of_authorization',
}

/**
 * The refusal of a returned bank debit. No card network is involved, so it has no ISO 8583 code.
 */
export function toReturnDecline(returnCode: string): Decline {
  const code = declineOfReturn[returnCode] ?? 'generic_decline'
  const message = `The bank returned the debit with ${returnCode}.`
  return { isoCode: null, code, adviceCode: null, returnCode, message }
}

/** ISO 20022 reasons of returned SEPA debits (external code set, return reasons). */
const declineOfSepaReturn: Readonly<Record<string, string>> = {
  AC01: 'invalid_account',
  AC04: 'invalid_account',
  AC06: 'restricted_card',
  AC13: 'transaction_not_allowed',
  AG01: 'transaction_not_allowed',
  AG02: 'transaction_not_allowed',
  AM04: 'insufficient_funds',
  AM05: 'duplicate_transaction',
  BE05: 'invalid_account',
  FF01: 'processing_error',
  FF05: 'processing_error',
  MD01: 'revocation_of_authorization',
  MD06: 'revocation_of_authorization',
  MD07: 'invalid_account',
  MS02: 'do_not_honor',
  MS03: 'generic_decline',
  RC01: 'invalid_account',
  RR01: 'generic_decline',
  SL01: 'service_not_allowed',
}

/** ARUDD reasons of unpaid Bacs debits; DDIC: the payer claimed the money back under the guarantee. */
const declineOfBacsReturn: Readonly<Record<string, string>> = {
  '0': 'insufficient_funds',
  '1': 'revocation_of_authorization',
  '2': 'invalid_account',
  '3': 'invalid_account',
  '4': 'generic_decline',
  '5': 'invalid_account',
  '6': 'revocation_of_authorization',
  '7': 'invalid_amount',
  '8': 'invalid_amount',
  '9': 'invalid_amount',
  A: 'generic_decline',
  B: 'invalid_account',
  DDIC: 'revocation_of_authorization',
}

/** The refusal of a returned debit of any scheme; null for a code that the scheme does not have. */
export function findReturnDecline(
  scheme: 'ach' | 'sepa' | 'bacs',
  returnCode: string,
): Decline | null {
  if (scheme === 'ach') return /^R\d\d$/.test(returnCode) ? toReturnDecline(returnCode) : null
  const codes = scheme === 'sepa' ? declineOfSepaReturn : declineOfBacsReturn
  const code = Object.hasOwn(codes, returnCode) ? codes[returnCode] : undefined
  return code === undefined ? null : { ...toReturnDecline(returnCode), code }
}

export function listDeclineCodes(): string[] {
  return [...isoByName.keys()]
}

function toDecline(code: string, isoCode: string | null): Decline {
  const message = messages[code] ?? 'The card was declined.'
  return { isoCode, code, adviceCode: null, returnCode: null, message }
}
