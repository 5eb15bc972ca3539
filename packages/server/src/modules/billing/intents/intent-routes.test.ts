import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId } from '@perennial/core/ids'
import type { Answer } from '@perennial/testkit'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { runDueWork } from '../run/run-due-work.ts'
import { loadScope } from '../load/load-scope.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const show = (id: string) => shop.request('GET', `/payment-intents/${id}`)

/** A customer whose default card is behind the token. */
async function customerWith(token: string): Promise<string> {
  const customer = await shop.createCustomer()
  await shop.attach(customer, token)
  return customer
}

async function intentOf(customer: string, body: object = {}): Promise<string> {
  const created = await post('/payment-intents', { amount: 5_000, customer, ...body })
  assert.equal(created.status, 200, JSON.stringify(created.body))
  return created.text('id')
}

const confirm = (id: string, body: object = {}) => post(`/payment-intents/${id}/confirm`, body)

/** Ledger of one payment intent: debit<credit amount. */
async function posted(intentId: string): Promise<readonly string[]> {
  const customer = (await show(intentId)).text('customer')
  const list = await shop.request('GET', `/transactions?customer_id=${customer}`)
  const { data } = list.body as { readonly data: readonly { readonly id: string }[] }
  const rows = await shop.database.kysely
    .selectFrom('ledger_transfers')
    .select(['source_id', 'debit_account', 'credit_account', 'amount_minor'])
    .orderBy('id')
    .execute()
  const ids = data.map(({ id }) => decodeId('transaction', id))
  const own = new Set(ids.map((decoded) => (decoded.kind === 'ok' ? decoded.id : null)))
  return rows
    .filter((row) => own.has(row.source_id))
    .map((row) => `${row.debit_account}<${row.credit_account} ${row.amount_minor}`)
}

test('an intent is created bare, waits for its confirmation, and charges the method', async () => {
  const customer = await customerWith('tok_visa')
  const method = await shop.attach(customer, 'tok_mastercard')
  await shop.newEvents()
  const created = await post('/payment-intents', {
    amount: 5_000,
    customer,
    payment_method: method,
    description: 'Poster',
    metadata: { order: 7 },
  })
  assert.equal(created.status, 200)
  assert.partialDeepStrictEqual(created.body, {
    object: 'payment_intent',
    amount: 5_000,
    amount_capturable: 0,
    amount_received: 0,
    currency: 'USD',
    customer,
    payment_method: method,
    status: 'requires_confirmation',
    capture_method: 'automatic',
    description: 'Poster',
    last_payment_error: null,
    next_action: null,
    canceled_at: null,
    livemode: false,
    metadata: { order: 7 },
  })
  assert.equal(typeof created.at('created'), 'number')
  const id = created.text('id')
  const confirmed = await confirm(id)
  assert.partialDeepStrictEqual(confirmed.body, { status: 'succeeded', amount_received: 5_000 })
  assert.deepEqual(await shop.newEvents(), [
    'payment_intent.created',
    'payment.succeeded',
    'payment_intent.succeeded',
  ])
  assert.deepEqual(await posted(id), ['gateway_clearing<revenue 5000'])
  const list = await shop.request('GET', `/transactions?customer_id=${customer}`)
  assert.partialDeepStrictEqual(list.at('data.0'), {
    object: 'transaction',
    type: 'sale',
    status: 'succeeded',
    amount: 5_000,
    payment_intent_id: id,
    card_brand: 'mastercard',
    payment_method_type: 'card',
  })
  assert.equal((await confirm(id)).status, 400)
})

