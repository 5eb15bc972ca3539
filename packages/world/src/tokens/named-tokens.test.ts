import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listDeclineCodes } from '../judging/decline-codes.ts'
import { readNamedToken } from './named-tokens.ts'

/** What a token's name says, in one line. */
function read(token: string): string {
  const named = readNamedToken(token)
  if (named.kind !== 'named') return named.kind
  const { behaviour, instrument } = named
  const face = instrument.brand ?? instrument.type
  switch (behaviour.kind) {
    case 'approve':
      return `${face} approve ${instrument.expMonth}/${instrument.expYear}${advised(behaviour)}`
    case 'decline': {
      const { isoCode, code, adviceCode } = behaviour.decline
      return `${face} ${isoCode} ${code}${adviceCode === null ? '' : ` advice ${adviceCode}`}`
    }
    case 'decline_after':
      return `${face} ${behaviour.decline.code} after ${behaviour.approvals}${advised(behaviour)}`
    case 'decline_until':
      return `${face} ${behaviour.decline.code} until ${new Date(behaviour.untilLocal).toISOString().slice(0, 10)}`
    case 'timeout':
      return `${face} timeout ${behaviour.charged ? 'charged' : 'not charged'}`
    case 'world':
      return `world ${behaviour.number ?? 'any'}`
    case 'bank': {
      const returned = behaviour.returned?.returnCode ?? 'settles'
      const days = behaviour.returnedAfterDays
      const canceledAt = behaviour.canceledFromLocal
      if (canceledAt !== null) {
        return `${face} canceled ${new Date(canceledAt).toISOString().slice(0, 10)}`
      }
      return `${face} ${returned}${days === null ? '' : ` after ${days} days`}`
    }
    case 'nonsense':
      return `${face} nonsense ${behaviour.charged ? 'charged' : 'not charged'}`
    case 'slow':
      return `${face} slow ${behaviour.waitMs}`
    case 'dispute':
      return `${face} ${behaviour.disputeKind} ${behaviour.reason}`
    case 'refund':
      return `${face} refund ${behaviour.ending}`
    case 'update':
      return `${face} ${behaviour.change} ${new Date(behaviour.fromLocal).toISOString().slice(0, 10)}`
    case 'authenticate':
    case 'world_issuer':
      return `${face} ${behaviour.kind}`
  }
}

function advised({ adviceCode }: { readonly adviceCode?: string }): string {
  return adviceCode === undefined ? '' : ` with advice ${adviceCode}`
}

