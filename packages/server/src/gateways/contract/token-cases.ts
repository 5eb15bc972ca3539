import assert from 'node:assert/strict'
import { addDays, formatInstant } from '@perennial/core/time'
import { describe, pay } from './charge-on-stage.ts'
import type { ContractCases, Stage } from './contract-gateway.ts'

export const tokenCases = {
  describe_token: {
    promise: 'a token is told apart by its last four digits, without the number',
    run: async (stage) => {
      const details = await stage.port.describeToken(question(stage, stage.cards.approved))
      assert.match(details?.last4 ?? '', /^[0-9A-Za-z]{2,4}$/)
      assert.doesNotMatch(JSON.stringify(details), /\b\d{12,19}\b/)
    },
  },
  describe_unknown_token: {
    promise: 'a token that was never made is unknown',
    run: async (stage) => {
      assert.equal(await stage.port.describeToken(question(stage, stage.cards.unknown)), null)
    },
  },
  describe_bin: {
    promise: 'the first digits of a card are told, which routing asks for, and no more than eight',
    run: async (stage) => {
      const details = await stage.port.describeToken(question(stage, stage.cards.approved))
      assert.match(details?.bin ?? '', /^\d{6,8}$/)
    },
  },
  tokenize: {
    promise: 'details become a token that pays, and goes on to pay',
    run: async (stage) => {
      const { instrument } = stage.gateway
      assert(instrument !== undefined, 'there are details to tokenise')
      const { accountId } = stage
      const made = await stage.port.tokenize({ accountId, instrument, at: stage.now() })
      assert(made.kind === 'tokenized', describe(made))
      const method = { token: made.token, paymentMethodId: stage.newKey() }
      const { networkTransactionId } = await pay(stage, { ...method, initiation: 'first' })
      const later = { ...method, networkTransactionId, initiation: 'recurring' } as const
      await pay(stage, later)
      await pay(stage, later)
      const details = await stage.port.describeToken(question(stage, made.token))
      assert.equal(details?.last4, made.details.last4)
    },
  },
  credentials_good: {
    promise: 'credentials that the gateway takes are accepted',
    run: async (stage) => {
      assert.equal((await stage.port.checkCredentials()).kind, 'accepted')
    },
  },
  credentials_of: {
    promise: 'it tells whose the credentials are, by the same name each time',
    run: async (stage) => {
      const [told, again] = [await accountOf(stage.port), await accountOf(stage.port)]
      assert(told !== null && told !== '', 'a name is told')
      assert.equal(again, told)
    },
  },
  credentials_bad: {
    promise:
      'credentials that the gateway does not know are refused with its words, and pay nothing',
    run: async (stage) => {
      const port = await stage.gateway.connect({ credentials: 'bad' })
      try {
        const check = await port.checkCredentials()
        assert(check.kind === 'refused', describe(check))
        assert.notEqual(check.message, '')
      } finally {
        await port.close()
      }
    },
  },
  movements: {
    promise: 'what moved is listed page by page, each line once, with its charge, amount and fee',
    run: async (stage) => {
      const paid = [await pay(stage), await pay(stage), await pay(stage)]
      const lines = await listAll(stage)
      assert.equal(new Set(lines.map(({ reference }) => reference)).size, lines.length)
      const times = lines.map(({ at }) => formatInstant(at))
      assert.deepEqual(times, times.toSorted(), 'oldest first')
      for (const { gatewayReference, amountMinor, currency } of paid) {
        const own = lines.filter(
          ({ kind, chargeReference }) => kind === 'charge' && chargeReference === gatewayReference,
        )
        assert.equal(own.length, 1, `${gatewayReference} is listed once`)
        assert.equal(own[0]?.amountMinor, amountMinor)
        assert.equal(own[0]?.currency, currency)
        assert((own[0]?.feeMinor ?? -1n) >= 0n, 'a fee is zero or more')
      }
    },
  },
} as const satisfies ContractCases

async function accountOf(port: Stage['port']): Promise<string | null> {
  const check = await port.checkCredentials()
  assert(check.kind === 'accepted', describe(check))
  return check.accountReference
}

function question(stage: Stage, token: string) {
  return { accountId: stage.accountId, paymentMethodId: stage.newKey(), token, at: stage.now() }
}

const PAGES_MAX = 1_000

async function listAll(stage: Stage) {
  const at = addDays(stage.now(), 1)
  const query = { accountId: stage.accountId, from: addDays(stage.now(), -1), until: at, at }
  const lines = []
  let cursor: string | null = null
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { movements, nextCursor } = await stage.port.listMovements({ ...query, cursor })
    lines.push(...movements)
    if (nextCursor === null) return lines
    cursor = nextCursor
  }
  throw new Error('the list of movements never ends')
}
