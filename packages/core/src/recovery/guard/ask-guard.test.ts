import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { findIsoCode, nameSources, ruleDay, SOURCES } from '../../declines/index.ts'
import { isUuid, type Uuid } from '../../ids/index.ts'
import { parseCurrency } from '../../money/index.ts'
import { addMs, formatInstant, MS_PER_HOUR, parseInstant, type Instant } from '../../time/index.ts'
import { askGuard, type GuardQuestion, type PastAttempt } from './ask-guard.ts'
import { COUNT_RULES, PAUSE_RULES, STOP_RULES, type CardNetwork } from './network-rules.ts'

const NOW = parseInstant('2026-11-22T12:00:00Z') as Instant
const USD = parseCurrency('USD') ?? assert.fail('USD is a currency')

function gatewayId(digits: string): Uuid {
  const id = `00000000-0000-7000-8000-0000000000${digits}`
  return isUuid(id) ? id : assert.fail('two digits make an id')
}

function declined(
  hoursAgo: number,
  isoCode: string,
  adviceCode: string | null = null,
): PastAttempt {
  const code = isoCode === '51' ? 'insufficient_funds' : 'do_not_honor'
  const decline = { code, isoCode, adviceCode, message: null }
  return { at: addMs(NOW, -hoursAgo * MS_PER_HOUR), amountMinor: 1_000n, currency: USD, decline }
}

function question(
  network: CardNetwork,
  history: readonly PastAttempt[],
  over: Partial<GuardQuestion> = {},
): GuardQuestion {
  return { network, country: 'US', history, amountMinor: 1_000n, currency: USD, at: NOW, ...over }
}

const approved = (hoursAgo: number, approvalAdvice: string | null = null): PastAttempt => ({
  ...declined(hoursAgo, '51'),
  decline: null,
  approvalAdvice,
})

/** Refused without a network's answer: by the gateway, or on the way there. */
function failed(hoursAgo: number, code: string): PastAttempt {
  return { ...declined(hoursAgo, '51'), decline: { ...NOTHING_TOLD, code } }
}

const NOTHING_TOLD = { code: '', isoCode: null, adviceCode: null, message: null }

const byCustomer = (past: readonly PastAttempt[]): PastAttempt[] =>
  past.map((attempt) => ({ ...attempt, isCustomerPresent: true }))

const times = (count: number, hoursApart: number, isoCode = '51'): PastAttempt[] =>
  Array.from({ length: count }, (_, index) => declined((count - index) * hoursApart, isoCode))

const [STRICT, GENEROUS, SILENT] = [gatewayId('07'), gatewayId('08'), gatewayId('09')]
const CAPS = new Map([
  [STRICT, 15],
  [GENEROUS, 20],
])

