import assert from 'node:assert/strict'
import type { ChargeRequest } from '@perennial/core/payments'
import { AMOUNT_MINOR, chargeRequest, currency, describe, pay } from './charge-on-stage.ts'
import type { ContractCases, Stage } from './contract-gateway.ts'

export const chargeCases = {
  charge_approved: {
    promise: 'an approved charge is named by the gateway and made once',
    run: async (stage) => {
      const paid = await pay(stage)
      assert.notEqual(paid.gatewayReference, '')
      assert.equal((await stage.gateway.chargesUnder(paid.idempotencyKey)).length, 1)
    },
  },
  charge_declined: {
    promise: 'a refused charge says why, in our words, and moves nothing',
    run: async (stage) => {
      const { token, code } = stage.cards.declined
      await assertDeclined(stage, token, code)
    },
  },
  charge_insufficient_funds: {
    promise: 'a charge without funds is declined as insufficient_funds',
    run: (stage) => assertDeclined(stage, stage.cards.insufficientFunds, 'insufficient_funds'),
  },
  charge_unknown_token: {
    promise: 'a charge of a token that was never made moves nothing and is no outage',
    run: async (stage) => {
      const request = chargeRequest(stage, { token: stage.cards.unknown })
      assert.equal((await stage.port.charge(request)).kind, 'declined')
      assert.deepEqual(await stage.gateway.chargesUnder(request.idempotencyKey), [])
    },
  },
  charge_two_decimals: {
    promise: 'amount and currency reach the gateway exactly, with two decimals',
    run: (stage) => assertExact(stage, { amountMinor: 123_456n, currency: currency('USD') }),
  },
  charge_no_decimals: {
    promise: 'amount and currency reach the gateway exactly, without decimals',
    run: (stage) => assertExact(stage, { amountMinor: 1_500n, currency: currency('JPY') }),
  },
  charge_three_decimals: {
    promise: 'amount and currency reach the gateway exactly, with three decimals',
    run: (stage) => assertExact(stage, { amountMinor: 12_340n, currency: currency('KWD') }),
  },
  charge_pending: {
    promise: 'a bank debit is pending, and is found by its key',
    run: async (stage) => {
      const { pending } = stage.cards
      assert(pending !== undefined, 'there is a token of a bank account')
      const request = chargeRequest(stage, { token: pending })
      const outcome = await stage.port.charge(request)
      assert.equal(outcome.kind, 'pending', describe(outcome))
      const found = await stage.port.lookUp(request)
      assert.deepEqual(found, { kind: 'found', outcome })
    },
  },
  same_key_once: {
    promise: 'the same charge sent twice is made once and answered alike',
    run: async (stage) => {
      const request = chargeRequest(stage)
      const first = await stage.port.charge(request)
      const second = await stage.port.charge(request)
      assert.equal(second.kind, first.kind, describe(second))
      assert.equal(second.gatewayReference, first.gatewayReference)
      assert.equal((await stage.gateway.chargesUnder(request.idempotencyKey)).length, 1)
    },
  },
  same_key_at_once: {
    promise: 'the same charge sent twice at once is made once',
    run: async (stage) => {
      const request = chargeRequest(stage)
      await Promise.all([stage.port.charge(request), stage.port.charge(request)])
      assert.equal((await stage.gateway.chargesUnder(request.idempotencyKey)).length, 1)
    },
  },
  same_key_other_amount: {
    promise: 'a key that is used again with another amount moves no more money',
    run: async (stage) => {
      const request = chargeRequest(stage)
      await stage.port.charge(request)
      await stage.port.charge({ ...request, amountMinor: request.amountMinor * 2n })
      const seen = await stage.gateway.chargesUnder(request.idempotencyKey)
      assert.deepEqual(
        seen.map(({ amountMinor }) => amountMinor),
        [AMOUNT_MINOR],
      )
    },
  },
  network_id_given: {
    promise: "an approved charge brings the network's name for it",
    run: async (stage) => {
      const paid = await pay(stage, { initiation: 'first' })
      assert.notEqual(paid.networkTransactionId ?? '', '')
    },
  },
  network_id_sent: {
    promise: "a recurring charge carries the network's name for the first one",
    run: async (stage) => {
      const { networkTransactionId } = await pay(stage, { initiation: 'first' })
      const later = await pay(stage, { initiation: 'recurring', networkTransactionId })
      const [seen] = await stage.gateway.chargesUnder(later.idempotencyKey)
      assert.equal(seen?.sentNetworkTransactionId, networkTransactionId)
    },
  },
  recurring_unnamed: {
    promise:
      "a recurring charge is made without the network's name for the first one, where nobody knows it",
    run: async (stage) => {
      const paid = await pay(stage, { initiation: 'recurring' })
      const [seen] = await stage.gateway.chargesUnder(paid.idempotencyKey)
      assert.equal(seen?.sentNetworkTransactionId, null)
    },
  },
} as const satisfies ContractCases

async function assertDeclined(stage: Stage, token: string, code: string): Promise<void> {
  const request = chargeRequest(stage, { token })
  const outcome = await stage.port.charge(request)
  assert(outcome.kind === 'declined', describe(outcome))
  assert.equal(outcome.decline.code, code)
  assert.deepEqual(await stage.gateway.chargesUnder(request.idempotencyKey), [])
}

async function assertExact(
  stage: Stage,
  money: Pick<ChargeRequest, 'amountMinor' | 'currency'>,
): Promise<void> {
  const paid = await pay(stage, money)
  const [seen] = await stage.gateway.chargesUnder(paid.idempotencyKey)
  assert.equal(seen?.amountMinor, money.amountMinor)
  assert.equal(seen?.currency, money.currency)
}
