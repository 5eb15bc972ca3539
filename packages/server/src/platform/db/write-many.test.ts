import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'

import { isUuid, type Uuid } from '@perennial/core/ids'
import { instantFromMs } from '@perennial/core/time'
import { createTestDatabase, type TestDatabase } from '@perennial/testkit'
import fc from 'fast-check'
import { CompiledQuery } from 'kysely'

import { columnArray, columnExpression } from './column-array.ts'
import { createDatabase, insertMany, updateMany, type Database } from './index.ts'

const at = instantFromMs(Date.UTC(2027, 0, 31, 9, 30, 0, 250))
let home: TestDatabase
let database: Database

before(async () => {
  home = await createTestDatabase()
  database = createDatabase({ url: home.url, applicationName: 'test' })
  const merchant = { id: newId(), name: 'M', created_at: at }
  const account = {
    id: accountId,
    merchant_id: merchant.id,
    environment: 'sandbox' as const,
    name: 'A',
    created_at: at,
  }
  await database.tx(async (tx) => {
    await insertMany(tx, 'merchants', [merchant])
    await insertMany(tx, 'accounts', [account])
  })
})

after(async () => {
  await database.close()
  await home.close()
})

function newId(): Uuid {
  const id = randomUUID()
  assert.ok(isUuid(id))
  return id
}

const accountId = newId()

function event(number: number) {
  return {
    account_id: accountId,
    id: newId(),
    type: 'invoice.paid',
    object_kind: 'invoice',
    object_id: newId(),
    fact_number: BigInt(number),
    customer_id: number % 2 === 0 ? newId() : null,
    data: { text: `"quoted", {braced}, back\\slash ${number}`, list: [1, null] },
    occurred_at: instantFromMs(at + number),
  }
}

test('rows of many kinds of values are written by one statement and come back the same', async () => {
  const rows = Array.from({ length: 100 }, (_, index) => event(index))
  assert.equal(await database.tx((tx) => insertMany(tx, 'events', rows)), 100)
  const stored = await database.kysely
    .selectFrom('events')
    .select([
      'account_id',
      'id',
      'type',
      'object_kind',
      'object_id',
      'fact_number',
      'customer_id',
      'data',
      'occurred_at',
    ]) // prettier-ignore
    .orderBy('occurred_at')
    .execute()
  assert.deepEqual(stored, rows)
})

test('no rows is no statement', async () => {
  assert.equal(await database.tx((tx) => insertMany(tx, 'events', [])), 0)
})

function gateway(position: number) {
  return {
    account_id: accountId,
    id: newId(),
    code: `g${position}`,
    kind: 'simulated' as const,
    name: `G${position}`,
    position,
    created_at: at,
  }
}

test('columns that no row names take their default', async () => {
  const row = gateway(1)
  await database.tx((tx) => insertMany(tx, 'gateways', [row]))
  const stored = await database.kysely
    .selectFrom('gateways')
    .selectAll()
    .where('id', '=', row.id)
    .execute()
  assert.partialDeepStrictEqual(stored, [{ ...row, settings: {}, is_enabled: true }])
})

test('many rows are changed by key in one statement, and the others are left alone', async () => {
  const rows = [10, 11, 12].map(gateway)
  const [first, second, third] = rows
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  await database.tx((tx) => insertMany(tx, 'gateways', rows))
  const key = (id: Uuid) => ({ account_id: accountId, id })
  const changed = await database.tx((tx) =>
    updateMany(tx, 'gateways', [
      { ...key(first.id), name: 'one', is_enabled: false },
      { ...key(second.id), name: 'two', is_enabled: true },
      { ...key(newId()), name: 'of nobody', is_enabled: true },
    ]),
  )
  assert.equal(changed, 2)
  const stored = await database.kysely
    .selectFrom('gateways')
    .select(['name', 'is_enabled'])
    .where('position', 'in', [10, 11, 12])
    .orderBy('position')
    .execute()
  assert.deepEqual(stored, [
    { name: 'one', is_enabled: false },
    { name: 'two', is_enabled: true },
    { name: 'G12', is_enabled: true },
  ])
})

