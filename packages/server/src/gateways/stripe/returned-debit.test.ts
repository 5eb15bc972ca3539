import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toReturnedDebit } from './returned-debit.ts'

const LOST = { id: 'dp_1', payment_intent: 'pi_1', status: 'lost' }
const CARD = { payment_method_details: { type: 'card', card: {} } }

const disputes: readonly (readonly [what: string, dispute: object, code: string | null])[] = [
  ['without funds', { ...LOST, reason: 'insufficient_funds' }, 'insufficient_funds'],
  ['with the bank’s code', { ...LOST, reason: 'insufficient_funds', network_reason_code: 'R09' }, 'R09'],
  ['not authorised', { ...LOST, reason: 'debit_not_authorized' }, 'revocation_of_authorization'],
  ['of a wrong account', { ...LOST, reason: 'incorrect_account_details' }, 'invalid_account'],
  ['that is not closed yet', { ...LOST, reason: 'insufficient_funds', status: 'needs_response' }, 'insufficient_funds'],
  ['that only asks', { ...LOST, reason: 'debit_not_authorized', status: 'warning_needs_response' }, null],
  ['of a card', { ...LOST, ...CARD, reason: 'fraudulent' }, null],
  ['of a card for a reason of debits', { ...LOST, ...CARD, reason: 'customer_initiated' }, null],
  ['of no charge', { ...LOST, payment_intent: null, reason: 'insufficient_funds' }, null],
] // prettier-ignore
for (const [what, dispute, code] of disputes) {
  test(`a dispute ${what} is ${code === null ? 'no returned debit' : `a return for ${code}`}`, () => {
    const expected = code === null ? null : { gatewayReference: 'pi_1', code, isGivenAgain: false }
    assert.deepEqual(toReturnedDebit(dispute), expected)
  })
}

test('a debit that was won back has been given again; a card’s dispute that was won has not', () => {
  const won = { ...LOST, reason: 'debit_not_authorized', status: 'won' }
  assert.equal(toReturnedDebit(won)?.isGivenAgain, true)
  assert.equal(toReturnedDebit({ ...won, ...CARD }), null)
})
