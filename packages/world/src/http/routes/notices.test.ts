import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingHttpHeaders, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { encodeId, isUuid } from '@perennial/core/ids'
import { type Client, serve } from '../../testing/client.ts'
import { plainIssuer, plainWorld } from '../../testing/plain-world.ts'

const at = (now: string) => ({ 'x-perennial-now': now, 'x-perennial-account': 'acct_1' })
const account = 'acct_1'

interface Told {
  readonly id: string
  readonly kind: string
  readonly time: string
  readonly [field: string]: any // oxlint-disable-line typescript/no-explicit-any -- a test names the fields that it expects
}

async function pull(client: Client, now: string, after: string | null = null) {
  const query = new URLSearchParams(after === null ? {} : { after })
  const { body } = await client.get(`/gateways/g/notices?${query.toString()}`, at(now))
  return body
}

const short = (told: Told) => {
  const status =
    told['charge']?.status ?? told['refund']?.status ?? told['dispute']?.status ?? told['change']
  return `${told.time.slice(0, 10)} ${told.kind} ${status ?? told['return_code']}`
}

type Row = readonly [token: string, told: readonly string[]]

const charges: readonly Row[] = [
  ['tok_visa', []],
  ['tok_decline_do_not_honor', []],
  ['tok_ach', ['2027-05-06 charge succeeded']],
  ['tok_ach_return_R01', ['2027-05-06 charge declined']],
  ['tok_sepa', ['2027-05-10 charge succeeded']],
  ['tok_bacs_return_0', ['2027-05-06 charge declined']],
  ['tok_ach_return_R10_after_5', ['2027-05-06 charge succeeded', '2027-05-11 return R10']],
  ['tok_dispute_fraudulent', ['2027-05-08 dispute needs_response', '2027-05-22 dispute lost']],
  [
    'tok_inquiry_other',
    ['2027-05-08 dispute warning_needs_response', '2027-05-22 dispute warning_closed'],
  ],
  ['tok_updated_202706', ['2027-06-01 token updated']],
  ['tok_closed_202706', ['2027-06-01 token closed']],
  ['tok_contact_202706', ['2027-06-01 token contact_cardholder']],
  [
    'tok_bacs_canceled_202706',
    ['2027-05-06 charge succeeded', '2027-06-01 token mandate_canceled'],
  ],
  ['tok_sepa_canceled_202705', ['2027-05-10 charge declined']],
]

for (const [token, expected] of charges) {
  test(`${token} is told of: ${expected.join(', ') || 'nothing'}`, () =>
    serve(async (client) => {
      await client.charge(token, { now: '2027-05-03T12:00:00Z', account })
      const { data } = await pull(client, '2027-07-01T00:00:00Z')
      assert.deepEqual(data.map(short), expected)
    }))
}

test('a caller is told when to ask again, and each notice once and in order', () =>
  serve(async (client) => {
    await client.charge('tok_dispute_other', { now: '2027-05-03T12:00:00Z', account })
    await client.charge('tok_ach', { now: '2027-05-03T12:00:00Z', account })
    const first = await pull(client, '2027-05-03T12:00:00Z')
    assert.deepEqual([first.data, first.next_due_at], [[], '2027-05-06T12:00:00.000Z'])
    const second = await pull(client, '2027-05-06T12:00:00Z', first.next)
    assert.deepEqual(second.data.map(short), ['2027-05-06 charge succeeded'])
    assert.equal(second.next_due_at, '2027-05-08T12:00:00.000Z')
    const third = await pull(client, '2027-06-01T00:00:00Z', second.next)
    assert.deepEqual(
      third.data.map((told: Told) => told.kind),
      ['dispute', 'dispute'],
    )
    const fourth = await pull(client, '2027-06-01T00:00:00Z', third.next)
    assert.deepEqual([fourth.data, fourth.next_due_at], [[], null])
    assert.deepEqual((await pull(client, '2027-06-01T00:00:00Z')).data, [
      ...second.data,
      ...third.data,
    ])
  }))

