import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'

import { isUuid, type Uuid } from '@perennial/core/ids'
import { instantFromMs } from '@perennial/core/time'
import { createTestDatabase, type TestDatabase } from '@perennial/testkit'
import { sql } from 'kysely'

import {
  createDatabase,
  DatabaseOutage,
  inPart,
  insertMany,
  violatedConstraint,
  withCommit,
  type Database,
  type Tx,
} from './index.ts'

const at = instantFromMs(Date.UTC(2027, 0, 31, 9, 30, 0, 250))
let home: TestDatabase
let database: Database

before(async () => {
  home = await createTestDatabase()
  database = createDatabase({ url: home.url, applicationName: 'test', max: 4 })
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

const merchant = (name: string) => ({ id: newId(), name, created_at: at })

async function countMerchants(name: string): Promise<number> {
  const rows = await database.kysely
    .selectFrom('merchants')
    .select('id')
    .where('name', '=', name)
    .execute()
  return rows.length
}

test('values come back as core types: bigint, decimal text, Instant, date text, parsed JSON', async () => {
  const { rows } = await sql`
    select 9007199254740993::int8 as big, 1.50::numeric as exact, 7::int4 as small,
           timestamptz '2027-01-31 09:30:00.25+00' as at, date '2027-01-31' as day,
           '{"a":[1,null]}'::jsonb as json, array[1,2]::int8[] as bigs, null::int8 as nothing,
           array[timestamptz '2027-01-31 10:30:00.25+01', null] as instants`.execute(
    database.kysely,
  )
  assert.deepEqual(rows[0], {
    big: 9007199254740993n,
    exact: '1.50',
    small: 7,
    at,
    day: '2027-01-31',
    json: { a: [1, null] },
    bigs: [1n, 2n],
    nothing: null,
    instants: [at, null],
  })
})

test('an Instant may stand in a query as it is, and so may a bigint', async () => {
  const { rows } = await sql<{ same: boolean; more: bigint }>`
    select ${at}::timestamptz = timestamptz '2027-01-31 09:30:00.25+00' as same,
           ${9007199254740993n}::int8 + 1 as more`.execute(database.kysely)
  assert.deepEqual(rows[0], { same: true, more: 9007199254740994n })
})

test('a transaction keeps everything it did, and nothing when it throws', async () => {
  await database.tx(async (tx) => {
    await tx.insertInto('merchants').values(merchant('kept')).execute()
    await tx.insertInto('merchants').values(merchant('kept')).execute()
  })
  const stopped = database.tx(async (tx) => {
    await tx.insertInto('merchants').values(merchant('lost')).execute()
    throw new Error('changed its mind')
  })
  await assert.rejects(stopped, /changed its mind/)
  assert.equal(await countMerchants('kept'), 2)
  assert.equal(await countMerchants('lost'), 0)
})

test('a transaction whose failed statement was swallowed does not pretend to have committed', async () => {
  const work = database.tx(async (tx) => {
    await tx.insertInto('merchants').values(merchant('swallowed')).execute()
    await sql`select 1 / 0`.execute(tx).catch(() => undefined)
  })
  await assert.rejects(work, /rolled back/)
  assert.equal(await countMerchants('swallowed'), 0)
})

test('statements that are issued together in a transaction all answer, each with its own rows', async () => {
  const numbers = Array.from({ length: 20 }, (_, index) => index)
  const answers = await database.tx((tx) =>
    Promise.all(numbers.map((n) => sql<{ n: number }>`select ${n}::int4 as n`.execute(tx))),
  )
  assert.deepEqual(
    answers.map((answer) => answer.rows[0]?.n),
    numbers,
  )
})

test('a statement that fails among others fails alone or with those after it, which say why as it does', async () => {
  const settled = await database
    .tx(async (tx) => {
      const issued = await Promise.allSettled([
        sql<{ n: number }>`select 1 as n`.execute(tx),
        sql<{ n: number }>`select 1 / 0 as n`.execute(tx),
        sql<{ n: number }>`select 3 as n`.execute(tx),
      ])
      throw Object.assign(new Error('roll back'), { issued })
    })
    .catch((error: unknown) => error)
  assert.ok(settled instanceof Error && 'issued' in settled && Array.isArray(settled.issued))
  const [first, second, third] = settled.issued
  assert.equal(first.value.rows[0].n, 1)
  assert.match(second.reason.message, /division by zero/)
  assert.match(third.reason.message, /division by zero/)
  const { rows } = await sql<{ n: number }>`select 3 as n`.execute(database.kysely)
  assert.deepEqual(rows, [{ n: 3 }])
})

test('behind a statement that is refused on its first use, one that was used before says why as it does', async () => {
  const one = createDatabase({ url: home.url, max: 1, applicationName: 'test' })
  const usedBefore = (tx: Tx) => sql`select 'used before'`.execute(tx)
  try {
    await one.tx(usedBefore)
    for (let n = 0; n < 20; n += 1) {
      const refused = one.tx((tx) =>
        Promise.all([sql.raw(`select ${n} / 0`).execute(tx), usedBefore(tx)]),
      )
      await assert.rejects(refused, /division by zero/)
    }
  } finally {
    await one.close()
  }
})

test('writes that travel with the commit are all done when it is, in their order', async () => {
  const [ada, again] = [merchant('with the commit'), merchant('with the commit')]
  const told = await database.tx(async (tx) => {
    withCommit(tx, insertMany(tx, 'merchants', [ada]))
    withCommit(tx, insertMany(tx, 'merchants', [again]))
    return 'told'
  })
  assert.equal(told, 'told')
  assert.equal(await countMerchants('with the commit'), 2)
})

test('a write that is refused with the commit takes everything back, and says why', async () => {
  const ada = merchant('refused with the commit')
  const writing = database.tx(async (tx) => {
    await insertMany(tx, 'merchants', [merchant('refused with the commit')])
    withCommit(tx, insertMany(tx, 'merchants', [ada]))
    withCommit(tx, insertMany(tx, 'merchants', [ada]))
  })
  await assert.rejects(writing, (error) => violatedConstraint(error) === 'merchants_pkey')
  assert.equal(await countMerchants('refused with the commit'), 0)
})

test('a statement after the end of its transaction is a fault', async () => {
  const late = Promise.withResolvers<Tx>()
  await database.tx(async (tx) => late.resolve(tx))
  const tx = await late.promise
  await assert.rejects(insertMany(tx, 'merchants', [merchant('too late')]), /follows the end/)
  assert.equal(await countMerchants('too late'), 0)
})

test('an account scope shows and takes only rows of that account, and ends with the transaction', async () => {
  const owner = merchant('scoped')
  const [mine, theirs] = [newId(), newId()]
  const customer = (accountId: Uuid) => ({
    account_id: accountId, id: newId(), email: `${accountId}@example.com`, created_at: at, updated_at: at,
  }) // prettier-ignore
  await database.tx(async (tx) => {
    await tx.insertInto('merchants').values(owner).execute()
    const accounts = [mine, theirs].map((id) => ({
      id, merchant_id: owner.id, environment: 'sandbox' as const, name: 'A', created_at: at, clock_held_at: null,
    })) // prettier-ignore
    await insertMany(tx, 'accounts', accounts)
    await insertMany(tx, 'customers', [customer(mine), customer(theirs)])
  })

  const seen = await database.tx(
    (tx) => tx.selectFrom('customers').select('account_id').execute(),
    {
      accountScope: mine,
    },
  )
  assert.deepEqual(seen, [{ account_id: mine }])

  const trespass = database.tx((tx) => insertMany(tx, 'customers', [customer(theirs)]), {
    accountScope: mine,
  })
  await assert.rejects(trespass, /row-level security/)

  const all = await database.tx((tx) => tx.selectFrom('customers').select('account_id').execute())
  assert.ok(all.length >= 2)
})

test('an account scope that is not a UUID never reaches the database', async () => {
  const text = "x'; drop table customers; --"
  const work = database.tx(async () => 'ran', { accountScope: text as Uuid })
  await assert.rejects(work, /account scope is a UUID/)
})

test('when the scope cannot be set nothing runs, and the error says why', async () => {
  const user = `test_user_${process.pid}`
  await sql.raw(`create role ${user} login password 'test'`).execute(database.kysely)
  const url = new URL(home.url)
  url.username = user
  url.password = 'test'
  const powerless = createDatabase({ url: url.href, applicationName: 'test' })
  try {
    const work = powerless.tx((tx) => sql`select 1`.execute(tx), { accountScope: newId() })
    await assert.rejects(work, /permission denied to set role/)
  } finally {
    await powerless.close()
    await sql.raw(`drop role ${user}`).execute(database.kysely)
  }
})

test('a serialization failure is run again when asked, with fresh reads', async () => {
  const row = merchant('serial 0')
  await database.kysely.insertInto('merchants').values(row).execute()
  let tries = 0
  await database.tx(
    async (tx) => {
      tries += 1
      await tx.selectFrom('merchants').select('name').where('id', '=', row.id).execute()
      // Somebody else commits a change between our read and our write, the first time only.
      if (tries === 1) {
        await database.kysely
          .updateTable('merchants')
          .set({ name: 'theirs' })
          .where('id', '=', row.id)
          .execute()
      }
      await tx.updateTable('merchants').set({ name: 'ours' }).where('id', '=', row.id).execute()
    },
    { isolation: 'repeatable read', retry: true },
  )
  assert.equal(tries, 2)
  assert.equal(await countMerchants('ours'), 1)
})

test('a refused write names the constraint that refused it', async () => {
  const row = merchant('twice')
  const work = database.tx((tx) => insertMany(tx, 'merchants', [row, row]))
  await assert.rejects(work, (error) => violatedConstraint(error) === 'merchants_pkey')
})

test('a part of a transaction that fails is undone, and the rest is kept', async () => {
  const row = merchant('whole')
  await database.tx(async (tx) => {
    await insertMany(tx, 'merchants', [row])
    const twice = inPart(tx, () => insertMany(tx, 'merchants', [merchant('undone'), row]))
    await assert.rejects(twice, (error) => violatedConstraint(error) === 'merchants_pkey')
    await inPart(tx, () => insertMany(tx, 'merchants', [merchant('whole')]))
  })
  assert.deepEqual([await countMerchants('whole'), await countMerchants('undone')], [2, 0])
})

test('a connection keeps at most 500 prepared statements, and the recent ones stay prepared', async () => {
  const prepared = await database.tx(async (tx) => {
    for (let n = 0; n < 620; n += 1) await sql.raw(`select ${n} as n`).execute(tx)
    const { rows } = await sql<{ statement: string }>`
      select statement from pg_prepared_statements where statement like 'select % as n'`.execute(tx)
    return rows.map((row) => row.statement)
  })
  assert.ok(prepared.length <= 500 && prepared.length > 400, `${prepared.length} prepared`)
  assert.ok(prepared.includes('select 619 as n') && !prepared.includes('select 0 as n'))
})

test('a statement that was refused before it was prepared fails nobody when its turn comes to be dropped', async () => {
  const one = createDatabase({ url: home.url, max: 1, applicationName: 'test' })
  try {
    const refused = one.tx((tx) =>
      Promise.all([sql`select 1 / 0`.execute(tx), sql`select 'behind it'`.execute(tx)]),
    )
    await assert.rejects(refused, /division by zero/)
    await one.tx(async (tx) => {
      for (let n = 0; n < 520; n += 1) await sql.raw(`select ${n} as n`).execute(tx)
    })
  } finally {
    await one.close()
  }
})

test('one statement is a transaction by itself, and a second is a fault', async () => {
  const write = (tx: Tx, name: string) =>
    tx.insertInto('merchants').values(merchant(name)).execute()
  await database.statement((tx) => write(tx, 'alone'))
  const two = database.statement(async (tx) => {
    await write(tx, 'first of two')
    await write(tx, 'second of two')
  })
  await assert.rejects(two, /more than one statement needs a transaction/)
  assert.equal(await countMerchants('alone'), 1)
  assert.equal(await countMerchants('second of two'), 0)
})

test('a transaction is only opened by tx', async () => {
  await assert.rejects(
    database.kysely.transaction().execute(async () => 1),
    /opened by Database.tx/,
  )
})

test('a database that nobody answers for is an outage that may be tried again', async () => {
  const nowhere = createDatabase({
    url: 'postgres://me:secret@127.0.0.1:9/none',
    applicationName: 'test',
  })
  for (const attempt of [() => nowhere.ping(), () => nowhere.tx(async () => 1)]) {
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof DatabaseOutage && error.retryable)
      assert.ok(!error.message.includes('secret'))
      return true
    })
  }
  await nowhere.close()
})

test('a connection that is cut in mid-transaction is an outage, and the next transaction works', async () => {
  const work = database.tx(async (tx) => {
    await tx.insertInto('merchants').values(merchant('cut')).execute()
    await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx)
  })
  await assert.rejects(work, DatabaseOutage)
  assert.equal(await countMerchants('cut'), 0)
  await database.ping()
})

test('connections that are cut while idle cost one failed query each at most, and are replaced', async () => {
  await Promise.all(
    [1, 2, 3].map(() => database.tx((tx) => sql`select pg_sleep(0.01)`.execute(tx))),
  )
  const other = createDatabase({ url: home.url, applicationName: 'the one who cuts' })
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
             where application_name = 'test' and datname = current_database()`.execute(other.kysely)
  await other.close()
  let failures = 0
  for (let query = 0; query < 5; query += 1) {
    await database.ping().catch((error: unknown) => {
      assert.ok(error instanceof DatabaseOutage)
      failures += 1
    })
  }
  assert.ok(failures <= 3, `${failures} of 5 queries failed`)
  await database.ping()
})
