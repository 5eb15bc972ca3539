import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { customersRoutes } from '../modules/customers/index.ts'
import { type TestApi, startTestApi } from './test-api.ts'

let api: TestApi
let url: string
before(async () => {
  api = await startTestApi([
    customersRoutes({
      onDeleted: async () => {},
      findDefaultPaymentMethods: async () => new Map(),
    }),
  ])
  url = await api.app.listen({ port: 0, host: '127.0.0.1' })
})
after(() => api.close())

type Reply = { readonly status: number; readonly body: string; readonly port: number }

/** A request with control over the connection that fetch does not give. */
function send(
  agent: Agent,
  given: { readonly body?: string; readonly headers?: Record<string, string> },
): Promise<Reply> {
  const { body, headers = {} } = given
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const type = { 'content-type': 'application/json', 'x-api-key': api.account.sandbox.apiKey }
    const sent = request(
      `${url}/v2/customers`,
      { agent, method, headers: { ...type, ...headers } },
      (response) => {
        const chunks: Buffer[] = []
        const port = response.socket.localPort ?? 0
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            port,
          }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

const customer = (email: string, pad = 0) =>
  JSON.stringify({ email, metadata: { pad: 'x'.repeat(pad) } })

test('a body over 1 MB is 413 and writes nothing; one below it is taken', async () => {
  const agent = new Agent()
  const refused = await send(agent, { body: customer('big@example.com', 1_048_576) })
  assert.equal(refused.status, 413)
  assert.equal(JSON.parse(refused.body).error.code, 'request_too_large')
  assert.equal(await api.count('customers'), 0)
  const taken = await send(agent, { body: customer('big@example.com', 1_000_000) })
  assert.equal(taken.status, 201)
  agent.destroy()
})

test('a kept-alive connection goes on after a refusal', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const replies = [
    await send(agent, { body: customer('first@example.com') }),
    await send(agent, { body: '{"email": 5}' }),
    await send(agent, { body: customer('first@example.com') }),
    await send(agent, { headers: { 'x-api-key': 'nonsense' } }),
    await send(agent, {}),
  ]
  assert.deepEqual(
    replies.map(({ status }) => status),
    [201, 400, 400, 401, 200],
  )
  assert.equal(new Set(replies.map(({ port }) => port)).size, 1)
  agent.destroy()
})

test('an unreachable database is 503 with Retry-After, and all is well when it is back', async () => {
  const own = new URL(api.databaseUrl)
  const name = own.pathname.slice(1)
  const admin = new pg.Client({
    connectionString: Object.assign(new URL(own), { pathname: '/postgres' }).href,
  })
  await admin.connect()
  const headers = { 'x-api-key': api.account.sandbox.apiKey, 'content-type': 'application/json' }
  const create = (email: string) =>
    fetch(`${url}/v2/customers`, { method: 'POST', headers, body: JSON.stringify({ email }) })
  try {
    await admin.query(`alter database ${name} allow_connections false`)
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      name,
    ])
    for (const path of ['/v2/customers', '/healthz']) {
      const refused = await fetch(url + path, { headers })
      assert.equal(refused.status, 503)
      assert.equal(refused.headers.get('retry-after'), '2')
      assert.partialDeepStrictEqual(await refused.json(), {
        error: { type: 'api_error', code: 'service_unavailable' },
      })
    }
    assert.equal((await create('down@example.com')).status, 503)
    await admin.query(`alter database ${name} allow_connections true`)
    assert.equal((await fetch(`${url}/healthz`)).status, 200)
    const list = await fetch(`${url}/v2/customers?email=down@example.com`, { headers })
    assert.partialDeepStrictEqual(await list.json(), { pagination: { total: 0 } })
    assert.equal((await create('down@example.com')).status, 201)
  } finally {
    await admin.query(`alter database ${name} allow_connections true`)
    await admin.end()
  }
})

test('closing answers what is under way and ends kept-alive connections', async () => {
  const agent = new Agent({ keepAlive: true })
  const underWay = Array.from({ length: 5 }, (_, index) =>
    send(agent, { body: customer(`last${index}@example.com`) }),
  )
  await requestsArrived(5)
  const [replies] = await Promise.all([Promise.all(underWay), api.app.close()])
  assert.ok(replies.every(({ status }) => status === 201))
  agent.destroy()
})

function requestsArrived(count: number): Promise<void> {
  return new Promise((resolve) => {
    let arrived = 0
    api.app.server.on('request', () => {
      arrived += 1
      if (arrived === count) resolve()
    })
  })
}
