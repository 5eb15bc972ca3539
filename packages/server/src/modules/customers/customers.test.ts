import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, type Uuid } from '@perennial/core/ids'
import type { Answer } from '@perennial/testkit'
import { sql } from 'kysely'
import { type TestApi, startTestApi } from '../../testing/test-api.ts'
import { eventsRoutes } from '../webhooks/index.ts'
import { customerErrors } from './errors.ts'
import { type CustomerHooks, customersRoutes, lockCustomer } from './index.ts'

let api: TestApi
const deleted: Uuid[] = []
let refuseDeletion = false
const hooks: CustomerHooks = {
  onDeleted: async (_tx, { customerId }) => {
    if (refuseDeletion) throw new Error('planted')
    deleted.push(customerId)
  },
  findDefaultPaymentMethods: async (_tx, { customerIds }) =>
    new Map(customerIds.map((id) => [id, id])),
}
before(async () => {
  api = await startTestApi([customersRoutes(hooks), eventsRoutes])
})
after(() => api.close())

let made = 0
const create = (body: object = {}): Promise<Answer> => {
  made += 1
  return api.request('POST', '/customers', { body: { email: `made${made}@example.com`, ...body } })
}

const eventsOf = async (id: string): Promise<unknown[]> => {
  const answer = await api.request('GET', `/events?customer_id=${id}`)
  const events = answer.at('data')
  assert.ok(Array.isArray(events))
  return events
}

test('field names are taken in either case, but never inside metadata', async () => {
  const created = await create({
    company_name: 'Analytical Engines',
    addressLine1: '1 Main St',
    address: { line1: 'ignored', line2: 'Flat 2', postal_code: 'N1' },
    tax_id: 'GB1',
    currency: 'eur',
    metadata: { fooBar: 1, foo_bar: { bazQux: 2 } },
    custom_fields: { Size: 'XL' },
    unknown: true,
  })
  assert.equal(created.status, 201)
  assert.partialDeepStrictEqual(created.at('data'), {
    object: 'customer',
    company_name: 'Analytical Engines',
    address_line1: '1 Main St',
    address_line2: 'Flat 2',
    postal_code: 'N1',
    tax_id: 'GB1',
    currency: 'EUR',
    metadata: { fooBar: 1, foo_bar: { bazQux: 2 } },
    custom_fields: { Size: 'XL' },
  })
  assert.equal(created.at('data.unknown'), undefined)
})

test('fields without a value are left out', async () => {
  const created = await create()
  for (const name of ['name', 'phone', 'company_name', 'city'])
    assert.equal(created.at(`data.${name}`), undefined)
})

test('the default payment method is what the payments module says', async () => {
  const { text } = await create()
  const shown = await api.request('GET', `/customers/${text('data.id')}`)
  assert.equal(shown.text('data.default_payment_method_id'), text('data.id').replace('cus_', 'pm_'))
})

test('an e-mail address is taken in any letter case, and free again after deletion', async () => {
  const first = await create({ email: 'Taken@example.com' })
  for (const email of ['Taken@example.com', 'taken@EXAMPLE.com']) {
    const refused = await create({ email })
    assert.equal(refused.status, 400)
    assert.equal(refused.at('error.code'), 'validation_error')
    assert.equal(refused.at('error.param'), 'email')
    assert.deepEqual(Object.keys(Object(refused.at('error.details.fields'))), ['email'])
  }
  await api.request('DELETE', `/customers/${first.text('data.id')}`)
  assert.equal((await create({ email: 'taken@example.com' })).status, 201)
})

test('an update changes what was given, merges maps and clears with null', async () => {
  const { text } = await create({ name: 'Ada', city: 'London', metadata: { a: 1, b: 2 } })
  api.clock.advanceMs(1000)
  const updated = await api.request('PATCH', `/customers/${text('data.id')}`, {
    body: { name: 'Ada L', city: null, metadata: { b: null, c: 3 } },
  })
  assert.equal(updated.status, 200)
  assert.equal(updated.at('data.name'), 'Ada L')
  assert.equal(updated.at('data.city'), undefined)
  assert.deepEqual(updated.at('data.metadata'), { a: 1, c: 3 })
  assert.ok(updated.text('data.updated_at') > text('data.updated_at'))
  const [event] = await eventsOf(text('data.id'))
  assert.partialDeepStrictEqual(event, {
    type: 'customer.updated',
    data: { previous_attributes: { name: 'Ada', city: 'London', metadata: { a: 1, b: 2 } } },
  })
})

test('an update that changes nothing writes nothing', async () => {
  const { text } = await create({ name: 'Ada', metadata: { a: 1 } })
  api.clock.advanceMs(1000)
  const path = `/customers/${text('data.id')}`
  for (const body of [{}, undefined, { name: 'Ada' }, { metadata: { a: 1, z: null } }]) {
    const updated = await api.request('PATCH', path, body === undefined ? {} : { body })
    assert.equal(updated.status, 200)
    assert.equal(updated.at('data.updated_at'), text('data.updated_at'))
  }
  assert.equal((await eventsOf(text('data.id'))).length, 1)
})

test('an update to an address that is taken is refused', async () => {
  await create({ email: 'first@example.com' })
  const { text } = await create()
  const refused = await api.request('PATCH', `/customers/${text('data.id')}`, {
    body: { email: 'First@example.com' },
  })
  assert.equal(refused.status, 400)
  assert.equal(refused.at('error.param'), 'email')
})

