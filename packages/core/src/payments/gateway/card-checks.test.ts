import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { avsLetter, settleAttempt, withChecks, type CheckMark } from '../index.ts'
import { APPROVED, DECLINED, SILENCE, at, attemptIn } from '../test-payment.ts'

const MARKS: readonly CheckMark[] = ['match', 'no_match', 'unknown']

/** Rows: the street; columns: the postal code, in the order of MARKS. */
const LETTERS: Readonly<Record<CheckMark, readonly string[]>> = {
  match: ['Y', 'A', 'B'],
  no_match: ['Z', 'N', 'N'],
  unknown: ['P', 'N', 'U'],
}

for (const street of MARKS) {
  test(`an address whose street is told as ${street} has the letter of the networks`, () => {
    deepEqual(MARKS.map((postalCode) => avsLetter({ street, postalCode })), LETTERS[street]) // prettier-ignore
  })
}

test('checks are one letter each, and nothing where nothing was said', () => {
  deepEqual(withChecks({ avs: ' y', cvv: 'm' }), { cardChecks: { avs: 'Y', cvv: 'M' } })
  deepEqual(withChecks({ avs: null, cvv: 'N' }), { cardChecks: { avs: null, cvv: 'N' } })
  deepEqual(withChecks({ avs: '', cvv: 'not sent' }), {})
})

test('an attempt keeps what was checked, approved or declined, and silence erases nothing', () => {
  const now = at('2027-02-03')
  const checks = { cardChecks: { avs: 'N', cvv: 'M' } }
  for (const outcome of [APPROVED, DECLINED]) {
    if (outcome.kind !== 'succeeded' && outcome.kind !== 'declined') continue
    const decision = settleAttempt(attemptIn('sending'), { ...outcome, ...checks }, now)
    deepEqual(decision.kind === 'settled' && decision.attempt.cardChecks, checks.cardChecks)
  }
  const checked = { ...attemptIn('pending'), ...checks }
  const waiting = settleAttempt(checked, SILENCE, now)
  equal(waiting.kind === 'waiting' && waiting.attempt.cardChecks?.avs, 'N')
  const settled = settleAttempt(checked, APPROVED, now)
  equal(settled.kind === 'settled' && settled.attempt.cardChecks?.cvv, 'M')
})
