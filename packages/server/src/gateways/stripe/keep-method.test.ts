import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { parseCurrency } from '@perennial/core/money'
import type { ChargeRequest, GatewayPort, TokenizeRequest } from '@perennial/core/payments'
import { startJsonServer } from '@perennial/testkit'
import { loadWorld, readWorldFile, startWorld } from '@perennial/world'
import Stripe from 'stripe'
import { systemClock } from '../../platform/clock/index.ts'
import { createIds } from '../../platform/ids/index.ts'
import { createStripeGateway } from './stripe-gateway.ts'

const clock = systemClock()
const ids = createIds({ clock, random: randomBytes })
const accountId = ids.next()
const usd = parseCurrency('USD')
assert(usd !== null)

const CARD = { number: '4242424242424242', expMonth: 12, expYear: 2039, securityCode: '123', holderName: 'Ada' } // prettier-ignore
const DECLINED = { ...CARD, number: '4000000000009995' }

function request(token: string, wish: Partial<ChargeRequest> = {}): ChargeRequest {
  return {
    accountId,
    idempotencyKey: ids.next(),
    token,
    paymentMethodId: ids.next(),
    networkTransactionId: null,
    initiation: 'recurring',
    amountMinor: 1_999n,
    currency: usd ?? assert.fail(),
    capture: true,
    at: clock.now(),
    ...wish,
  }
}

function wishFor(
  card: typeof CARD,
  more: Partial<Pick<TokenizeRequest, 'holderToken' | 'idempotencyKey'>> = {},
): TokenizeRequest {
  return { accountId, instrument: { kind: 'card', card }, at: clock.now(), ...more }
}

type Shop = { readonly port: GatewayPort; readonly stripe: Stripe; readonly another: GatewayPort }

/** The merchant's account at Stripe, played by the card world, and two processes of ours that charge there. */
async function withShop(use: (shop: Shop) => Promise<void>): Promise<void> {
  const loading = loadWorld(readWorldFile('calm'))
  assert(loading.kind === 'loaded', 'the calm world is valid')
  const local = { port: 0, host: '127.0.0.1', stateDir: null, latency: false }
  const world = await startWorld({ world: loading.world, ...local })
  const { hostname, port } = new URL(world.url)
  const stripe = new Stripe('sk_test_amber', { host: hostname, port: Number(port), protocol: 'http', telemetry: false }) // prettier-ignore
  const ports = [1, 2].map(() => connect(`${world.url}/stripe/amber`))
  const [one, another] = ports
  assert(one !== undefined && another !== undefined)
  try {
    await use({ port: one, another, stripe })
  } finally {
    for (const each of ports) await each.close()
    await world.close()
  }
}

function connect(baseUrl: string) {
  const credentials = { secret_key: 'sk_test_amber' }
  return createStripeGateway({ environment: 'test', credentials, baseUrl, timeoutMs: 2_000, connections: 4 }) // prettier-ignore
}

async function mint(stripe: Stripe, { number } = CARD): Promise<string> {
  const card = { number, exp_month: 12, exp_year: 2039 }
  return (await stripe.paymentMethods.create({ type: 'card', card })).id
}

async function holderOf(stripe: Stripe, token: string): Promise<string> {
  const { customer } = await stripe.paymentMethods.retrieve(token)
  assert(typeof customer === 'string', 'a customer holds it')
  return customer
}

async function tokenized(port: GatewayPort, wish: TokenizeRequest): Promise<string> {
  const made = await port.tokenize(wish)
  assert(made.kind === 'tokenized', JSON.stringify(made))
  return made.token
}

test('a method that nobody holds is given a customer before its first charge, and pays on', () =>
  withShop(async ({ port, another, stripe }) => {
    const token = await mint(stripe)
    for (const each of [port, port, another]) {
      assert.equal((await each.charge(request(token))).kind, 'succeeded')
    }
    const { data } = await stripe.paymentIntents.list()
    assert.deepEqual(new Set(data.map((intent) => intent.customer)), new Set([await holderOf(stripe, token)])) // prettier-ignore
  }))