describe('the card-network guard', () => {
  test('an answer tells what it stands on, as that was on the day of the refusal', () => {
    const on = (day: string, isoCode: string, adviceCode: string | null = null) => {
      const past = { ...declined(0, isoCode, adviceCode), at: ruleDay(day) }
      const answer = askGuard(question('visa', [past], { at: ruleDay(day) }))
      if (answer.kind === 'allowed') assert.fail('it forbids')
      const { since, source } = answer.basis
      return [answer.rule, since === null ? null : formatInstant(since).slice(0, 10), source]
    }
    const visa = `Visa: no reattempt of category 1, and a fee for each (${SOURCES.WP}, ${SOURCES.TAB})`
    const before = nameSources(['CKO', 'FOR', 'YUN'])
    assert.deepEqual(on('2026-10-24', '57'), ['visa_category_1', null, `${visa}; 57: ${before}`])
    const after = `${visa}; 57: ${SOURCES['TAB-V']}`
    assert.deepEqual(on('2026-10-25', '57'), ['visa_category_1', '2026-10-25', after])
    const optimizer = nameSources(['TAB-AO', 'BT-MC'])
    assert.deepEqual(on('2026-10-25', '51', '26'), ['advised_delay', null, optimizer])
    const counted = askGuard(question('visa', times(15, 40)))
    assert.equal(counted.kind === 'until' ? counted.basis.since : null, ruleDay('2025-05-19'))
  })

  const cases: readonly (readonly [string, GuardQuestion, string])[] = [
    ['a first charge is free', question('visa', []), 'allowed'],
    ['Visa, 14 tries of the amount in 30 days', question('visa', times(14, 48)), 'allowed'],
    ['Visa, 15 tries of the amount in 30 days', question('visa', times(15, 40)), 'visa_30_days'],
    [
      'Visa, 15 tries, of a merchant who may make 20',
      question('visa', times(15, 40), { visaAttemptsMax: 20 }),
      'allowed',
    ],
    [
      'Visa, 20 tries, of a merchant who may make 20',
      question('visa', times(20, 30), { visaAttemptsMax: 20 }),
      'visa_30_days',
    ],
    [
      'Visa, 20 tries, of a merchant who wants more than the network allows',
      question('visa', times(20, 30), { visaAttemptsMax: 99 }),
      'visa_30_days',
    ],
    [
      'Visa, 15 tries, at the gateway whose acquirer allows 20',
      question('visa', times(15, 40), { visaAttemptsOf: CAPS, gatewayIds: [GENEROUS] }),
      'allowed',
    ],
    [
      'Visa, 15 tries, at any of two gateways, one of which allows 20',
      question('visa', times(15, 40), { visaAttemptsOf: CAPS, gatewayIds: [STRICT, GENEROUS] }),
      'allowed',
    ],
    [
      'Visa, 15 tries, at the gateway that allows no more, of a merchant who may make 20',
      question('visa', times(15, 40), {
        visaAttemptsMax: 20,
        visaAttemptsOf: CAPS,
        gatewayIds: [STRICT],
      }),
      'visa_30_days',
    ],
    [
      'Visa, 15 tries, at a gateway that tells nothing, of a merchant who may make 20',
      question('visa', times(15, 40), {
        visaAttemptsMax: 20,
        visaAttemptsOf: CAPS,
        gatewayIds: [SILENT],
      }),
      'allowed',
    ],
    [
      'American Express, 15 tries, of a merchant who may try Visa 20 times',
      question('amex', times(15, 40), { visaAttemptsMax: 20 }),
      'others_30_days',
    ],
    [
      'Visa, a card that its issuer blocks for now (5C), of which one more try is left',
      question('visa', [
        {
          ...declined(500, '5C'),
          decline: { ...NOTHING_TOLD, code: 'card_not_supported', isoCode: '5C' },
        },
      ]),
      'allowed',
    ],
    [
      'Visa, 15 tries of another amount',
      question('visa', times(15, 40), { amountMinor: 999n }),
      'allowed',
    ],
    [
      'Visa, 15 tries of which the oldest is 31 days old',
      question('visa', times(15, 49.7)),
      'allowed',
    ],
    ['Mastercard, 8 tries in a day', question('mastercard', times(8, 2)), 'allowed'],
    ['Mastercard, 9 tries in a day', question('mastercard', times(9, 2)), 'mastercard_24_hours'],
    [
      'Mastercard, 34 tries in 30 days',
      question('mastercard', times(34, 20)),
      'mastercard_30_days',
    ],
    [
      'Mastercard in Brazil, 7 tries in a month',
      question('mastercard', times(7, 72), { country: 'BR' }),
      'mastercard_brazil_month',
    ],
    [
      'Mastercard advises never (03)',
      question('mastercard', [declined(500, '05', '03')]),
      'advice_stop',
    ],
    [
      'the cardholder cancelled (21)',
      question('mastercard', [declined(500, '05', '21')]),
      'advice_stop',
    ],
    [
      'a virtual number for a single use, which an approval has spent (41)',
      question('mastercard', [approved(5_000, '41'), approved(500)]),
      'single_use',
    ],
    [
      'the same with the customer there, and another expiry since',
      question('mastercard', [approved(500, '41')], { isCustomerPresent: true, dataAt: NOW }),
      'single_use',
    ],
    [
      'a prepaid card (40) and a virtual number for several uses (43), approved',
      question('mastercard', [approved(500, '40'), approved(400, '43')]),
      'allowed',
    ],
    [
      'approved, with advice that says nothing of the card (03)',
      question('mastercard', [approved(500, '03'), approved(400, '26')]),
      'allowed',
    ],
    [
      'advice 27 asks for four days, one is over',
      question('mastercard', [declined(24, '51', '27')]),
      'advised_delay',
    ],
    [
      'advice 27 asks for four days, five are over',
      question('mastercard', [declined(120, '51', '27')]),
      'allowed',
    ],
    [
      'American Express, an hour after a decline',
      question('amex', [declined(1, '51')]),
      'others_pause',
    ],
    ['American Express, a day after a decline', question('amex', [declined(25, '51')]), 'allowed'],
    [
      'American Express, an hour after a decline, with the customer there',
      question('amex', [declined(1, '51')], { isCustomerPresent: true }),
      'allowed',
    ],
    [
      'American Express, an hour after its gateway failed',
      question('amex', [failed(1, 'gateway_error')]),
      'allowed',
    ],
    [
      'American Express, an hour after no gateway could be reached',
      question('amex', [failed(1, 'gateway_unreachable')]),
      'allowed',
    ],
    [
      'Mastercard, 20 approvals in a day',
      question(
        'mastercard',
        Array.from({ length: 20 }, () => approved(5)),
      ),
      'allowed',
    ],
    [
      'Mastercard, 9 refusals and an approval in a day',
      question('mastercard', [...times(9, 2), approved(1)]),
      'mastercard_24_hours',
    ],
    [
      'Visa, 15 tries and then an approval',
      question('visa', [...times(15, 40), approved(1)]),
      'allowed',
    ],
    ['Visa, 15 tries of the customer', question('visa', byCustomer(times(15, 40))), 'allowed'],
    [
      'Visa, 15 tries of the customer, who tries again',
      question('visa', byCustomer(times(15, 40)), { isCustomerPresent: true }),
      'visa_30_days',
    ],
    ['a card that had expired', question('visa', [failed(500, 'expired_card')]), 'new_data'],
    [
      'a card that had expired, with its new date',
      question('visa', [failed(500, 'expired_card')], { dataAt: addMs(NOW, -MS_PER_HOUR) }),
      'allowed',
    ],
    [
      'a stolen card, with a new date',
      question('visa', [declined(500, '43')], { dataAt: addMs(NOW, -MS_PER_HOUR) }),
      'visa_category_1',
    ],
  ]
  for (const [name, asked, rule] of cases) {
    test(`${name}: ${rule}`, () => {
      const answer = askGuard(asked)
      assert.equal(answer.kind === 'allowed' ? 'allowed' : answer.rule, rule)
    })
  }

  test('before 19 May 2025 nobody could have made more than fifteen tries of a Visa card', () => {
    const at = parseInstant('2025-05-18T12:00:00Z') as Instant // a literal
    const history = times(15, 40).map((past) => ({ ...past, at: addMs(past.at, at - NOW) }))
    const asked = { ...question('visa', history, { visaAttemptsMax: 20 }), at }
    assert.equal(askGuard(asked).kind, 'until')
  })

  test('a stop is asked by the day of the refusal, and not by that of the question', () => {
    const refusedOn = (day: string, isoCode: string) => {
      const decline = { ...NOTHING_TOLD, code: 'do_not_honor', isoCode }
      const at = parseInstant(`${day}T12:00:00Z`) ?? assert.fail(day)
      return askGuard(question('visa', [{ at, amountMinor: 5n, currency: USD, decline }])).kind
    }
    for (const day of ['2026-10-24', '2026-10-26'])
      assert.deepEqual([refusedOn(day, '57'), refusedOn(day, '83')], ['never', 'allowed'], day)
    assert.equal(refusedOn('1999-12-31', '57'), 'allowed') // from before the first row
  })

  test('every rule says where it comes from, and since when it holds', () => {
    for (const { id, source, from, until } of [...COUNT_RULES, ...PAUSE_RULES, ...STOP_RULES]) {
      assert.match(source, /https:\/\/|own/, id)
      assert.ok(until === null || until > from, id)
    }
  })

  test('a Visa category 1 answer closes the card for good', () => {
    for (const isoCode of [
      '04',
      '07',
      '12',
      '14',
      '15',
      '41',
      '43',
      '46',
      '57',
      'R0',
      'R1',
      'R3',
    ]) {
      const code = findIsoCode(isoCode)?.code ?? assert.fail(isoCode)
      const decline = { code, isoCode, adviceCode: null, message: null }
      const past = { at: addMs(NOW, -5_000 * MS_PER_HOUR), amountMinor: 5n, currency: USD, decline }
      assert.equal(askGuard(question('visa', [past])).kind, 'never', isoCode)
    }
  })

  test('what is not yet allowed is allowed at the instant that it names', () => {
    const attempt = fc.record({
      hoursAgo: fc.integer({ min: 1, max: 1_000 }),
      isoCode: fc.constantFrom('51', '05', '91'),
      adviceCode: fc.constantFrom(null, '02', '24', '26', '30'),
    })
    const network = fc.constantFrom<CardNetwork>('visa', 'mastercard', 'amex', 'discover', 'other')
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 60 }), network, (past, name) => {
        const history = past
          .toSorted((a, b) => b.hoursAgo - a.hoursAgo)
          .map(({ hoursAgo, isoCode, adviceCode }) => declined(hoursAgo, isoCode, adviceCode))
        let asked = question(name, history)
        for (let answer = askGuard(asked); answer.kind === 'until'; answer = askGuard(asked)) {
          assert.ok(answer.until > asked.at)
          asked = { ...asked, at: answer.until }
        }
        assert.equal(askGuard(asked).kind, 'allowed')
      }),
    )
  })
})
