import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findAdviceCode, listAdviceCodes } from './advice-codes.ts'
import { declineCodeOfReturn, listReturnCodes, RETURN_CODES } from './bank-return-codes.ts'
import { classifyDecline } from './classify-decline.ts'
import { isDeclineCode, knowledgeOf, listDeclineCodes } from './decline-codes.ts'
import { holdsAt, ruleDay } from './dated-row.ts'
import { DECLINE_DIALECTS, listGatewayCodes } from './gateways/tables.ts'
import { findIsoCode, listIsoCodes } from './iso-codes.ts'
import { MASTERCARD_MEANINGS } from './network-meanings.ts'
import { nameSources, SOURCES, UNPUBLISHED, type Source } from './sources.ts'
import { findVisaCategory, VISA_CATEGORY_ROWS } from './visa-categories.ts'

/** Codes with one nature, one end: the table of the product's decline guide, section 6. */
const GUIDE = {
  'soft retry_later':
    'approve_with_id call_issuer do_not_honor generic_decline card_declined try_again_later no_action_taken card_velocity_exceeded withdrawal_count_limit_exceeded card_decline_rate_limit_exceeded insufficient_funds',
  'soft request_card_update': 'pin_try_exceeded',
  'authenticate request_card_update':
    'authentication_not_handled authentication_required mobile_device_authentication_required incorrect_pin invalid_pin offline_pin_required online_or_offline_pin_required',
  'hard request_card_update':
    'card_not_supported currency_not_supported do_not_try_again not_permitted transaction_not_allowed',
  'set_up request_card_update': 'service_not_allowed',
  'reconcile monitor': 'duplicate_transaction',
  'new_data request_card_update':
    'expired_card invalid_expiry_month invalid_expiry_year incorrect_number invalid_number invalid_account new_account_information_available incorrect_cvc invalid_cvc incorrect_zip incorrect_address',
  'fraud manual_review':
    'fraudulent merchant_blacklist security_violation highest_risk_level lost_card stolen_card pickup_card restricted_card',
  'set_up manual_review': 'invalid_amount',
  'technical monitor': 'issuer_not_available processing_error reenter_transaction',
  'stop manual_review': 'revocation_of_authorization revocation_of_all_authorizations stop_payment_order',
  'unknown monitor': 'testmode_decline',
} // prettier-ignore

test('every code of the guide has the nature and the end that the guide gives it', () => {
  for (const [expected, codes] of Object.entries(GUIDE)) {
    for (const code of codes.split(' ')) {
      assert.ok(isDeclineCode(code), code)
      const { nature, recommendedAction } = knowledgeOf(code)
      assert.equal(`${nature} ${recommendedAction}`, expected, code)
    }
  }
})

/** Every response code of the guide's master table and of its three-digit one, with Visa's category in November 2026. */
const ISO =
  `01:4 02:4 03:2 04:1 05:4 06:4 07:1 10 12:1 13:4 14:1 15:1 19:2 21 25 28 30 39:2 41:1 43:1 46:1 51:2 52:2
  53:2 54:3 55:3 57:1 58:4 59:2 61:2 62:2 63 64:4 65:2 70:3 74:4 75:2 76 78:2 79:4 80:4 81:4 82:3 83:2 86:2 91:2 92
  93:2 94 96:2 1A:3 5C:2 6P:3 9G:2 B1 N0:4 N3:2 N4:2 N7:3 N8 Q1 R0:1 R1:1 R3:1 Z3:4 Z6:2
  002 100 101 102 104 106 107 109 110 111 115 116 117 119 121 122 130 181 200 911 912`.split(/\s+/)

function categoryOn(day: string, isoCode: string) {
  return findVisaCategory({ isoCode }, ruleDay(day))?.category
}

test('every response code of the guide is known, with the category that Visa gives it', () => {
  assert.equal(listIsoCodes().length, ISO.length)
  for (const row of ISO) {
    const [isoCode = '', category] = row.split(':')
    const found = findIsoCode(isoCode)
    assert.equal(found?.isoCode, isoCode, row)
    assert.equal(String(categoryOn('2026-11-22', isoCode) ?? undefined), String(category), row)
  }
})

test("Visa's categories are those of the day of the refusal", () => {
  const days = ['2025-04-10', '2025-04-11', '2026-10-24', '2026-10-25'] as const
  const of = (isoCode: string) => days.map((day) => categoryOn(day, isoCode))
  assert.deepEqual(of('57'), [1, 1, 1, 1])
  assert.deepEqual(of('83'), [null, null, null, 2])
  assert.deepEqual(of('5C'), [undefined, 2, 2, 2])
  assert.deepEqual(of('51'), [2, 2, 2, 2])
  const bases = days.map((day) => findVisaCategory({ isoCode: '57' }, ruleDay(day))?.sources[0])
  assert.deepEqual(bases, ['CKO', 'CKO', 'CKO', 'TAB-V'])
})

