import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { mayCloseByHand } from './close-by-hand.ts'

const ROWS = [
  // status, attempts, of a renewal, may be closed
  ['finalized', 0, true, false], // RecurringPending
  ['sent', 0, false, false], // OneTimePaymentPending
  ['overdue', 1, true, true], // Recycle
  ['finalized', 1, false, true], // Pending
  ['partially_paid', 2, true, true],
  ['draft', 0, false, true],
  ['pending_approval', 0, false, true],
  ['draft', 0, true, false],
  ['paid', 1, true, false],
  ['void', 1, true, false],
  ['uncollectible', 16, true, false],
] as const

test('a bill is closed by hand while it is owed after it has been tried', () => {
  for (const [status, attemptsMade, isOfRenewal, expected] of ROWS)
    equal(mayCloseByHand({ status, attemptsMade, isOfRenewal }), expected, `${status} ${attemptsMade}`) // prettier-ignore
})
