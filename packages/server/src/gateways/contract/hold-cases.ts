import assert from 'node:assert/strict'
import type { GatewayOutcome } from '@perennial/core/payments'
import { authorize, chargeRequest, describe, pay } from './charge-on-stage.ts'
import type { ContractCases, Stage } from './contract-gateway.ts'

export const holdCases = {
  authorize_holds: {
    promise: 'an authorisation holds the amount and takes nothing',
    run: async (stage) => {
      const held = await authorize(stage)
      assert.equal(await capturedMinor(stage, held), 0n)
    },
  },
  capture_full: {
    promise: 'a hold is captured in full',
    run: async (stage) => {
      const held = await authorize(stage)
      assertCaptured(stage, await stage.port.capture(held))
      assert.equal(await capturedMinor(stage, held), held.amountMinor)
    },
  },
  capture_partial: {
    promise: 'a part of a hold is captured',
    run: async (stage) => {
      const held = await authorize(stage)
      assertCaptured(stage, await stage.port.capture({ ...held, amountMinor: 700n }))
      assert.equal(await capturedMinor(stage, held), 700n)
    },
  },
  capture_repeated: {
    promise: 'a capture that is sent again takes nothing more',
    run: async (stage) => {
      const held = await authorize(stage)
      await stage.port.capture(held)
      assertCaptured(stage, await stage.port.capture(held))
      assert.equal(await capturedMinor(stage, held), held.amountMinor)
    },
  },
  capture_above: {
    promise: 'more than is held is not captured',
    run: async (stage) => {
      const held = await authorize(stage)
      const above = { ...held, amountMinor: held.amountMinor + 1n }
      assertNotCaptured(stage, await stage.port.capture(above))
      assert.equal(await capturedMinor(stage, held), 0n)
    },
  },
  void_hold: {
    promise: 'a hold is called off, as often as it is asked, and then captures nothing',
    run: async (stage) => {
      const held = await authorize(stage)
      const kind = stage.gateway.tellsLater === true ? 'pending' : 'voided'
      assert.deepEqual(await stage.port.void(held), { kind })
      assert.deepEqual(await stage.port.void(held), { kind })
      assertNotCaptured(stage, await stage.port.capture(held))
      assert.equal((await capturedMinor(stage, held)) ?? 0n, 0n)
    },
  },
  void_settled: {
    promise: 'a charge that has settled cannot be called off',
    run: async (stage) => {
      const paid = await pay(stage)
      await stage.gateway.settle?.(paid.gatewayReference)
      const outcome = await stage.port.void({ ...paid, at: stage.now() })
      assert.equal(outcome.kind, 'refused', describe(outcome))
    },
  },
  challenge_passed: {
    promise: 'a challenge sends the customer somewhere, and what is passed is found paid',
    run: async (stage) => {
      const challenge = await meetChallenge(stage)
      assert(URL.canParse(challenge.url), challenge.url)
      const outcome = await answerChallenge(stage, challenge, 'passed')
      assert.equal(outcome.kind, 'succeeded', describe(outcome))
      const { idempotencyKey } = challenge.key
      assert.equal((await stage.gateway.chargesUnder(idempotencyKey)).length, 1)
    },
  },
  challenge_failed: {
    promise: 'a challenge that was failed is found declined',
    run: async (stage) => {
      const challenge = await meetChallenge(stage)
      const outcome = await answerChallenge(stage, challenge, 'failed')
      assert.equal(outcome.kind, 'declined', describe(outcome))
    },
  },
  challenge_withdrawn: {
    promise: 'a challenge can be called off before it is met',
    run: async (stage) => {
      const { key, gatewayReference } = await meetChallenge(stage)
      assert.deepEqual(await stage.port.void({ ...key, gatewayReference }), { kind: 'voided' })
    },
  },
} as const satisfies ContractCases

function assertCaptured(stage: Stage, outcome: GatewayOutcome): void {
  const expected = stage.gateway.tellsLater === true ? 'pending' : 'succeeded'
  assert.equal(outcome.kind, expected, describe(outcome))
}

function assertNotCaptured(stage: Stage, outcome: GatewayOutcome): void {
  const expected = stage.gateway.tellsLater === true ? 'pending' : 'declined'
  assert.equal(outcome.kind, expected, describe(outcome))
}

async function capturedMinor(
  stage: Stage,
  held: Awaited<ReturnType<typeof authorize>>,
): Promise<bigint | undefined> {
  const [seen] = await stage.gateway.chargesUnder(held.idempotencyKey)
  return seen?.capturedMinor
}

const RETURN_URL = 'https://shop.example/thanks'

type Challenge = Awaited<ReturnType<typeof meetChallenge>>

/** What the gateway says when it is asked; where it wants what was brought back, as often as that is handed in. */
async function answerChallenge(
  stage: Stage,
  challenge: Challenge,
  answer: 'passed' | 'failed',
): Promise<GatewayOutcome> {
  const brought = (await stage.gateway.authenticate?.(challenge, answer)) ?? {}
  const { completeChallenge } = stage.port
  if (completeChallenge === undefined) {
    const found = await stage.port.lookUp(challenge.key)
    assert(found.kind === 'found', describe(found))
    return found.outcome
  }
  const outcome = await completeChallenge({ ...challenge.key, brought })
  assert(outcome !== null, 'the gateway knows what was brought back')
  assert.deepEqual(await completeChallenge({ ...challenge.key, brought }), outcome)
  return outcome
}

async function meetChallenge(stage: Stage) {
  const { needsAction } = stage.cards
  assert(needsAction !== undefined, 'there is a token that asks for a challenge')
  const key = chargeRequest(stage, { token: needsAction, returnUrl: RETURN_URL })
  const outcome = await stage.port.charge(key)
  assert(outcome.kind === 'needs_action', describe(outcome))
  const { gatewayReference, nextAction } = outcome
  return { key, gatewayReference, url: nextAction.url }
}
