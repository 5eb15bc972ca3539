import type { Uuid } from '@perennial/core/ids'
import { encodeId } from '@perennial/core/ids'
import { addMs, instantFromMs } from '@perennial/core/time'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type EventType, recordEvents } from '../../platform/outbox/index.ts'
import type { Answer } from '@perennial/testkit'
import { type TestApi, startTestApi } from '../../testing/test-api.ts'
import { eventsRoutes } from './index.ts'

const START = instantFromMs(1_700_000_000_000)
const START_SECONDS = 1_700_000_000

let api: TestApi
let customer: Uuid
let invoice: Uuid
let subscription: Uuid

/** Ten events a minute apart; what each is about is in its name. */
before(async () => {
  api = await startTestApi([eventsRoutes])
  ;[customer, invoice, subscription] = [api.ids.next(), api.ids.next(), api.ids.next()]
  const accountId = api.account.sandbox.accountId
  const types: readonly EventType[] = [
    'customer.created',
    'subscription.created',
    'invoice.created',
    'invoice.paid',
  ]
  const events = Array.from({ length: 10 }, (_, index) => {
    const type = types[index] ?? 'customer.updated'
    const isOfInvoice = type.startsWith('invoice.')
    const isOfSubscription = isOfInvoice || type.startsWith('subscription.')
    return {
      accountId,
      id: api.ids.next(),
      type,
      objectKind: isOfInvoice ? ('invoice' as const) : ('customer' as const),
      objectId: isOfInvoice ? invoice : isOfSubscription ? subscription : customer,
      factNumber: BigInt(index),
      customerId: customer,
      subscriptionId: isOfSubscription ? subscription : null,
      invoiceId: isOfInvoice ? invoice : null,
      data: { object: 'thing', index },
      previousAttributes: null,
      request: index === 0 ? { id: 'req_1', idempotencyKey: 'key' } : null,
      occurredAt: addMs(START, index * 60_000),
    }
  })
  await api.database.tx((tx) => recordEvents(tx, events))
})
after(() => api.close())

/** Which of the ten, by their index. */
function indexes(answer: Answer): unknown {
  const data = answer.at('data')
  assert.ok(Array.isArray(data), JSON.stringify(answer.body))
  return data.map((event) => event.data.object.index)
}

test('an event is told in the envelope of webhooks', async () => {
  const list = await api.request('GET', '/events?type=customer.created')
  const { body } = await api.request('GET', `/events/${list.text('data.0.id')}`)
  assert.deepEqual(body, {
    id: list.text('data.0.id'),
    object: 'event',
    type: 'customer.created',
    created: START_SECONDS,
    livemode: false,
    api_version: '2026-05-01',
    account: encodeId('account', api.account.sandbox.accountId),
    data: { object: { object: 'thing', index: 0 }, previous_attributes: null },
    request: { id: 'req_1', idempotency_key: 'key' },
    pending_webhooks: 0,
  })
})

