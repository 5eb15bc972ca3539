import assert from 'node:assert/strict'
import type { Uuid } from '@perennial/core/ids'
import type { RefundOutcome } from '@perennial/core/payments'
import { describe, pay, type PaidCharge } from './charge-on-stage.ts'
import type { ContractCases, Stage } from './contract-gateway.ts'

export const refundCases = {
  refund_full: {
    promise: 'a charge is given back in full',
    run: async (stage) => {
      const paid = await payAndSettle(stage)
      assertRefunded(await refund(stage, paid, { amountMinor: paid.amountMinor }))
      assert.deepEqual(await refundedMinor(stage, paid), [paid.amountMinor])
    },
  },
  refund_partial: {
    promise: 'a part of a charge is given back',
    run: async (stage) => {
      const paid = await payAndSettle(stage)
      assertRefunded(await refund(stage, paid, { amountMinor: 500n }))
      assert.deepEqual(await refundedMinor(stage, paid), [500n])
    },
  },
  refund_several: {
    promise: 'a charge is given back in several parts up to its whole',
    run: async (stage) => {
      const paid = await payAndSettle(stage)
      for (const amountMinor of [500n, 499n, 1_000n]) {
        assertRefunded(await refund(stage, paid, { amountMinor: amountMinor }))
      }
      assert.deepEqual(await refundedMinor(stage, paid), [500n, 499n, 1_000n])
    },
  },
  refund_beyond: {
    promise: 'more than was charged is not given back',
    run: async (stage) => {
      const paid = await payAndSettle(stage)
      const outcome = await refund(stage, paid, { amountMinor: paid.amountMinor + 1n })
      assertNotRefunded(stage, outcome)
      assert.deepEqual(await refundedMinor(stage, paid), [])
    },
  },
  refund_beyond_rest: {
    promise: 'more than is left of a charge is not given back',
    run: async (stage) => {
      const paid = await payAndSettle(stage)
      assertRefunded(await refund(stage, paid, { amountMinor: 1_500n }))
      const outcome = await refund(stage, paid, { amountMinor: 500n })
      assertNotRefunded(stage, outcome)
      assert.deepEqual(await refundedMinor(stage, paid), [1_500n])
    },
  },
  refund_key_twice: {
    promise: 'the same refund sent twice is given once',
    run: async (stage) => {
      const paid = await payAndSettle(stage)
      const idempotencyKey = stage.newKey()
      const first = await refund(stage, paid, { amountMinor: 500n, idempotencyKey })
      const second = await refund(stage, paid, { amountMinor: 500n, idempotencyKey })
      assertRefunded(first)
      assert.equal(second.gatewayReference, first.gatewayReference)
      assert.deepEqual(await refundedMinor(stage, paid), [500n])
    },
  },
  look_up_refund: {
    promise: 'a refund is found by its own key',
    run: async (stage) => {
      const paid = await payAndSettle(stage)
      const idempotencyKey = stage.newKey()
      const given = await refund(stage, paid, { amountMinor: 500n, idempotencyKey })
      await refund(stage, paid, { amountMinor: 499n })
      const found = await stage.port.lookUpRefund({ ...paid, idempotencyKey })
      assert(found.kind === 'found', 'the refund is found')
      assert.equal(found.outcome.gatewayReference, given.gatewayReference)
    },
  },
  look_up_refund_never_sent: {
    promise: 'a refund that was never sent is absent',
    run: async (stage) => {
      const paid = await payAndSettle(stage)
      const idempotencyKey = stage.newKey()
      const found = await stage.port.lookUpRefund({ ...paid, idempotencyKey })
      assert.deepEqual(found, { kind: 'absent' })
    },
  },
} as const satisfies ContractCases

/** Settled, because some gateways give back only what they have. */
async function payAndSettle(stage: Stage): Promise<PaidCharge> {
  const paid = await pay(stage)
  await stage.gateway.settle?.(paid.gatewayReference)
  return paid
}

function refund(
  stage: Stage,
  paid: PaidCharge,
  wish: { readonly amountMinor: bigint; readonly idempotencyKey?: Uuid },
): Promise<RefundOutcome> {
  const { accountId, at, gatewayReference, currency, amountMinor: chargedMinor } = paid
  const { amountMinor, idempotencyKey = stage.newKey() } = wish
  const about = { accountId, at, idempotencyKey, gatewayReference }
  return stage.port.refund({ ...about, amountMinor, currency, chargedMinor, reason: null })
}

function assertRefunded(outcome: RefundOutcome): void {
  assert(outcome.kind === 'succeeded' || outcome.kind === 'pending', describe(outcome))
}

function assertNotRefunded(stage: Stage, outcome: RefundOutcome): void {
  if (stage.gateway.tellsLater === true && outcome.kind === 'pending') return
  assert(outcome.kind === 'failed', describe(outcome))
  assert.notEqual(outcome.failure.code, '')
}

async function refundedMinor(stage: Stage, paid: PaidCharge): Promise<readonly bigint[]> {
  const refunds = await stage.gateway.refundsOf(paid.gatewayReference)
  return refunds.map(({ amountMinor }) => amountMinor)
}