test("another account's row is never changed, even by its id", async () => {
  const row = gateway(20)
  await database.tx((tx) => insertMany(tx, 'gateways', [row]))
  const changed = await database.tx((tx) =>
    updateMany(tx, 'gateways', [{ account_id: newId(), id: row.id, name: 'stolen' }]),
  )
  assert.equal(changed, 0)
})

test('rows that do not name the same columns are a fault', async () => {
  const { customer_id: _left, ...without } = event(1)
  const work = (rows: ReturnType<typeof event>[]) =>
    database.tx((tx) => insertMany(tx, 'events', rows))
  await assert.rejects(
    work([event(0), without as ReturnType<typeof event>]),
    /name the same columns/,
  )
})

test('an update without a key, or of nothing but the key, is a fault', async () => {
  const update = (row: { id: Uuid; account_id?: Uuid; name?: string }) =>
    database.tx((tx) => updateMany(tx, 'gateways', [row]))
  await assert.rejects(update({ id: newId(), name: 'x' }), /names its keys/)
  await assert.rejects(update({ id: newId(), account_id: accountId }), /changes something/)
})

test('a value that all of many rows share, or a null, is written to each of them', async () => {
  const shared = { ...event(0), type: 'shared "{value}",', customer_id: null, data: { a: '\n' } }
  const rows = Array.from({ length: 60 }, (_, index) => ({
    ...shared,
    id: newId(),
    object_id: newId(),
    fact_number: BigInt(index % 2),
  }))
  assert.equal(await database.tx((tx) => insertMany(tx, 'events', rows)), 60)
  const stored = await database.kysely
    .selectFrom('events')
    .select(['account_id', 'id', 'type', 'object_kind', 'object_id', 'fact_number']) // prettier-ignore
    .select(['customer_id', 'data', 'occurred_at'])
    .where('type', '=', shared.type)
    .execute()
  const byId = (one: { id: string }, other: { id: string }) => one.id.localeCompare(other.id)
  assert.deepEqual(stored.toSorted(byId), rows.toSorted(byId))
})

// Keys start with a letter because Node 24.21 reads the key "\"" as "\\" now and then (JSON.parse itself).
test('any text, JSON, bigint, boolean or instant survives the way through an array', async () => {
  const value = fc.record(
    {
      text: fc.option(
        fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0')),
      ),
      json: fc.option(
        fc.dictionary(
          fc.stringMatching(/^[a-z][a-z"\\{},]*$/),
          fc.oneof(fc.integer(), fc.stringMatching(/^[ -~\n\r]*$/), fc.constant('NULL')),
          {
            noNullPrototype: true,
          },
        ),
      ),
      big: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      flag: fc.option(fc.boolean()),
      at: fc.option(fc.integer({ min: -62_000_000_000_000, max: 250_000_000_000_000 })),
    },
    { noNullPrototype: true },
  )
  const types = { text: 'text', json: 'jsonb', big: 'int8', flag: 'bool', at: 'timestamptz' }
  const query = `select * from unnest(${Object.values(types)
    .map((type, index) => columnExpression(`$${index + 1}`, type))
    .join(', ')})
    as t(${Object.keys(types)
      .map((name) => `"${name}"`)
      .join(', ')})`
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 30 }), async (rows) => {
      const arrays = Object.entries(types).map(([column, type]) => columnArray(rows, column, type))
      const result = await database.kysely.executeQuery(CompiledQuery.raw(query, arrays))
      assert.deepEqual(result.rows, rows)
    }),
    { numRuns: 60 },
  )
})

test('a value of the wrong kind is a fault before it reaches the database', () => {
  const wrong = [
    ['uuid', 'not-a-uuid'],
    ['int8', 1.5],
    ['int8', '12'],
    ['timestamptz', '2027-01-31'],
    ['bool', 'true'],
    ['text', 5],
    ['text', undefined],
  ] as const
  for (const [type, value] of wrong) {
    assert.throws(() => columnArray([{ column: value }], 'column', type), { name: 'Fault' })
  }
})