test('41: a manual intent is authorised, captured in part, and books what was captured', async () => {
  const id = await intentOf(await customerWith('tok_visa'), { capture_method: 'manual' })
  assert.equal((await show(id)).at('status'), 'requires_payment_method')
  await shop.newEvents()
  const confirmed = await confirm(id)
  assert.partialDeepStrictEqual(confirmed.body, {
    status: 'processing',
    amount_capturable: 5_000,
    amount_received: 0,
  })
  assert.deepEqual(await posted(id), [])
  assert.deepEqual(await shop.newEvents(), [])
  assert.equal((await confirm(id)).status, 400)
  const over = await post(`/payment-intents/${id}/capture`, { amount_to_capture: 5_001 })
  assert.equal(over.status, 400)
  assert.equal(over.at('error.param'), 'amount_to_capture')

  const captured = await post(`/payment-intents/${id}/capture`, { amount_to_capture: 3_000 })
  assert.partialDeepStrictEqual(captured.body, {
    status: 'succeeded',
    amount_capturable: 0,
    amount_received: 3_000,
  })
  assert.deepEqual(await shop.newEvents(), ['payment.succeeded', 'payment_intent.succeeded'])
  assert.deepEqual(await posted(id), ['gateway_clearing<revenue 3000'])
  assert.equal((await post(`/payment-intents/${id}/capture`)).status, 400)
  assert.equal((await post(`/payment-intents/${id}/cancel`)).status, 400)
})

test('canceling releases an authorisation at the gateway, and says why', async () => {
  const id = await intentOf(await customerWith('tok_visa'), {
    amount: 4_321,
    capture_method: 'manual',
  })
  await confirm(id)
  await shop.newEvents()
  const canceled = await post(`/payment-intents/${id}/cancel`, { cancellation_reason: 'duplicate' })
  assert.partialDeepStrictEqual(canceled.body, {
    status: 'canceled',
    amount_capturable: 0,
    cancellation_reason: 'duplicate',
  })
  assert.equal(typeof canceled.at('canceled_at'), 'string')
  assert.deepEqual(await shop.newEvents(), ['payment_intent.canceled'])
  const [charge] = (await shop.audit()).filter((entry) => entry.amount_minor === 4_321)
  assert.equal(charge?.status, 'canceled')
  assert.equal((await post(`/payment-intents/${id}/cancel`)).status, 400)
  assert.equal((await post(`/payment-intents/${id}/capture`)).status, 400)
})

test('a refused confirmation answers 200 with the reason, and another card may be tried', async () => {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_decline_insufficient_funds')
  const id = await intentOf(customer)
  await shop.newEvents()
  const refused = await confirm(id)
  assert.equal(refused.status, 200)
  assert.partialDeepStrictEqual(refused.body, {
    status: 'requires_payment_method',
    last_payment_error: {
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      payment_method: { id: method, type: 'card' },
    },
  })
  assert.deepEqual(await shop.newEvents(), ['payment.failed', 'payment_intent.payment_failed'])
  assert.deepEqual(await posted(id), [])

  const payment_method = await shop.attach(customer, 'tok_visa')
  const paid = await confirm(id, { payment_method })
  assert.partialDeepStrictEqual(paid.body, { status: 'succeeded', last_payment_error: null })
})

test('a customer who has to authenticate is sent to the bank, and the payment settles after it', async () => {
  const id = await intentOf(await customerWith('tok_authenticate'))
  await shop.newEvents()
  const return_url = 'https://shop.example/thanks'
  const asked = await confirm(id, { return_url })
  assert.equal(asked.at('status'), 'requires_action')
  assert.equal(asked.at('next_action.type'), 'redirect_to_url')
  assert.equal(asked.at('next_action.redirect_to_url.return_url'), return_url)
  assert.deepEqual(await shop.newEvents(), ['payment_intent.requires_action'])
  assert.equal((await confirm(id)).at('status'), 'requires_action')
  assert.equal((await show(id)).at('next_action.redirect_to_url.return_url'), return_url)
  assert.deepEqual(await shop.newEvents(), [])

  const bank = asked.text('next_action.redirect_to_url.url')
  const result = new URLSearchParams({ result: 'succeeded' })
  const page = await fetch(bank, { method: 'POST', body: result })
  assert.match(await page.text(), /href="https:\/\/shop\.example\/thanks"/)
  const settled = await show(id)
  assert.partialDeepStrictEqual(settled.body, { status: 'succeeded', next_action: null })
  assert.deepEqual(await shop.newEvents(), ['payment.succeeded', 'payment_intent.succeeded'])
  assert.deepEqual(await posted(id), ['gateway_clearing<revenue 5000'])
})

test('a customer who fails to authenticate has paid nothing', async () => {
  const id = await intentOf(await customerWith('tok_authenticate'))
  const bank = (await confirm(id)).text('next_action.redirect_to_url.url')
  await fetch(bank, { method: 'POST', body: new URLSearchParams({ result: 'failed' }) })
  const settled = await confirm(id)
  assert.equal(settled.at('status'), 'requires_payment_method')
  assert.equal(settled.at('last_payment_error.decline_code'), 'authentication_required')
})

