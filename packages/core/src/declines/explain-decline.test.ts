import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classifyDecline } from './classify-decline.ts'
import { listDeclineCodes } from './decline-codes.ts'
import { explainDecline } from './explain-decline.ts'
import { listIsoCodes } from './iso-codes.ts'
import { listAdviceCodes } from './advice-codes.ts'

/** Code, category, retryability, what the customer and the merchant can do, directive. */
const ROWS: readonly (readonly [string, string])[] = [
  ['insufficient_funds', 'insufficient_funds retry_later try_again schedule_retry none soft'],
  ['do_not_honor', 'generic_decline retry_later try_again schedule_retry none soft'],
  ['issuer_not_available', 'issuer_unavailable retry_later none schedule_retry none soft'],
  ['communication_error', 'communication_error retry_later none schedule_retry none soft'],
  ['duplicate_transaction', 'duplicate_transaction do_not_retry none schedule_retry none hard'],
  ['authentication_required', 'authentication_required do_not_retry contact_merchant collect_new_pm none hard'],
  ['expired_card', 'expired_card do_not_retry update_card collect_new_pm update_cardholder_data hard'],
  ['incorrect_cvc', 'invalid_cvv do_not_retry update_card collect_new_pm update_cardholder_data hard'],
  ['transaction_not_allowed', 'transaction_not_allowed do_not_retry use_other_method collect_new_pm none hard'],
  ['service_not_allowed', 'merchant_config_error do_not_retry contact_merchant fix_config none hard'],
  ['stolen_card', 'lost_or_stolen do_not_retry contact_bank fraud_review none hard'],
  ['revocation_of_authorization', 'stop_this_program do_not_retry contact_merchant stop_recurring stop_program hard'],
  ['revocation_of_all_authorizations', 'stop_all_recurring do_not_retry contact_merchant stop_recurring stop_all hard'],
  ['never_heard_of', 'generic_decline retry_later try_again schedule_retry none soft'],
] // prettier-ignore

const NO_MORE = { isoCode: null, adviceCode: null, message: null }

function lineOf(...asked: Parameters<typeof explainDecline>): string {
  const found = explainDecline(...asked)
  return [
    found.reason,
    found.retryability,
    found.customerAction,
    found.merchantAction,
    found.subscriptionDirective,
    found.declineType,
  ].join(' ')
}

test('a decline says whether another try helps, and what whoever can do', () => {
  for (const [code, expected] of ROWS) assert.equal(lineOf(code), expected, code)
})

test('a hard decline is an error, a soft one a warning', () => {
  assert.equal(explainDecline('expired_card').severity, 'error')
  assert.equal(explainDecline('insufficient_funds').severity, 'warn')
})

test('advice of the network ends the tries that the code alone would allow, and never starts them', () => {
  const rows = [
    ['do_not_honor', '03', 'generic_decline do_not_retry use_other_method collect_new_pm none hard'],
    ['do_not_honor', '21', 'generic_decline do_not_retry contact_merchant stop_recurring stop_program hard'],
    ['do_not_honor', '01', 'generic_decline do_not_retry update_card collect_new_pm update_cardholder_data hard'],
    ['insufficient_funds', '26', 'insufficient_funds retry_later try_again schedule_retry none soft'],
    ['stolen_card', '02', 'lost_or_stolen do_not_retry contact_bank fraud_review none hard'],
  ] as const // prettier-ignore
  for (const [code, advice, expected] of rows)
    assert.equal(lineOf({ ...NO_MORE, code, adviceCode: advice }), expected, `${code} ${advice}`)
})

test('a response code counts more than the name that it goes by, and its network knows what it means', () => {
  const rows = [
    ['not_permitted', null, 'visa', 'transaction_not_allowed do_not_retry use_other_method collect_new_pm none hard'],
    ['not_permitted', '9G', 'visa', 'transaction_not_allowed retry_later try_again schedule_retry none soft'],
    ['card_not_supported', '5C', 'visa', 'unsupported_card retry_later use_other_method collect_new_pm none hard'],
    ['withdrawal_count_limit_exceeded', '65', 'visa', 'over_limit retry_later try_again schedule_retry none soft'],
    ['withdrawal_count_limit_exceeded', '65', 'mastercard', 'over_limit do_not_retry contact_merchant collect_new_pm none hard'],
    ['processing_error', '30', 'visa', 'processor_error do_not_retry contact_merchant fix_config none hard'],
  ] as const // prettier-ignore
  for (const [code, isoCode, network, expected] of rows) {
    const told = lineOf({ ...NO_MORE, code, isoCode }, { network, country: 'DE' })
    assert.equal(told, expected, `${code} ${isoCode} ${network}`)
  }
})

test('what is tried again says so, and nothing else does', () => {
  const declines = [
    ...listDeclineCodes().map((code) => ({ ...NO_MORE, code })),
    ...listIsoCodes().map(({ isoCode, code }) => ({ ...NO_MORE, code, isoCode })),
    ...listAdviceCodes().map(({ adviceCode }) => ({
      ...NO_MORE,
      code: 'do_not_honor',
      adviceCode,
    })),
  ]
  for (const decline of declines) {
    const { when } = classifyDecline(decline).retry
    const isEnd = when === 'never' || when === 'new_data' || when === 'fixed_set_up'
    const { retryability } = explainDecline(decline)
    assert.equal(retryability, isEnd ? 'do_not_retry' : 'retry_later', JSON.stringify(decline))
  }
})

test('a customer is never told that a card is thought lost, stolen or misused', () => {
  for (const code of [
    'lost_card',
    'stolen_card',
    'pickup_card',
    'fraudulent',
    'merchant_blacklist',
  ])
    assert.equal(explainDecline(code).customerMessageKey, 'payment.generic_decline', code)
  assert.equal(explainDecline('expired_card').customerMessageKey, 'payment.expired_card')
})
