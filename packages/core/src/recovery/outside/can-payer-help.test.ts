import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decline } from '../../declines/index.ts'
import { canPayerHelp, openOutside, settleOutside } from './decide-outside.ts'
import { handed, viewOfCards } from './test-outside.ts'

const VIEW = viewOfCards(() => ({ network: 'visa', country: null, history: [] }))

/** What a charge with the payer there was refused for, and whether another card helps (spec/revtain.md 6). */
const refusals: readonly (readonly [code: string, isoCode: string | null, helps: boolean])[] = [
  ['expired_card', null, true],
  ['incorrect_cvc', null, true],
  ['insufficient_funds', null, true],
  ['do_not_honor', null, true],
  ['card_not_supported', null, true],
  ['currency_not_supported', null, true],
  ['stop_payment_order', null, false],
  // The amount and the account of the merchant stay what they are.
  ['invalid_amount', null, false],
  ['invalid_amount', '13', false],
  ['merchant_inactive', null, false],
  ['service_not_allowed', null, false],
]

for (const [code, isoCode, helps] of refusals) {
  test(`${code} ${isoCode ?? ''}: a payer who is there ${helps ? 'can' : 'cannot'} help`, () => {
    const decline: Decline = { code, isoCode, adviceCode: null, message: null }
    let step = openOutside(handed({ isUrgent: true, isCustomerPresent: true }), VIEW)
    const refused = { kind: 'declined', decline, wasChallenged: false } as const
    while (step.isAttempting) step = settleOutside(step.recovery, refused, VIEW)
    assert.equal(step.recovery.state, 'failed')
    assert.equal(canPayerHelp(step.recovery), helps)
  })
}
