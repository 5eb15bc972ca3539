import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { COLUMN_TYPES, type TableName } from '../../../platform/db/index.ts'
import { createLogger } from '../../../platform/log/index.ts'
import { type TestShop, startTestShop } from '../../../testing/test-card-world.ts'
import { paymentsRoutes } from '../index.ts'

/** The vendor's front desk: it knows keys that end in "good" and tells whose they are. */
type Desk = { readonly url: string; isOpen: boolean; close(): Promise<void> }

async function openDesk(): Promise<Desk> {
  const desk = { url: '', isOpen: true, close: async () => {} }
  const server = createServer((request, response) => {
    if (!desk.isOpen) return void response.writeHead(503).end('<h1>Sorry</h1>')
    const isGood = request.headers.authorization?.endsWith('good') === true
    const message = 'Invalid API Key provided: sk_test_****good'
    const body = isGood
      ? { id: 'acct_1', object: 'account', business_profile: { name: 'Acme' } }
      : { error: { type: 'invalid_request_error', message } }
    response.writeHead(isGood ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  desk.url = `http://127.0.0.1:${address.port}`
  desk.close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return desk
}

const SECRET = 'sk_test_4eC39HqLyjWDarjtT1zdp7good'
const NEXT_SECRET = 'sk_test_9zY17TqLyjWDarjtT1zdp7next4good'
const WEBHOOK_SECRET = 'whsec_q2w3e4r5t6z7u8i9o0'

const lines: string[] = []
let desk: Desk
let shop: TestShop
before(async () => {
  desk = await openDesk()
  const log = createLogger({
    level: 'trace',
    pretty: false,
    destination: { write: (line: string) => void lines.push(line) },
  })
  shop = await startTestShop((deps) => [paymentsRoutes(deps)], { log })
})
after(async () => {
  await shop.close()
  await desk.close()
})

function connection(more: object = {}) {
  const credentials = { secret_key: SECRET, webhook_secret: WEBHOOK_SECRET }
  return { kind: 'stripe', name: 'Stripe', credentials, base_url: desk.url, ...more }
}

async function connect(more: object = {}): Promise<string> {
  const made = await shop.request('POST', '/gateways', { body: connection(more) })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return made.text('data.id')
}

describe('connecting', () => {
  test('a gateway is connected with credentials that it takes, and shows their ends only', async () => {
    const made = await shop.request('POST', '/gateways', {
      body: connection({ name: 'Main account (EU)', discount_rate_ppm: 29_000 }),
    })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    assert.partialDeepStrictEqual(made.at('data'), {
      object: 'gateway',
      kind: 'stripe',
      code: 'main_account_eu',
      enabled: true,
      credentials: { secret_key: '••••good', webhook_secret: '••••i9o0' },
      credentials_version: 1,
      discount_rate_ppm: 29_000,
    })
    const address = `/webhooks/gateways/acct_[0-9a-z]{26}/${made.text('data.id')}$`
    assert.match(made.text('data.webhook_url'), new RegExp(address))
    const shown = await shop.request('GET', `/gateways/${made.text('data.id')}`)
    assert.deepEqual(shown.at('data'), made.at('data'))
    const listed = await shop.request('GET', '/gateways?kind=stripe')
    assert.equal(listed.at('data.0.id'), made.at('data.id'))
  })

  const refusals: readonly (readonly [why: string, more: object, status: number, param: string | undefined, message: RegExp])[] = [
    ['an unknown kind', { kind: 'paybuddy' }, 400, 'kind', /Give one of/],
    ['simulated, which has no credentials', { kind: 'simulated' }, 400, 'kind', /Give one of/],
    ['no credentials', { credentials: {} }, 400, 'credentials.secret_key', /Secret key is needed/],
    ['a key that is a number', { credentials: { secret_key: 5 } }, 400, 'credentials.secret_key', /as text/],
    ['a field of another vendor', { credentials: { secret_key: SECRET, merchant_account: 'x' } }, 400, 'credentials.merchant_account', /it has secret_key/],
    ['a key that the vendor does not take', { credentials: { secret_key: 'sk_test_bad' } }, 400, 'credentials', /Invalid API Key/],
    ['a live key in a sandbox', { credentials: { secret_key: 'sk_live_4eC39good' } }, 400, 'credentials', /sandbox needs a key that begins with sk_test_/],
    ['a stand-in that is no address', { base_url: 'nowhere' }, 400, 'base_url', /http or https/],
    ['a stand-in with a password', { base_url: 'http://a:b@127.0.0.1:1' }, 400, 'base_url', /without user name/],
    ['a stand-in that reads files', { base_url: 'file:///etc/passwd' }, 400, 'base_url', /http or https/],
    ['a private address', { base_url: 'http://10.1.2.3:80' }, 400, 'base_url', /PRIVATE_TARGETS/],
    ['the address of cloud secrets', { base_url: 'http://169.254.169.254' }, 400, 'base_url', /PRIVATE_TARGETS/],
    ['a private address in other clothes', { base_url: 'http://[::ffff:10.1.2.3]/' }, 400, 'base_url', /PRIVATE_TARGETS/],
    ['nobody there', { base_url: 'http://127.0.0.1:1' }, 503, undefined, /does not answer/],
    ['no name', { name: '' }, 400, 'name', /./],
    ['a fee of more than everything', { discount_rate_ppm: 1_000_001 }, 400, 'discount_rate_ppm', /./],
    ['a BIN of seven digits', { acquirer_bins: ['1234567'] }, 400, 'acquirer_bins[0]', /./],
    ['a rule about the weather', { global_cascade_rules: [{ metric: 'rain', period: 'day', max: 1 }] }, 400, 'global_cascade_rules[0].metric', /./],
    ['a decline rate of more than everything', { global_cascade_rules: [{ metric: 'decline_rate', period: 'day', max: 101 }] }, 400, 'global_cascade_rules[0].max', /at most 100/],
  ] // prettier-ignore
  for (const [why, more, status, param, message] of refusals) {
    test(`${why} is refused with ${status}${param === undefined ? '' : ` at ${param}`}`, async () => {
      const before = await shop.count('gateways')
      const refused = await shop.request('POST', '/gateways', { body: connection(more) })
      assert.equal(refused.status, status, JSON.stringify(refused.body))
      assert.equal(refused.at('error.param'), param)
      assert.match(refused.text('error.message'), message)
      assert.equal(await shop.count('gateways'), before)
    })
  }

  test('a vendor that is out of order is an outage, and nothing is kept', async () => {
    desk.isOpen = false
    const before = await shop.count('gateways')
    const refused = await shop.request('POST', '/gateways', { body: connection() })
    desk.isOpen = true
    assert.equal(refused.status, 503)
    assert.equal(await shop.count('gateways'), before)
  })

  test('two gateways do not share a name, in any letter case', async () => {
    await connect({ name: 'Twin' })
    const refused = await shop.request('POST', '/gateways', { body: connection({ name: 'TWIN' }) })
    assert.equal(refused.status, 400)
    assert.equal(refused.at('error.param'), 'name')
  })

  test('a live account has no stand-ins', async () => {
    const { apiKey } = shop.account.live
    const body = connection({ credentials: { secret_key: 'sk_live_4eC39HqLyjWDgood' } })
    const refused = await shop.request('POST', '/gateways', { body, apiKey })
    assert.equal(refused.status, 400)
    assert.equal(refused.at('error.param'), 'base_url')
  })

  test('kinds are listed with what they need and can do', async () => {
    const { body } = await shop.request('GET', '/gateways/vendors')
    assert.match(JSON.stringify(body), /"kind":"stripe".*"secret_key".*"token_form":"the id/)
  })

  test('another account does not see it', async () => {
    const id = await connect({ name: 'Mine' })
    const other = await shop.createOtherAccount()
    const { apiKey } = other.sandbox
    assert.equal((await shop.request('GET', `/gateways/${id}`, { apiKey })).status, 404)
    const renamed = await shop.request('PATCH', `/gateways/${id}`, { apiKey, body: { name: 'X' } })
    assert.equal(renamed.status, 404)
  })
})

describe('changing', () => {
  test('settings are changed by name, and a change of nothing is no change', async () => {
    const id = await connect({ name: 'Changing' })
    const rules = [{ metric: 'captured_amount', period: 'month', max: 5_000_000 }]
    const descriptor = { enabled: true, name: 'ACME', phone: '+1 555 0100' }
    const changed = await shop.request('PATCH', `/gateways/${id}`, {
      body: {
        global_cascade_rules: rules,
        custom_descriptor: descriptor,
        monthly_cap: 9_000_000,
        acquirer_bins: ['411111', '42424242'],
        smart_bin_enabled: true,
        visa_attempts_max: 18,
      },
    })
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
    assert.partialDeepStrictEqual(changed.at('data'), {
      global_cascade_rules: rules,
      custom_descriptor: { ...descriptor, city: null },
      monthly_cap: 9_000_000,
      visa_attempts_max: 18,
      version: 2,
    })
    for (const [visa_attempts_max, status] of [
      [20, 200],
      [21, 400],
      [14, 400],
      [null, 200],
    ]) {
      // prettier-ignore
      const path = `/gateways/${id}`
      const body = { visa_attempts_max }
      assert.equal((await shop.request('PATCH', path, { body })).status, status)
    }
    await shop.newEvents()
    const again = await shop.request('PATCH', `/gateways/${id}`, {
      body: { monthly_cap: 9_000_000 },
    })
    assert.equal(again.at('data.version'), 4)
    assert.deepEqual(await shop.newEvents(), [])
  })

  test('it is disabled and enabled, each told once', async () => {
    const id = await connect({ name: 'Switched' })
    await shop.newEvents()
    for (const name of ['disable', 'disable', 'enable']) {
      assert.equal((await shop.request('POST', `/gateways/${id}/${name}`)).status, 200)
    }
    assert.deepEqual(await shop.newEvents(), ['gateway.updated', 'gateway.updated'])
  })

  test('a gateway that alone can charge a method is not archived; another one is, and stays readable', async () => {
    const id = await connect({ name: 'To be archived' })
    const customerId = await shop.createCustomer()
    await shop.attach(customerId, 'tok_visa')
    const listed = await shop.request('GET', '/gateways?kind=simulated')
    const amber = String(listed.at('data.1.id'))
    const refused = await shop.request('DELETE', `/gateways/${amber}`)
    assert.equal(refused.status, 409, JSON.stringify(refused.body))
    const archived = await shop.request('DELETE', `/gateways/${id}`)
    assert.equal(archived.status, 200)
    assert.equal(archived.at('data.enabled'), false)
    assert.equal((await shop.request('DELETE', `/gateways/${id}`)).status, 200)
    const changed = await shop.request('PATCH', `/gateways/${id}`, { body: { name: 'Back' } })
    assert.equal(changed.status, 409)
    assert.equal((await shop.request('GET', `/gateways/${id}`)).status, 200)
    const shown = JSON.stringify((await shop.request('GET', '/gateways')).body)
    assert.ok(!shown.includes(id), 'archived gateways are not listed')
    await connect({ name: 'To be archived' })
  })
})

describe('rotating credentials', () => {
  test('new ones are checked and swapped; those that are refused change nothing', async () => {
    const id = await connect({ name: 'Rotated' })
    const wrong = await shop.request('POST', `/gateways/${id}/credentials`, {
      body: { credentials: { secret_key: 'sk_test_wrong' } },
    })
    assert.equal(wrong.status, 400)
    const rotated = await shop.request('POST', `/gateways/${id}/credentials`, {
      body: { credentials: { secret_key: NEXT_SECRET } },
    })
    assert.equal(rotated.status, 200, JSON.stringify(rotated.body))
    assert.partialDeepStrictEqual(rotated.at('data'), {
      credentials: { secret_key: '••••good', webhook_secret: '••••i9o0' },
      credentials_version: 2,
    })
    assert.notEqual(rotated.at('data.previous_credentials_until'), null)
    for (const credentials of [{}, { secret_key: NEXT_SECRET }]) {
      const again = await shop.request('POST', `/gateways/${id}/credentials`, {
        body: { credentials },
      })
      assert.deepEqual(again.at('data'), rotated.at('data'), 'nothing new, so nothing is rotated')
    }
  })

  test('a kept secret is never sent to another address', async () => {
    const id = await connect({ name: 'Lured away' })
    const elsewhere = await openDesk()
    const lured = await shop.request('POST', `/gateways/${id}/credentials`, {
      body: { credentials: {}, base_url: elsewhere.url },
    })
    await elsewhere.close()
    assert.equal(lured.status, 400)
    assert.equal(lured.at('error.param'), 'credentials.secret_key')
  })

  test('a gateway of the simulated world has none', async () => {
    const listed = await shop.request('GET', '/gateways?kind=simulated')
    const path = `/gateways/${listed.text('data.0.id')}/credentials`
    const refused = await shop.request('POST', path, { body: { credentials: {} } })
    assert.equal(refused.status, 409)
  })
})

describe('attaching a method', () => {
  test('a token of another form is refused in words that say what is right', async () => {
    await connect({ name: 'Form', code: 'form' })
    const customerId = await shop.createCustomer()
    const body = { customer_id: customerId, token: '8ac7a4a1|shopper', gateway: 'form' }
    const refused = await shop.request('POST', '/payment-methods', { body })
    assert.equal(refused.status, 400)
    assert.equal(refused.at('error.param'), 'token')
    assert.match(refused.text('error.message'), /Stripe is the id of a payment method, pm_/)
  })
})

function isTableName(name: string): name is TableName {
  return name in COLUMN_TYPES
}

test('no secret is found in the database, the logs or an event', async () => {
  const id = await connect({ name: 'Secretive' })
  await shop.request('POST', `/gateways/${id}/credentials`, {
    headers: { 'idempotency-key': 'rotate-1' },
    body: { credentials: { secret_key: NEXT_SECRET } },
  })
  const { kysely } = shop.database
  const found: string[] = []
  for (const table of Object.keys(COLUMN_TYPES).filter(isTableName)) {
    const rows = await kysely
      .selectFrom(kysely.dynamic.table(table).as('row'))
      .selectAll()
      .execute()
    const text = JSON.stringify(rows, (_key, value) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    for (const secret of [SECRET, NEXT_SECRET, WEBHOOK_SECRET])
      if (text.includes(secret)) found.push(table)
  }
  assert.deepEqual(found, [])
  assert.ok(lines.length > 0, 'something was logged')
  const logged = lines.join('')
  for (const secret of [SECRET, NEXT_SECRET, WEBHOOK_SECRET]) assert.ok(!logged.includes(secret))
})