test('of each code one row holds at a time', () => {
  for (const { isoCodes } of VISA_CATEGORY_ROWS) assert.ok(isoCodes.length > 0)
  const ends = VISA_CATEGORY_ROWS.flatMap(({ from, until }) => (until === null ? [from] : [from, until]))
  for (const at of ends)
    for (const { isoCode } of listIsoCodes()) {
      const holding = VISA_CATEGORY_ROWS.filter((row) => row.isoCodes.includes(isoCode) && holdsAt(row, at))
      assert.ok(holding.length <= 1, isoCode)
    }
}) // prettier-ignore

/** What every row of every table says of where it comes from. */
function listSources(): (readonly [row: string, sources: readonly Source[]])[] {
  return [
    ...listDeclineCodes().map((code) => [code, knowledgeOf(code).sources] as const),
    ...listIsoCodes().map(({ isoCode, sources }) => [isoCode, sources] as const),
    ...[...MASTERCARD_MEANINGS].map(([isoCode, { sources }]) => [`Mastercard ${isoCode}`, sources] as const),
    ...VISA_CATEGORY_ROWS.map(({ isoCodes, sources }) => [`Visa ${isoCodes.join(' ')}`, sources] as const),
    ...listAdviceCodes().map(({ adviceCode, sources }) => [`advice ${adviceCode}`, sources] as const),
    ...RETURN_CODES.flatMap(({ codes, sources }) => Object.keys(codes).map((code) => [code, sources] as const)),
    ...DECLINE_DIALECTS.flatMap((dialect) =>
      listGatewayCodes(dialect).map(({ raw, sources }) => [`${dialect} ${raw}`, sources] as const),
    ),
  ]
} // prettier-ignore

test('every row of every table tells where it comes from', () => {
  const known = new Set<string>([...Object.keys(SOURCES), ...Object.keys(UNPUBLISHED)])
  const rows = listSources()
  assert.ok(rows.length > 800, String(rows.length))
  for (const [row, sources] of rows) {
    assert.ok(sources.length > 0, row)
    for (const source of sources) assert.ok(known.has(source), `${row}: ${source}`)
    assert.notEqual(nameSources(sources), '', row)
  }
  for (const address of Object.values(SOURCES)) assert.ok(URL.canParse(address), address)
})

test('the sources of a row are those that the guide gives it', () => {
  const found = new Map(listSources())
  const told = (row: string) => found.get(row)?.join(' ')
  assert.equal(told('51'), 'VSPEC CKO PRI')
  assert.equal(told('5C'), 'CIE YUN')
  assert.equal(told('57'), 'CKO FOR YUN TAB-V')
  assert.equal(told('Mastercard 79'), 'TRADE')
  assert.equal(told('102'), 'FIS NEX')
  assert.equal(told('116'), 'FIS')
  assert.equal(told('911'), 'TRADE')
  assert.equal(told('insufficient_funds'), 'STR STR-L')
  assert.equal(told('pickup_card'), 'STR STR-L STR-SR')
  assert.equal(told('gateway_timeout'), 'OWN')
  assert.equal(told('braintree 2001'), 'BT-A BT-Y')
  assert.equal(told('checkout 20051'), 'CKO-R')
  const ofList = listDeclineCodes().filter((code) => knowledgeOf(code).sources.includes('STR-L'))
  const there = listGatewayCodes('stripe').filter(({ sources }) => sources.includes('STR-L'))
  assert.deepEqual(ofList.toSorted(), there.map(({ code }) => code).toSorted())
})

test('a response code is known in any case of letters and without its leading zero', () => {
  assert.equal(findIsoCode('r1')?.code, 'revocation_of_authorization')
  assert.equal(findIsoCode('5')?.code, 'do_not_honor')
  assert.equal(findIsoCode('00'), null)
  assert.equal(findIsoCode('ZZ'), null)
})

test('every advice code of the network is known, however a gateway writes it', () => {
  const expected = '01 02 03 04 21 22 24 25 26 27 28 29 30 40 41 42 43'
  assert.equal(listAdviceCodes().map(({ adviceCode }) => adviceCode).join(' '), expected) // prettier-ignore
  assert.equal(findAdviceCode('3')?.adviceCode, '03')
  assert.equal(findAdviceCode('01 : New account information available')?.adviceCode, '01')
  assert.equal(findAdviceCode('355'), null)
  assert.equal(findAdviceCode('try later'), null)
})

