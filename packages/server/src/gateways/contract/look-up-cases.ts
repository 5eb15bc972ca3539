import assert from 'node:assert/strict'
import { chargeRequest, describe, pay } from './charge-on-stage.ts'
import type { ContractCases } from './contract-gateway.ts'

export const lookUpCases = {
  look_up_paid: {
    promise: 'a charge that was answered is found by its key',
    run: async (stage) => {
      const paid = await pay(stage)
      const found = await stage.port.lookUp(paid)
      assert(found.kind === 'found' && found.outcome.kind === 'succeeded', describe(found))
      assert.equal(found.outcome.gatewayReference, paid.gatewayReference)
      assert.equal(found.outcome.networkTransactionId, paid.networkTransactionId)
    },
  },
  look_up_declined: {
    promise: 'a refused charge is found refused, or not at all',
    run: async (stage) => {
      const request = chargeRequest(stage, { token: stage.cards.declined.token })
      await stage.port.charge(request)
      const found = await stage.port.lookUp(request)
      if (found.kind === 'absent') return
      assert(found.outcome.kind === 'declined', describe(found))
      assert.equal(found.outcome.decline.code, stage.cards.declined.code)
    },
  },
  look_up_never_sent: {
    promise: 'a charge that was never sent is absent',
    run: async (stage) => {
      assert.deepEqual(await stage.port.lookUp(chargeRequest(stage)), { kind: 'absent' })
    },
  },
  lost_answer: {
    promise: 'a charge whose answer is lost is unknown, then found by its key, and made once',
    run: async (stage) => {
      const { timeoutCharged } = stage.cards
      assert(timeoutCharged !== undefined, 'there is a token whose answer is lost')
      const request = chargeRequest(stage, { token: timeoutCharged })
      const outcome = await stage.port.charge(request)
      assert.equal(outcome.kind, 'unknown', describe(outcome))
      const found = await stage.port.lookUp(request)
      assert(found.kind === 'found', describe(found))
      assert(['succeeded', 'pending'].includes(found.outcome.kind), describe(found))
      await stage.port.charge(request)
      assert.equal((await stage.gateway.chargesUnder(request.idempotencyKey)).length, 1)
    },
  },
  lost_request: {
    promise: 'a charge that was lost on the way is unknown, then absent',
    run: async (stage) => {
      const { timeoutNotCharged } = stage.cards
      assert(timeoutNotCharged !== undefined, 'there is a token whose charge is lost')
      const request = chargeRequest(stage, { token: timeoutNotCharged })
      const outcome = await stage.port.charge(request)
      assert.equal(outcome.kind, 'unknown', describe(outcome))
      assert.deepEqual(await stage.port.lookUp(request), { kind: 'absent' })
    },
  },
} as const satisfies ContractCases
