import assert from 'node:assert/strict'
import { deadUrl, MISBEHAVIOURS, startBrokenServer, type Misbehaviour } from './broken-server.ts'
import { AMOUNT_MINOR, chargeRequest, currency, describe } from './charge-on-stage.ts'
import type { ConnectedGateway, ContractCases, Stage } from './contract-gateway.ts'

const TIMEOUT_MS = 250

/** What is asked of a gateway that answers badly. A charge that nobody understood may have been made. */
export const silenceCases = {
  silence_charge: {
    promise: 'a charge without an answer that makes sense is unknown',
    run: (stage) =>
      withEachMisbehaviour(stage, async (port, how) => {
        assertUnknown(await port.charge(chargeRequest(stage)), how)
      }),
  },
  unreachable_charge: {
    promise: 'a charge that no connection came about for was not made; everything else is unknown',
    run: async (stage) => {
      const port = await stage.gateway.connect({ baseUrl: await deadUrl(), timeoutMs: TIMEOUT_MS })
      try {
        const outcome = await port.charge(chargeRequest(stage))
        assert(outcome.kind === 'declined', describe(outcome))
        assert.equal(outcome.decline.code, 'gateway_unreachable')
        const { gatewayReference, ...key } = madeUpCharge(stage)
        const found = await port.lookUp(key)
        assert(found.kind === 'found', describe(found))
        assert.equal(found.outcome.kind, 'unknown')
        assert.equal((await port.void({ ...key, gatewayReference })).kind, 'unknown')
      } finally {
        await port.close()
      }
    },
  },
  silence_look_up: {
    promise: 'a look-up without an answer that makes sense says neither yes nor no',
    run: (stage) =>
      withEachMisbehaviour(stage, async (port, how) => {
        const found = await port.lookUp(chargeRequest(stage))
        assert(found.kind === 'found', `${how}: ${describe(found)}`)
        assertUnknown(found.outcome, how)
      }),
  },
  silence_capture: {
    promise: 'a capture without an answer that makes sense is unknown',
    run: (stage) =>
      withEachMisbehaviour(stage, async (port, how) => {
        const money = { amountMinor: AMOUNT_MINOR, currency: currency('USD') }
        assertUnknown(await port.capture({ ...madeUpCharge(stage), ...money }), how)
      }),
  },
  silence_void: {
    promise: 'a void without an answer that makes sense is unknown',
    run: (stage) =>
      withEachMisbehaviour(stage, async (port, how) => {
        assertUnknown(await port.void(madeUpCharge(stage)), how)
      }),
  },
  silence_refund: {
    promise: 'a refund without an answer that makes sense is unknown, and so is its look-up',
    run: (stage) =>
      withEachMisbehaviour(stage, async (port, how) => {
        const money = { amountMinor: 500n, chargedMinor: AMOUNT_MINOR, currency: currency('USD') }
        const about = madeUpCharge(stage)
        assertUnknown(await port.refund({ ...about, ...money, reason: null }), how)
        const found = await port.lookUpRefund(about)
        assert(found.kind === 'found', `${how}: ${describe(found)}`)
        assertUnknown(found.outcome, how)
      }),
  },
  silence_describe_token: {
    promise: 'a question about a token without an answer that makes sense is an outage',
    run: (stage) =>
      withEachMisbehaviour(stage, async (port, how) => {
        const { accountId, cards } = stage
        const about = { accountId, paymentMethodId: stage.newKey(), at: stage.now() }
        await assert.rejects(port.describeToken({ ...about, token: cards.approved }), Error, how)
      }),
  },
  silence_tokenize: {
    promise: 'details that are handed over without an answer that makes sense are an outage',
    run: (stage) =>
      withEachMisbehaviour(stage, async (port, how) => {
        const { instrument } = stage.gateway
        assert(instrument !== undefined, 'there are details to tokenise')
        const { accountId } = stage
        await assert.rejects(port.tokenize({ accountId, instrument, at: stage.now() }), Error, how)
      }),
  },
  silence_credentials: {
    promise: 'a check of credentials without an answer that makes sense is an outage',
    run: (stage) =>
      withEachMisbehaviour(stage, async (port, how) => {
        await assert.rejects(port.checkCredentials(), Error, how)
      }),
  },
  silence_movements: {
    promise: 'a list of movements without an answer that makes sense is an outage',
    run: (stage) =>
      withEachMisbehaviour(stage, async (port, how) => {
        const { accountId } = stage
        const query = { accountId, from: stage.now(), until: stage.now(), at: stage.now() }
        await assert.rejects(port.listMovements({ ...query, cursor: null }), Error, how)
      }),
  },
} as const satisfies ContractCases

async function withEachMisbehaviour(
  { gateway }: Stage,
  check: (port: ConnectedGateway, how: Misbehaviour) => Promise<void>,
): Promise<void> {
  for (const how of MISBEHAVIOURS) {
    const server = await startBrokenServer(how)
    const port = await gateway.connect({ baseUrl: server.url, timeoutMs: TIMEOUT_MS })
    try {
      await check(port, how)
    } finally {
      await port.close()
      await server.close()
    }
  }
}

/** Follow-ups name a charge as its gateway would; a real one has the right form. */
function madeUpCharge(stage: Stage) {
  const { accountId, idempotencyKey, at } = chargeRequest(stage)
  return { accountId, idempotencyKey, at, gatewayReference: 'ch_0000000000000000' }
}

function assertUnknown(outcome: { readonly kind: string }, how: Misbehaviour): void {
  assert.equal(outcome.kind, 'unknown', `${how}: ${describe(outcome)}`)
}
