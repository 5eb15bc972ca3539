import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BillingShop, startBillingShop } from '../../../../testing/test-card-world.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const get = (path: string) => shop.request('GET', path)

async function customerWith(token: string): Promise<string> {
  const customer = await shop.createCustomer()
  await shop.attach(customer, token)
  return customer
}

async function openInvoice(customer: string, totalMinor: number): Promise<string> {
  const body = { customer_uuid: customer, total_minor: totalMinor }
  const invoice = (await post('/invoices', body)).text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  return invoice
}

async function paidInvoice(totalMinor: number): Promise<{ invoice: string; customer: string }> {
  const customer = await customerWith('tok_visa')
  const invoice = await openInvoice(customer, totalMinor)
  await post(`/invoices/${invoice}/pay`)
  return { invoice, customer }
}

test('38: a preview says what a credit note would do, and stores nothing', async () => {
  const { invoice } = await paidInvoice(12_900)
  const within = await post('/credit_notes/preview', { invoice_id: invoice, amount_minor: 2_000 })
  assert.equal(within.status, 200, JSON.stringify(within.body))
  assert.deepEqual(within.at('data'), {
    object: 'credit_note_preview',
    invoice_id: invoice,
    proposed_amount_minor: 2_000,
    proposed_tax_amount_minor: null,
    currency: 'USD',
    credit_method: 'refund_to_payment_method',
    exceeds_max_creditable: false,
    invoice: {
      id: invoice,
      total_minor: 12_900,
      amount_paid_minor: 12_900,
      amount_due_minor: 0,
      previously_credited_minor: 0,
      max_creditable_minor: 12_900,
    },
    after_credit: {
      new_amount_due_minor: 0,
      new_amount_credited_minor: 2_000,
      would_leave_outstanding: false,
    },
  })
  const above = await post('/credit_notes/preview', { invoice_id: invoice, amount_minor: 12_901 })
  assert.equal(above.at('data.exceeds_max_creditable'), true)
  assert.equal(await shop.count('credit_notes'), 0)
})

test('39, 40: a credit to the balance is issued at once, numbered, made once a key, and voided once', async () => {
  const { invoice, customer } = await paidInvoice(12_900)
  await shop.newEvents()
  const body = {
    invoice_id: invoice,
    amount_minor: 2_000,
    reason_code: 'billing_error',
    credit_method: 'customer_balance',
    idempotency_key: 'k1',
  }
  const created = await post('/credit_notes', body)
  assert.equal(created.status, 201, JSON.stringify(created.body))
  assert.partialDeepStrictEqual(created.at('data'), {
    object: 'credit_note',
    invoice_id: invoice,
    customer_id: customer,
    status: 'issued',
    amount_minor: 2_000,
    credit_method: 'customer_balance',
  })
  assert.match(created.text('data.credit_note_number'), /^CN-2027-0001$/)
  assert.deepEqual(await shop.newEvents(), ['credit_note.created', 'credit_note.issued'])
  assert.equal((await post('/credit_notes', body)).status, 409)
  const id = created.text('data.id')
  const lines = await get(`/credit_notes/${id}/lines`)
  assert.equal(lines.at('object'), 'list')
  assert.partialDeepStrictEqual(lines.at('data.0'), {
    object: 'credit_note_line',
    credit_note_id: id,
    quantity: 1,
    total_amount_minor: 2_000,
  })
  assert.equal((await get(`/credit_notes?invoice_id=${invoice}`)).at('data.0.id'), id)
  assert.equal((await get(`/credit_notes?status=issued`)).at('data.0.id'), id)
  const voided = await post(`/credit_notes/${id}/void`)
  assert.equal(voided.status, 200)
  assert.equal(voided.at('data.status'), 'void')
  assert.equal((await post(`/credit_notes/${id}/void`)).status, 400)
  assert.equal((await get('/credit_notes?status=voided')).at('data.0.id'), id)
  assert.equal((await get(`/invoices/${invoice}`)).at('data.amount_credited_minor'), 0)
})

