import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'

// What charges leave behind: transactions, attempts, rails; and what paying does for a subscription that is behind.

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const get = (path: string) => shop.request('GET', path)
const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
let products = 0

async function subscribe(customerId: string, more: object = {}): Promise<string> {
  products += 1
  const product = await post('/products', {
    product_id: `plan-${products}`,
    name: 'Plan',
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 4_900,
    interval: 'month',
    interval_count: 1,
    ...more,
  })
  const body = { customerId, productId: product.at('data.id') }
  const created = await post('/subscriptions', body)
  assert.equal(created.status, 201, JSON.stringify(created.body))
  return created.text('data.id')
}

async function customerWith(token: string): Promise<string> {
  const customer = await shop.createCustomer()
  await shop.attach(customer, token)
  return customer
}

test('paying the invoice of a subscription that is behind recovers it', async () => {
  const customer = await customerWith('tok_decline_after_1_insufficient_funds')
  const subscription = await subscribe(customer)
  await post('/test-clock/advance', { days: 32 })
  const behind = await get(`/subscriptions/${subscription}`)
  assert.equal(behind.at('data.status'), 'past_due')
  const invoice = behind.text('data.latest_invoice_id')

  await shop.newEvents()
  const refused = await post(`/invoices/${invoice}/pay`)
  assert.equal(refused.status, 402)
  assert.deepEqual(await shop.newEvents(), ['payment.failed', 'invoice.payment_failed'])
  const paymentMethodId = await shop.attach(customer, 'tok_visa')
  await shop.newEvents()
  const paid = await post(`/invoices/${invoice}/pay`, { paymentMethodId })
  assert.equal(paid.at('data.status'), 'paid')
  assert.deepEqual(await shop.newEvents(), [
    'payment.succeeded',
    'invoice.paid',
    'subscription.renewed',
    'subscription.updated',
  ])
  const recovered = await get(`/subscriptions/${subscription}`)
  assert.equal(recovered.at('data.status'), 'active')
  assert.equal(recovered.at('data.dunning'), null)
})

test('an unpaid subscription is active again once its invoice is paid by hand', async () => {
  const subscription = await subscribe(await customerWith('tok_decline_after_1_insufficient_funds'))
  await post('/test-clock/advance', { days: 45 })
  const unpaid = await get(`/subscriptions/${subscription}`)
  assert.equal(unpaid.at('data.status'), 'unpaid')
  const invoice = unpaid.text('data.latest_invoice_id')
  const paid = await post(`/invoices/${invoice}/pay`, { payment_method: 'bank_transfer' })
  assert.equal(paid.at('data.status'), 'paid')
  assert.equal((await get(`/subscriptions/${subscription}`)).at('data.status'), 'active')
})

test('voiding the one invoice that a subscription is behind with makes it active again', async () => {
  const subscription = await subscribe(await customerWith('tok_decline_after_1_insufficient_funds'))
  await post('/test-clock/advance', { days: 32 })
  const behind = await get(`/subscriptions/${subscription}`)
  assert.equal(behind.at('data.status'), 'past_due')
  await shop.newEvents()
  await post(`/invoices/${behind.text('data.latest_invoice_id')}/void`)
  assert.deepEqual(await shop.newEvents(), ['invoice.voided', 'subscription.updated'])
  const after = await get(`/subscriptions/${subscription}`)
  assert.equal(after.at('data.status'), 'active')
  const refused = (await shop.audit()).length
  await post('/test-clock/advance', { days: 8 })
  assert.equal((await shop.audit()).length, refused, 'nothing is tried again for it')
})

