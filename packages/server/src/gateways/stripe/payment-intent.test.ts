import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toOutcome } from './payment-intent.ts'

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