test('a key that was used is told of before anything else, even when nothing is left to credit', async () => {
  const { invoice } = await paidInvoice(1_000)
  const body = { invoice_id: invoice, amount_minor: 1_000, idempotency_key: 'all of it' }
  assert.equal((await post('/credit_notes', body)).status, 201)
  const again = await post('/credit_notes', body)
  assert.equal(again.status, 409, JSON.stringify(again.body))
})

test('a credit pays the next invoice, and what it has paid cannot be taken back', async () => {
  const { invoice, customer } = await paidInvoice(5_000)
  const credit = { invoice_id: invoice, amount_minor: 3_000, credit_method: 'customer_balance' }
  const note = await post('/credit_notes', credit)
  const held = await get(`/customers/${customer}/credit`)
  assert.deepEqual(held.at('data'), [{ currency: 'USD', balance_minor: 3_000 }])
  const small = await openInvoice(customer, 1_200)
  assert.partialDeepStrictEqual((await get(`/invoices/${small}`)).at('data'), {
    status: 'paid',
    amount_paid_minor: 1_200,
    credit_applied_minor: 1_200,
  })
  const used = await post(`/credit_notes/${note.text('data.id')}/void`)
  assert.equal(used.status, 400)
  assert.match(used.text('error.message'), /used this credit/)
  const large = await openInvoice(customer, 4_000)
  assert.partialDeepStrictEqual((await get(`/invoices/${large}`)).at('data'), {
    status: 'partially_paid',
    amount_paid_minor: 1_800,
    amount_due_minor: 2_200,
    credit_applied_minor: 1_800,
  })
  // Called off, it gives the credit back.
  assert.equal((await post(`/invoices/${large}/void`)).at('data.status'), 'void')
  assert.equal((await get(`/credit_notes/${note.text('data.id')}`)).at('data.status'), 'issued')
  const next = await openInvoice(customer, 1_800)
  assert.equal((await get(`/invoices/${next}`)).at('data.status'), 'paid')
  assert.equal((await get(`/credit_notes/${note.text('data.id')}`)).at('data.status'), 'applied')
})

test('credit that a note has given back is not given back by a void as well', async () => {
  const { invoice: first, customer } = await paidInvoice(5_000)
  const balance = { credit_method: 'customer_balance', amount_minor: 5_000 }
  await post('/credit_notes', { ...balance, invoice_id: first })
  const invoice = await openInvoice(customer, 10_000) // 50.00 of credit pays half of it
  const note = await post('/credit_notes', { ...balance, invoice_id: invoice })
  assert.equal(note.status, 201, JSON.stringify(note.body))
  const held = async () => (await get(`/customers/${customer}/credit`)).at('data.0.balance_minor')
  assert.equal(await held(), 5_000)
  const refused = await post(`/invoices/${invoice}/void`)
  assert.equal(refused.status, 400)
  assert.match(refused.text('error.message'), /void the credit note first/)
  assert.equal(await held(), 5_000)
  assert.equal((await post(`/credit_notes/${note.text('data.id')}/void`)).status, 200)
  assert.equal((await post(`/invoices/${invoice}/void`)).at('data.status'), 'void')
  assert.equal(await held(), 5_000)
})