test('an unpaid subscription goes on once none of its invoices is open any more', async () => {
  const subscription = await subscribe(await customerWith('tok_decline_after_1_insufficient_funds'))
  await post('/test-clock/advance', { days: 75 })
  const open = await get(`/invoices?subscriptionId=${subscription}&status=open`)
  const status = async () => (await get(`/subscriptions/${subscription}`)).at('data.status')
  assert.deepEqual([await status(), open.at('pagination.total')], ['unpaid', 1])
  await shop.newEvents()
  await post(`/invoices/${open.text('data.0.id')}/void`)
  assert.deepEqual(await shop.newEvents(), ['invoice.voided', 'subscription.updated'])
  const after = await get(`/subscriptions/${subscription}`)
  assert.equal(after.at('data.status'), 'active')
  // What it missed meanwhile is not billed; the next period is.
  assert.ok(after.text('data.current_period_end') > (await get('/test-clock')).text('data.now'))
  await post('/test-clock/advance', { days: 31 })
  const invoices = await get(`/invoices?subscriptionId=${subscription}`)
  assert.deepEqual([0, 1, 2].map((n) => invoices.at(`data.${n}.status`)), ['finalized', 'void', 'paid']) // prettier-ignore
})

test('an unpaid subscription with two open invoices waits for both', async () => {
  const customer = await customerWith('tok_decline_after_1_insufficient_funds')
  const subscription = await subscribe(customer, { interval: 'day' })
  await post('/test-clock/advance', { days: 20 })
  const status = async () => (await get(`/subscriptions/${subscription}`)).at('data.status')
  const open = await get(`/invoices?subscriptionId=${subscription}&status=open`)
  assert.equal(await status(), 'unpaid')
  const ids = (open.at('data') as { id: string }[]).map(({ id }) => id)
  assert.ok(ids.length > 1)
  for (const [index, id] of ids.entries()) {
    await post(`/invoices/${id}/void`)
    assert.equal(await status(), index === ids.length - 1 ? 'active' : 'unpaid')
  }
})

test('the kept draft of a paused period is edited together with its renewal', async () => {
  const subscription = await subscribe(await customerWith('tok_visa'))
  await post(`/subscriptions/${subscription}/pause`)
  await post('/test-clock/advance', { days: 32 })
  const drafts = await get(`/invoices?subscriptionId=${subscription}&status=draft`)
  const id = drafts.text('data.0.id')
  const line_items = [{ description: 'half', unit_amount_minor: 2_450 }]
  const edited = await shop.request('PATCH', `/invoices/${id}`, { body: { line_items } })
  assert.equal(edited.at('data.total_minor'), 2_450)
  assert.deepEqual(await shop.findBreaches(), [])
})

test('a bank debit of an invoice that is in recovery is waited for, not charged on top', async () => {
  const customer = await customerWith('tok_decline_after_1_insufficient_funds')
  const subscription = await subscribe(customer)
  await post('/test-clock/advance', { days: 32 })
  const invoice = (await get(`/subscriptions/${subscription}`)).text('data.latest_invoice_id')
  const paymentMethodId = await shop.attach(customer, 'tok_ach')
  const before = (await shop.audit()).length
  const pending = await post(`/invoices/${invoice}/pay`, { paymentMethodId })
  assert.equal(pending.at('data.amount_due_minor'), 4_900)
  const advanced = await post('/test-clock/advance', { days: 8 })
  assert.equal(advanced.status, 200, JSON.stringify(advanced.body))
  assert.equal((await get(`/invoices/${invoice}`)).at('data.status'), 'paid')
  assert.equal((await get(`/subscriptions/${subscription}`)).at('data.status'), 'active')
  assert.equal((await shop.audit()).length, before + 1)
})

