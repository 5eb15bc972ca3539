import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'

import { isUuid, type Uuid } from '@perennial/core/ids'
import { instantFromMs } from '@perennial/core/time'
import { createTestDatabase, type TestDatabase } from '@perennial/testkit'
import { sql } from 'kysely'

import {
  createDatabase,
  insertMany,
  lockUnchanged,
  RowsChanged,
  updateMany,
  updateUnchanged,
  writerOf,
  type Database,
  type WriterId,
} from './index.ts'

const at = instantFromMs(Date.UTC(2027, 0, 31))
let home: TestDatabase
let database: Database

before(async () => {
  home = await createTestDatabase()
  database = createDatabase({ url: home.url, applicationName: 'test' })
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

async function writeRuns(): Promise<{ readonly ids: Uuid[]; readonly writtenBy: WriterId }> {
  const ids = [newId(), newId(), newId()]
  const rows = ids.map((id) => ({ account_id: accountId, id, started_at: at }))
  return database.tx(async (tx) => {
    await insertMany(tx, 'renewal_runs', rows)
    return { ids, writtenBy: await writerOf(tx) }
  })
}

const areUnchanged = (of: { readonly ids: readonly Uuid[]; readonly writtenBy: WriterId }) =>
  database.tx((tx) => lockUnchanged(tx, 'renewal_runs', { accountId, ...of }))

test('rows that nobody has written since are unchanged, even if others have locked them', async () => {
  const written = await writeRuns()
  await database.tx((tx) => sql`select from renewal_runs for update`.execute(tx))
  assert.equal(await areUnchanged(written), true)
  assert.equal(await areUnchanged(written), true)
})

test('one row that somebody else has written, or that is gone, is a change of them all', async () => {
  const written = await writeRuns()
  const [id] = written.ids
  assert.ok(id !== undefined)
  await database.tx((tx) => updateMany(tx, 'renewal_runs', [{ account_id: accountId, id, due: 1 }]))
  assert.equal(await areUnchanged(written), false)
  assert.equal(await areUnchanged({ ...written, ids: written.ids.slice(1) }), true)
  assert.equal(await areUnchanged({ ...written, ids: [...written.ids.slice(1), newId()] }), false)
})

test('unchanged rows stay locked until the transaction ends', async () => {
  const written = await writeRuns()
  const skipped = sql<{ id: Uuid }>`select id from renewal_runs for update skip locked`
  await database.tx(async (tx) => {
    await lockUnchanged(tx, 'renewal_runs', { accountId, ...written })
    const { rows } = await database.tx((other) => skipped.execute(other))
    assert.equal(
      rows.some(({ id }) => written.ids.includes(id)),
      false,
    )
  })
})

test('rows that still stand as they were left are written without a lock or a look', async () => {
  const { ids, writtenBy } = await writeRuns()
  const rows = ids.map((id, due) => ({ account_id: accountId, id, due }))
  await database.tx((tx) => updateUnchanged(tx, 'renewal_runs', rows, writtenBy))
  assert.deepEqual(await dueOf(ids), [0, 1, 2])
  await database.tx((tx) => updateUnchanged(tx, 'renewal_runs', [], writtenBy))
})

test('where somebody else has written one of them, or it is gone, none is written', async () => {
  const { ids, writtenBy } = await writeRuns()
  const [id = newId()] = ids
  const rows = ids.map((each) => ({ account_id: accountId, id: each, due: 7 }))
  const write = (more: readonly (typeof rows)[number][]) =>
    database.tx((tx) => updateUnchanged(tx, 'renewal_runs', more, writtenBy))
  await assert.rejects(
    write([...rows, { account_id: accountId, id: newId(), due: 7 }]),
    RowsChanged,
  )
  await database.tx((tx) => updateMany(tx, 'renewal_runs', [{ account_id: accountId, id, due: 1 }]))
  await assert.rejects(write(rows), RowsChanged)
  assert.deepEqual(await dueOf(ids), [0, 0, 1])
})

async function dueOf(ids: readonly Uuid[]): Promise<number[]> {
  const { rows } = await database.tx((tx) =>
    sql<{
      due: number
    }>`select due from renewal_runs where id = any(${ids}::uuid[]) order by due`.execute(tx),
  )
  return rows.map(({ due }) => due)
}
