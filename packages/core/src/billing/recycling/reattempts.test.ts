import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isUuid } from '../../ids/index.ts'
import { parseCurrency } from '../../money/index.ts'
import type { CardNetwork, PastAttempt } from '../../recovery/index.ts'
import { addDays, addMs, MS_PER_HOUR, parseInstant } from '../../time/index.ts'
import { findDenial } from '../charges/guard-charge.ts'
import { countingReattempts } from './reattempts.ts'

const FAILED_AT = parseInstant('2026-11-22T12:00:00Z') ?? assert.fail('an instant')
const USD = parseCurrency('USD') ?? assert.fail('a currency')
const METHOD = methodId()

function methodId() {
  const id = '01900000-0000-7000-8000-000000000001'
  assert(isUuid(id))
  return id
}

const refused = (code: string, adviceCode: string | null, daysAgo = 0): PastAttempt => ({
  at: addMs(addDays(FAILED_AT, -daysAgo), -1_000),
  amountMinor: 1_000n,
  currency: USD,
  decline: { code, isoCode: code === 'expired_card' ? '54' : '05', adviceCode, message: null },
})

/** Which rule forbids the run a day after the first failure. */
function ruleOfRun(network: CardNetwork, history: readonly PastAttempt[]): string | null {
  const cards = new Map([[METHOD, { network, country: 'US', history }]])
  const charge = { paymentMethodId: METHOD, amountMinor: 1_000n, currency: USD }
  const at = addMs(addDays(FAILED_AT, 1), -MS_PER_HOUR)
  return findDenial(countingReattempts(cards, FAILED_AT), { ...charge, at })?.rule ?? null
}

describe('a run over all methods of a recycled bill', () => {
  const cases: readonly (readonly [string, CardNetwork, PastAttempt, string | null])[] = [
    ['tries a card again that was refused softly', 'visa', refused('do_not_honor', null), null],
    [
      'leaves a card alone whose first refusal called for new data',
      'visa',
      refused('expired_card', null),
      'new_data',
    ],
    [
      'leaves a card alone whose network advised not to try again',
      'mastercard',
      refused('do_not_honor', '03'),
      'advice_stop',
    ],
    [
      'waits as long as the network advised',
      'mastercard',
      refused('do_not_honor', '29'),
      'advised_delay',
    ],
  ]
  for (const [promise, network, first, rule] of cases)
    test(promise, () => assert.equal(ruleOfRun(network, [first]), rule))

  test('does not count the first failure as a reattempt', () => {
    const earlier = Array.from({ length: 14 }, (_, index) =>
      refused('do_not_honor', null, 28 - index),
    )
    assert.equal(ruleOfRun('visa', [...earlier, refused('do_not_honor', null)]), null)
    assert.equal(
      ruleOfRun('visa', [
        refused('do_not_honor', null, 29),
        ...earlier,
        refused('do_not_honor', null),
      ]),
      'visa_30_days',
    )
  })
})
