import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toDecline, toOutcome } from './payment-intent.ts'

const refused = { code: 'card_declined', decline_code: 'insufficient_funds' }

const intents: readonly (readonly [intent: object, kind: string])[] = [
  [{ status: 'succeeded' }, 'succeeded'],
  [{ status: 'requires_capture' }, 'succeeded'],
  [{ status: 'processing' }, 'pending'],
  [{ status: 'requires_payment_method', last_payment_error: refused }, 'declined'],
  // Seen by a look-up while the call that made it is still trying it.
  [{ status: 'requires_payment_method', last_payment_error: null }, 'unknown'],
  [{ status: 'requires_payment_method' }, 'unknown'],
  [{ status: 'requires_confirmation' }, 'unknown'],
  [{ status: 'canceled' }, 'declined'],
  [{ status: 'of the future' }, 'unknown'],
]
for (const [intent, kind] of intents) {
  test(`${JSON.stringify(intent)} is ${kind}`, () => {
    assert.equal(toOutcome({ id: 'pi_1', ...intent }).kind, kind)
  })
}

const advised: readonly (readonly [
  code: string,
  advice: string,
  expected: string,
  network?: string,
])[] = [
  ['generic_decline', 'do_not_try_again', 'do_not_try_again'],
  ['generic_decline', 'do_not_try_again', 'do_not_try_again', '05'],
  ['generic_decline', 'confirm_card_data', 'incorrect_number'],
  ['generic_decline', 'try_again_later', 'generic_decline'],
  ['generic_decline', 'of the future', 'generic_decline'],
  // What says more by itself stands.
  ['insufficient_funds', 'try_again_later', 'insufficient_funds'],
  ['generic_decline', 'do_not_try_again', 'lost_card', '41'],
  ['incorrect_cvc', 'confirm_card_data', 'incorrect_cvc'],
]
for (const [code, advice, expected, network] of advised) {
  test(`${code}${network === undefined ? '' : ` (${network})`} with the advice ${advice} is ${expected}`, () => {
    const error = { code: 'card_declined', decline_code: code, advice_code: advice }
    const told = toDecline({ ...error, ...(network && { network_decline_code: network }) })
    assert.equal(told.code, expected)
  })
}