test('metadata cannot grow past 200 keys, however it is given', async () => {
  const keys = (from: number, to: number) =>
    Object.fromEntries(Array.from({ length: to - from }, (_, index) => [`key${from + index}`, 1]))
  assert.equal((await create({ metadata: keys(0, 201) })).status, 400)
  const { text } = await create({ metadata: keys(0, 150) })
  const refused = await api.request('PATCH', `/customers/${text('data.id')}`, {
    body: { metadata: keys(100, 201) },
  })
  assert.equal(refused.status, 400)
  assert.equal(refused.at('error.param'), 'metadata')
})

test('a deleted customer is gone from sight, kept on record and told about', async () => {
  const { text } = await create({ name: 'Gone' })
  const path = `/customers/${text('data.id')}`
  const answer = await api.request('DELETE', path)
  assert.deepEqual(answer.body, { data: { id: text('data.id'), deleted: true } })
  assert.equal(deleted.length > 0, true)
  for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
    const refused = await api.request(
      method,
      path,
      method === 'PATCH' ? { body: { name: 'x' } } : {},
    )
    assert.equal(refused.status, 404)
  }
  assert.equal((await api.request('GET', '/customers?search=gone')).at('pagination.total'), 0)
  const shown = await api.request('GET', `${path}?include_deleted=true`)
  assert.equal(shown.at('data.name'), 'Gone')
  assert.notEqual(shown.at('data.deleted_at'), null)
  assert.equal(
    (await api.request('GET', '/customers?search=gone&include_deleted=true')).at(
      'pagination.total',
    ),
    1,
  )
  const [event] = await eventsOf(text('data.id'))
  assert.partialDeepStrictEqual(event, {
    type: 'customer.deleted',
    data: { previous_attributes: null },
  })
})

test('when what ends with a customer fails, the customer stays', async () => {
  const { text } = await create()
  const path = `/customers/${text('data.id')}`
  refuseDeletion = true
  assert.equal((await api.request('DELETE', path)).status, 500)
  refuseDeletion = false
  assert.equal((await api.request('GET', path)).status, 200)
})

const searches: readonly (readonly [search: string, found: readonly string[]])[] = [
  ['grace', ['Grace Hopper', 'Gracen Ltd']],
  ['GRACE hop', ['Grace Hopper']],
  ['hopper@navy.example', ['Grace Hopper']],
  ['555 0100', ['Gracen Ltd']],
  ['+1-555-0100', ['Gracen Ltd']],
  ['compilers', ['Grace Hopper']],
  ['opper', []],
  ['grace & !x | (', []],
  ['###', []],
  ["grace'; drop table customers", []],
]
test('search finds words by their beginning in name, e-mail, company and phone', async () => {
  await create({ name: 'Grace Hopper', email: 'hopper@navy.example', companyName: 'Compilers' })
  await create({ name: 'Gracen Ltd', phone: '+1 555-0100' })
  const other = await api.createOtherAccount()
  await api.request('POST', '/customers', {
    apiKey: other.sandbox.apiKey,
    body: { email: 'grace@other.example' },
  })
  for (const [search, names] of searches) {
    const answer = await api.request('GET', `/customers?search=${encodeURIComponent(search)}`)
    assert.equal(answer.status, 200)
    const found = answer.at('data')
    assert.ok(Array.isArray(found))
    assert.deepEqual(found.map(({ name }) => String(name)).toSorted(compareText), names, search)
  }
})

test('cursors walk the list in both directions without gaps', async () => {
  const all = await api.request('GET', '/customers?limit=100')
  const ids = (answer: Answer) => {
    const data = answer.at('data')
    assert.ok(Array.isArray(data))
    return data.map(({ id }: { id: string }) => id)
  }
  const everyone = ids(all)
  const [first = '', second = '', third = '', fourth = ''] = everyone
  assert.deepEqual(ids(await api.request('GET', `/customers?limit=2&starting_after=${first}`)), [
    second,
    third,
  ])
  const back = await api.request('GET', `/customers?limit=2&ending_before=${fourth}`)
  assert.deepEqual(ids(back), [second, third])
  assert.equal(back.at('pagination.hasMore'), true)
  assert.deepEqual(ids(await api.request('GET', `/customers?limit=2&page=2`)), [third, fourth])
  assert.deepEqual(ids(await api.request('GET', `/customers?limit=2&offset=2`)), [third, fourth])
  assert.equal(
    (await api.request('GET', `/customers?limit=2&starting_after=${first}`)).at('pagination.total'),
    everyone.length,
  )
})

function compareText(a: string, b: string): number {
  return a < b ? -1 : 1
}

test('what callers may rely on in refusals does not change', () => {
  const told = Object.entries(customerErrors).map(([refusal, { status, code }]) => [
    refusal,
    status,
    code,
  ])
  assert.deepEqual(told, [
    ['email_taken', 400, 'validation_error'],
    ['customer_not_found', 404, 'resource_not_found'],
    ['map_too_large', 400, 'validation_error'],
  ])
})

test('who changes a customer holds up nobody who writes a row that refers to it', async () => {
  const id = decodeId('customer', (await create()).text('data.id'))
  assert.ok(id.kind === 'ok')
  const key = { accountId: api.account.sandbox.accountId, id: id.id }
  await api.database.tx(async (tx) => {
    assert.notEqual(await lockCustomer(tx, key), null)
    // As PostgreSQL asks for a foreign key.
    const { rows } = await sql`
      select id from customers
       where account_id = ${key.accountId} and id = ${key.id} for key share skip locked`.execute(
      api.database.kysely,
    )
    assert.equal(rows.length, 1)
  })
})
