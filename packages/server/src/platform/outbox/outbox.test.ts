import type { Uuid } from '@perennial/core/ids'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type TestApi, startTestApi } from '../../testing/test-api.ts'
import { violatedConstraint } from '../db/index.ts'
import {
  type NewEvent,
  factNumberOf,
  recordEvents,
  recordMail,
  toPreviousAttributes,
} from './index.ts'

let api: TestApi
before(async () => {
  api = await startTestApi([])
})
after(() => api.close())

const newEvent = (more: Partial<NewEvent> = {}): NewEvent => ({
  accountId: api.account.sandbox.accountId,
  id: api.ids.next(),
  type: 'invoice.paid',
  objectKind: 'invoice',
  objectId: api.ids.next(),
  factNumber: 0n,
  customerId: null,
  subscriptionId: null,
  invoiceId: null,
  data: { object: 'invoice', note: 'quotes " and \\ and {braces}, and ünïcode' },
  previousAttributes: null,
  request: null,
  occurredAt: api.clock.now(),
  ...more,
})

test('a thousand events are one statement, and read back as they were', async () => {
  const events = Array.from({ length: 1000 }, () => newEvent())
  await api.database.tx((tx) => recordEvents(tx, events))
  const stored = await api.database.kysely.selectFrom('events').selectAll().execute()
  assert.equal(stored.length, 1000)
  assert.deepEqual(stored[0]?.data, events[0]?.data)
  await api.database.tx((tx) => recordEvents(tx, []))
})

test('one fact is one event: a second is refused, and with it all that was written beside it', async () => {
  const event = newEvent()
  await api.database.tx((tx) => recordEvents(tx, [event]))
  const before = await api.count('events')
  const again = api.database.tx((tx) =>
    recordEvents(tx, [newEvent(), { ...event, id: api.ids.next() }]),
  )
  await assert.rejects(again, (error) => violatedConstraint(error) === 'events_one_per_fact')
  assert.equal(await api.count('events'), before)
  await api.database.tx((tx) =>
    recordEvents(tx, [{ ...event, id: api.ids.next(), factNumber: 1n }]),
  )
})

test('an event cannot be changed or taken back', async () => {
  const event = newEvent()
  await api.database.tx((tx) => recordEvents(tx, [event]))
  const { kysely } = api.database
  await assert.rejects(kysely.updateTable('events').set({ type: 'x' }).execute(), /append-only/)
  await assert.rejects(kysely.deleteFrom('events').execute(), /append-only/)
})

test('fact numbers rise with the ids they are made of, within a millisecond too, and fit their column', () => {
  const numbers = api.ids.nextMany(5000).map(factNumberOf)
  for (const [index, number] of numbers.entries())
    assert.ok(index === 0 || number > (numbers[index - 1] ?? number))
  const last = 'ffffffff-ffff-7fff-bfff-ffffffffffff' as Uuid
  assert.ok(factNumberOf(last) < 2n ** 63n)
})

test('a mail with a key that is there already is left out', async () => {
  const mail = {
    accountId: api.account.sandbox.accountId,
    id: api.ids.next(),
    dedupeKey: 'invoice.sent:1',
    to: 'ada@example.com',
    template: 'invoice_sent',
    data: { amount: 'USD 29.00' },
    createdAt: api.clock.now(),
  }
  const record = (mails: readonly (typeof mail)[]) => api.database.tx((tx) => recordMail(tx, mails))
  assert.equal(await record([mail]), 1)
  const other = { ...mail, id: api.ids.next(), dedupeKey: 'invoice.sent:2' }
  assert.equal(await record([{ ...mail, id: api.ids.next() }, other]), 1)
  assert.equal(await record([]), 0)
  const stored = await api.database.kysely.selectFrom('outbox').selectAll().execute()
  assert.equal(stored.length, 2)
  assert.partialDeepStrictEqual(stored[0], {
    state: 'waiting',
    payload: { to: 'ada@example.com', template: 'invoice_sent', data: { amount: 'USD 29.00' } },
  })
})

const changes: readonly (readonly [current: object, previous: object, old: object])[] = [
  [{ a: 1, updated_at: 2 }, { a: 1, updated_at: 1 }, {}],
  [{ a: 2 }, { a: 1 }, { a: 1 }],
  [{ a: 1, b: 2 }, { a: 1 }, { b: null }],
  [{ a: 1 }, { a: 1, b: 2 }, { b: 2 }],
  [{ m: { x: 1 } }, { m: { x: 1, y: 2 } }, { m: { x: 1, y: 2 } }],
]
for (const [current, previous, old] of changes) {
  test(`${JSON.stringify(previous)} → ${JSON.stringify(current)}: the old values are ${JSON.stringify(old)}`, () => {
    assert.deepEqual(toPreviousAttributes({ ...current }, { ...previous }), old)
  })
}