test('a method whose first charge was declined is charged again', () =>
  withShop(async ({ port, stripe }) => {
    const token = await mint(stripe, DECLINED)
    for (const initiation of ['first', 'recurring'] as const) {
      const outcome = await port.charge(request(token, { initiation }))
      assert(outcome.kind === 'declined')
      assert.equal(outcome.decline.code, 'insufficient_funds')
    }
  }))

test('two charges of a new method at the same time both go through, with one customer', () =>
  withShop(async ({ port, another, stripe }) => {
    const token = await mint(stripe)
    const outcomes = await Promise.all([port, another, port].map((each) => each.charge(request(token)))) // prettier-ignore
    assert.deepEqual(outcomes.map(({ kind }) => kind), ['succeeded', 'succeeded', 'succeeded']) // prettier-ignore
    await holderOf(stripe, token)
  }))

test('a method that was used up elsewhere is declined as one that no longer works', () =>
  withShop(async ({ port, stripe }) => {
    const token = await mint(stripe)
    await stripe.paymentIntents.create({ amount: 100, currency: 'usd', confirm: true, payment_method: token }) // prettier-ignore
    const outcome = await port.charge(request(token))
    assert(outcome.kind === 'declined')
    assert.equal(outcome.decline.code, 'invalid_account')
    assert.match(outcome.decline.message ?? '', /may not be used again/)
    const kept = await mint(stripe)
    const { id: customer } = await stripe.customers.create({ payment_method: kept })
    await stripe.paymentMethods.detach(kept)
    const detached = await port.charge(request(`${kept}|${customer}`))
    assert.equal(detached.kind === 'declined' && detached.decline.code, 'invalid_account')
  }))

test('a card is kept by the customer who holds the owner’s other one, who may be charged for both', () =>
  withShop(async ({ port, another, stripe }) => {
    const first = await tokenized(port, wishFor(CARD))
    const customer = await holderOf(stripe, first)
    const second = await tokenized(another, wishFor(CARD, { holderToken: first }))
    assert.notEqual(second, first)
    assert.equal(await holderOf(stripe, second), customer)
    const third = await tokenized(port, wishFor(CARD, { holderToken: `${second}|${customer}` }))
    assert.equal(await holderOf(stripe, third), customer)
    for (const token of [first, second, third]) {
      assert.equal((await another.charge(request(token))).kind, 'succeeded')
    }
    const unheld = await mint(stripe)
    const own = await tokenized(port, wishFor(CARD, { holderToken: unheld }))
    assert.notEqual(await holderOf(stripe, own), customer)
    const unknown = await tokenized(port, wishFor(CARD, { holderToken: 'card_000000000000' }))
    assert.notEqual(await holderOf(stripe, unknown), customer)
  }))

test('a method that a program gives is held by the customer of the one before, unless somebody holds it', () =>
  withShop(async ({ port, another, stripe }) => {
    const [old, token, own] = [await mint(stripe), await mint(stripe), await mint(stripe)]
    const { id: customer } = await stripe.customers.create({ payment_method: old })
    const { id: other } = await stripe.customers.create({ payment_method: own })
    const keep = async (given: string) => port.keepBeside?.({ accountId, token: given, holderToken: old, at: clock.now() }) // prettier-ignore
    for (const given of [token, token, own, 'card_000000000000']) await keep(given)
    assert.deepEqual([await holderOf(stripe, token), await holderOf(stripe, own)], [customer, other]) // prettier-ignore
    assert.equal((await another.charge(request(token))).kind, 'succeeded')
  }))

test('a tokenisation that is repeated under its key answers with the same token and customer', () =>
  withShop(async ({ port, another, stripe }) => {
    const wish = wishFor(CARD, { idempotencyKey: 'once' })
    const token = await tokenized(port, wish)
    const customer = await holderOf(stripe, token)
    assert.equal(await tokenized(another, wish), token)
    assert.equal(await holderOf(stripe, token), customer)
  }))

type Answered = { readonly status: number; readonly body: object }

