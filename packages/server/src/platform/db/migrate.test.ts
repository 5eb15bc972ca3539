import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, afterEach, test } from 'node:test'

import {
  createEmptyDatabase,
  startTestPostgres,
  type TestDatabase,
  type TestPostgres,
} from '@perennial/testkit'
import pg from 'pg'

import { DatabaseOutage, migrate, MigrationError } from './index.ts'

let server: TestPostgres
let home: TestDatabase
let directory: string
let said: string[]

before(async () => {
  server = await startTestPostgres()
})
after(() => server.stop())

beforeEach(async () => {
  home = await createEmptyDatabase()
  directory = await mkdtemp(join(tmpdir(), 'migrations-'))
  said = []
  await file(
    '0001_plants.sql',
    'create table plants (id int primary key); insert into plants values (1);',
  )
})
afterEach(async () => {
  await home.close()
  await rm(directory, { recursive: true })
})

const file = (name: string, text: string) => writeFile(join(directory, name), text)
const log = { info: (message: unknown) => void said.push(String(message)) }
const run = () => migrate({ url: home.url, directory, log })

async function query(text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: home.url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('new files are applied in order, each once, and progress is told', async () => {
  await file('0002_more.sql', 'insert into plants values (2)')
  assert.deepEqual(await run(), ['0001_plants.sql', '0002_more.sql'])
  assert.deepEqual(
    said,
    ['migration 1 of 2: 0001_plants.sql'],
    'of a new database, every twentieth',
  )
  assert.deepEqual(await run(), [])
  await file('0003_third.sql', 'insert into plants values (3)')
  await file('0004_fourth.sql', 'insert into plants values (4)')
  assert.deepEqual(await run(), ['0003_third.sql', '0004_fourth.sql'])
  const told = ['migration 1 of 2: 0003_third.sql', 'migration 2 of 2: 0004_fourth.sql']
  assert.deepEqual(said.slice(1), told)
  const plants = [1, 2, 3, 4].map((id) => ({ id }))
  assert.deepEqual(await query('select id from plants order by id'), plants)
})

test('two processes at once apply every file once', async () => {
  const applied = await Promise.all([run(), run(), run()])
  assert.deepEqual(applied.flat(), ['0001_plants.sql'])
})

test('a file that fails leaves nothing of itself, keeps the files before it, and says which and why', async () => {
  await file('0002_broken.sql', 'insert into plants values (2); insert into plants values (1);')
  await assert.rejects(run(), (error) => {
    assert.ok(error instanceof MigrationError)
    assert.match(error.message, /^0002_broken\.sql failed and was rolled back: duplicate key/)
    return true
  })
  assert.deepEqual(await query('select id from plants'), [{ id: 1 }])
  await file('0002_broken.sql', 'insert into plants values (2)')
  assert.deepEqual(await run(), ['0002_broken.sql'])
})

test('a file that was changed after it was applied is refused', async () => {
  await run()
  await file('0001_plants.sql', 'create table plants (id bigint primary key);')
  await assert.rejects(run(), /^MigrationError: 0001_plants\.sql was changed after it was applied/)
})

test('a database that is newer than the code is refused', async () => {
  await file('0002_more.sql', 'insert into plants values (2)')
  await run()
  await rm(join(directory, '0002_more.sql'))
  await assert.rejects(run(), /^MigrationError: the database is newer .* \(it has 0002_more\.sql\)/)
})

test('a file that slips in before an applied one is refused', async () => {
  await file('0003_later.sql', 'insert into plants values (3)')
  await run()
  await file('0002_late.sql', 'insert into plants values (2)')
  await assert.rejects(run(), /^MigrationError: 0002_late\.sql comes before 0003_later\.sql/)
})

test('a file with another kind of name is refused', async () => {
  await file('2_plants.sql', 'select 1')
  await assert.rejects(run(), /^MigrationError: 2_plants\.sql is not named like/)
})

test('a table that stays in use stops the migration after five seconds instead of everybody for ever', async () => {
  await run()
  await file('0002_change.sql', 'alter table plants add column name text')
  const user = new pg.Client({ connectionString: home.url })
  await user.connect()
  await user.query('begin; select * from plants')
  await assert.rejects(run(), /lock timeout/)
  await user.query('commit')
  await user.end()
  assert.deepEqual(await run(), ['0002_change.sql'])
})

test('a database that does not answer is an outage', async () => {
  const work = migrate({ url: 'postgres://me:secret@127.0.0.1:9/none', directory, log })
  await assert.rejects(work, DatabaseOutage)
})
