import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { isUuid, type Uuid } from '@perennial/core/ids'
import { parseCurrency } from '@perennial/core/money'
import type { ChargeRequest, GatewayPort } from '@perennial/core/payments'
import { addDays, formatInstant, instantFromMs } from '@perennial/core/time'
import { startJsonServer } from '@perennial/testkit'
import { loadWorld, readWorldFile, startWorld } from '@perennial/world'
import Stripe from 'stripe'
import { systemClock } from '../../platform/clock/index.ts'
import { fromStripeAmount, toStripeAmount } from './amounts.ts'
import { createStripeGateway } from './stripe-gateway.ts'
import { stripeVendor } from './stripe-vendor.ts'

function uuid(text: string): Uuid {
  assert(isUuid(text))
  return text
}

function currency(code: string) {
  const parsed = parseCurrency(code)
  assert(parsed !== null, `${code} is a currency`)
  return parsed
}

const AT = instantFromMs(1_800_000_000_000)
const KEY = uuid('01890a5d-ac96-774b-bcce-b302099a8057')
const REQUEST: ChargeRequest = {
  accountId: uuid('01890a5d-ac96-774b-bcce-b302099a8001'),
  idempotencyKey: KEY,
  token: 'pm_1',
  paymentMethodId: uuid('01890a5d-ac96-774b-bcce-b302099a8002'),
  networkTransactionId: null,
  initiation: 'present',
  amountMinor: 1_999n,
  currency: currency('USD'),
  capture: true,
  at: AT,
}

type Seen = { readonly call: string; readonly key: string | undefined; readonly form: string }

type Asked = { readonly path: string; readonly query: URLSearchParams }

type Answered = { readonly status: number; readonly body: object }

/** A vendor that writes down what it is asked, and answers with what the test says. */
async function record(
  answers: Readonly<Record<string, Answered>>,
  work: (port: GatewayPort) => Promise<void>,
  answerOf: (asked: Asked) => Answered | null = () => null,
): Promise<readonly Seen[]> {
  const seen: Seen[] = []
  const server = await startJsonServer((request) => {
    const call = `${request.method} ${request.path}`
    const form = decodeURIComponent(request.text)
    seen.push({ call, key: request.headers['idempotency-key'], form })
    return answerOf(request) ?? answers[call] ?? { status: 500, body: {} }
  })
  const port = createStripeGateway({
    environment: 'test',
    credentials: { secret_key: 'sk_test_1', webhook_secret: 'whsec_1' },
    baseUrl: `${server.url}/prefix`,
    timeoutMs: 2_000,
    connections: 2,
  })
  await work(port)
  await port.close()
  await server.close()
  return seen
}

const METHOD = {
  'GET /prefix/v1/payment_methods/pm_1': {
    status: 200,
    body: { id: 'pm_1', type: 'card', customer: 'cus_1', card: { last4: '4242' } },
  },
}
const PAID = {
  ...METHOD,
  'POST /prefix/v1/payment_intents': { status: 200, body: { id: 'pi_1', status: 'succeeded' } },
}

const requests: readonly (readonly [what: string, more: Partial<ChargeRequest>, form: readonly RegExp[]])[] = [
  ['a payment', {}, [/amount=1999&currency=usd&confirm=true/, /payment_method=pm_1/, /customer=cus_1/, /allowed_payment_method_types\[0\]=card/, new RegExp(`metadata\\[perennial_key\\]=${KEY}`), /return_url=https:\/\/stripe\.com/]],
  ['a payment with a way back', { returnUrl: 'https://shop.example/thanks' }, [/return_url=https:\/\/shop\.example\/thanks/]],
  ['the first of a subscription', { initiation: 'first' }, [/setup_future_usage=off_session/]],
  ['a renewal', { initiation: 'recurring' }, [/off_session=true/]],
  ['a hold', { capture: false }, [/capture_method=manual/]],
  ['whole yen', { amountMinor: 500n, currency: currency('JPY') }, [/amount=500&currency=jpy/]],
  ['krónur, which the vendor writes with decimals', { amountMinor: 500n, currency: currency('ISK') }, [/amount=50000&currency=isk/]],
] // prettier-ignore
for (const [what, more, form] of requests) {
  test(`${what} is one payment intent under our key`, async () => {
    const seen = await record(PAID, async (port) => {
      const outcome = await port.charge({ ...REQUEST, ...more })
      assert.equal(outcome.kind, 'succeeded')
    })
    const [, charge, ...others] = seen
    assert.deepEqual(others, [])
    assert.equal(charge?.key, KEY)
    for (const part of form) assert.match(charge?.form ?? '', part)
  })
}

