import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classifyDecline } from './classify-decline.ts'
import { listIsoCodes } from './iso-codes.ts'
import { declineOfTold } from './told-decline.ts'

/** Dialect, what the biller tells, what it becomes, the network's code that it stands for, what kind of "no" it is. */
const ROWS = [
  ['stripe', 'insufficient_funds', 'insufficient_funds', null, 'soft'],
  ['stripe', 'Expired_Card', 'expired_card', null, 'new_data'],
  ['simulated', '51', 'insufficient_funds', '51', 'soft'],
  ['simulated', ' r0 ', 'stop_payment_order', 'R0', 'stop'],
  ['simulated', '100', 'do_not_honor', '100', 'soft'],
  ['simulated', '101', 'expired_card', '101', 'new_data'],
  ['simulated', '102', 'fraudulent', '102', 'fraud'],
  ['stripe', '116', 'insufficient_funds', '116', 'soft'],
  ['braintree', '200', 'pickup_card', '200', 'fraud'],
  ['simulated', '911', 'issuer_not_available', '911', 'technical'],
  ['nmi', '200', 'do_not_try_again', null, 'hard'],
  ['nmi', '102', 'fraudulent', '102', 'fraud'],
  ['authnet', '121', 'gateway_error', null, 'technical'],
  ['adyen', '12', 'insufficient_funds', null, 'soft'],
  ['adyen', '05', 'do_not_honor', '05', 'soft'],
] as const

test('what a biller tells is its gateway’s code, one of ours, or the network’s own', () => {
  for (const [dialect, told, code, isoCode, nature] of ROWS) {
    const found = declineOfTold(dialect, told)
    assert.ok(found !== null)
    assert.deepEqual([found.code, found.isoCode], [code, isoCode], `${dialect} ${told}`)
    assert.equal(classifyDecline(found).nature, nature, `${dialect} ${told}`)
  }
})

test('every response code of a network is taken for what it is', () => {
  for (const { isoCode, code, nature } of listIsoCodes()) {
    const told = declineOfTold('stripe', isoCode) ?? assert.fail(isoCode)
    assert.deepEqual([told.code, told.isoCode, classifyDecline(told).nature], [code, isoCode, nature]) // prettier-ignore
  }
})

test('nothing told is no refusal', () => {
  assert.deepEqual([null, '', '  '].map((told) => declineOfTold('stripe', told)), [null, null, null]) // prettier-ignore
})