test('an intent that waits for its customer can be canceled, and then not be paid any more', async () => {
  const id = await intentOf(await customerWith('tok_authenticate'))
  const bank = (await confirm(id)).text('next_action.redirect_to_url.url')
  assert.equal((await post(`/payment-intents/${id}/cancel`)).at('status'), 'canceled')
  await fetch(bank, { method: 'POST', body: new URLSearchParams({ result: 'succeeded' }) })
  assert.equal((await show(id)).at('status'), 'canceled')
  assert.deepEqual(await posted(id), [])
})

test('a lost answer is looked up: what was charged counts, what was not may be tried again', async () => {
  const charged = await intentOf(await customerWith('tok_timeout_charged'), { amount: 611 })
  assert.equal((await confirm(charged)).at('status'), 'succeeded')
  const not = await intentOf(await customerWith('tok_timeout_not_charged'), { amount: 612 })
  const refused = await confirm(not)
  assert.equal(refused.at('status'), 'requires_payment_method')
  assert.equal(refused.at('last_payment_error.decline_code'), 'communication_error')
  const seen = (await shop.audit()).filter(
    ({ amount_minor: minor }) => minor === 611 || minor === 612,
  )
  assert.deepEqual(
    seen.map((entry) => entry.money_moved),
    [true, false, false], // what the gateway never saw was sent once more, under the same key
  )
})

/** Lets the process die at a step, once, and tells the request that it died. */
async function dieAt(step: 'applied' | 'sent', request: () => Promise<Answer>): Promise<void> {
  const deps: { onStep?: BillingShop['billing']['onStep'] } = shop.billing
  deps.onStep = async (now) => {
    if (now === step) throw new Error(`died at ${step}`)
  }
  assert.equal((await request()).status, 500)
  delete deps.onStep
}

/** The worker's first step, after the leases of the dead have run out. */
async function resolve(): Promise<void> {
  shop.clock.advanceMs(60_000)
  const { accountId } = shop.account.sandbox
  const scope = await loadScope(shop.billing, accountId)
  const window = { until: shop.clock.now(), decideAt: 'until' } as const
  await runDueWork(shop.billing, { ...scope, runId: null }, window)
}

test('a crash before the gateway is called is made good by the worker, once', async () => {
  const id = await intentOf(await customerWith('tok_visa'), { amount: 621 })
  await dieAt('applied', () => confirm(id))
  assert.equal((await confirm(id)).status, 409)
  await resolve()
  assert.equal((await show(id)).at('status'), 'succeeded')
  const seen = (await shop.audit()).filter((entry) => entry.amount_minor === 621)
  assert.equal(seen.length, 1)
})

test('a crash after the gateway answered loses nothing and charges nobody twice', async () => {
  const id = await intentOf(await customerWith('tok_visa'), { amount: 622 })
  await dieAt('sent', () => confirm(id))
  assert.equal((await show(id)).at('status'), 'processing')
  assert.equal((await confirm(id)).status, 409)
  assert.equal((await post(`/payment-intents/${id}/cancel`)).status, 409)
  await resolve()
  assert.equal((await show(id)).at('status'), 'succeeded')
  assert.deepEqual(await posted(id), ['gateway_clearing<revenue 622'])
  const seen = (await shop.audit()).filter((entry) => entry.amount_minor === 622)
  assert.equal(seen.length, 1)
})

test('a crash in the middle of a capture takes the money once, before or after the call', async () => {
  for (const [step, amount] of [
    ['applied', 631],
    ['sent', 632],
  ] as const) {
    const id = await intentOf(await customerWith('tok_visa'), { amount, capture_method: 'manual' })
    await confirm(id)
    await dieAt(step, () => post(`/payment-intents/${id}/capture`, { amount_to_capture: 600 }))
    assert.equal((await show(id)).at('amount_capturable'), amount)
    await resolve()
    assert.partialDeepStrictEqual((await show(id)).body, {
      status: 'succeeded',
      amount_received: 600,
    })
    assert.deepEqual(await posted(id), ['gateway_clearing<revenue 600'])
    const [charge] = (await shop.audit()).filter((entry) => entry.amount_minor === amount)
    assert.equal(charge?.captured_minor, 600)
  }
})