/** Code, ISO code, advice; then nature, when to try again, what is left to do in the end. */
const CLASSES = [
  ['insufficient_funds', '51', null, 'soft payday retry_later'],
  ['insufficient_funds', '51', '26', 'soft from 48 retry_later'],
  ['insufficient_funds', '51', '02', 'soft payday retry_later'],
  ['do_not_honor', '05', '02', 'soft from 72 retry_later'],
  ['processing_error', '76', null, 'technical never monitor'],
  ['processing_error', '74', null, 'technical once 24 retry_later'],
  ['do_not_honor', '05', '04', 'technical new_data monitor'],
  ['insufficient_funds', '51', '03', 'hard never manual_review'],
  ['do_not_honor', '05', '01', 'new_data new_data request_card_update'],
  ['do_not_honor', '05', '43', 'soft after 0,24,72,168 retry_later'],
  ['restricted_card', null, null, 'fraud never manual_review'],
  ['restricted_card', '62', null, 'hard never request_card_update'],
  ['stolen_card', '43', '02', 'fraud never manual_review'],
  ['revocation_of_authorization', 'R1', '24', 'stop never manual_review'],
  // the gateway says another name than the response code: its own counts
  ['highest_risk_level', '05', null, 'fraud never manual_review'],
  ['invalid_pin', '05', null, 'authenticate never request_card_update'],
  ['not_permitted', '9G', null, 'soft from 72 request_card_update'],
  ['what_is_this', null, null, 'unknown once 24 retry_later'],
] as const

test('a refusal is classified by its code, its response code and its advice together', () => {
  for (const [code, isoCode, adviceCode, expected] of CLASSES) {
    const found = classifyDecline({ code, isoCode, adviceCode, message: null })
    const { retry } = found
    const when = 'hours' in retry ? `${retry.when} ${String(retry.hours)}` : retry.when
    assert.equal(`${found.nature} ${when} ${found.recommendedAction}`, expected, code)
  }
})

test('Mastercard means something else by a few response codes, and its advice counts more', () => {
  const meant = (isoCode: string, country: string | null, adviceCode: string | null = null) => {
    const code = findIsoCode(isoCode)?.code ?? assert.fail(isoCode)
    const decline = { code, isoCode, adviceCode, message: null }
    const of = (network: string) => classifyDecline(decline, { network, country }).nature
    return `${of('mastercard')}, Visa: ${of('visa')}`
  }
  assert.equal(meant('65', 'DE'), 'authenticate, Visa: soft')
  assert.equal(meant('65', 'GB'), 'authenticate, Visa: soft')
  assert.equal(meant('65', 'US'), 'soft, Visa: soft')
  assert.equal(meant('65', null), 'soft, Visa: soft')
  assert.equal(meant('79', 'US'), 'new_data, Visa: technical')
  assert.equal(meant('82', 'US'), 'hard, Visa: new_data')
  assert.equal(meant('79', 'US', '25'), 'soft, Visa: soft')
})

test('no code, response code and advice together ever lead back from fraud or a called-off payment', () => {
  const codes = fc.constantFrom(...listDeclineCodes())
  const isoCodes = fc.option(fc.constantFrom(...listIsoCodes().map(({ isoCode }) => isoCode)))
  const advice = fc.option(fc.constantFrom(...listAdviceCodes().map((row) => row.adviceCode)))
  fc.assert(
    fc.property(codes, isoCodes, advice, (code, isoCode, adviceCode) => {
      const found = classifyDecline({ code, isoCode, adviceCode, message: null })
      const plain = classifyDecline({ code, isoCode, adviceCode: null, message: null })
      if (plain.nature === 'fraud' || plain.nature === 'stop') {
        assert.equal(found.retry.when, 'never')
        assert.equal(found.nature, plain.nature)
      }
      if (adviceCode === '03' || adviceCode === '21') assert.equal(found.retry.when, 'never')
    }),
  )
})

test('a debit that a bank took back has a code, whatever the reason is called', () => {
  assert.equal(declineCodeOfReturn('R01'), 'insufficient_funds')
  assert.equal(declineCodeOfReturn('ac04'), 'invalid_account')
  assert.equal(declineCodeOfReturn('R99'), 'generic_decline')
  for (const code of listReturnCodes()) assert.ok(isDeclineCode(declineCodeOfReturn(code)), code)
})