test('a challenge that is met on a page is told at the newest time that the account has shown', () =>
  serve(async (client) => {
    const { body } = await client.charge('tok_authenticate', { account })
    const before = await pull(client, '2027-05-04T12:00:00Z')
    const form = new URLSearchParams({ result: 'succeeded' })
    await fetch(body.next_action.url, { method: 'POST', body: form })
    const after = await pull(client, '2027-05-04T12:00:00Z', before.next)
    assert.deepEqual(after.data.map(short), ['2027-05-04 charge succeeded'])
  }))

test('pending refunds arrive or fail, days later; the failed one can be made again', () =>
  serve(async (client) => {
    const refund = async (token: string, key: string) => {
      const { id } = (await client.charge(token, { account })).body
      const headers = { ...at('2027-05-03T12:00:00Z'), 'idempotency-key': key }
      const path = `/gateways/g/charges/${id}`
      const { body } = await client.post(`${path}/refund`, {}, headers)
      return { path, status: body.status, failure: body.failure?.code ?? null }
    }
    assert.equal((await refund('tok_refund_pending', 'a')).status, 'pending')
    const { path, ...failing } = await refund('tok_refund_fail_later', 'b')
    assert.equal(failing.status, 'pending')
    const failed = await refund('tok_refund_fail', 'c')
    assert.deepEqual([failed.status, failed.failure], ['failed', 'expired_or_canceled_card'])
    const { data } = await pull(client, '2027-05-06T12:00:00Z')
    assert.deepEqual(data.map(short), ['2027-05-06 refund succeeded', '2027-05-06 refund failed'])
    const after = at('2027-05-06T12:00:00Z')
    assert.equal((await client.get(path, after)).body.refunded_minor, 0)
    const again = { ...after, 'idempotency-key': 'd' }
    assert.equal((await client.post(`${path}/refund`, {}, again)).status, 200)
    const shown = await client.get(`${path}/refunds/by-key/b`, after)
    assert.deepEqual([shown.body.status, shown.body.amount_minor], ['failed', 1000])
    const absent = await client.get(`${path}/refunds/by-key/z`, after)
    assert.equal(absent.body.error.code, 'refund_not_found')
  }))

test('a refund whose answer is lost is found by its key', () =>
  serve(async (client) => {
    const { id } = (await client.charge('tok_refund_timeout', { account })).body
    const path = `/gateways/g/charges/${id}`
    const headers = { ...at('2027-05-03T12:00:00Z'), 'idempotency-key': 'a' }
    await assert.rejects(client.post(`${path}/refund`, {}, headers))
    const { body } = await client.get(`${path}/refunds/by-key/a`, headers)
    assert.deepEqual([body.status, body.amount_minor], ['succeeded', 1000])
  }))

test('a card of the world that an updater replaces is told of with its new end and expiry', () => {
  const ends = { closed_per_year: 6, updater: { share: 1, delay_hours: 24 } }
  const world = plainWorld({ issuers: [plainIssuer({ ends })] })
  return serve(
    async (client) => {
      const { card } = (await client.charge('tok_world_1', { account })).body
      const { data } = await pull(client, '2029-01-01T00:00:00Z')
      assert.deepEqual(data.map(short), [`${data[0].time.slice(0, 10)} token updated`])
      assert.notEqual(data[0].card.last4, card.last4)
      const shown = await client.get('/gateways/g/tokens/tok_world_1', at(data[0].time))
      assert.equal(shown.body.last4, data[0].card.last4)
      const again = await pull(client, '2029-01-01T00:00:00Z')
      assert.equal(again.data.length, 2, 'the successor’s end is watched too, once it is seen')
    },
    { world },
  )
})

