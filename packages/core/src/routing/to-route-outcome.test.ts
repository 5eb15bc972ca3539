import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseInstant } from '../time/index.ts'
import { toRouteOutcome } from './to-route-outcome.ts'

const AT = parseInstant('2026-11-22T12:00:00Z') ?? assert.fail()

describe('what a refusal means for a route', () => {
  const rows = [
    { code: 'insufficient_funds', isoCode: '51', says: 'declined' },
    { code: 'do_not_honor', isoCode: '05', says: 'declined' },
    { code: 'expired_card', isoCode: '54', says: 'declined' },
    { code: 'incorrect_number', isoCode: '14', says: 'final' }, // category 1 of Visa
    { code: 'nobody_knows_it', isoCode: null, says: 'declined' },
    { code: 'stolen_card', isoCode: '43', says: 'final' },
    { code: 'revocation_of_authorization', isoCode: 'R1', says: 'final' },
    { code: 'transaction_not_allowed', isoCode: null, says: 'final' },
    { code: 'invalid_account', isoCode: null, says: 'final' },
    { code: 'duplicate_transaction', isoCode: null, says: 'final' },
    { code: 'communication_error', isoCode: null, says: 'error' },
    { code: 'gateway_unreachable', isoCode: null, says: 'error' },
    { code: 'merchant_inactive', isoCode: null, says: 'error' },
  ]
  for (const { code, isoCode, says } of rows) {
    it(`${code}: ${says}`, () => {
      const outcome = toRouteOutcome({ code, isoCode, adviceCode: null, message: null }, AT)
      const isFinal = outcome.kind === 'declined' && outcome.isFinal
      assert.equal(isFinal ? 'final' : outcome.kind, says)
    })
  }

  it('lets the advice of the network make a soft decline final', () => {
    const decline = { code: 'do_not_honor', isoCode: '05', adviceCode: '03', message: null }
    assert.deepEqual(toRouteOutcome(decline, AT), {
      kind: 'declined',
      code: 'do_not_honor',
      isFinal: true,
    })
  })
})