test('a crash while a hold is let go leaves it on record, and it is let go', async () => {
  for (const [step, amount] of [
    ['applied', 633],
    ['sent', 634],
  ] as const) {
    const id = await intentOf(await customerWith('tok_visa'), { amount, capture_method: 'manual' })
    await confirm(id)
    await dieAt(step, () => post(`/payment-intents/${id}/cancel`))
    assert.equal((await show(id)).at('amount_capturable'), 0)
    assert.equal((await post(`/payment-intents/${id}/capture`)).status, 400)
    await post('/test-clock/advance', { seconds: 7_200 })
    assert.equal((await show(id)).at('status'), 'canceled')
    const [charge] = (await shop.audit()).filter((entry) => entry.amount_minor === amount)
    assert.equal(charge?.status, 'canceled')
  }
})

test('two confirmations at once charge once', async () => {
  const id = await intentOf(await customerWith('tok_visa'), { amount: 641 })
  const answers = await Promise.all([confirm(id), confirm(id), confirm(id)])
  const statuses = answers.map((answer) => answer.status).toSorted((a, b) => a - b)
  assert.equal(statuses[0], 200)
  assert.ok(statuses.slice(1).every((status) => status === 409 || status === 400))
  const seen = (await shop.audit()).filter((entry) => entry.amount_minor === 641)
  assert.equal(seen.length, 1)
})

test('a bank debit is processing until it settles', async () => {
  const id = await intentOf(await customerWith('tok_ach'))
  assert.equal((await confirm(id)).at('status'), 'processing')
  assert.equal((await show(id)).at('status'), 'processing')
  const advanced = await post('/test-clock/advance', { days: 7 })
  assert.equal(advanced.status, 200, JSON.stringify(advanced.body))
  assert.equal((await show(id)).at('status'), 'succeeded')
  assert.deepEqual(await posted(id), ['gateway_clearing<revenue 5000'])
})

test('an intent can be changed until it is confirmed', async () => {
  const customer = await customerWith('tok_visa')
  const id = await intentOf(customer, { metadata: { a: 1, b: 2 } })
  const method = await shop.attach(customer, 'tok_amex')
  const changed = await post(`/payment-intents/${id}`, {
    amount: 700,
    payment_method: method,
    metadata: { a: null },
  })
  assert.partialDeepStrictEqual(changed.body, {
    amount: 700,
    payment_method: method,
    status: 'requires_confirmation',
  })
  assert.deepEqual(changed.at('metadata'), { b: 2 })
  await confirm(id)
  assert.equal((await post(`/payment-intents/${id}`, { amount: 1 })).status, 400)
})

test('intents are listed newest first, by customer, status and time', async () => {
  const customer = await customerWith('tok_visa')
  const first = await intentOf(customer)
  const second = await intentOf(customer)
  await confirm(second)
  const ids = async (query: string) => {
    const list = await shop.request('GET', `/payment-intents?customer=${customer}&${query}`)
    assert.equal(list.at('object'), 'list')
    const { data } = list.body as { readonly data: readonly { readonly id: string }[] }
    return data.map(({ id }) => id)
  }
  assert.deepEqual(await ids(''), [second, first])
  assert.deepEqual(await ids('status=succeeded'), [second])
  assert.deepEqual(await ids(`starting_after=${second}`), [first])
  const created = (await show(first)).at('created')
  assert.deepEqual(await ids(`created_lte=${Number(created) - 1}`), [])
  assert.deepEqual(await ids(`created_gte=${Number(created)}`), [second, first])
})

test('the same confirmation with one key charges once', async () => {
  const id = await intentOf(await customerWith('tok_visa'), { amount: 651 })
  const headers = { 'idempotency-key': 'confirm-once' }
  const path = `/payment-intents/${id}/confirm`
  const first = await shop.request('POST', path, { body: {}, headers })
  const second = await shop.request('POST', path, { body: {}, headers })
  assert.deepEqual(second.body, first.body)
  assert.equal(second.headers['idempotency-replayed'], 'true')
})

