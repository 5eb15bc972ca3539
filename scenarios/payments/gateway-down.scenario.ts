import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import {
  card,
  COLLECTED,
  memberOf,
  scenario,
  type ScenarioWorld,
  type Subscriber,
  textOf,
} from '@perennial/testkit/scenario'

type Line = {
  readonly url: string
  /** `guarded`: up, and its key may not ask whose it is. */
  how: 'up' | 'down' | 'talks nonsense' | 'guarded'
  /** Nobody listens at its address any more. */
  hangUp(): Promise<void>
  pickUp(): Promise<void>
  close(): Promise<void>
}

/** The way to the card world's Stripe, which can be down. */
async function openLine(world: ScenarioWorld): Promise<Line> {
  const state: Pick<Line, 'how'> = { how: 'up' }
  const server = createServer((request, response) => {
    if (state.how === 'down') return void response.writeHead(503).end('<h1>Back soon</h1>')
    if (state.how === 'talks nonsense') return void response.writeHead(200).end('{"object":"fish"}')
    const isGuarded = state.how === 'guarded' && request.url === '/v1/account'
    if (isGuarded) return void response.writeHead(403).end('{"error":{"message":"No permission"}}')
    void forward(world, request, response)
  })
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert(typeof address === 'object' && address !== null)
    return address.port
  }
  const hangUp = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  const port = await listen(0)
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    hangUp,
    pickUp: async () => void (await listen(port)),
    close: async () => {
      if (server.listening) await hangUp()
    },
  })
}

type Handler = Parameters<typeof createServer>[1] & object
type Exchange = Parameters<Handler>

async function forward(
  { house }: ScenarioWorld,
  request: Exchange[0],
  response: Exchange[1],
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request
  const { authorization = '', 'content-type': type = '', 'idempotency-key': key } = headers
  const body = Buffer.concat(await request.toArray()).toString()
  const answer = await fetch(`${house.worldUrl}/stripe/cedar${url}`, {
    method,
    headers: {
      authorization,
      'content-type': type,
      ...(typeof key === 'string' ? { 'idempotency-key': key } : {}),
    },
    ...(method === 'GET' ? {} : { body }),
  })
  response.writeHead(answer.status, { 'content-type': 'application/json' })
  response.end(await answer.text())
}

/** Returns the gateway's id. */
async function connect(world: ScenarioWorld, line: Line): Promise<string> {
  const connected = await world.api.post('/gateways', {
    kind: 'stripe',
    name: 'Stripe',
    base_url: line.url,
    credentials: { secret_key: `sk_test_cedar_${world.accountId}` },
  })
  await world.expects(['gateway.created'])
  const customer = await world.customer('Ada')
  const method = { customer_id: customer.id, type: 'card', token: 'tok_visa', is_default: true }
  await world.api.post('/payment-methods', { ...method, gateway: 'stripe' })
  return connected.text('data.id')
}

/** Longer than a charge may be on its way, in real time. */
const LONG_AFTER_MS = 200_000

for (const how of ['down', 'talks nonsense'] as const) {
  scenario(
    `a gateway that ${how === 'down' ? 'is down' : how} is asked again, and charges once when it is back`,
    async (world) => {
      const line = await openLine(world)
      await connect(world, line)
      const ada = await world.subscribe({ on: '2027-01-31', card: null })
      line.how = how
      await world.goTo('2027-02-28', { events: ['invoice.created', 'invoice.finalized'] })
      await world.goTo('2027-03-01')
      assert.deepEqual(await ada.bills(), ['2900 paid', '2900 finalized'])

      line.how = 'up'
      world.house.clock.moveOn(LONG_AFTER_MS)
      await world.goTo('2027-03-02', { events: COLLECTED })
      assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
      assert.equal((await world.charges()).length, 2)
      await line.close()
    },
  )
}

scenario(
  'a gateway that does not tell whose a key is takes no other while a charge is open',
  async (world) => {
    const line = await openLine(world)
    line.how = 'guarded'
    const id = await connect(world, line)
    const ada = await world.subscribe({ on: '2027-01-31', card: null })
    const rotate = (account: string) => {
      const credentials = { secret_key: `rk_test_cedar_${account}` }
      return world.api.call('POST', `/gateways/${id}/credentials`, { body: { credentials } })
    }
    line.how = 'down'
    await world.goTo('2027-02-28', { events: ['invoice.created', 'invoice.finalized'] })
    line.how = 'guarded'
    const refused = await rotate('acct_other')
    assert.equal(refused.status, 409, JSON.stringify(refused.body))
    assert.match(refused.text('error.message'), /which account/)

    world.house.clock.moveOn(LONG_AFTER_MS)
    await world.goTo('2027-03-01', { events: COLLECTED })
    assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
    assert.equal((await rotate(world.accountId)).status, 200)
    await world.expects(['gateway.updated'])
    await line.close()
  },
)

