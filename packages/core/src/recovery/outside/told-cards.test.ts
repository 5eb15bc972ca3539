import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addDays } from '../../time/index.ts'
import { openOutside } from './decide-outside.ts'
import type { OutsideCard } from './outside-view.ts'
import { handed, NOW, USD, viewOfCards } from './test-outside.ts'

const SHORT = { code: 'insufficient_funds', isoCode: null, adviceCode: null, message: null }
const PAID = { at: addDays(NOW, -30), amountMinor: 5000n, currency: USD, decline: null }
const PLAIN: OutsideCard = { network: 'mastercard', country: null, history: [] }

/** What becomes of a payment that was short of money on a card that was approved with that advice before. */
function openedAfter(
  approvalAdvice: string,
  given: { readonly fallbackTokens?: readonly string[]; readonly isElsewhere?: boolean } = {},
): string {
  const { fallbackTokens = [], isElsewhere = false } = given
  const told = [{ ...PAID, approvalAdvice }]
  const first = { ...PLAIN, ...(isElsewhere ? { elsewhere: told } : { history: told }) }
  const view = viewOfCards((token) => (token === 'first' ? first : PLAIN))
  const step = openOutside(handed({ firstDecline: SHORT, fallbackTokens }), view)
  const { state, token, recommendedAction, reason, plan } = step.recovery
  const words = [reason, ...(plan?.reasons ?? [])].join('\n')
  const advice = /^approved on .* advice (\d+)/m.exec(words)?.[1] ?? '-'
  return [state, token, recommendedAction ?? '-', advice].join(' ')
}

test('what the network told of a card with an approval ends its recovery, or goes on with the next card', () => {
  assert.equal(openedAfter('41'), 'failed first request_card_update 41')
  assert.equal(openedAfter('40'), 'failed first request_card_update 40')
  assert.equal(openedAfter('40', { fallbackTokens: ['second'] }), 'attempting second - -')
  assert.equal(openedAfter('43'), 'scheduled first monitor 43')
  assert.equal(openedAfter('03'), 'scheduled first monitor -')
})

test('what it told with a charge under another name counts as well', () => {
  for (const advice of ['40', '41', '43'])
    assert.equal(openedAfter(advice, { isElsewhere: true }), openedAfter(advice), advice)
})
