import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { loadScope, runDueWork } from '../../billing/index.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

function uuidOf(kind: IdKind, name: string): Uuid {
  const decoded = decodeId(kind, name)
  assert.ok(decoded.kind === 'ok', name)
  return decoded.id
}

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const show = (id: string) => shop.request('GET', `/setup-intents/${id}`)
const confirm = (id: string, body: object) => post(`/setup-intents/${id}/confirm`, body)

async function setupFor(customer: string, body: object = {}): Promise<string> {
  const created = await post('/setup-intents', { customer_id: customer, ...body })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  return created.text('data.id')
}

const methodsOf = async (customer: string) =>
  (await shop.request('GET', `/customers/${customer}/payment-methods`)).at('data')

test('a token is verified, saved as the default method, and nothing is charged', async () => {
  const customer = await shop.createCustomer()
  await shop.newEvents()
  const created = await post('/setup-intents', { customer_id: customer, metadata: { a: 1 } })
  assert.equal(created.status, 201)
  assert.partialDeepStrictEqual(created.body, {
    data: {
      object: 'setup_intent',
      status: 'requires_payment_method',
      customer_id: customer,
      payment_method_id: null,
      payment_method_types: ['card'],
      usage: 'off_session',
      gateway: null,
      next_action: null,
      last_error: null,
      confirmed_at: null,
      metadata: { a: 1 },
    },
  })
  const id = created.text('data.id')
  const confirmed = await confirm(id, { token: 'tok_visa' })
  assert.partialDeepStrictEqual(confirmed.body, { data: { status: 'succeeded', last_error: null } })
  const methods = await shop.request('GET', `/customers/${customer}/payment-methods`)
  assert.partialDeepStrictEqual(methods.at('data.0'), {
    id: confirmed.text('data.payment_method_id'),
    status: 'active',
    is_default: true,
  })
  assert.deepEqual(await shop.newEvents(), ['customer.payment_method.attached'])
  assert.equal((await shop.audit()).filter((charge) => charge.money_moved).length, 0)
  assert.equal((await confirm(id, { token: 'tok_visa' })).status, 400)
})

test('a refused card leaves the customer without a method, and another may be tried', async () => {
  const customer = await shop.createCustomer()
  const id = await setupFor(customer)
  const refused = await confirm(id, { token: 'tok_decline_do_not_honor' })
  assert.equal(refused.status, 200)
  assert.partialDeepStrictEqual(refused.body, {
    data: {
      status: 'requires_payment_method',
      last_error: {
        code: 'setup_failed',
        decline_code: 'do_not_honor',
        payment_method: { id: refused.text('data.payment_method_id'), type: 'card' },
      },
    },
  })
  assert.deepEqual(await methodsOf(customer), [])
  assert.equal((await confirm(id, { token: 'tok_mastercard' })).at('data.status'), 'succeeded')
})

test('a customer who has to authenticate is sent to her bank and saved when she is back', async () => {
  const customer = await shop.createCustomer()
  const id = await setupFor(customer)
  const asked = await confirm(id, {
    token: 'tok_authenticate',
    return_url: 'https://shop.example/done',
  })
  assert.partialDeepStrictEqual(asked.body, {
    data: {
      status: 'requires_action',
      next_action: {
        type: 'redirect_to_url',
        redirect_to_url: { return_url: 'https://shop.example/done' },
      },
    },
  })
  assert.deepEqual(await methodsOf(customer), [])
  assert.equal((await show(id)).at('data.status'), 'requires_action')
  const page = asked.text('data.next_action.redirect_to_url.url')
  await fetch(page, { method: 'POST', body: JSON.stringify({ result: 'succeeded' }) })
  const done = await show(id)
  assert.partialDeepStrictEqual(done.body, { data: { status: 'succeeded', next_action: null } })
  const saved = await shop.request('GET', `/customers/${customer}/payment-methods`)
  assert.equal(saved.at('data.0.status'), 'active')
})

test('a challenge is called off when the setup intent is canceled', async () => {
  const id = await setupFor(await shop.createCustomer())
  const asked = await confirm(id, { token: 'tok_authenticate' })
  const canceled = await post(`/setup-intents/${id}/cancel`, { cancellation_reason: 'abandoned' })
  assert.partialDeepStrictEqual(canceled.body, {
    data: { status: 'canceled', cancellation_reason: 'abandoned', next_action: null },
  })
  const page = asked.text('data.next_action.redirect_to_url.url')
  await fetch(page, { method: 'POST', body: JSON.stringify({ result: 'succeeded' }) })
  assert.equal((await show(id)).at('data.status'), 'canceled')
  assert.equal((await post(`/setup-intents/${id}/cancel`)).status, 400)
})