/** Two gateways behind lines of their own, in turn, and a subscriber whose card both know. */
async function openCascade(world: ScenarioWorld) {
  const lines = [await openLine(world), await openLine(world)] as const
  const entries = []
  for (const [index, line] of lines.entries()) {
    const connected = await world.api.post('/gateways', {
      kind: 'stripe',
      name: `Stripe ${index + 1}`,
      base_url: line.url,
      credentials: { secret_key: `sk_test_cedar_${world.accountId}` },
    })
    entries.push({ kind: 'gateway', gateway_id: connected.text('data.id') })
  }
  const definition = { kind: 'cascade', entries }
  const profile = await world.api.post('/payment-profiles', { name: 'In turn', definition })
  const settings = { default_payment_profile_id: profile.text('data.id') }
  await world.api.patch('/account', { settings })
  const ada = await world.customer('Ada')
  const method = { customer_id: ada.id, type: 'card', token: card.good, gateway: 'stripe_1' }
  const methodId = (await world.api.post('/payment-methods', method)).text('data.id')
  const second = { gateway: 'stripe_2', token: card.good }
  await world.api.post(`/payment-methods/${methodId}/tokens`, second)
  await world.expects(['gateway.created', 'gateway.created', 'payment_profile.created'])
  const subscriber = await world.subscribe({ on: '2027-01-31', card: null })
  return { lines, subscriber }
}

/** What each charge of the newest invoice came to, oldest first: its state, and the gateway's word for a refusal. */
async function triesOf(world: ScenarioWorld, who: Subscriber): Promise<readonly string[]> {
  const invoice = (await who.invoices()).at(-1)
  assert(invoice !== undefined)
  const decisions = (await world.api.get(`/invoices/${invoice.id}/routing`)).at('data')
  assert(Array.isArray(decisions))
  const tries: string[] = []
  for (const decision of decisions) {
    if (memberOf(decision, 'attempt_id') === null) continue
    const shown = await world.api.get(`/payment-attempts/${textOf(decision, 'attempt_id')}`)
    tries.push(`${shown.text('data.attempt_status')} ${shown.text('data.gateway_code')}`.trim())
  }
  return tries
}

scenario('a gateway that nobody answers at hands over to the next one at once', async (world) => {
  const { lines, subscriber: ada } = await openCascade(world)
  const [first, second] = lines
  await first.hangUp()
  await world.goTo('2027-02-28', {
    events: [
      'invoice.created',
      'invoice.finalized',
      'payment.failed',
      'payment.succeeded',
      'invoice.paid',
      'subscription.renewed',
    ],
  })
  assert.deepEqual(await triesOf(world, ada), ['failed gateway_unreachable', 'succeeded'])
  assert.equal((await world.charges()).length, 2)

  // Nobody answers anywhere: nothing is charged, and the card is not to blame.
  await second.hangUp()
  await world.goTo('2027-03-31', {
    events: [
      'invoice.created',
      'invoice.finalized',
      'payment.failed',
      'payment.failed',
      'invoice.payment_failed',
      'subscription.past_due',
    ],
  })
  assert.equal(await ada.status(), 'past_due')
  const unreachable = 'failed gateway_unreachable'
  assert.deepEqual(await triesOf(world, ada), [unreachable, unreachable])
  const lamp = { customerId: ada.customer.id, amountMinor: 700, description: 'Lamp' }
  const sale = await world.api.call('POST', '/charges', { body: lamp })
  assert.deepEqual([sale.status, sale.at('error.code')], [502, 'gateway_failed'])
  assert.equal(sale.at('error.decline_code'), 'gateway_unreachable')
  assert.match(sale.text('error.message'), /Nothing was charged/)
  await world.expects([
    'payment_intent.created',
    'payment.failed',
    'payment.failed',
    'payment_intent.payment_failed',
  ])
  assert.equal((await world.charges()).length, 2)

  await first.pickUp()
  await world.goTo('2027-04-02', {
    events: [...COLLECTED, 'subscription.updated'],
  })
  assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid', '2900 paid'])
  assert.equal((await world.charges()).length, 3)
  for (const line of lines) await line.close()
})
