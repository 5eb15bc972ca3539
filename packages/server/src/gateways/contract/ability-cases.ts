import assert from 'node:assert/strict'
import type { CardDetails, GatewayMethodType, GatewayOutcome } from '@perennial/core/payments'
import { authorize, chargeRequest, currency, describe, pay } from './charge-on-stage.ts'
import type { ContractCases, Stage } from './contract-gateway.ts'
import { noticeOf } from './webhook-cases.ts'

/** What a gateway declares besides what it is asked to do: kinds of methods, how long it holds, what it finds out. */
export const abilityCases = {
  pays_card: {
    promise: 'a card is told to be one, and is charged',
    run: (stage) => assertPays(stage, 'card', 'USD'),
  },
  pays_us_bank_account: {
    promise: 'an American bank account is told to be one, and is debited',
    run: (stage) => assertPays(stage, 'us_bank_account', 'USD'),
  },
  pays_bank_account: {
    promise: 'a bank account of SEPA is told to be one, and is debited',
    run: (stage) => assertPays(stage, 'bank_account', 'EUR'),
  },
  pays_bacs_direct_debit: {
    promise: 'a British bank account is told to be one, and is debited',
    run: (stage) => assertPays(stage, 'bacs_direct_debit', 'GBP'),
  },
  hold_let_go: {
    promise: 'a hold that nobody captures in its days is told to have lapsed, and captures nothing',
    run: async (stage) => {
      const { holdDays = 0 } = stage.port.abilities
      assert(Number.isInteger(holdDays) && holdDays > 0, 'holds last for whole days')
      const held = await authorize(stage)
      assertLapsed(await lapse(stage, held))
      const [seen] = await stage.gateway.chargesUnder(held.idempotencyKey)
      assert.equal(seen?.capturedMinor ?? 0n, 0n)
    },
  },
  verify_without_hold: {
    promise: 'a card is verified by an amount of nothing, which holds none of its money',
    run: async (stage) => {
      const request = chargeRequest(stage, { amountMinor: 0n, capture: false, initiation: 'first' })
      const outcome = await stage.port.charge(request)
      assert.equal(outcome.kind, 'succeeded', describe(outcome))
      const seen = await stage.gateway.chargesUnder(request.idempotencyKey)
      assert.deepEqual(
        seen.map(({ amountMinor }) => amountMinor),
        [0n],
      )
    },
  },
  verify_refused: {
    promise: 'a card that is refused is refused for an amount of nothing too',
    run: async (stage) => {
      const { token, code } = stage.cards.declined
      const wish = { token, amountMinor: 0n, capture: false, initiation: 'first' } as const
      const outcome = await stage.port.charge(chargeRequest(stage, wish))
      assert(outcome.kind === 'declined', describe(outcome))
      assert.equal(outcome.decline.code, code)
    },
  },
  renewed_card: {
    promise: 'a card that its issuer has replaced is told with its new end, and pays',
    run: async (stage) => {
      const { gateway, port, accountId } = stage
      assert(gateway.renewedCard !== undefined, 'there is a card that was replaced')
      const { token, was } = await gateway.renewedCard()
      const question = { accountId, token, paymentMethodId: stage.newKey(), at: stage.now() }
      const details = await port.describeToken(question)
      assert(details !== null, 'the token is known still')
      assert(endOf(details) > endOf(was), `${endOf(details)} is later than ${endOf(was)}`)
      await pay(stage, { token })
    },
  },
} as const satisfies ContractCases

async function assertPays(stage: Stage, type: GatewayMethodType, code: string): Promise<void> {
  const token = stage.cards.byType[type]
  assert(token !== undefined, `there is a token of the type ${type}`)
  const { accountId } = stage
  const paymentMethodId = stage.newKey()
  const question = { accountId, token, paymentMethodId, at: stage.now() }
  assert.equal((await stage.port.describeToken(question))?.type, type)
  const wish = { token, paymentMethodId, currency: currency(code) }
  const outcome = await stage.port.charge(chargeRequest(stage, wish))
  const expected = type === 'card' ? ['succeeded'] : ['pending', 'succeeded']
  assert(expected.includes(outcome.kind), describe(outcome))
}

/** What the gateway says of a hold once it has let go of it: when it is asked, or unasked where it cannot be. */
async function lapse(
  stage: Stage,
  held: Awaited<ReturnType<typeof authorize>>,
): Promise<GatewayOutcome> {
  assert(stage.gateway.letGo !== undefined, 'the gateway lets go of holds')
  const told = await stage.gateway.letGo(held)
  if (told !== null) {
    const notice = noticeOf(await stage.port.readWebhook(told), 'charge')
    assert.equal(notice.gatewayReference, held.gatewayReference)
    return notice.outcome
  }
  const late = { ...held, at: stage.now() }
  const found = await stage.port.lookUp(late)
  // Lists of what is under way may leave it out; its capture is told why.
  if (found.kind === 'found') assertLapsed(found.outcome)
  return stage.port.capture(late)
}

function assertLapsed(outcome: GatewayOutcome): void {
  assert(outcome.kind === 'declined', describe(outcome))
  assert.equal(outcome.decline.code, 'authorization_expired')
}

/** In months. */
function endOf({ expMonth, expYear }: Pick<CardDetails, 'expMonth' | 'expYear'>): number {
  assert(expMonth !== null && expYear !== null, 'a card ends')
  return expYear * 12 + expMonth
}
