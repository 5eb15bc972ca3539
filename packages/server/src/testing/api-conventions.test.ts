import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { customersRoutes } from '../modules/customers/index.ts'
import { type TestApi, startTestApi } from './test-api.ts'

const customers = customersRoutes({
  onDeleted: async () => {},
  findDefaultPaymentMethods: async () => new Map(),
})

let api: TestApi
before(async () => {
  api = await startTestApi([customers])
})
after(() => api.close())

describe('who is asking', () => {
  const unknown = 'rk_sandbox_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  const ways: readonly (readonly [name: string, headers: (key: string) => Record<string, string>, status: number, code?: string])[] = [
    ['x-api-key', (key) => ({ 'x-api-key': key }), 200],
    ['Bearer', (key) => ({ authorization: `Bearer ${key}` }), 200],
    ['Bearer in lower case', (key) => ({ authorization: `bearer ${key}` }), 200],
    ['x-revkeen-key', (key) => ({ 'x-revkeen-key': key }), 200],
    ['x-api-key before the others', (key) => ({ 'x-api-key': key, authorization: `Bearer ${unknown}`, 'x-revkeen-key': unknown }), 200],
    ['Bearer before x-revkeen-key', (key) => ({ authorization: `Bearer ${key}`, 'x-revkeen-key': unknown }), 200],
    ['the older spelling rk_test_', (key) => ({ 'x-api-key': key.replace('rk_sandbox_', 'rk_test_') }), 200],
    ['nothing', () => ({}), 401, 'authentication_failed'],
    ['an unknown key', () => ({ 'x-api-key': unknown }), 401, 'invalid_api_key'],
    ['a key with a letter more', (key) => ({ 'x-api-key': `${key}A` }), 401, 'invalid_api_key'],
    ['a sandbox key said to be live', (key) => ({ 'x-api-key': key.replace('sandbox', 'live') }), 401, 'invalid_api_key'],
    ['no key at all', () => ({ 'x-api-key': 'hello' }), 401, 'invalid_api_key'],
  ] // prettier-ignore
  for (const [name, headers, status, code] of ways) {
    test(`${name}: ${status}${code === undefined ? '' : ` ${code}`}`, async () => {
      const answer = await api.request('GET', '/customers', {
        apiKey: null,
        headers: headers(api.account.sandbox.apiKey),
      })
      assert.equal(answer.status, status)
      assert.equal(answer.at('error.code'), code)
      assert.equal(
        answer.headers['www-authenticate'],
        status === 401 ? 'Bearer realm="revkeen-api"' : undefined,
      )
    })
  }

  test('a revoked key stops working at once, in a sandbox and in a live account', async () => {
    for (const environment of ['sandbox', 'live'] as const) {
      const own = api.account[environment].apiKey
      const made = await api.request('POST', '/api-keys', {
        apiKey: own,
        body: { name: 'short-lived' },
      })
      const apiKey = made.text('data.secret')
      assert.equal((await api.request('GET', '/customers', { apiKey })).status, 200)
      await api.request('DELETE', `/api-keys/${made.text('data.id')}`, { apiKey: own })
      const refused = await api.request('GET', '/customers', { apiKey })
      assert.equal(refused.status, 401)
      assert.equal(refused.at('error.code'), 'api_key_revoked')
    }
  })

  test('a live key that another process revoked writes no more, and reads for 5 seconds at most', async () => {
    const own = api.account.live.apiKey
    const made = await api.request('POST', '/api-keys', { apiKey: own, body: { name: 'there' } })
    const apiKey = made.text('data.secret')
    const read = async () => (await api.request('GET', '/customers', { apiKey })).status
    assert.equal(await read(), 200)
    await api.database.kysely
      .updateTable('api_keys')
      .set({ revoked_at: api.clock.now() })
      .where('name', '=', 'there')
      .execute()
    const written = await api.request('POST', '/customers', { apiKey, body: {} })
    assert.equal(written.status, 401)
    api.clock.advanceMs(5_001)
    assert.equal(await read(), 401)
  })

  const scopes: readonly (readonly [scopes: readonly string[], get: number, post: number])[] = [
    [['*'], 200, 400],
    [['customers:*'], 200, 400],
    [['customers:read'], 200, 403],
    [['customers:write'], 403, 400],
    [['*:read'], 200, 403],
    [['products:read', 'products:write'], 403, 403],
  ]
  for (const [granted, get, post] of scopes) {
    test(`a key with ${granted.join(', ')} gets ${get} on reading and ${post} on writing`, async () => {
      const made = await api.request('POST', '/api-keys', {
        body: { name: 'scoped', scopes: granted },
      })
      const apiKey = made.text('data.secret')
      assert.equal((await api.request('GET', '/customers', { apiKey })).status, get)
      const written = await api.request('POST', '/customers', { apiKey, body: {} })
      assert.equal(written.status, post)
      if (post === 403) {
        assert.equal(written.at('error.type'), 'authorization_error')
        assert.equal(written.at('error.code'), 'insufficient_permissions')
      }
    })
  }

  const gifts: readonly (readonly [held: readonly string[], given: readonly string[], status: number])[] = [
    [['api_keys:write'], ['*'], 403],
    [['api_keys:write'], ['api_keys:*'], 403],
    [['api_keys:write'], ['customers:read'], 403],
    [['api_keys:*', '*:read'], ['*:read'], 201],
    [['api_keys:*', '*:read'], ['customers:*'], 403],
    [['api_keys:*', '*:read', 'customers:write'], ['customers:*', 'payouts:*'], 201],
    [['api_keys:write', 'customers:*'], ['*:read'], 403],
    [['*'], ['*', 'customers:read'], 201],
  ] // prettier-ignore
  for (const [held, given, status] of gifts) {
    test(`a key with ${held.join(', ')} that makes one with ${given.join(', ')}: ${status}`, async () => {
      const body = { name: 'giver', scopes: held }
      const giver = await api.request('POST', '/api-keys', { body })
      const apiKey = giver.text('data.secret')
      const made = await api.request('POST', '/api-keys', {
        apiKey,
        body: { name: 'given', scopes: given },
      })
      assert.equal(made.status, status, JSON.stringify(made.body))
      const target = await api.request('POST', '/api-keys', { body: { name: 'a', scopes: given } })
      const path = `/api-keys/${target.text('data.id')}/roll`
      const rolled = await api.request('POST', path, { apiKey })
      assert.equal(rolled.status, status === 201 ? 200 : 403)
      if (status === 403) assert.equal(rolled.at('error.code'), 'insufficient_permissions')
    })
  }

  test('two accounts do not see each other, not even by id', async () => {
    const other = await api.createOtherAccount()
    const mine = await api.request('POST', '/customers', { body: { email: 'mine@example.com' } })
    const path = `/customers/${mine.text('data.id')}`
    for (const apiKey of [other.sandbox.apiKey, api.account.live.apiKey]) {
      assert.equal((await api.request('GET', path, { apiKey })).status, 404)
      assert.equal((await api.request('PATCH', path, { apiKey, body: { name: 'x' } })).status, 404)
      assert.equal((await api.request('DELETE', path, { apiKey })).status, 404)
      assert.deepEqual((await api.request('GET', '/customers', { apiKey })).at('data'), [])
    }
    assert.equal((await api.request('GET', path)).status, 200)
  })
})