test('an answer that got lost is asked for, with the same key', async () => {
  const customer = await shop.createCustomer()
  const id = await setupFor(customer)
  const confirmed = await confirm(id, { token: 'tok_timeout_charged' })
  assert.equal(confirmed.at('data.status'), 'succeeded')
  const lost = await setupFor(customer)
  const refused = await confirm(lost, { token: 'tok_timeout_not_charged' })
  assert.partialDeepStrictEqual(refused.body, {
    data: { last_error: { decline_code: 'communication_error' } },
  })
})

test('a verification that a crash cut off is settled by the worker', async () => {
  const customer = await shop.createCustomer()
  const id = await setupFor(customer)
  await confirm(id, { token: 'tok_visa' })
  // As it was committed before the gateway answered.
  await shop.database.kysely
    .updateTable('setup_intents')
    .set({ status: 'processing', lease_until: shop.clock.now() })
    .where('status', '=', 'succeeded')
    .where('customer_id', '=', uuidOf('customer', customer))
    .execute()
  const { accountId } = shop.account.sandbox
  const scope = await loadScope(shop.billing, accountId)
  await runDueWork(shop.billing, { ...scope, runId: null }, { until: shop.clock.now(), decideAt: 'until' }) // prettier-ignore
  assert.equal((await show(id)).at('data.status'), 'succeeded')
})

test('a method of the customer is verified as it is; one of somebody else is not found', async () => {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_visa')
  const own = await confirm(await setupFor(customer), { payment_method_id: method })
  assert.equal(own.at('data.status'), 'succeeded')
  const other = await setupFor(await shop.createCustomer())
  assert.equal((await confirm(other, { payment_method_id: method })).status, 404)
  await post(`/payment-methods/${method}/detach`)
  const taken = await confirm(other, { payment_method_id: method })
  assert.equal(taken.at('data.status'), 'succeeded')
})

test('a bank account is saved at once: its first debit proves it', async () => {
  const customer = await shop.createCustomer()
  const cardOnly = await setupFor(customer)
  assert.equal((await confirm(cardOnly, { token: 'tok_ach' })).status, 400)
  const id = await setupFor(customer, { payment_method_types: ['card', 'us_bank_account'] })
  const confirmed = await confirm(id, { token: 'tok_ach' })
  assert.partialDeepStrictEqual(confirmed.body, { data: { status: 'succeeded', gateway: null } })
})

test('bad input is refused with the name of the field', async () => {
  const customer = await shop.createCustomer()
  const id = await setupFor(customer)
  const rows: readonly (readonly [object, number, string])[] = [
    [{}, 400, 'payment_method_id'],
    [{ token: 'tok_decline_nonsense' }, 400, 'token'],
    [{ token: '4242424242424242' }, 400, 'token'],
    [{ token: 'tok_visa', gateway: 'nowhere' }, 400, 'gateway'],
    [{ payment_method_id: 'pm_01h455vb4pex5vsknk084sn02q' }, 404, 'payment_method_id'],
  ]
  for (const [body, status, param] of rows) {
    const answer = await confirm(id, body)
    assert.deepEqual([answer.status, answer.at('error.param')], [status, param])
  }
  assert.equal((await show('seti_01h455vb4pex5vsknk084sn02q')).status, 404)
  const list = await shop.request('GET', `/setup-intents?customer_id=${customer}&status=succeeded`)
  assert.deepEqual([list.at('object'), list.at('data')], ['list', []])
  const mine = await shop.request('GET', `/setup-intents?customer_id=${customer}`)
  assert.equal(mine.at('data.0.id'), id)
})

test('what the network calls the first approved charge is kept and sent with later ones', async () => {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_visa')
  const token = () =>
    shop.database.kysely
      .selectFrom('payment_method_tokens as t')
      .innerJoin('payment_methods as m', 'm.id', 't.payment_method_id')
      .innerJoin('customers as c', 'c.id', 'm.customer_id')
      .select('t.network_transaction_id as name')
      .orderBy('m.id', 'desc')
      .executeTakeFirstOrThrow()
  assert.equal((await token()).name, null)
  const pay = async () => {
    const intent = await post('/payment-intents', { amount: 500, customer, payment_method: method })
    await post(`/payment-intents/${intent.text('id')}/confirm`)
  }
  await pay()
  const first = (await token()).name
  assert.ok(first !== null)
  await pay()
  assert.equal((await token()).name, first)
})