test('a card tells which wallet it sits in', async () => {
  const methodOf = (wallet: object | null) => ({
    'GET /prefix/v1/payment_methods/pm_1': {
      status: 200,
      body: { id: 'pm_1', type: 'card', card: { last4: '4242', wallet, iin: '42424242' } },
    },
  })
  const { accountId, paymentMethodId, token, at } = REQUEST
  for (const wallet of [{ type: 'google_pay' }, null])
    await record(methodOf(wallet), async (port) => {
      const details = await port.describeToken({ accountId, paymentMethodId, token, at })
      assert.deepEqual([details?.wallet, details?.bin], [wallet?.type ?? null, '42424242'])
    })
})

test('the customer of a payment method is asked for once', async () => {
  const seen = await record(PAID, async (port) => {
    await port.charge(REQUEST)
    await port.charge(REQUEST)
  })
  assert.equal(seen.filter(({ call }) => call.startsWith('GET')).length, 1)
})

test('a charge that the vendor fails at is sent once and not repeated', async () => {
  const seen = await record(METHOD, async (port) => {
    assert.equal((await port.charge(REQUEST)).kind, 'unknown')
  })
  assert.equal(seen.filter(({ call }) => call.startsWith('POST')).length, 1)
})

const silent: readonly (readonly [status: number, error: object])[] = [
  [401, { type: 'invalid_request_error', message: 'Invalid API Key provided' }],
  [409, { type: 'invalid_request_error', code: 'idempotency_key_in_use', message: 'In use' }],
  [429, { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many' }],
  [400, { type: 'idempotency_error', message: 'Keys can only be used with the same parameters' }],
]
for (const [status, error] of silent) {
  test(`${status} ${JSON.stringify(error)} says nothing about the charge`, async () => {
    const answers = {
      ...METHOD,
      'POST /prefix/v1/payment_intents': { status, body: { error } },
    }
    await record(answers, async (port) => {
      assert.equal((await port.charge(REQUEST)).kind, 'unknown')
    })
  })
}

test('a challenge without a page to go to is a decline', async () => {
  const body = { id: 'pi_1', status: 'requires_action', next_action: { type: 'use_stripe_sdk' } }
  const answers = { ...METHOD, 'POST /prefix/v1/payment_intents': { status: 200, body } }
  await record(answers, async (port) => {
    const outcome = await port.charge(REQUEST)
    assert(outcome.kind === 'declined')
    assert.equal(outcome.decline.code, 'authentication_required')
  })
})

const amounts: readonly (readonly [code: string, ours: bigint, theirs: number | null])[] = [
  ['USD', 123n, 123],
  ['JPY', 123n, 123],
  ['ISK', 5n, 500],
  ['UGX', 5n, 500],
  ['MGA', 500n, 5],
  ['MGA', 550n, null],
  ['KWD', 1_230n, 1_230],
  ['KWD', 1_234n, null],
]
for (const [code, ours, theirs] of amounts) {
  test(`${ours} minor units of ${code} are ${theirs ?? 'nothing that it takes'} there`, () => {
    assert.equal(toStripeAmount(ours, currency(code)), theirs)
    if (theirs !== null) assert.equal(fromStripeAmount(theirs, code)?.amountMinor, ours)
  })
}

const tokens: readonly (readonly [token: string, isToken: boolean])[] = [
  ['pm_1NqQkz2eZvKYlo2C', true],
  ['pm_1NqQkz2eZvKYlo2C|cus_9s6XKzkNRiz8i3', true],
  ['tok_visa', true],
  ['pm_', false],
  ['pm_1|shopper', false],
  ['8415718089|4154', false],
  ['src_nmukohhu7vbe5f55ndwqzwv2c4', true],
  ['4242424242424242', false],
  ['pm_1\npm_2', false],
]
for (const [token, isToken] of tokens) {
  test(`${JSON.stringify(token)} is ${isToken ? 'a' : 'no'} token`, () => {
    assert.equal(stripeVendor.isToken(token), isToken)
  })
}

/** A charge of ten days ago whose customer has disputed it since; returns the dispute. */
async function openDispute(
  base: string,
): Promise<{ readonly id: string; readonly intent: string }> {
  const headers = { authorization: 'Bearer sk_test_amber' }
  const form = {
    amount: '1999',
    currency: 'usd',
    confirm: 'true',
    payment_method: 'tok_dispute_fraudulent',
  }
  const tenDaysAgo = formatInstant(addDays(systemClock().now(), -10))
  const made = await fetch(`${base}/v1/payment_intents`, {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': randomUUID(), 'x-perennial-now': tenDaysAgo },
    body: new URLSearchParams(form),
  })
  const { id: intent } = (await made.json()) as { readonly id: string }
  const listed = await fetch(`${base}/v1/disputes?payment_intent=${intent}`, { headers })
  const { data } = (await listed.json()) as { readonly data: readonly { readonly id: string }[] }
  assert(data[0] !== undefined, 'the charge is disputed')
  return { id: data[0].id, intent }
}

test('a dispute is answered with text and one file, or given up, and the vendor tells how it stands', async (t) => {
  const loading = loadWorld(readWorldFile('calm'))
  assert(loading.kind === 'loaded')
  const local = { port: 0, host: '127.0.0.1', stateDir: null, latency: false }
  const world = await startWorld({ world: loading.world, ...local })
  t.after(() => world.close())
  const baseUrl = `${world.url}/stripe/amber`
  const port = createStripeGateway({
    environment: 'test',
    credentials: { secret_key: 'sk_test_amber' },
    baseUrl,
    timeoutMs: 2_000,
    connections: 2,
  })
  t.after(() => port.close())
  assert(port.submitEvidence !== undefined && port.acceptDispute !== undefined)
  const about = ({ id, intent }: { readonly id: string; readonly intent: string }) => ({
    accountId: REQUEST.accountId,
    idempotencyKey: uuid(randomUUID()),
    disputeReference: id,
    chargeReference: intent,
    at: AT,
  })
  const file = { contentType: 'application/pdf', body: new Uint8Array([37, 80]) } as const
  const evidence = { text: 'It was delivered.', facts: { tracking: '1Z' } }
  const answered = await port.submitEvidence({
    ...about(await openDispute(baseUrl)),
    ...evidence,
    files: [{ ...file, name: 'a.pdf' }],
  })
  assert.deepEqual(answered, { kind: 'accepted', status: 'under_review' })
  const open = about(await openDispute(baseUrl))
  assert.deepEqual(await port.acceptDispute(open), { kind: 'accepted', status: 'lost' })
  const unknown = await port.acceptDispute({ ...open, disputeReference: 'dp_unknown' })
  assert.equal(unknown.kind, 'refused')
})

test('that a payment intent was made says nothing of its charge, which is still under way', async (t) => {
  const secret = 'whsec_1'
  const port = createStripeGateway({
    environment: 'test',
    credentials: { secret_key: 'sk_test_1', webhook_secret: secret },
    baseUrl: null,
    timeoutMs: 2_000,
    connections: 1,
  })
  t.after(() => port.close())
  const receivedAt = systemClock().now()
  const read = async (type: string, more: object) => {
    const intent = { id: 'pi_1', metadata: { perennial_key: KEY }, ...more }
    const created = Math.floor(receivedAt / 1000)
    const payload = JSON.stringify({ id: 'evt_1', type, created, data: { object: intent } })
    const header = new Stripe('sk_test_1').webhooks.generateTestHeaderString({ payload, secret })
    const headers = { 'stripe-signature': header }
    const reading = await port.readWebhook({ headers, body: Buffer.from(payload), receivedAt })
    assert(reading.kind === 'notices', reading.kind)
    const [notice] = reading.notices
    return notice?.kind === 'charge' ? notice.outcome.kind : notice?.kind
  }
  const untried = { status: 'requires_payment_method', last_payment_error: null }
  assert.equal(await read('payment_intent.created', untried), 'other')
  assert.equal(await read('payment_intent.created', { status: 'requires_confirmation' }), 'other')
  const refused = { ...untried, last_payment_error: { code: 'card_declined' } }
  assert.equal(await read('payment_intent.payment_failed', refused), 'declined')
  assert.equal(await read('payment_intent.succeeded', { status: 'succeeded' }), 'succeeded')
  const sent = { type: 'redirect_to_url', redirect_to_url: { url: 'https://bank.example/3ds' } }
  const challenged = { status: 'requires_action', next_action: sent }
  assert.equal(await read('payment_intent.requires_action', challenged), 'needs_action')
})

test('an early warning is asked the amount of, waits for an answer, and is over when it is', async () => {
  const secret = 'whsec_1'
  const receivedAt = systemClock().now()
  const created = Math.floor(receivedAt / 1000)
  const request = (type: string, object: object) => {
    const payload = JSON.stringify({ id: 'evt_1', type, created, data: { object } })
    const header = new Stripe('sk_test_1').webhooks.generateTestHeaderString({ payload, secret })
    return { headers: { 'stripe-signature': header }, body: Buffer.from(payload), receivedAt }
  }
  const warning = { id: 'issfr_1', charge: 'ch_1', payment_intent: 'pi_1', fraud_type: 'misc' }
  const missing = { type: 'invalid_request_error', code: 'resource_missing', message: 'No such' }
  const answers = {
    'GET /prefix/v1/payment_intents/pi_1': {
      status: 200,
      body: { id: 'pi_1', amount: 1_999, currency: 'usd' },
    },
    'GET /prefix/v1/payment_intents/pi_2': { status: 404, body: { error: missing } },
  }
  await record(answers, async (port) => {
    const read = async (change: 'created' | 'updated', more: object) => {
      const type = `radar.early_fraud_warning.${change}`
      const reading = await port.readWebhook(request(type, { ...warning, ...more }))
      assert(reading.kind === 'notices', reading.kind)
      return reading.notices[0]
    }
    const opened = await read('created', { actionable: true })
    assert(opened?.kind === 'dispute', opened?.kind)
    assert.deepEqual(
      [opened.dispute.status, opened.dispute.chargeReference, opened.dispute.amountMinor],
      ['warning_needs_response', 'pi_1', 1_999n],
    )
    const closed = await read('updated', { actionable: false })
    assert(closed?.kind === 'dispute', closed?.kind)
    assert.equal(closed.dispute.status, 'warning_closed')
    assert.equal(
      (await read('created', { actionable: true, payment_intent: 'pi_2' }))?.kind,
      'other',
    )
    // Sent again by the vendor, which the gateway's silence says nothing about.
    await assert.rejects(read('created', { actionable: true, payment_intent: 'pi_3' }))
  })
})

test('a returned debit among the movements undoes its payment, and a chargeback is a dispute', async () => {
  const line = (id: string, source: object) => ({
    id,
    object: 'balance_transaction',
    amount: -1_999,
    fee: 400,
    currency: 'usd',
    created: 1_800_000_000,
    type: 'adjustment',
    reporting_category: 'dispute',
    source: { object: 'dispute', payment_intent: 'pi_1', status: 'lost', ...source },
  })
  const givenAgain = { reason: 'debit_not_authorized', status: 'won' }
  const back = { amount: 1_999, fee: 0, reporting_category: 'dispute_reversal' }
  const data = [
    { ...line('txn_4', givenAgain), ...back },
    line('txn_3', givenAgain),
    line('txn_2', { reason: 'fraudulent', payment_method_details: { type: 'card' } }),
    line('txn_1', { reason: 'insufficient_funds' }),
  ]
  const body = { object: 'list', data, has_more: false }
  const list = { 'GET /prefix/v1/balance_transactions': { status: 200, body } }
  await record(list, async ({ listMovements }) => {
    assert(listMovements !== undefined)
    const window = { from: AT, until: addDays(AT, 1), cursor: null, at: addDays(AT, 1) }
    const page = await listMovements({ accountId: REQUEST.accountId, ...window })
    const seen = page.movements.map((one) => [one.kind, one.amountMinor, one.feeMinor])
    assert.deepEqual(seen, [
      ['adjustment', -1_999n, 400n],
      ['dispute', -1_999n, 400n],
      ['adjustment', -1_999n, 400n],
      ['adjustment', 1_999n, 0n],
    ])
    assert(page.movements.every(({ chargeReference }) => chargeReference === 'pi_1'))
  })
})

test('a fee that is given back is a line of its own, and a refund that has gone is told', async () => {
  const line = (id: string, more: object) => ({
    id,
    object: 'balance_transaction',
    currency: 'usd',
    created: 1_800_000_000,
    fee: 0,
    ...more,
  })
  const refund = (id: string, status: string) => ({ id, payment_intent: 'pi_1', status })
  const data = [
    line('txn_4', { type: 'refund_failure', amount: 500, source: refund('re_2', 'failed') }),
    line('txn_3', { type: 'refund', amount: -500, source: refund('re_2', 'pending') }),
    line('txn_2', { type: 'refund', amount: -700, fee: -20, source: refund('re_1', 'succeeded') }),
    line('txn_1', {
      type: 'adjustment',
      reporting_category: 'dispute_reversal',
      amount: 4_900,
      fee: -1_500,
      source: { object: 'dispute', payment_intent: 'pi_2', status: 'won', reason: 'fraudulent' },
    }),
  ]
  const body = { object: 'list', data, has_more: false }
  const list = { 'GET /prefix/v1/balance_transactions': { status: 200, body } }
  await record(list, async ({ listMovements }) => {
    assert(listMovements !== undefined)
    const window = { from: AT, until: addDays(AT, 1), cursor: null, at: addDays(AT, 1) }
    const { movements } = await listMovements({ accountId: REQUEST.accountId, ...window })
    const seen = movements.map((one) => [one.reference, one.kind, one.amountMinor, one.feeMinor])
    assert.deepEqual(seen, [
      ['txn_1', 'dispute_reversal', 4_900n, 0n],
      ['txn_1:fee', 'fee', 1_500n, 0n],
      ['txn_2', 'refund', -700n, 0n],
      ['txn_2:fee', 'fee', 20n, 0n],
      ['txn_3', 'refund', -500n, 0n],
      ['txn_4', 'refund', 500n, 0n],
    ])
    const told = movements.flatMap(({ notice }) => (notice?.kind === 'refund' ? [notice] : []))
    assert.deepEqual(
      told.map((one) => [one.refundReference, one.chargeReference, one.amountMinor]),
      [['re_1', 'pi_1', 700n]],
    )
  })
})

test('a stand-in for the vendor sends nobody on to another address', async (t) => {
  const asked: string[] = []
  const serve = async (answer: Parameters<typeof createServer>[1]) => {
    const server = createServer(answer)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => {
      server.closeAllConnections()
      server.close()
    })
    const address = server.address()
    assert(typeof address === 'object' && address !== null)
    return `http://127.0.0.1:${address.port}`
  }
  const inside = await serve((request, response) => {
    asked.push(request.url ?? '')
    response.end('{}')
  })
  const standIn = await serve((_request, response) => {
    response.writeHead(307, { location: `${inside}/metadata` })
    response.end()
  })
  const port = createStripeGateway({
    environment: 'test',
    credentials: { secret_key: 'sk_test_1' },
    baseUrl: standIn,
    timeoutMs: 2_000,
    connections: 1,
  })
  t.after(() => port.close())
  await port.checkCredentials().catch(() => null)
  assert.equal((await port.charge(REQUEST)).kind, 'unknown')
  assert.deepEqual(asked, [])
})

test('a charge that was sent again is looked for at that time too, where there is no search', async () => {
  const lastSentAt = instantFromMs(Date.parse('2023-06-29T12:00:00Z'))
  const windows: string[] = []
  const made = { id: 'pi_1', created: lastSentAt / 1000 + 2, metadata: { perennial_key: KEY } }
  const answerOf = ({ path, query }: Asked) => {
    if (path.endsWith('/search')) return { status: 400, body: { error: { type: 'invalid_request_error' } } } // prettier-ignore
    if (path.endsWith('/pi_1')) return { status: 200, body: { ...made, status: 'succeeded' } } // prettier-ignore
    const bound = (name: string) => Number(query.get(`created[${name}]`) ?? Infinity)
    windows.push(`${bound('gte')} ${bound('lte')}`)
    const isWithin = made.created >= bound('gte') && made.created <= bound('lte')
    return { status: 200, body: { object: 'list', has_more: false, data: isWithin ? [made] : [] } }
  }
  await record(
    {},
    async (port) => {
      const key = { accountId: REQUEST.accountId, idempotencyKey: KEY, at: AT }
      assert.deepEqual(await port.lookUp({ ...key, lastSentAt: null }), { kind: 'absent' })
      const found = await port.lookUp({ ...key, lastSentAt })
      assert.equal(found.kind === 'found' && found.outcome.kind, 'succeeded')
    },
    answerOf,
  )
  assert.equal(windows.length, 4, 'two, then two that end with what is found')
})