describe('every answer', () => {
  test('carries its request id, in the header and in an error', async () => {
    const fine = await api.request('GET', '/customers')
    assert.match(String(fine.headers['x-request-id']), /^req_[0-9a-z]{26}$/)
    const refused = await api.request('GET', '/customers?limit=abc')
    assert.equal(refused.at('error.request_id'), refused.headers['x-request-id'])
    assert.equal(refused.at('message'), refused.at('error.message'))
  })

  test('is JSON and says so, and is not sniffed, framed or scripted', async () => {
    for (const path of ['/customers', '/customers/cus_nonexistent', '/nowhere', '//healthz']) {
      const { headers } = await api.request('GET', path)
      assert.equal(headers['content-type'], 'application/json; charset=utf-8')
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.match(String(headers['content-security-policy']), /default-src 'none'/)
    }
  })

  test('a slash too many is told, where a list is and where an id would be', async () => {
    for (const path of ['/customers/', '/customers/cus_01h455vb4pex5vsknk084sn02q/']) {
      const answer = await api.request('GET', path)
      assert.equal(answer.status, 404)
      const bare = `/v2${path.slice(0, -1)}`
      const message = `There is nothing at GET ${bare}/. Leave out the slash at its end: ${bare}.`
      assert.equal(answer.at('error.message'), message)
      assert.equal(answer.headers['x-request-id'], answer.at('error.request_id'))
    }
  })

  test('an unknown path is 404, whoever asks', async () => {
    for (const path of ['/nowhere', '//v3/customers', '//nowhere']) {
      const answer = await api.request('GET', path, { apiKey: null })
      assert.equal(answer.status, 404)
      assert.equal(answer.at('error.code'), 'resource_not_found')
    }
  })

  test('a version that this service does not speak is refused, the current one is not', async () => {
    const asked = (version: string) =>
      api.request('GET', '/customers', { headers: { 'revkeen-version': version } })
    assert.equal((await asked('2026-05-01')).status, 200)
    const refused = await asked('2020-01-01')
    assert.equal(refused.status, 400)
    assert.equal(refused.at('error.param'), 'RevKeen-Version')
  })
})

