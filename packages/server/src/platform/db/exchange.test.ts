import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { createTestDatabase, type TestDatabase } from '@perennial/testkit'
import pg from 'pg'

import { type Answer, Exchange, Shape } from './exchange.ts'

/** Each with its first value. */
const TEXTS = {
  number: ['select $1::int8 as number, null::text as nothing', '1'],
  quotient: ['select 1 / $1::int4 as quotient', '1'],
  instant: ['select $1::timestamptz as at', '2027-01-31T09:00:00Z'],
  write: ['insert into kept select n from generate_series(1, $1::int4) as n', '0'],
  atEnd: ['insert into checked_at_end values ($1::int4)', '0'],
  count: ['select count(*) as kept from kept where n <= $1::int4', '0'],
} as const

let home: TestDatabase
let client: pg.Client
const shapes = new Map<string, Shape>()
/** How often PostgreSQL has said that it is ready for more, which it sends at once. */
let turns = 0

before(async () => {
  home = await createTestDatabase()
  client = new pg.Client({ connectionString: home.url, pipeline: true })
  await client.connect()
  await client.query('create temporary table kept (n int4)')
  await client.query(
    'create temporary table checked_at_end (n int4 unique deferrable initially deferred)',
  )
  for (const [name, [text, value]] of Object.entries(TEXTS)) {
    const { fields } = await client.query({ name, text, values: [value] })
    shapes.set(name, new Shape(fields))
  }
  client.connection.on('readyForQuery', () => (turns += 1))
})

after(async () => {
  await client.end()
  await home.close()
})

function exchange(
  sent: readonly (readonly [keyof typeof TEXTS, string])[],
): Promise<PromiseSettledResult<Answer>[]> {
  const answers: Promise<Answer>[] = []
  const statements = sent.map(([name, value]) => {
    const shape = shapes.get(name)
    assert.ok(shape !== undefined)
    const settle = Promise.withResolvers<Answer>()
    answers.push(settle.promise)
    return { name, text: TEXTS[name][0], values: [value], shape, settle }
  })
  client.query(new Exchange(statements))
  return Promise.allSettled(answers)
}

/** What came of each: its answer, or why it was refused. */
function toldBy(settled: readonly PromiseSettledResult<Answer>[]): unknown[] {
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.message))
}

test('statements that travel together are answered in one turn, each with its own rows', async () => {
  const turnsBefore = turns
  const settled = await exchange([
    ['number', '9007199254740993'],
    ['write', '3'],
    ['count', '9'],
  ])
  assert.equal(turns, turnsBefore + 1)
  assert.deepEqual(toldBy(settled), [
    { rows: [{ number: 9_007_199_254_740_993n, nothing: null }], written: 1, command: 'SELECT' },
    { rows: [], written: 3, command: 'INSERT' },
    { rows: [{ kept: 3n }], written: 1, command: 'SELECT' },
  ])
})

test('behind a statement that is refused none is done, and what came before it is told', async () => {
  await client.query('truncate kept')
  const settled = await exchange([
    ['number', '1'],
    ['quotient', '0'],
    ['write', '1'],
  ])
  const one = { rows: [{ number: 1n, nothing: null }], written: 1, command: 'SELECT' }
  assert.deepEqual(toldBy(settled), [one, 'division by zero', 'division by zero'])
  const later = await exchange([['count', '9']])
  assert.deepEqual(toldBy(later), [{ rows: [{ kept: 0n }], written: 1, command: 'SELECT' }])
})

test('what PostgreSQL refuses only at its end is told of no statement as done', async () => {
  const settled = await exchange([
    ['number', '1'],
    ['atEnd', '0'],
  ])
  assert.ok(toldBy(settled).every((told) => /duplicate key/.test(String(told))), String(toldBy(settled))) // prettier-ignore
})

test('a value that cannot be read is the error of its own statement', async () => {
  const settled = await exchange([
    ['instant', 'infinity'],
    ['quotient', '1'],
  ])
  assert.equal(settled[0]?.status, 'rejected')
  assert.equal(settled[1]?.status, 'fulfilled')
})