test('bad input is refused by name and writes nothing', async () => {
  const customer = await customerWith('tok_visa')
  const poor = await intentOf(await shop.createCustomer())
  const foreign = await shop.attach(await shop.createCustomer(), 'tok_visa')
  const id = await intentOf(customer)
  const ghost = 'cus_01h455vb4pex5vsknk084sn02q'
  const good = { amount: 100, customer }
  const rows: readonly (readonly [string, string, object, number, string | undefined])[] = [
    ['no amount', '', { customer }, 400, 'amount'],
    ['nothing', '', { ...good, amount: 0 }, 400, 'amount'],
    ['an amount as text', '', { ...good, amount: '100' }, 400, 'amount'],
    ['an amount beyond 2^53', '', { ...good, amount: 2 ** 53 }, 400, 'amount'],
    ['no customer', '', { amount: 100 }, 400, 'customer'],
    ['an unknown customer', '', { ...good, customer: ghost }, 404, 'customer'],
    ['an id of another kind', '', { ...good, customer: ghost.replace('cus', 'pi') }, 400, 'customer'],
    ['another’s card', '', { ...good, payment_method: foreign }, 404, 'payment_method'],
    ['a nonsense currency', '', { ...good, currency: 'XXY' }, 400, 'currency'],
    ['a long descriptor', '', { ...good, statement_descriptor: 'x'.repeat(23) }, 400, 'statement_descriptor'],
    ['an unknown capture', '', { ...good, capture_method: 'later' }, 400, 'capture_method'],
    ['no mail address', '', { ...good, receipt_email: 'nobody' }, 400, 'receipt_email'],
    ['confirming another’s card', `/${id}/confirm`, { payment_method: foreign }, 404, 'payment_method'],
    ['confirming without a card', `/${poor}/confirm`, {}, 400, 'payment_method'],
    ['a way back that is none', `/${id}/confirm`, { return_url: 'thanks' }, 400, 'return_url'],
    ['capturing too early', `/${id}/capture`, {}, 400, undefined],
    ['capturing nothing', `/${id}/capture`, { amount_to_capture: 0 }, 400, 'amount_to_capture'],
    ['an unknown reason', `/${id}/cancel`, { cancellation_reason: 'bored' }, 400, 'cancellation_reason'],
    ['an unknown intent', `/${ghost.replace('cus', 'pi')}/confirm`, {}, 404, undefined],
  ] // prettier-ignore
  await shop.newEvents()
  const tables = ['payment_intents', 'payment_attempts', 'transactions'] as const
  const count = () => Promise.all(tables.map((table) => shop.count(table)))
  const before = await count()
  for (const [name, path, body, status, param] of rows) {
    const answer = await post(`/payment-intents${path}`, body)
    assert.equal(answer.status, status, `${name}: ${JSON.stringify(answer.body)}`)
    assert.equal(answer.at('error.param'), param, name)
  }
  assert.deepEqual(await count(), before)
  assert.deepEqual(await shop.newEvents(), [])
})

test('another account can neither see nor touch an intent', async () => {
  const id = await intentOf(await customerWith('tok_visa'))
  const { apiKey } = (await shop.createOtherAccount()).sandbox
  for (const path of ['', '/confirm', '/capture', '/cancel']) {
    const answer = await shop.request('POST', `/payment-intents/${id}${path}`, { apiKey, body: {} })
    assert.equal(answer.status, 404, path)
  }
  assert.equal((await shop.request('GET', `/payment-intents/${id}`, { apiKey })).status, 404)
})

test('a card that a single charge shows to have ended is asked about, as after a renewal', async () => {
  const dueOf = async (token: string) => {
    const customer = await shop.createCustomer()
    const method = await shop.attach(customer, token)
    const decoded = decodeId('payment_method', method)
    assert.ok(decoded.kind === 'ok')
    await confirm(await intentOf(customer))
    const row = await shop.database.kysely
      .selectFrom('payment_methods')
      .select('updater_ask_at')
      .where('id', '=', decoded.id)
      .executeTakeFirstOrThrow()
    const now = Date.parse((await shop.request('GET', '/test-clock')).text('data.now'))
    return row.updater_ask_at !== null && row.updater_ask_at <= now
  }
  assert.equal(await dueOf('tok_decline_expired_card'), true)
  assert.equal(await dueOf('tok_decline_insufficient_funds'), false)
})