test('a credit by refund is issued when the money has gone back, and counts against what is left', async () => {
  const { invoice } = await paidInvoice(6_000)
  await shop.newEvents()
  const created = await post('/credit_notes', { invoice_id: invoice, amount_minor: 2_500 })
  assert.partialDeepStrictEqual(created.at('data'), { status: 'issued', amount_minor: 2_500 })
  assert.deepEqual(await shop.newEvents(), [
    'credit_note.created',
    'refund.created',
    'refund.succeeded',
    'payment.refunded',
    'credit_note.issued',
  ])
  const eligible = await get(`/credit_notes/invoice/${invoice}/eligibility`)
  assert.partialDeepStrictEqual(eligible.body, {
    eligible: true,
    total_paid_minor: 6_000,
    total_credited_minor: 2_500,
    max_creditable_minor: 3_500,
  })
  assert.partialDeepStrictEqual(eligible.at('payments.0'), {
    amount_minor: 6_000,
    amount_refunded_minor: 2_500,
    amount_available_minor: 3_500,
    available_operations: ['refund'],
    constraints: { partial_supported: true },
  })
  const above = await post('/credit_notes', { invoice_id: invoice, amount_minor: 3_501 })
  assert.equal(above.status, 400)
  const voided = await post(`/credit_notes/${created.text('data.id')}/void`)
  assert.equal(voided.status, 400)
  const payment = eligible.text('payments.0.transaction_id')
  const reversal = await get(`/credit_notes/transaction/${payment}/reversal-eligibility`)
  assert.partialDeepStrictEqual(reversal.body, {
    can_reverse: true,
    constraints: { max_amount: 3_500, reason: null },
  })
  // Credited to the balance as well, nothing is left to refund.
  await post('/credit_notes', {
    invoice_id: invoice,
    amount_minor: 3_500,
    credit_method: 'customer_balance',
  })
  assert.equal((await post('/refunds', { payment_id: payment })).status, 400)
})

test('several payments are refunded for one credit only where that is asked for', async () => {
  const customer = await customerWith('tok_visa')
  const invoice = await openInvoice(customer, 3_000)
  await post(`/invoices/${invoice}/pay`, { amount_minor: 1_000 })
  await post(`/invoices/${invoice}/pay`, { payment_method: 'cash', amount_minor: 2_000 })
  const body = { invoice_id: invoice, amount_minor: 2_400 }
  const single = await post('/credit_notes', body)
  assert.equal(single.status, 400)
  assert.match(single.text('error.message'), /auto_route/)
  const spread = await post('/credit_notes', { ...body, auto_route: true })
  assert.equal(spread.status, 201, JSON.stringify(spread.body))
  assert.equal(spread.at('data.status'), 'issued')
  assert.partialDeepStrictEqual(spread.at('gateway_operations'), [
    { type: 'refund', gateway: 'manual', amount_minor: 2_000, status: 'succeeded' },
    { type: 'refund', amount_minor: 400, status: 'succeeded' },
  ])
})

test('a credit of which a part could not be refunded is issued for the rest, and its line says so', async () => {
  const customer = await customerWith('tok_refund_fail')
  const invoice = await openInvoice(customer, 3_000)
  await post(`/invoices/${invoice}/pay`, { amount_minor: 1_000 })
  await post(`/invoices/${invoice}/pay`, { payment_method: 'cash', amount_minor: 2_000 })
  const body = { invoice_id: invoice, amount_minor: 2_400, auto_route: true }
  const note = await post('/credit_notes', body)
  assert.partialDeepStrictEqual(note.at('data'), { status: 'issued', amount_minor: 2_000 })
  const lines = await get(`/credit_notes/${note.text('data.id')}/lines`)
  assert.partialDeepStrictEqual(lines.at('data'), [
    { unit_amount_minor: 2_000, total_amount_minor: 2_000 },
  ])
})

test('a credit that was given outside is recorded, and an unpaid invoice has nothing to credit', async () => {
  const { invoice } = await paidInvoice(1_000)
  const external = await post('/credit_notes', {
    invoice_id: invoice,
    amount_minor: 400,
    credit_method: 'external',
    reason: 'Sent a cheque',
  })
  assert.equal(external.at('data.status'), 'issued')
  const voided = await post(`/credit_notes/${external.text('data.id')}/void`)
  assert.equal(voided.at('data.status'), 'void')
  const unpaid = await openInvoice(await shop.createCustomer(), 1_000)
  const refused = await post('/credit_notes', { invoice_id: unpaid, amount_minor: 1 })
  assert.equal(refused.status, 400)
  assert.equal((await post('/credit_notes', { invoice_id: 'inv_x', amount_minor: 1 })).status, 400)
})