test('every charge leaves an attempt that says what came of it and what may be done', async () => {
  const customer = await customerWith('tok_decline_stolen_card')
  const invoice = (await post('/invoices', { customer_uuid: customer, total_minor: 321 })).text(
    'data.id',
  )
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`)
  await post(`/invoices/${invoice}/pay`, {
    paymentMethodId: await shop.attach(customer, 'tok_visa'),
  })
  const list = await get(`/payment-attempts/invoice/${invoice}`)
  assert.equal(list.at('object'), 'list')
  assert.equal(list.at('url'), `/v2/payment-attempts/invoice/${invoice}`)
  const last4 = '0002'
  assert.partialDeepStrictEqual(list.at('data'), [
    {
      attempt_number: 2,
      retry_attempt_number: 1,
      attempt_status: 'succeeded',
      category: 'approved',
      retryability: 'do_not_retry',
      gateway_code: '',
      gateway_message: '',
      safe_customer_message_key: '',
      decline_type: null,
      payment_method_brand: 'visa',
      amount_cents: 321,
      currency: 'USD',
      invoice_id: invoice,
      subscription_id: null,
    },
    {
      attempt_number: 1,
      attempt_status: 'failed',
      category: 'lost_or_stolen',
      severity: 'error',
      decline_type: 'hard',
      retryability: 'do_not_retry',
      merchant_action: 'fraud_review',
      gateway_code: '43',
      safe_customer_message_key: 'payment.generic_decline',
      payment_method_last4: last4,
    },
  ])
  const shown = await get(`/payment-attempts/${list.text('data.1.public_id')}`)
  assert.deepEqual(shown.at('data'), list.at('data.1'))
  assert.deepEqual((await get(`/payment-attempts/${list.text('data.1.id')}`)).body, shown.body)
  const order = list.text('data.1.gateway_order_id')
  assert.deepEqual((await get(`/payment-attempts/by-gateway-order/${order}`)).body, shown.body)
  const paid = await get(`/payment-attempts/transaction/${list.text('data.0.payment_id')}`)
  assert.deepEqual(paid.at('data'), [list.at('data.0')])
  const sale = await get(`/transactions/${list.text('data.0.payment_id')}`)
  assert.partialDeepStrictEqual(sale.at('data'), {
    object: 'transaction',
    type: 'sale',
    status: 'succeeded',
    amount: 321,
    amount_refunded: 0,
    invoice_id: invoice,
    customer_id: customer,
  })
})

test('attempts of a subscription are those on its invoices', async () => {
  const subscription = await subscribe(await customerWith('tok_visa'))
  await subscribe(await customerWith('tok_visa'))
  const list = await get(`/payment-attempts/subscription/${subscription}`)
  assert.equal(list.at('data.length'), 1)
  assert.equal(list.at('data.0.subscription_id'), subscription)
})

test('transactions are listed newest first, by customer, invoice, type, status and time', async () => {
  const customer = await customerWith('tok_decline_after_1_expired_card')
  const invoices: string[] = []
  for (const total_minor of [100, 200]) {
    const made = await post('/invoices', { customer_uuid: customer, total_minor })
    const id = made.text('data.id')
    invoices.push(id)
    await post(`/invoices/${id}/finalize`)
    await post(`/invoices/${id}/pay`)
  }
  const amounts = async (query: string) => {
    const list = await get(`/transactions?${query}`)
    assert.equal(list.status, 200, JSON.stringify(list.body))
    const { data } = list.body as { readonly data: readonly { amount: number; status: string }[] }
    return data.map(({ amount, status }) => `${amount} ${status}`)
  }
  const of = `customer_id=${customer}`
  assert.deepEqual(await amounts(of), ['200 failed', '100 succeeded'])
  assert.deepEqual(await amounts(`${of}&status=failed`), ['200 failed'])
  assert.deepEqual(await amounts(`${of}&type=refund`), [])
  assert.deepEqual(await amounts(`invoice_id=${invoices[0] ?? ''}`), ['100 succeeded'])
  assert.deepEqual(await amounts(`${of}&created_lte=1000`), [])
  assert.deepEqual((await amounts('type=sale&limit=2')).slice(0, 2), [
    '200 failed',
    '100 succeeded',
  ])
  assert.deepEqual((await amounts('status=failed&limit=1')).slice(0, 1), ['200 failed'])
  const first = await get(`/transactions?${of}&limit=1`)
  assert.equal(first.at('has_more'), true)
  const id = first.text('data.0.id')
  assert.deepEqual(await amounts(`${of}&starting_after=${id}`), ['100 succeeded'])
  const since = Math.floor(Date.parse(first.text('data.0.created_at')) / 1000)
  assert.ok((await amounts(`created_gte=${since}`)).includes('200 failed'))
})

test('rails tell how a customer can pay, what an invoice allows, and what worked before', async () => {
  const customer = await shop.createCustomer()
  const bare = await get(`/customers/${customer}/payment-rails`)
  assert.partialDeepStrictEqual(bare.at('data'), {
    customer_id: customer,
    invoice_id: null,
    rails: [
      { rail: 'card', available: false, reason_if_not: 'The customer has no card on file.' },
      { rail: 'direct_debit', available: false },
      { rail: 'pay_by_bank', available: false },
      { rail: 'in_store', available: false },
    ],
  })
  await shop.attach(customer, 'tok_visa')
  const made = await post('/invoices', { customer_uuid: customer, total_minor: 5_000 })
  const invoice = made.text('data.id')
  const ready = await get(`/customers/${customer}/preferred-rails?amount_minor=5000`)
  assert.partialDeepStrictEqual(ready.at('data'), { amount_minor: 5_000, currency: 'USD' })
  assert.partialDeepStrictEqual(ready.at('data.preferred_rails.0'), {
    rail: 'card',
    available: true,
    rank: 1,
    score: 75,
    reasons: ['A method is on file.'],
    last_used_at: null,
  })
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`)
  const used = await get(`/customers/${customer}/preferred-rails`)
  assert.equal(used.at('data.preferred_rails.0.score'), 100)
  assert.equal(typeof used.at('data.preferred_rails.0.last_used_at'), 'string')

  const other = await post('/invoices', {
    customer_uuid: customer,
    total_minor: 1,
    allowed_methods: ['pay_by_bank'],
  })
  const narrow = await get(
    `/customers/${customer}/payment-rails?invoice_id=${other.text('data.id')}`,
  )
  assert.equal(narrow.at('data.rails.0.reason_if_not'), 'The invoice does not allow it.')
  const stranger = await shop.createCustomer()
  const foreign = await get(`/customers/${stranger}/payment-rails?invoice_id=${invoice}`)
  assert.equal(foreign.status, 404)
  assert.equal(foreign.at('error.param'), 'invoice_id')
})