const rows: readonly (readonly [token: string, reading: string])[] = [
  ['tok_visa', 'visa approve 12/2039'],
  ['tok_visa_debit', 'visa approve 12/2039'],
  ['tok_mastercard', 'mastercard approve 12/2039'],
  ['tok_amex', 'amex approve 12/2039'],
  ['tok_discover', 'discover approve 12/2039'],
  ['tok_decline_insufficient_funds', 'visa 51 insufficient_funds'],
  ['tok_decline_do_not_honor', 'visa 05 do_not_honor'],
  ['tok_decline_generic_decline', 'visa 05 generic_decline'],
  ['tok_decline_issuer_not_available', 'visa 91 issuer_not_available'],
  ['tok_decline_processing_error', 'visa 96 processing_error'],
  ['tok_decline_51', 'visa 51 insufficient_funds'],
  ['tok_decline_5c', 'visa 5C card_not_supported'],
  ['tok_decline_R1', 'visa R1 revocation_of_authorization'],
  ['tok_decline_116', 'visa 116 insufficient_funds'],
  ['tok_decline_nonsense', 'malformed'],
  ['tok_decline_', 'unknown'],
  ['tok_decline_after_2_expired_card', 'visa expired_card after 2'],
  ['tok_decline_after_0_insufficient_funds', 'visa insufficient_funds after 0'],
  ['tok_decline_after_2_nonsense', 'malformed'],
  ['tok_decline_after_x_expired_card', 'malformed'],
  ['tok_decline_until_20270301_insufficient_funds', 'visa insufficient_funds until 2027-03-01'],
  ['tok_decline_until_20270229_insufficient_funds', 'malformed'],
  ['tok_decline_until_2027_insufficient_funds', 'malformed'],
  ['tok_ach_return_R10_after_5', 'us_bank_account R10 after 5 days'],
  ['tok_ach_return_AM04', 'malformed'],
  ['tok_sepa', 'bank_account settles'],
  ['tok_sepa_return_am04', 'bank_account AM04'],
  ['tok_sepa_return_MD06_after_20', 'bank_account MD06 after 20 days'],
  ['tok_sepa_return_R01', 'malformed'],
  ['tok_bacs', 'bacs_direct_debit settles'],
  ['tok_bacs_return_0', 'bacs_direct_debit 0'],
  ['tok_bacs_return_DDIC_after_30', 'bacs_direct_debit DDIC after 30 days'],
  ['tok_dispute_fraudulent', 'visa chargeback fraudulent'],
  ['tok_dispute_boredom', 'malformed'],
  ['tok_inquiry_unrecognized', 'visa inquiry unrecognized'],
  ['tok_early_warning', 'visa early_warning fraudulent'],
  ['tok_refund_pending', 'visa refund pending'],
  ['tok_refund_fail', 'visa refund fail'],
  ['tok_refund_fail_later', 'visa refund fail_later'],
  ['tok_updated_202705', 'visa updated 2027-05-01'],
  ['tok_updated_202713', 'malformed'],
  ['tok_closed_202705', 'visa closed 2027-05-01'],
  ['tok_contact_202705', 'visa contact_cardholder 2027-05-01'],
  ['tok_sepa_canceled_202705', 'bank_account canceled 2027-05-01'],
  ['tok_bacs_canceled_2027', 'malformed'],
  ['tok_nonsense', 'visa nonsense not charged'],
  ['tok_nonsense_charged', 'visa nonsense charged'],
  ['tok_slow_250', 'visa slow 250'],
  ['tok_slow_60001', 'malformed'],
  ['tok_timeout_charged', 'visa timeout charged'],
  ['tok_timeout_not_charged', 'visa timeout not charged'],
  ['tok_timeout_sometimes', 'malformed'],
  ['tok_authenticate', 'visa authenticate'],
  ['tok_expires_202703', 'visa approve 3/2027'],
  ['tok_expires_202713', 'malformed'],
  ['tok_expires_soon', 'malformed'],
  ['tok_world', 'world any'],
  ['tok_world_0', 'world 0'],
  ['tok_world_17', 'world 17'],
  ['tok_world_x', 'malformed'],
  ['tok_ach', 'us_bank_account settles'],
  ['tok_ach_return_R01', 'us_bank_account R01'],
  ['tok_ach_return_r29', 'us_bank_account R29'],
  ['tok_ach_return_51', 'malformed'],
  ['tok_advice_03', 'mastercard 05 do_not_honor advice 03'],
  ['tok_advice_1', 'mastercard 54 expired_card advice 01'],
  ['tok_advice_24', 'mastercard 51 insufficient_funds advice 24'],
  ['tok_advice_99', 'malformed'],
  ['tok_approved_advice_40', 'mastercard approve 12/2039 with advice 40'],
  ['tok_approved_advice_41', 'mastercard do_not_honor after 1 with advice 41'],
  ['tok_approved_advice_43', 'mastercard approve 12/2039 with advice 43'],
  ['tok_approved_advice_40_then_51', 'mastercard insufficient_funds after 1 with advice 40'],
  ['tok_approved_advice_40_then_nonsense', 'malformed'],
  ['tok_approved_advice_03', 'malformed'],
  ['pm_a', 'unknown'],
  ['tok_1NxAbc', 'unknown'],
  ['__proto__', 'unknown'],
]

for (const [token, reading] of rows) {
  test(`${token} reads: ${reading}`, () => assert.equal(read(token), reading))
}

test('every documented decline code has a token', () => {
  const codes = listDeclineCodes()
  assert.ok(codes.length >= 50)
  for (const code of codes) assert.match(read(`tok_decline_${code}`), new RegExp(` ${code}$`))
})
