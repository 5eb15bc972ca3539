import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findIsoCode, type Decline } from '../../declines/index.ts'
import { parseCurrency } from '../../money/index.ts'
import { addMs, MS_PER_HOUR, parseInstant, type Instant } from '../../time/index.ts'
import { askRetryRule, strictest } from './retry-rule.ts'
import type { GuardAnswer } from './ask-guard.ts'

const NOW = parseInstant('2027-03-03T10:00:00Z') as Instant
const at = (hours: number): Instant => addMs(NOW, hours * MS_PER_HOUR)

function declineOf(isoCode: string, adviceCode: string | null = null): Decline {
  const code = findIsoCode(isoCode)?.code ?? assert.fail(isoCode)
  return { code, isoCode, adviceCode, message: null }
}

function toldOf(answer: GuardAnswer): string {
  if (answer.kind === 'allowed') return 'free'
  if (answer.kind === 'never') return `never: ${answer.rule}`
  return `after ${(answer.until - NOW) / MS_PER_HOUR} h`
}

type Row = readonly [string, string | null, afterOne: string, afterTwo: string]

/** The response code and advice of a refusal; what it leaves; what it leaves when it comes again a day later. */
const ROWS: readonly Row[] = [
  ['05', null, 'free', 'free'],
  ['51', null, 'free', 'free'],
  ['61', null, 'free', 'free'],
  ['91', null, 'free', 'free'],
  ['76', null, 'never: retry_never', 'never: retry_never'],
  ['80', null, 'never: retry_never', 'never: retry_never'],
  ['94', null, 'never: retry_never', 'never: retry_never'],
  ['30', null, 'never: retry_set_up', 'never: retry_set_up'],
  ['03', null, 'never: retry_set_up', 'never: retry_set_up'],
  ['58', null, 'never: retry_set_up', 'never: retry_set_up'],
  ['21', null, 'after 24 h', 'never: retry_once'],
  ['25', null, 'after 24 h', 'never: retry_once'],
  ['74', null, 'after 24 h', 'never: retry_once'],
  ['81', null, 'after 24 h', 'never: retry_once'],
  ['86', null, 'after 24 h', 'never: retry_once'],
  ['75', null, 'after 72 h', 'never: retry_once'],
  ['106', null, 'after 72 h', 'never: retry_once'],
  ['5C', null, 'after 72 h', 'never: retry_once'],
  ['78', null, 'after 72 h', 'after 96 h'],
  ['9G', null, 'after 72 h', 'after 96 h'],
  ['1A', null, 'never: retry_authenticate', 'never: retry_authenticate'],
  ['05', '02', 'after 72 h', 'after 96 h'],
  ['51', '02', 'free', 'free'],
  ['05', '04', 'never: retry_never', 'never: retry_never'],
  ['05', '22', 'never: retry_set_up', 'never: retry_set_up'],
  ['74', '24', 'after 1 h', 'after 25 h'],
]

for (const [isoCode, advice, afterOne, afterTwo] of ROWS) {
  const told = advice === null ? isoCode : `${isoCode} with advice ${advice}`
  test(`after ${told}: ${afterOne}; after it came twice: ${afterTwo}`, () => {
    const decline = declineOf(isoCode, advice)
    const first = { at: NOW, decline }
    assert.equal(toldOf(askRetryRule([first])), afterOne)
    assert.equal(toldOf(askRetryRule([first, { at: at(24), decline }])), afterTwo)
  })
}

test('a prepaid card that cannot be loaded again is not waited for to have money', () => {
  const paid = { amountMinor: 1_000n, currency: parseCurrency('USD') ?? assert.fail(), decline: null } // prettier-ignore
  const told = (approvalAdvice: string | null, isoCode: string): string => {
    const history = [
      { ...paid, at: at(-720), approvalAdvice },
      { ...paid, at: at(-1) },
    ]
    const card = { network: 'mastercard', country: 'US', history }
    return toldOf(askRetryRule([{ at: NOW, decline: declineOf(isoCode) }], card))
  }
  assert.equal(told('40', '51'), 'never: retry_prepaid')
  assert.equal(told('40', '05'), 'free')
  assert.equal(told('43', '51'), 'free')
  assert.equal(told(null, '51'), 'free')
})

test('the last answer decides, and an answer that came in between uses nothing up', () => {
  const matched = { at: NOW, decline: declineOf('74') }
  const short = { at: at(24), decline: declineOf('51') }
  assert.equal(toldOf(askRetryRule([])), 'free')
  assert.equal(toldOf(askRetryRule([matched, short])), 'free')
  assert.equal(toldOf(askRetryRule([short, { ...matched, at: at(48) }])), 'after 72 h')
  assert.equal(toldOf(askRetryRule([matched, short, { ...matched, at: at(48) }])), 'never: retry_once') // prettier-ignore
  assert.equal(toldOf(askRetryRule([matched, { at: at(24), decline: null }])), 'free')
})

test('of two answers the one that forbids more holds, and a wait that is over is none', () => {
  const free: GuardAnswer = { kind: 'allowed' }
  const basis = { since: null, source: '' }
  const until = (hours: number): GuardAnswer => ({ kind: 'until', rule: 'r', reason: '', basis, until: at(hours) }) // prettier-ignore
  const never: GuardAnswer = { kind: 'never', rule: 'r', reason: '', basis }
  const both = (one: GuardAnswer, other: GuardAnswer) => [
    toldOf(strictest(one, other, NOW)),
    toldOf(strictest(other, one, NOW)),
  ]
  assert.deepEqual(both(free, free), ['free', 'free'])
  assert.deepEqual(both(until(1), until(3)), ['after 3 h', 'after 3 h'])
  assert.deepEqual(both(until(-1), free), ['free', 'free'])
  assert.deepEqual(both(until(1), never), ['never: r', 'never: r'])
  assert.deepEqual(both(free, never), ['never: r', 'never: r'])
})