/** At 40.00 a month, which are paid. */
async function subscribed(token: string): Promise<{ subscription: string; invoice: string }> {
  const customer = await customerWith(token)
  const productId = await shop.createPlan(4_000)
  const body = { customerId: customer, productId }
  const subscription = (await post('/subscriptions', body)).text('data.id')
  const invoice = (await get(`/invoices?customerId=${customer}`)).text('data.0.id')
  return { subscription, invoice }
}

test('a credit note ends the subscription of its invoice where that is asked for', async () => {
  const { subscription, invoice } = await subscribed('tok_visa')
  const created = await post('/credit_notes', {
    invoice_id: invoice,
    amount_minor: 1_300,
    reason_code: 'subscription_cancellation',
    is_prorated: true,
    proration_days_total: 31,
    proration_days_unused: 10,
    cancel_subscription: true,
  })
  assert.partialDeepStrictEqual(created.at('data'), {
    status: 'issued',
    is_prorated: true,
    proration_days_unused: 10,
  })
  assert.equal((await get(`/subscriptions/${subscription}`)).at('data.status'), 'canceled')
})

const ENDS = [
  ['tok_refund_pending', 'pending', 'issued', 'canceled'],
  ['tok_refund_fail', 'void', 'void', 'active'],
  ['tok_refund_fail_later', 'pending', 'void', 'active'],
] as const

for (const [token, first, last, status] of ENDS)
  test(`a credit note of ${token} that is ${last} in the end leaves its subscription ${status}`, async () => {
    const { subscription, invoice } = await subscribed(token)
    await shop.newEvents()
    const body = { invoice_id: invoice, amount_minor: 1_000, cancel_subscription: true }
    const note = await post('/credit_notes', body)
    assert.equal(note.at('data.status'), first)
    assert.equal((await get(`/subscriptions/${subscription}`)).at('data.status'), 'active')
    await post('/test-clock/advance', { days: 6 })
    const ended = await get(`/credit_notes/${note.text('data.id')}`)
    assert.equal(ended.at('data.status'), last)
    assert.equal((await get(`/subscriptions/${subscription}`)).at('data.status'), status)
    const events = await shop.newEvents()
    assert.equal(events.includes('subscription.canceled'), status === 'canceled')
  })

test('an invoice shows its credit notes, and what else can be credited, by its own path', async () => {
  const { invoice } = await paidInvoice(1_000)
  const path = `/invoices/${invoice}`
  assert.equal((await post(`${path}/credit-note`, { amount_minor: 300 })).status, 400)
  const body = { amount_minor: 300, reason: 'Late', credit_method: 'customer_balance' }
  const created = await post(`${path}/credit-note`, body)
  assert.equal(created.status, 201, JSON.stringify(created.body))
  const listed = await get(`${path}/credit-notes`)
  assert.equal(listed.at('data.0.id'), created.at('data.id'))
  assert.deepEqual((await get(`${path}/credit-eligibility`)).at('data'), {
    can_credit: true,
    max_creditable_minor: 700,
    total_credited_minor: 300,
    invoice_total_minor: 1_000,
  })
})

test('what is being called off is not credited as well', async () => {
  const { invoice, customer } = await paidInvoice(6_000)
  const payment = (await get(`/transactions?invoice_id=${invoice}&type=sale`)).text('data.0.id')
  // The process dies when the void is committed and the gateway was not asked yet.
  const deps: { onStep?: BillingShop['billing']['onStep'] } = shop.billing
  deps.onStep = () => {
    throw new Error('dead')
  }
  await post('/voids', { payment_id: payment })
  delete deps.onStep
  assert.equal((await get(`/voids?payment_id=${payment}`)).at('data.0.status'), 'processing')
  for (const method of ['customer_balance', 'external', 'refund_to_payment_method']) {
    const credit = { invoice_id: invoice, amount_minor: 6_000, credit_method: method }
    assert.equal((await post('/credit_notes', credit)).status, 409, method)
  }
  assert.deepEqual((await get(`/customers/${customer}/credit`)).at('data'), [])
})