describe('bad input is refused by name and writes nothing', () => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000)
  const bodies: readonly (readonly [name: string, body: unknown, status: number, code: string, param?: string])[] = [
    ['no JSON', '{"email": ', 400, 'invalid_request'],
    ['a number where an object belongs', '5', 400, 'validation_error', 'body'],
    ['null', 'null', 400, 'validation_error', 'body'],
    ['a list', '[]', 400, 'validation_error', 'body'],
    ['nothing', '', 400, 'validation_error', 'email'],
    ['a poisoned prototype', '{"email":"a@example.com","__proto__":{"x":1}}', 400, 'invalid_request'],
    ['no e-mail address', {}, 400, 'validation_error', 'email'],
    ['text that is no address', { email: 'nobody' }, 400, 'validation_error', 'email'],
    ['a number as address', { email: 5 }, 400, 'validation_error', 'email'],
    ['an address with a space', { email: 'a b@example.com' }, 400, 'validation_error', 'email'],
    ['an address that is too long', { email: `${'a'.repeat(250)}@example.com` }, 400, 'validation_error', 'email'],
    ['a name that is too long', { email: 'a@example.com', name: 'n'.repeat(501) }, 400, 'validation_error', 'name'],
    ['a number as name', { email: 'a@example.com', name: 5 }, 400, 'validation_error', 'name'],
    ['an unknown currency', { email: 'a@example.com', currency: 'XYZ' }, 400, 'validation_error', 'currency'],
    ['text as metadata', { email: 'a@example.com', metadata: 'x' }, 400, 'validation_error', 'metadata'],
    ['a list as metadata', { email: 'a@example.com', metadata: [1] }, 400, 'validation_error', 'metadata'],
    ['a NUL in a name', { email: 'a@example.com', name: 'a\0b' }, 400, 'validation_error', 'name'],
    ['a NUL in a key', { email: 'a@example.com', metadata: { 'a\0': 1 } }, 400, 'validation_error', 'metadata.a\0'],
    ['half a surrogate pair', '{"email":"a@example.com","metadata":{"x":"\\ud800"}}', 400, 'validation_error', 'metadata.x'],
    ['nesting without end', `{"email":"a@example.com","metadata":{"x":${deep}}}`, 400, 'validation_error'],
  ] // prettier-ignore
  for (const [name, body, status, code, param] of bodies) {
    test(`${name}: ${status} ${code}${param === undefined ? '' : ` about ${JSON.stringify(param)}`}`, async () => {
      const before = await Promise.all([api.count('customers'), api.count('events')])
      const answer = await api.request('POST', '/customers', { body })
      assert.equal(answer.status, status)
      assert.equal(answer.at('error.type'), 'invalid_request_error')
      assert.equal(answer.at('error.code'), code)
      if (param !== undefined) assert.equal(answer.at('error.param'), param)
      assert.deepEqual(await Promise.all([api.count('customers'), api.count('events')]), before)
    })
  }

  test('several problems are all named at once', async () => {
    const answer = await api.request('POST', '/customers', {
      body: { email: 5, name: 6, phone: 7 },
    })
    assert.deepEqual(Object.keys(Object(answer.at('error.details.fields'))), [
      'email',
      'name',
      'phone',
    ])
  })

  const media: readonly (readonly [type: string, status: number])[] = [
    ['application/json; charset=utf-8', 201],
    ['application/vnd.api+json', 201],
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
  ]
  for (const [type, status] of media) {
    test(`a body of type ${type}: ${status}`, async () => {
      const response = await api.app.inject({
        method: 'POST',
        url: '/v2/customers',
        headers: { 'x-api-key': api.account.sandbox.apiKey, 'content-type': type },
        payload: JSON.stringify({ email: `${status}-${type.length}@example.com` }),
      })
      assert.equal(response.statusCode, status)
    })
  }

  test('a field is called as it was sent, in the message, in param and in details', async () => {
    for (const name of ['addressLine1', 'address_line1']) {
      const body = { email: 'a@example.com', [name]: 5 }
      const refused = await api.request('POST', '/customers', { body })
      assert.partialDeepStrictEqual(refused.at('error'), {
        message: `${name} must be a string or null.`,
        param: name,
        details: { fields: { [name]: ['must be a string or null'] } },
      })
    }
    const listed = await api.request('GET', '/customers?startingAfter=nobody')
    assert.equal(
      listed.at('error.message'),
      'startingAfter must be the id of a customer, which starts with cus_.',
    )
    assert.equal(listed.at('error.param'), 'startingAfter')
  })

  const queries: readonly (readonly [query: string, status: number, param?: string])[] = [
    ['limit=0', 400, 'limit'],
    ['limit=-1', 400, 'limit'],
    ['limit=abc', 400, 'limit'],
    ['limit=1.5', 400, 'limit'],
    ['limit=1000000', 200],
    ['limit=', 200],
    ['search=', 200],
    ['offset=-1', 400, 'offset'],
    ['offset=10001', 400, 'offset'],
    ['offset=10000', 200],
    ['page=0', 400, 'page'],
    ['page=1000', 400, 'page'],
    ['starting_after=cus_nonexistent', 400, 'starting_after'],
    ['starting_after=sub_01h455vb4pex5vsknk084sn02q', 400, 'starting_after'],
    ['starting_after=cus_01h455vb4pex5vsknk084sn02q', 200],
    ['startingAfter=cus_01h455vb4pex5vsknk084sn02q', 200],
    ['search=%00', 400, 'search'],
    ['include_deleted=perhaps', 400, 'include_deleted'],
    ['include_delete=true', 400, 'include_delete'],
    ['unknown=', 400, 'unknown'],
    ['created[gte]=1', 400, 'created[gte]'],
    ['4111111111111111=1', 400, 'query'],
    ['%00=1', 400, 'query'],
  ]
  for (const [query, status, param] of queries) {
    test(`?${query}: ${status}`, async () => {
      const answer = await api.request('GET', `/customers?${query}`)
      assert.equal(answer.status, status)
      assert.equal(answer.at('error.param'), param)
    })
  }

  test('a query parameter that is not known is answered with those that are, and with what it is near to', async () => {
    const list = await api.request('GET', '/customers?includedeletedones=true')
    assert.equal(
      list.at('error.message'),
      'includedeletedones is not known here. Did you mean include_deleted? Known are limit, starting_after, ending_before, offset, page, search, email, include_deleted.',
    )
    const made = await api.request('POST', '/customers?dry_run=true', {
      body: { email: 'dry@example.com' },
    })
    assert.deepEqual(
      [made.status, made.at('error.message')],
      [400, 'dry_run is not known here: this call has no query parameters.'],
    )
    const found = await api.request('GET', '/customers?email=dry@example.com')
    assert.deepEqual(found.at('data'), [])
  })

  const paths: readonly (readonly [id: string, status: number, param?: string])[] = [
    ['cus_nonexistent', 404],
    ['nonsense', 404],
    ['cus_01h455vb4pex5vsknk084sn02q', 404],
    ['01890a5d-ac96-774b-bcce-b302099a8057', 404],
    ['sub_01h455vb4pex5vsknk084sn02q', 400, 'id'],
    ['%00', 400, 'id'],
    ['%zz', 400],
    ['x'.repeat(101), 404],
    [`cus_${'x'.repeat(4_000)}`, 404],
  ]
  for (const [id, status, param] of paths) {
    test(`/customers/${id.slice(0, 40)}: ${status}`, async () => {
      const answer = await api.request('GET', `/customers/${id}`)
      assert.equal(answer.status, status)
      assert.equal(answer.at('error.param'), param)
      assert.equal(answer.at('error.code') === 'resource_not_found', status === 404)
    })
  }

  test('an offset that is too far names the way on', async () => {
    const answer = await api.request('GET', '/customers?offset=10001')
    assert.match(answer.text('message'), /starting_after/)
  })
})
