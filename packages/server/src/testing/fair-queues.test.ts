import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Uuid } from '@perennial/core/ids'
import { addMs, formatInstant, MS_PER_DAY, MS_PER_HOUR } from '@perennial/core/time'
import { sql } from 'kysely'
import {
  claimDeliveries as claimRevolv3,
  insertDeliveries,
  recordDelivery,
} from '../compat/revolv3/webhooks/queries.ts'
import { claimConnectorEvent, type Claim } from '../modules/recovery/connectors/queries/events.ts'
import { claimOwedPayment } from '../modules/recovery/connectors/queries/payments.ts'
import { claimDeliveries as claimRevtain } from '../modules/recovery/outside/queries/deliveries.ts'
import type { Tx } from '../platform/db/index.ts'
import { startTestApi, type TestApi } from './test-api.ts'

/** More than the places of many rounds. */
const BACKLOG = 1_200
const OF_ONE = 16

let api: TestApi
/** Of the last one a row is due now, of each other one many since yesterday. */
let accountIds: readonly Uuid[]
before(async () => {
  api = await startTestApi([])
  const made = []
  for (let merchant = 0; merchant < 5; merchant += 1) made.push(await api.createOtherAccount())
  accountIds = made.map(({ sandbox }) => sandbox.accountId)
  await fillQueues()
})
after(() => api.close())

const lease = () => {
  const realNow = api.clock.now()
  return { realNow, leaseUntil: addMs(realNow, MS_PER_HOUR) }
}

/** A client, a connector and a queue of every kind for each account, all under the account's own id. */
async function fillQueues(): Promise<void> {
  const now = formatInstant(api.clock.now())
  const late = formatInstant(addMs(api.clock.now(), -MS_PER_DAY))
  const small = accountIds.at(-1)
  const rows = sql`
    (select id as a, n, gen_random_uuid() as row, case when id = ${small} then ${now} else ${late} end::timestamptz as due
       from unnest(${accountIds}::uuid[]) as account(id)
      cross join generate_series(1, ${BACKLOG}) as n
      where id <> ${small} or n = 1) as r`
  await api.database.tx(async (tx) => {
    // What a row refers to beside these is not looked at.
    await sql`set local session_replication_role = replica`.execute(tx)
    for (const statement of [
      sql`insert into recovery_clients (account_id, id, api_key_id, publishable_key_id, webhook_secret_sealed, created_at, updated_at)
          select a, a, a, a, '', ${now}, ${now} from ${rows} where n = 1`,
      sql`insert into recovery_connectors (account_id, id, client_id, platform, credentials_sealed, credentials_hint, created_at, updated_at)
          select a, a, a, 'zuora', '', '{}', ${now}, ${now} from ${rows} where n = 1`,
      sql`insert into recovery_deliveries (account_id, id, client_id, event, body, state, next_try_at, created_at)
          select a, row, a, 'recovery.success', '{}', 'waiting', due, due from ${rows}`,
      sql`insert into revolv3_deliveries (account_id, id, event_id, event_type, object_id, body, state, next_try_at, created_at)
          select a, row, row, 'InvoicePaid', row, '{}', 'waiting', due, due from ${rows}`,
      sql`insert into connector_events (account_id, connector_id, event_id, body, state, next_try_at, received_at)
          select a, a, row, '{}', 'waiting', due, due from ${rows}`,
      sql`insert into outside_recoveries (account_id, id, client_id, state, handed_token, token, fallback_tokens, amount_minor, currency,
            is_urgent, is_simulated, is_customer_present, last_attempt_at, strategy, opened_at, closed_at)
          select a, row, a, 'succeeded', 't', 't', '[]', 1, 'USD', false, false, false, due, 'none', due, due from ${rows}`,
      sql`insert into connected_invoices (account_id, recovery_id, connector_id, invoice_id, collects, write_back, next_try_at)
          select account_id, id, account_id, 'in_1', 'here', 'waiting', opened_at from outside_recoveries`,
    ])
      await statement.execute(tx)
  })
}

