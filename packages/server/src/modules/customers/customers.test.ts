import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type TestApi, startTestApi } from '../../test-api.ts'
import { customersRoutes } from './index.ts'

let api: TestApi
before(async () => {
  api = await startTestApi([
    customersRoutes({
      onDeleted: async () => {},
      findDefaultPaymentMethods: async () => new Map(),
    }),
  ])
})
after(() => api.close())

test('field names are taken in either case, but never inside metadata', async () => {
  const created = await api.request('POST', '/customers', {
    body: {
      email: 'ada@example.com',
      company_name: 'Analytical Engines',
      addressLine1: '1 Main St',
      address: { line1: 'ignored', line2: 'Flat 2', postal_code: 'N1' },
      metadata: { fooBar: 1, foo_bar: { bazQux: 2 } },
    },
  })
  assert.equal(created.status, 201)
  assert.equal(created.at('data.company_name'), 'Analytical Engines')
  assert.equal(created.at('data.address_line1'), '1 Main St')
  assert.equal(created.at('data.address_line2'), 'Flat 2')
  assert.equal(created.at('data.postal_code'), 'N1')
  assert.deepEqual(created.at('data.metadata'), { fooBar: 1, foo_bar: { bazQux: 2 } })
})