test('a customer who is deleted cannot be charged, and money by hand is still taken', async () => {
  const customer = await customerWith('tok_visa')
  const made = await post('/invoices', { customer_uuid: customer, total_minor: 77 })
  const invoice = made.text('data.id')
  const intent = (await post('/payment-intents', { customer, amount: 78 })).text('id')
  await post(`/invoices/${invoice}/finalize`)
  await shop.request('DELETE', `/customers/${customer}`)
  assert.equal((await post(`/invoices/${invoice}/pay`)).status, 400)
  assert.equal((await post(`/payment-intents/${intent}/confirm`)).status, 400)
  assert.equal((await post('/payment-intents', { customer, amount: 78 })).status, 404)
  assert.equal((await post(`/invoices/${invoice}/send`)).status, 400)
  const paid = await post(`/invoices/${invoice}/pay`, { payment_method: 'cash' })
  assert.equal(paid.at('data.status'), 'paid')
  const seen = (await shop.audit()).filter(
    ({ amount_minor: minor }) => minor === 77 || minor === 78,
  )
  assert.deepEqual(seen, [])
})

test('while no gateway can be reached nothing is attached and nothing is sent, and it may be tried again', async (t) => {
  const lonely = await startBillingShop()
  t.after(() => lonely.close())
  const customer = await lonely.createCustomer()
  const method = await lonely.attach(customer, 'tok_visa')
  const send = (path: string, body: object) => lonely.request('POST', path, { body })
  const intent = (await send('/payment-intents', { customer, amount: 78 })).text('id')
  await lonely.stopWorld()
  const refused = await send('/payment-methods', { customer_id: customer, token: 'tok_visa' })
  assert.equal(refused.status, 503)
  assert.equal(refused.at('error.type'), 'api_error')
  assert.equal(await lonely.count('payment_methods'), 1)

  const unsent = await send(`/payment-intents/${intent}/confirm`, { payment_method: method })
  assert.equal(unsent.at('status'), 'requires_payment_method')
  assert.equal(unsent.at('last_payment_error.decline_code'), 'gateway_unreachable')
  const again = await send(`/payment-intents/${intent}/confirm`, { payment_method: method })
  assert.equal(again.at('status'), 'requires_payment_method')
  assert.equal(await lonely.count('payment_attempts'), 2)
  assert.equal((await send(`/payment-intents/${intent}/cancel`, {})).at('status'), 'canceled')
})