/** How many each account was given. */
function shared(claimed: readonly Uuid[]): readonly number[] {
  return accountIds.map((id) => claimed.filter((one) => one === id).length)
}

test('a round of webhooks has a place for each client, however much is due of others', async () => {
  const places = { ...lease(), limit: 20, limitPerClient: OF_ONE }
  const claimed = await api.database.tx((tx) => claimRevtain(tx, places))
  const counts = shared(claimed.map((one) => one.account_id))
  assert.equal(claimed.length, 20)
  assert.equal(counts.at(-1), 1)
  assert.ok(
    counts.slice(0, -1).every((count) => count >= 4 && count <= 5),
    String(counts),
  )
})

test('a round of Revolv3 webhooks has a place for each account', async () => {
  const places = { ...lease(), limit: 20, limitPerAccount: OF_ONE }
  const claimed = await api.database.tx((tx) => claimRevolv3(tx, places))
  const counts = shared(claimed.map((one) => one.accountId))
  assert.equal(claimed.length, 20)
  assert.equal(counts.at(-1), 1)
})

test('a round of what platforms tell, or are told, has a place for each connector', async () => {
  type Item = { readonly account_id: Uuid; readonly connector_id: Uuid }
  const claims: readonly ((tx: Tx, claim: Claim) => Promise<Item | null>)[] = [
    claimConnectorEvent,
    claimOwedPayment,
  ]
  for (const claim of claims) {
    const taken = new Map<Uuid, number>()
    const given: Claim = { ...lease(), taken, limitPerConnector: 3 }
    const claimed: Uuid[] = []
    for (;;) {
      const item = await api.database.tx((tx) => claim(tx, given))
      if (item === null) break
      claimed.push(item.account_id)
      taken.set(item.connector_id, (taken.get(item.connector_id) ?? 0) + 1)
    }
    assert.deepEqual(new Set(claimed.slice(0, 5)), new Set(accountIds))
    assert.deepEqual(shared(claimed), [3, 3, 3, 3, 1])
  }
})

test('claims at the same moment take rows of their own', async () => {
  const given: Claim = { ...lease(), taken: new Map(), limitPerConnector: OF_ONE }
  const claims = Array.from({ length: 8 }, () =>
    api.database.tx((tx) => claimConnectorEvent(tx, given)),
  )
  const ids = (await Promise.all(claims)).map((item) => item?.event_id)
  assert.ok(!ids.includes(undefined))
  assert.equal(new Set(ids).size, 8)
})

test('what stands behind another delivery of its object is not due, and is called when that is over', async () => {
  const other = await api.createOtherAccount()
  const { accountId } = other.sandbox
  const objectId = api.ids.next()
  const ids = [api.ids.next(), api.ids.next(), api.ids.next()]
  const insert = async (some: readonly Uuid[]): Promise<void> => {
    const deliveries = some.map((id) => ({
      id,
      eventId: id,
      eventType: 'InvoicePaid',
      objectId,
      body: '{}',
    }))
    const realNow = api.clock.now()
    await api.database.tx((tx) => insertDeliveries(tx, accountId, { deliveries, realNow }))
  }
  const due = async () => {
    const rows = await api.database.kysely
      .selectFrom('revolv3_deliveries')
      .select('id')
      .where('account_id', '=', accountId)
      .where('state', '=', 'waiting')
      .where('next_try_at', '<=', api.clock.now())
      .execute()
    return rows.map(({ id }) => ids.indexOf(id))
  }
  await insert(ids.slice(0, 2))
  await insert(ids.slice(2))
  const called = []
  for (const id of ids) {
    called.push(await due())
    const result = {
      state: 'done',
      status: 200,
      error: null,
      nextTryAt: null,
      realNow: api.clock.now(),
    } as const
    await api.database.tx((tx) => recordDelivery(tx, { accountId, id }, result))
  }
  assert.deepEqual([...called, await due()], [[0], [1], [2], []])
})