/** A vendor that answers with what the test says, each call's answers in turn and the last one from then on. */
async function withVendor(
  answers: Readonly<Record<string, readonly Answered[]>>,
  use: (port: GatewayPort, asked: readonly string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = []
  const server = await startJsonServer(({ method: verb, path, text }) => {
    const call = `${verb} ${path.replace('/v1/', '')}`
    const before = asked.filter((one) => one.startsWith(`${call} `)).length
    asked.push(`${call} ${decodeURIComponent(text)}`)
    return answers[call]?.[before] ?? answers[call]?.at(-1) ?? { status: 500, body: {} }
  })
  const port = connect(server.url)
  await use(port, asked)
  await port.close()
  await server.close()
}

function method(customer: string | null, type = 'card'): Answered {
  return { status: 200, body: { id: 'pm_1', type, customer, [type]: { last4: '4242' } } }
}
function refusal(status: number, error: object): Answered {
  return { status, body: { error: { type: 'invalid_request_error', message: 'No.', ...error } } }
}
const PAID = { status: 200, body: { id: 'pi_1', status: 'succeeded' } }

test('where an answer was lost the customer who holds the method by now is charged', () =>
  withVendor(
    {
      'GET payment_methods/pm_1': [method(null), method('cus_1')],
      'POST customers': [refusal(400, { message: 'It has already been attached to a customer.' })],
      'POST payment_intents': [PAID],
    },
    async (port, asked) => {
      assert.equal((await port.charge(request('pm_1'))).kind, 'succeeded')
      assert.match(asked.at(-1) ?? '', /customer=cus_1/)
    },
  ))

test('silence about the customer charges nothing', () =>
  withVendor({ 'GET payment_methods/pm_1': [method(null)] }, async (port, asked) => {
    assert.equal((await port.charge(request('pm_1'))).kind, 'unknown')
    assert(!asked.some((call) => call.startsWith('POST payment_intents')))
  }))

const UNKEPT: readonly (readonly [what: string, type: string, refused: Answered])[] = [
  ['a key that may not write customers', 'card', refusal(403, {})],
  ['a debit that is attached by its mandate alone', 'us_bank_account', refusal(400, {})],
]
for (const [what, type, refused] of UNKEPT) {
  test(`${what} charges without a customer`, () =>
    withVendor(
      {
        'GET payment_methods/pm_1': [method(null, type)],
        'POST payment_methods': [method(null, type)],
        'POST customers': [refused],
        'POST payment_intents': [PAID],
      },
      async (port, asked) => {
        assert.equal((await port.charge(request('pm_1'))).kind, 'succeeded')
        assert.doesNotMatch(asked.at(-1) ?? '', /customer=/)
        assert.equal((await port.tokenize(wishFor(CARD))).kind, 'tokenized')
      },
    ))
}

test('a card that its issuer refuses to have kept is declined, and given no token', () =>
  withVendor(
    {
      'GET payment_methods/pm_1': [method(null)],
      'POST payment_methods': [method(null)],
      'POST customers': [refusal(402, { type: 'card_error', code: 'card_declined', decline_code: 'lost_card' })], // prettier-ignore
    },
    async (port) => {
      const outcome = await port.charge(request('pm_1'))
      assert.equal(outcome.kind === 'declined' && outcome.decline.code, 'lost_card')
      const made = await port.tokenize(wishFor(CARD))
      assert.equal(made.kind === 'refused' && made.code, 'card_declined')
    },
  ))

test('a card whose owner’s customer was deleted is kept by a new one', () =>
  withVendor(
    {
      'GET payment_methods/pm_old': [method('cus_gone')],
      'POST payment_methods': [method(null)],
      'POST payment_methods/pm_1/attach': [refusal(404, { code: 'resource_missing' })],
      'POST customers': [{ status: 200, body: { id: 'cus_2' } }],
    },
    async (port, asked) => {
      await tokenized(port, wishFor(CARD, { holderToken: 'pm_old' }))
      assert.match(asked.at(-1) ?? '', /^POST customers payment_method=pm_1$/)
    },
  ))

test('names for tests, which are a new method at each use, need no customer', () =>
  withVendor(
    {
      'GET payment_methods/pm_card_visa': [method(null)],
      'POST payment_intents': [PAID],
    },
    async (port, asked) => {
      assert.equal((await port.charge(request('pm_card_visa'))).kind, 'succeeded')
      assert.equal(asked.length, 2)
    },
  ))
