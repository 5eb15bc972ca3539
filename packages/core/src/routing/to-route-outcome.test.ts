import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toRouteOutcome } from './to-route-outcome.ts'

describe('what a refusal means for a route', () => {
  const rows = [
    { code: 'insufficient_funds', isoCode: '51', says: 'declined' },
    { code: 'do_not_honor', isoCode: '05', says: 'declined' },
    { code: 'expired_card', isoCode: '54', says: 'declined' },
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
      const outcome = toRouteOutcome({ code, isoCode, adviceCode: null, message: null })
      const isFinal = outcome.kind === 'declined' && outcome.isFinal
      assert.equal(isFinal ? 'final' : outcome.kind, says)
    })
  }

  it('lets the advice of the network make a soft decline final', () => {
    const decline = { code: 'do_not_honor', isoCode: '05', adviceCode: '03', message: null }
    assert.deepEqual(toRouteOutcome(decline), {
      kind: 'declined',
      code: 'do_not_honor',
      isFinal: true,
    })
  })
})
