// Runs alone: it changes what the environment says of the test database.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import pg from 'pg'

import {
  createEmptyDatabase,
  createTestDatabase,
  startTestPostgres,
  TEST_POSTGRES_VARIABLE,
  type TestPostgres,
} from './index.ts'

let server: TestPostgres

before(async () => {
  server = await startTestPostgres()
})
after(() => server.stop())

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('a test database has every migration applied and no rows', async () => {
  const database = await createTestDatabase()
  assert.deepEqual(await query(database.url, 'select * from customers'), [])
  assert.notDeepEqual(await query(database.url, 'select name from schema_migrations'), [])
  await database.close()
})

test('databases made at once are separate, and gone after close', async () => {
  const databases = await Promise.all(Array.from({ length: 4 }, () => createTestDatabase()))
  const [first, second] = databases
  assert.ok(first !== undefined && second !== undefined)
  await query(
    first.url,
    "insert into merchants (id, name, created_at) values (gen_random_uuid(), 'M', now())",
  )
  assert.equal((await query(first.url, 'select 1 from merchants')).length, 1)
  assert.equal((await query(second.url, 'select 1 from merchants')).length, 0)
  await Promise.all(databases.map((database) => database.close()))
  await assert.rejects(query(first.url, 'select 1'), { code: '3D000' })
})

test('an empty database has no tables', async () => {
  const database = await createEmptyDatabase()
  assert.deepEqual(
    await query(database.url, "select 1 from pg_tables where schemaname = 'public'"),
    [],
  )
  await database.close()
})

test('databases that killed processes left are dropped by the next run, those of living ones stay', async () => {
  const [left, ours] = [`test_${2 ** 22 + 1}_left`, `test_${process.pid}_ours`]
  await query(server.url, `create database ${left} template template0`)
  await query(server.url, `create database ${ours} template template0`)
  const announced = process.env[TEST_POSTGRES_VARIABLE]
  delete process.env[TEST_POSTGRES_VARIABLE] // as a new run finds it
  const next = await startTestPostgres()
  await next.stop()
  process.env[TEST_POSTGRES_VARIABLE] = announced
  const rows = await query(
    server.url,
    `select datname from pg_database where datname in ('${left}', '${ours}')`,
  )
  assert.deepEqual(rows, [{ datname: ours }])
  await query(server.url, `drop database ${ours}`)
})