interface Delivery {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A listener that hands out what it is sent, one by one. */
async function listen(use: (url: string, next: () => Promise<Delivery>) => Promise<void>) {
  const arrived: Delivery[] = []
  const waiting: ((delivery: Delivery) => void)[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const delivery = { headers: request.headers, body: Buffer.concat(chunks).toString() }
      const first = waiting.shift()
      if (first === undefined) arrived.push(delivery)
      else first(delivery)
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const next = () =>
    new Promise<Delivery>((resolve) => {
      const first = arrived.shift()
      if (first === undefined) waiting.push(resolve)
      else resolve(first)
    })
  try {
    await use(`http://127.0.0.1:${port}/hook`, next)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

function put(url: string, path: string, body: object): Promise<Response> {
  return fetch(url + path, { method: 'PUT', body: JSON.stringify(body) })
}

test('a webhook is called, signed, once the account shows a time at which something is due', () =>
  serve((client, running) =>
    listen(async (url, next) => {
      await client.charge('tok_ach', { now: '2027-05-03T12:00:00Z', account })
      await put(running.url, '/gateways/g/webhook', { account, url, secret: 'whsec_1' })
      await client.get('/gateways/g/charges/by-key/x', at('2027-05-07T00:00:00Z'))
      const { headers, body } = await next()
      const [, time, digest] = /^t=(\d+),v1=(.+)$/.exec(String(headers['x-world-signature'])) ?? []
      const expected = createHmac('sha256', 'whsec_1').update(`${time}.${body}`).digest('hex')
      assert.equal(digest, expected)
      const pulled = await pull(client, '2027-05-07T00:00:00Z')
      assert.deepEqual(JSON.parse(body), pulled.data[0])
    }),
  ))

test('what was told survives a restart, and notices come twice or backwards if asked to', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'world-'))
  try {
    await serve(
      (client, running) =>
        listen(async (url, next) => {
          const hook = { account, url, secret: 's', delivery: 'doubled' }
          await client.charge('tok_ach', { now: '2027-05-03T12:00:00Z', account })
          await client.charge('tok_bacs', { now: '2027-05-03T12:30:00Z', account })
          await put(running.url, '/gateways/g/webhook', hook)
          await client.get('/gateways/g/charges/by-key/x', at('2027-05-06T12:00:00Z'))
          const [one, two] = [await next(), await next()]
          assert.equal(one.body, two.body)
        }),
      { stateDir },
    )
    await serve(
      (client, running) =>
        listen(async (url, next) => {
          const { data } = await pull(client, '2027-05-07T00:00:00Z')
          assert.deepEqual(
            data.map((told: Told) => told.time.slice(11, 16)),
            ['12:00', '12:00', '12:30', '12:30'],
          )
          const hook = { account, url, secret: 's', delivery: 'reversed' }
          await client.charge('tok_sepa', { now: '2027-05-07T00:00:00Z', account })
          await client.charge('tok_ach', { now: '2027-05-07T00:00:00Z', account })
          await put(running.url, '/gateways/g/webhook', hook)
          await client.get('/gateways/g/charges/by-key/x', at('2027-06-01T00:00:00Z'))
          const times = [await next(), await next()].map(({ body }) => JSON.parse(body).time)
          assert.deepEqual(times, ['2027-05-14T00:00:00.000Z', '2027-05-12T00:00:00.000Z'])
        }),
      { stateDir },
    )
  } finally {
    rmSync(stateDir, { recursive: true })
  }
})

const faults: readonly (readonly [fault: string, answer: string])[] = [
  ['down', '503'],
  ['silent', 'no answer'],
  ['nonsense', 'no JSON'],
  ['none', '200'],
]

test('an account may be named as the API tells its id', () =>
  serve(async (client, { url }) => {
    const id = '01890a5d-ac96-774b-bcce-b302099a8057'
    assert.ok(isUuid(id))
    await put(url, '/gateways/g/fault', { account: encodeId('account', id), fault: 'down' })
    assert.equal((await client.charge('tok_visa', { account: id })).status, 503)
    await put(url, '/gateways/g/fault', { account: id, fault: 'none' })
    const made = await client.charge('tok_visa', { account: id })
    const headers = { 'x-perennial-account': encodeId('account', id) }
    assert.equal((await client.get(`/gateways/g/charges/${made.body.id}`, headers)).status, 200)
  }))

for (const [fault, answer] of faults) {
  test(`a gateway that is asked to be ${fault} answers ${answer}, to that account alone`, () =>
    serve(async (client, { url }) => {
      await put(url, '/gateways/g/fault', { account, fault })
      const told = await client.charge('tok_visa', { account }).then(
        ({ status }) => String(status),
        (error: unknown) => (error instanceof SyntaxError ? 'no JSON' : 'no answer'),
      )
      assert.equal(told, answer)
      assert.equal((await client.charge('tok_visa')).status, 200)
      const { data } = (await client.get('/audit', { 'x-perennial-account': account })).body
      assert.equal(data.length, fault === 'none' ? 1 : 0)
    }))
}
