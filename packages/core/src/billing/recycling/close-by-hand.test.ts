import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { mayCloseByHand } from './close-by-hand.ts'

const ROWS = [
  // status, attempts, recycled, of a renewal, may be closed
  ['finalized', 0, false, true, false], // RecurringPending
  ['sent', 0, false, false, false], // OneTimePaymentPending
  ['overdue', 1, true, true, true], // Recycle
  ['overdue', 0, true, true, true], // Recycle, with nothing to charge
  ['finalized', 1, false, false, true], // Pending
  ['partially_paid', 2, true, true, true],
  ['draft', 0, false, false, true],
  ['pending_approval', 0, false, false, true],
  ['draft', 0, false, true, false],
  ['paid', 1, false, true, false],
  ['void', 1, false, true, false],
  ['uncollectible', 16, false, true, false],
] as const

test('a bill is closed by hand while it is owed after it has been tried', () => {
  for (const [status, attemptsMade, isRecycled, isOfRenewal, expected] of ROWS) {
    const bill = { status, attemptsMade, isRecycled, isOfRenewal }
    equal(mayCloseByHand(bill), expected, JSON.stringify(bill))
  }
})