test('each filter finds its events, newest first', async () => {
  const id = (kind: 'customer' | 'invoice' | 'subscription', uuid: Uuid) =>
    `${kind}_id=${encodeId(kind, uuid)}`
  const filters: readonly (readonly [query: string, found: readonly number[]])[] = [
    ['', [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
    ['type=invoice.paid', [3]],
    ['types=invoice.paid,customer.created', [3, 0]],
    ['type=invoice.paid&types=customer.created', [3, 0]],
    ['types=,invoice.paid, ,', [3]],
    ['type=invoice.voided', []],
    ['type=invoice.uncollectible', []], // another name
    ['types=order.created,checkout.session.completed', []], // not told yet
    [id('customer', customer), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
    [id('invoice', invoice), [3, 2]],
    [id('subscription', subscription), [3, 2, 1]],
    [`${id('subscription', subscription)}&type=invoice.created`, [2]],
    [`${id('subscription', subscription)}&types=invoice.created,invoice.paid`, [3, 2]],
    [`${id('invoice', invoice)}&${id('customer', invoice)}`, []],
    [id('invoice', customer), []],
    [`created_gte=${START_SECONDS + 420}`, [9, 8, 7]],
    [`created_lte=${START_SECONDS + 60}`, [1, 0]],
    [`created_gte=${START_SECONDS + 60}&created_lte=${START_SECONDS + 180}&limit=2`, [3, 2]],
    [`created_gte=${START_SECONDS + 60}&types=invoice.paid,invoice.created`, [3, 2]],
    ['created_gte=0&created_lte=1', []],
    ['limit=3', [9, 8, 7]],
  ]
  for (const [query, found] of filters)
    assert.deepEqual(indexes(await api.request('GET', `/events?${query}`)), found, query)
})

for (const query of [
  '',
  'types=customer.updated,invoice.paid,customer.created',
  `created_gte=${START_SECONDS}`,
]) {
  test(`cursors walk ?${query} in both directions without gaps`, async () => {
    const all = await api.request('GET', `/events?${query}`)
    const whole = indexes(all)
    const walked: unknown[] = []
    let page = await api.request('GET', `/events?limit=2&${query}`)
    for (;;) {
      walked.push(indexes(page))
      const last = page.at('data.1.id') ?? page.at('data.0.id')
      if (page.at('has_more') !== true) break
      page = await api.request('GET', `/events?limit=2&${query}&starting_after=${String(last)}`)
    }
    assert.deepEqual(walked.flat(), whole)
    const back = await api.request(
      'GET',
      `/events?limit=2&${query}&ending_before=${all.text('data.3.id')}`,
    )
    assert.deepEqual(indexes(back), Array.isArray(whole) ? whole.slice(1, 3) : [])
  })
}

test('another account sees none of them', async () => {
  const other = await api.createOtherAccount()
  const { apiKey } = other.sandbox
  const list = await api.request('GET', '/events')
  assert.deepEqual((await api.request('GET', '/events', { apiKey })).at('data'), [])
  assert.equal(
    (await api.request('GET', `/events/${list.text('data.0.id')}`, { apiKey })).status,
    404,
  )
})

const bad: readonly (readonly [query: string, param: string])[] = [
  ['customer_id=inv_01h455vb4pex5vsknk084sn02q', 'customer_id'],
  ['invoice_id=x', 'invoice_id'],
  ['created_gte=yesterday', 'created_gte'],
  ['created_lte=1.5', 'created_lte'],
  ['created_lte=99999999999999', 'created_lte'],
  ['type=invoice.payed', 'type'],
  ['type=invoice.*', 'type'],
  ['types=invoice.paid,nothing.happened', 'types'],
  [`types=${Array.from({ length: 21 }, (_, index) => `order.b${index}`).join(',')}`, 'types'],
  ['limit=0', 'limit'],
]
for (const [query, param] of bad) {
  test(`?${query.slice(0, 40)} is refused because of ${param}`, async () => {
    const refused = await api.request('GET', `/events?${query}`)
    assert.equal(refused.status, 400)
    assert.equal(refused.at('error.param'), param)
  })
}

test('a stretch of time goes on from a row that is there, or says so', async () => {
  const unknown = 'evt_01h455vb4pex5vsknk084sn02q'
  for (const cursor of ['starting_after', 'ending_before']) {
    const path = `/events?created_gte=${START_SECONDS}&${cursor}=${unknown}`
    const answer = await api.request('GET', path)
    assert.equal(answer.status, 400)
    assert.equal(answer.at('error.param'), cursor)
  }
  const all = await api.request('GET', `/events?created_gte=${START_SECONDS}`)
  const events = all.at('data')
  assert.ok(Array.isArray(events))
  const last = all.text(`data.${events.length - 1}.id`)
  const path = `/events?created_gte=${START_SECONDS}&starting_after=${last}`
  assert.deepEqual((await api.request('GET', path)).at('data'), [])
})

test('an event type that is none is told what there is of its kind', async () => {
  const sentence = async (type: string) =>
    (await api.request('GET', `/events?type=${type}`)).text('error.message')
  assert.match(
    await sentence('price.changed'),
    /there are price.created, price.updated, price.deleted\.$/,
  )
  assert.match(await sentence('cats.meowed'), /named as customer.created/)
})
