import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { PAID_RENEWAL, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'

type Line = { readonly url: string; how: 'up' | 'down' | 'talks nonsense'; close(): Promise<void> }

/** The way to the card world's Stripe, which can be down. */
async function openLine(world: ScenarioWorld): Promise<Line> {
  const line: Line = { url: '', how: 'up', close: async () => {} }
  const server = createServer((request, response) => {
    if (line.how === 'down') return void response.writeHead(503).end('<h1>Back soon</h1>')
    if (line.how === 'talks nonsense') return void response.writeHead(200).end('{"object":"fish"}')
    void forward(world, request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  return Object.assign(line, {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
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

async function connect(world: ScenarioWorld, line: Line): Promise<void> {
  await world.api.post('/gateways', {
    kind: 'stripe',
    name: 'Stripe',
    base_url: line.url,
    credentials: { secret_key: `sk_test_cedar_${world.accountId}` },
  })
  await world.expects(['gateway.created'])
  const customer = await world.customer('Ada')
  const method = { customer_id: customer.id, type: 'card', token: 'tok_visa', is_default: true }
  await world.api.post('/payment-methods', { ...method, gateway: 'stripe' })
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
      await world.goTo('2027-03-02', { events: PAID_RENEWAL.slice(2) })
      assert.deepEqual(await ada.bills(), ['2900 paid', '2900 paid'])
      assert.equal((await world.charges()).length, 2)
      await line.close()
    },
  )
}
