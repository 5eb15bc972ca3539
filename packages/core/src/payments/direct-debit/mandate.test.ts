import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isUuid } from '../../ids/index.ts'
import {
  comparePlainDates,
  formatPlainDate,
  instantFromMs,
  parsePlainDate,
} from '../../time/index.ts'
import { planLateNotice } from './collection.ts'
import { isIndemnityClaim } from './indemnity-claim.ts'
import { checkBankAccount } from './mandate-account.ts'
import { addBankingDays, isBankingDay, planCollection } from './mandate-dates.ts'
import { moveMandate, type Mandate, type MandateMove, type MandateStatus } from './mandate.ts'

function day(text: string) {
  const parsed = parsePlainDate(text)
  assert.ok(parsed !== null, text)
  return parsed
}

const plans: readonly (readonly [string, string | null, string, string | null])[] = [
  // today, wanted, notice submission collection settlement, reason
  ['2027-03-01', null, '2027-03-01 2027-03-04 2027-03-08 2027-03-11', null],
  ['2027-03-01', '2027-03-05', '2027-03-01 2027-03-04 2027-03-08 2027-03-11', 'too_early'],
  ['2027-03-01', '0001-01-01', '2027-03-01 2027-03-04 2027-03-08 2027-03-11', 'too_early'],
  ['2027-03-06', null, '2027-03-08 2027-03-11 2027-03-15 2027-03-18', null], // a Saturday
  ['2027-03-01', '2027-03-13', '2027-03-08 2027-03-11 2027-03-15 2027-03-18', null], // Saturday
  // Good Friday and Easter Monday of 2027 are 26 and 29 March.
  ['2027-03-01', '2027-03-26', '2027-03-19 2027-03-24 2027-03-30 2027-04-02', null],
  ['2026-12-22', null, '2026-12-22 2026-12-29 2026-12-31 2027-01-06', null],
  ['2027-03-01', '2029-03-01', '2027-03-01 2027-03-04 2027-03-08 2027-03-11', 'too_far'],
]
for (const [today, wanted, dates, reason] of plans) {
  test(`on ${today}, a debit wanted ${wanted ?? 'soon'} has its dates`, () => {
    const plan = planCollection(day(today), wanted === null ? null : day(wanted))
    const { noticeOn, submissionOn, collectionOn, settlementOn } = plan
    const shown = [noticeOn, submissionOn, collectionOn, settlementOn].map(formatPlainDate)
    assert.deepEqual([shown.join(' '), plan.ineligibleReason], [dates, reason])
  })
}

test('money moves on banking days alone, never before its notice, and two days after the file', () => {
  const dates = fc
    .date({ min: new Date('2025-01-01'), max: new Date('2030-06-30'), noInvalidDate: true })
    .map((date) => day(date.toISOString().slice(0, 10)))
  fc.assert(
    fc.property(dates, dates, (today, wanted) => {
      const plan = planCollection(today, wanted)
      const { noticeOn, submissionOn, collectionOn, settlementOn } = plan
      const all = [noticeOn, submissionOn, collectionOn, settlementOn]
      assert.ok(all.every(isBankingDay))
      assert.ok(comparePlainDates(noticeOn, today) >= 0)
      assert.deepEqual(addBankingDays(submissionOn, 2), collectionOn)
      assert.deepEqual(addBankingDays(noticeOn, 5), collectionOn)
      assert.ok(comparePlainDates(collectionOn, settlementOn) < 0)
    }),
  )
})

const accounts: readonly (readonly [string, string, string])[] = [
  ['20-00-00', '12345678', ''],
  ['200000', '12345678', ''],
  ['20000', '12345678', 'sort_code_invalid'],
  ['08-99-99', '66374958', ''],
  ['08-99-99', '66374959', 'modulus_check_failed'],
  ['000000', '12345678', 'sort_code_invalid'],
  ['200000', '1234567x', 'account_number_invalid'],
  ['abcdef', '00000000', 'sort_code_invalid account_number_invalid'],
]
for (const [sortCode, accountNumber, problems] of accounts) {
  test(`${sortCode} ${accountNumber}: ${problems === '' ? 'good' : problems}`, () => {
    assert.equal(checkBankAccount({ sortCode, accountNumber }).problems.join(' '), problems)
  })
}

const returns: readonly (readonly [string, boolean, boolean])[] = [
  // code, settled, claim
  ['DDIC', true, true],
  ['DDICA-1', false, true],
  ['refund_requested', true, true],
  ['0', true, false],
  ['ARUDD-1', true, false],
  ['late_failure_settled', true, false],
  ['refer_to_payer', false, false],
]
for (const [code, wasSettled, isClaim] of returns) {
  test(`${code} ${wasSettled ? 'after' : 'before'} its settlement: ${isClaim ? 'a claim' : 'a refusal'}`, () => {
    assert.equal(isIndemnityClaim({ code, wasSettled }), isClaim)
  })
}

const at = instantFromMs(1_800_000_000_000)
const id = '01890a5d-ac96-774b-bcce-b30200000001'
assert.ok(isUuid(id))
const pending: Mandate = {
  id,
  version: 1,
  ref: 'RK-ABC123',
  bureauReference: 'm_1',
  customerId: id,
  paymentMethodId: id,
  gatewayId: id,
  status: 'pending_lodgement',
  accountHolderName: 'Ada',
  sortCodeLast2: '00',
  accountNumberLast4: '5678',
  bankName: null,
  statementName: null,
  noticeDays: 5,
  backupPaymentMethodId: null,
  failureReason: null,
  mandateRequestId: null,
  invoiceId: null,
  checkAt: at,
  activatedAt: null,
  suspendedAt: null,
  cancelledAt: null,
  createdAt: at,
  updatedAt: at,
}

const MOVES: readonly MandateMove[] = [
  { kind: 'activate' },
  { kind: 'reject', reason: 'no account' },
  { kind: 'suspend' },
  { kind: 'reinstate', bureauReference: 'm_2', checkAt: at },
  { kind: 'cancel', reason: null },
]
const outcomes: readonly (readonly [MandateStatus, string])[] = [
  ['pending_lodgement', 'active failed - - cancelled'],
  ['active', '- - suspended - cancelled'],
  ['suspended', '- - - pending_lodgement cancelled'],
  ['cancelled', '- - - - -'],
  ['failed', '- - - - -'],
]
for (const [status, results] of outcomes) {
  test(`${status}: activate, reject, suspend, reinstate, cancel give ${results}`, () => {
    const given = MOVES.map((move) => moveMandate({ ...pending, status }, move, at)?.status ?? '-')
    assert.equal(given.join(' '), results)
  })
}

test('only a pending mandate is asked about', () => {
  for (const move of MOVES) {
    const moved = moveMandate({ ...pending, status: 'suspended' }, move, at)
    if (moved !== null) assert.equal(moved.checkAt !== null, moved.status === 'pending_lodgement')
  }
})

test('a payer who is told late has as many days as one who is told in time', () => {
  const planned = planCollection(day('2027-04-03'), null) // a Saturday: told on Monday the fifth
  assert.equal(planLateNotice(planned, day('2027-04-05')), null)
  const late = planLateNotice(planned, day('2027-04-06'))
  assert.deepEqual(late, planCollection(day('2027-04-06'), null))
  assert.deepEqual(late?.collectionOn, day('2027-04-13'))
})
