import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaceRefusal } from '../face-refusal.ts'
import { OPERATIONS } from '../operations/index.ts'
import { readFirstVersion } from './version-one.ts'

const ID = 'a'.repeat(20)
const ask = (request: object) => {
  const { operation, raw } = readFirstVersion(OPERATIONS, { request })
  return [operation.name, raw.params, raw.query, raw.body]
}

test('a type and a method name an operation, and the rest is its input', () => {
  const window = { date_start: 1, date_end: 2, page: 1, limit: 25 }
  const card = { customer_card_id: ID }
  const cases: readonly (readonly [object, ...unknown[]])[] = [
    [{ type: 'subscription', method: 'retrieve', id: ID }, 'GetSubscription', { subscription_id: ID }, {}, {}],
    [{ type: 'subscription', method: 'retrieve', ...window }, 'GetSubscriptions', {}, window, {}],
    [{ type: 'salvage_transaction', method: 'process', id: ID, ...card }, 'ProcessSalvageTransaction', { salvage_transaction_id: ID }, {}, card],
    [{ type: 'salvage_transaction', method: 'disable', salvage_transaction_id: ID }, 'DisableSalvageTransaction', { salvage_transaction_id: ID }, {}, {}],
    [{ type: 'sale', method: 'void', id: ID }, 'VoidSale', { sale_id: ID }, {}, {}],
    [{ type: 'transaction', method: 'retrieve', id: ID }, 'GetTransaction', { transaction_id: ID }, {}, {}],
  ] // prettier-ignore
  for (const [request, ...asked] of cases) assert.deepEqual(ask(request), asked)
})

test('what names no operation is refused', () => {
  for (const body of [
    null,
    {},
    { request: null },
    { request: { type: 'sale' } },
    { request: { type: 'sale', method: 'paint' } },
  ])
    // prettier-ignore
    assert.throws(() => readFirstVersion(OPERATIONS, body), FaceRefusal)
})

test('every operation has a name and a way of its own', () => {
  const ways = OPERATIONS.map(({ method, path }) => `${method} ${path}`)
  assert.equal(new Set(ways).size, ways.length)
  const names = OPERATIONS.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
})
