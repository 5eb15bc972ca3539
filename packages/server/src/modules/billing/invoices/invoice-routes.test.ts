import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Answer } from '@perennial/testkit'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const patch = (path: string, body: object) => shop.request('PATCH', path, { body })
const show = (id: string) => shop.request('GET', `/invoices/${id}`)

async function draft(body: object = {}): Promise<string> {
  const customer_uuid = await shop.createCustomer()
  const created = await post('/invoices', { customer_uuid, total_minor: 9900, ...body })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  return created.text('data.id')
}

/** An issued invoice of a customer whose default card is behind the token. */
async function issued(token: string | null, body: object = {}): Promise<string> {
  const customer_uuid = await shop.createCustomer()
  if (token !== null) await shop.attach(customer_uuid, token)
  const id = await draft({ customer_uuid, ...body })
  await post(`/invoices/${id}/finalize`)
  return id
}

test('25 to 28: a manual invoice is drafted, changed, finalized and sent', async () => {
  await shop.newEvents()
  const created = await post('/invoices', {
    customer_uuid: await shop.createCustomer(),
    total_minor: 9900,
    currency: 'usd',
    due_date: '2027-02-28',
    allowed_methods: ['card'],
    metadata: { po: 7 },
  })
  assert.equal(created.status, 201)
  assert.partialDeepStrictEqual(created.body, {
    data: {
      object: 'invoice',
      status: 'draft',
      total_minor: 9900,
      amount_due_minor: 9900,
      currency: 'USD',
      due_date: '2027-02-28T23:59:59.999Z',
      allowed_methods: ['card'],
      subscription_terms: null,
      public_token: null,
      metadata: { po: 7 },
    },
  })
  assert.equal(created.at('data.invoice_number'), undefined)
  assert.equal(created.at('requestId'), created.headers['x-request-id'])
  const id = created.text('data.id')

  const changed = await patch(`/invoices/${id}`, { total_minor: 12_900, metadata: { po: null } })
  assert.equal(changed.at('data.total_minor'), 12_900)
  assert.deepEqual(changed.at('data.metadata'), {})
  const finalized = await post(`/invoices/${id}/finalize`, { auto_advance: true })
  assert.equal(finalized.at('data.status'), 'approved')
  assert.match(finalized.text('data.invoice_number'), /^INV-2027-\d{4}$/)
  assert.equal((await post(`/invoices/${id}/finalize`)).status, 400)
  assert.equal((await patch(`/invoices/${id}`, { total_minor: 1 })).status, 409)

  const sent = await post(`/invoices/${id}/send`, { channel: 'email' })
  assert.equal(sent.at('data.status'), 'sent')
  await post(`/invoices/${id}/send`)
  assert.equal(await shop.count('outbox'), 2)
  assert.deepEqual(await shop.newEvents(), [
    'customer.created',
    'invoice.created',
    'invoice.updated',
    'invoice.finalized',
    'invoice.sent',
    'invoice.sent',
  ])
  assert.equal((await show(id)).at('data.allowed_methods.0'), 'card')
})

test('lines make the total, from amounts and from prices of the catalogue', async () => {
  const product = await post('/products', {
    product_id: 'seat',
    name: 'Seat',
    kind: 'one_time',
    pricing_model: 'one_time',
    amount_minor: 500,
  })
  const id = await draft({
    total_minor: undefined,
    line_items: [
      { description: 'Setup', unit_amount_minor: 2_500 },
      { product_id: product.at('data.id'), quantity: 3, unit_amount_minor: 500 },
    ],
  })
  const shown = await show(id)
  assert.equal(shown.at('data.total_minor'), 4_000)
  assert.partialDeepStrictEqual(shown.at('data.line_items'), [
    { description: 'Setup', quantity: 1, unit_amount_decimal: '2500', amount_minor: 2_500 },
    { description: 'Seat', quantity: 3, amount_minor: 1_500, product_id: product.at('data.id') },
  ])
  const fewer = await patch(`/invoices/${id}`, {
    line_items: [{ description: 'Setup', unit_amount_minor: 100 }],
  })
  assert.equal(fewer.at('data.total_minor'), 100)
  assert.equal(fewer.at('data.line_items.length'), 1)
  const differs = await patch(`/invoices/${id}`, { total_minor: 101 })
  assert.equal(differs.status, 400)
  assert.equal(differs.at('error.param'), 'total_minor')
})

test('an invoice that asks for nothing is paid when it is finalized', async () => {
  const id = await draft({
    total_minor: 0,
    line_items: [{ description: 'Gift', unit_amount_minor: 0 }],
  })
  await shop.newEvents()
  assert.equal((await post(`/invoices/${id}/finalize`)).at('data.status'), 'paid')
  assert.deepEqual(await shop.newEvents(), ['invoice.finalized', 'invoice.paid'])
})

test('a draft can be deleted, an issued invoice can not', async () => {
  const id = await draft()
  const gone = await shop.request('DELETE', `/invoices/${id}`)
  assert.deepEqual(gone.body, { success: true })
  assert.equal((await show(id)).status, 404)
  const kept = await shop.request('DELETE', `/invoices/${await issued(null)}`)
  assert.equal(kept.status, 400)
})

test('a voided invoice is voided once, says why, and leaves the ledger as it was', async () => {
  const before = await ledger()
  const id = await issued(null)
  assert.notDeepEqual(await ledger(), before)
  const voided = await post(`/invoices/${id}/void`, { reason: 'typing mistake' })
  assert.partialDeepStrictEqual(voided.at('data'), { status: 'void', amount_due_minor: 0 })
  assert.equal(voided.at('data.metadata.void_reason'), 'typing mistake')
  assert.deepEqual(await ledger(), before)
  assert.equal((await post(`/invoices/${id}/void`)).status, 400)
  assert.equal((await post(`/invoices/${id}/pay`, { payment_method: 'cash' })).status, 400)
})

test('an invoice given up is a loss until late money brings it back', async () => {
  const before = await ledger()
  const id = await issued(null, { total_minor: 700 })
  const lost = await patch(`/invoices/${id}`, { status: 'uncollectible' })
  assert.equal(lost.at('data.status'), 'uncollectible')
  assert.deepEqual(moved(before, await ledger()), { revenue: -700n, write_offs: 700n })
  assert.equal((await post(`/invoices/${id}/void`)).status, 400)
  const paid = await post(`/invoices/${id}/pay`, { payment_method: 'cash' })
  assert.equal(paid.at('data.status'), 'paid')
  assert.deepEqual(moved(before, await ledger()), { bank: 700n, revenue: -700n })
})

test('an invoice given up, paid late and voided can be given up again', async () => {
  const before = await ledger()
  const id = await issued('tok_visa', { total_minor: 701 })
  const giveUp = async () => (await patch(`/invoices/${id}`, { status: 'uncollectible' })).at('data.status') // prettier-ignore
  assert.equal(await giveUp(), 'uncollectible')
  assert.equal((await post(`/invoices/${id}/pay`)).at('data.status'), 'paid')
  const payments = await shop.request('GET', `/payments?invoice_id=${id}`)
  assert.equal((await post('/voids', { payment_id: payments.at('data.0.id') })).status, 201)
  assert.equal((await show(id)).at('data.status'), 'finalized')
  await shop.newEvents()
  assert.equal(await giveUp(), 'uncollectible')
  assert.deepEqual(await shop.newEvents(), ['invoice.marked_uncollectible'])
  assert.deepEqual(moved(before, await ledger()), { revenue: -701n, write_offs: 701n })
})

/** Net by ledger account: debits less credits. */
async function ledger(): Promise<Readonly<Record<string, bigint>>> {
  const rows = await shop.database.kysely
    .selectFrom('ledger_transfers')
    .select(['debit_account', 'credit_account', 'amount_minor'])
    .execute()
  const nets: Record<string, bigint> = {}
  for (const { debit_account: debit, credit_account: credit, amount_minor: minor } of rows) {
    nets[debit] = (nets[debit] ?? 0n) + minor
    nets[credit] = (nets[credit] ?? 0n) - minor
  }
  return Object.fromEntries(Object.entries(nets).filter(([, minor]) => minor !== 0n))
}

function moved(from: Readonly<Record<string, bigint>>, to: Readonly<Record<string, bigint>>) {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted()
  const changes = names.map((name) => [name, (to[name] ?? 0n) - (from[name] ?? 0n)] as const)
  return Object.fromEntries(changes.filter(([, minor]) => minor !== 0n))
}

test('paying charges the default method, and the ledger follows the money', async () => {
  const before = await ledger()
  const id = await issued('tok_visa', { total_minor: 4_200 })
  await shop.newEvents()
  const paid = await post(`/invoices/${id}/pay`)
  assert.equal(paid.status, 200)
  assert.partialDeepStrictEqual(paid.body, {
    data: { status: 'paid', amount_paid_minor: 4_200, amount_due_minor: 0 },
  })
  assert.deepEqual(await shop.newEvents(), ['payment.succeeded', 'invoice.paid'])
  assert.deepEqual(moved(before, await ledger()), { gateway_clearing: 4_200n, revenue: -4_200n })
  assert.equal((await post(`/invoices/${id}/pay`)).status, 400)
})

test('a refused charge answers 402 with its decline code and leaves the invoice open', async () => {
  const id = await issued('tok_decline_insufficient_funds')
  await shop.newEvents()
  const refused = await post(`/invoices/${id}/pay`)
  assert.equal(refused.status, 402)
  assert.partialDeepStrictEqual(refused.body, {
    error: { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' },
  })
  assert.deepEqual(await shop.newEvents(), ['payment.failed', 'invoice.payment_failed'])
  assert.equal((await show(id)).at('data.status'), 'finalized')
  const customer = (await show(id)).text('data.customer_uuid')
  const paymentMethodId = await shop.attach(customer, 'tok_mastercard')
  const paid = await post(`/invoices/${id}/pay`, { paymentMethodId })
  assert.equal(paid.at('data.status'), 'paid')
})

test('a charge whose answer got lost is looked up and never made twice', async () => {
  const id = await issued('tok_timeout_charged', { total_minor: 777 })
  assert.equal((await post(`/invoices/${id}/pay`)).at('data.status'), 'paid')
  const not = await issued('tok_timeout_not_charged', { total_minor: 778 })
  assert.equal((await post(`/invoices/${not}/pay`)).at('error.decline_code'), 'communication_error')
  const seen = (await shop.audit()).filter(
    ({ amount_minor: minor }) => minor === 777 || minor === 778,
  )
  assert.deepEqual(
    seen.map((entry) => entry.money_moved),
    [true, false, false], // what the gateway never saw was sent once more, under the same key
  )
})

test('the same pay request with one key charges once', async () => {
  const id = await issued('tok_visa', { total_minor: 555 })
  const headers = { 'idempotency-key': 'pay-once' }
  const answers: Answer[] = []
  for (let count = 0; count < 2; count += 1)
    answers.push(await shop.request('POST', `/invoices/${id}/pay`, { body: {}, headers }))
  assert.deepEqual(answers[0]?.body, answers[1]?.body)
  const charges = (await shop.audit()).filter((entry) => entry.amount_minor === 555)
  assert.equal(charges.length, 1)
})

test('two pay requests at once charge once; the other is told that a payment is under way', async () => {
  const id = await issued('tok_visa', { total_minor: 556 })
  const answers = await Promise.all([1, 2, 3].map(() => post(`/invoices/${id}/pay`)))
  const statuses = answers.map((answer) => answer.status).toSorted((a, b) => a - b)
  assert.equal(statuses[0], 200)
  assert.ok(
    statuses.slice(1).every((status) => status === 409 || status === 400),
    String(statuses),
  )
  const charges = (await shop.audit()).filter((entry) => entry.amount_minor === 556)
  assert.equal(charges.length, 1)
})

test('while a bank debit is pending the invoice can be neither paid nor voided', async () => {
  const id = await issued('tok_ach')
  const pending = await post(`/invoices/${id}/pay`)
  assert.equal(pending.status, 200)
  assert.equal(pending.at('data.status'), 'finalized')
  for (const [path, body] of [
    ['pay', {}],
    ['pay', { payment_method: 'cash' }],
    ['void', {}],
  ] as const) {
    const refused = await post(`/invoices/${id}/${path}`, body)
    assert.equal(refused.status, 409)
    assert.equal(refused.at('error.code'), 'conflict')
  }
})

test('money that came by hand is recorded in parts, dated, and never beyond what is owed', async () => {
  const before = await ledger()
  const id = await issued(null, { total_minor: 1_000 })
  await shop.newEvents()
  const part = await post(`/invoices/${id}/pay`, {
    payment_method: 'check',
    amount_minor: 400,
    reference: 'no. 12',
    notes: 'by post',
    paid_at: '2027-01-02T00:00:00Z',
  })
  assert.partialDeepStrictEqual(part.body, {
    data: { status: 'partially_paid', amount_paid_minor: 400, amount_due_minor: 600 },
  })
  const over = await post(`/invoices/${id}/pay`, { payment_method: 'cash', amount_minor: 601 })
  assert.equal(over.status, 400)
  assert.equal(over.at('error.param'), 'amount_minor')
  assert.equal((await post(`/invoices/${id}/void`)).status, 400)
  const rest = await post(`/invoices/${id}/pay`, { payment_method: 'bank_transfer' })
  assert.equal(rest.at('data.status'), 'paid')
  assert.deepEqual(await shop.newEvents(), [
    'payment.succeeded',
    'payment.succeeded',
    'invoice.paid',
  ])
  assert.deepEqual(moved(before, await ledger()), { bank: 1_000n, revenue: -1_000n })
})

test('invoices are listed newest first, by status with its aliases, and by customer', async () => {
  const customer_uuid = await shop.createCustomer()
  const open = await draft({ customer_uuid })
  await post(`/invoices/${open}/finalize`)
  const gone = await draft({ customer_uuid })
  await post(`/invoices/${gone}/finalize`)
  await post(`/invoices/${gone}/void`)
  const newest = await draft({ customer_uuid })
  const ids = async (query: string) => {
    const list = await shop.request('GET', `/invoices?customerId=${customer_uuid}&${query}`)
    const { data } = list.body as { readonly data: readonly { readonly id: string }[] }
    return data.map(({ id }) => id)
  }
  assert.deepEqual(await ids(''), [newest, gone, open])
  assert.deepEqual(await ids('status=open'), [open])
  assert.deepEqual(await ids('status=voided'), [gone])
  assert.deepEqual(await ids('status=void'), [gone])
  assert.deepEqual(await ids('limit=1&offset=1'), [gone])
  const page = await shop.request('GET', `/invoices?customerId=${customer_uuid}&limit=2`)
  assert.deepEqual(page.at('pagination'), { limit: 2, offset: 0, total: 3, hasMore: true })
  assert.equal(page.at('requestId'), page.headers['x-request-id'])
})

test('bad input is refused by name and writes nothing', async () => {
  const customer_uuid = await shop.createCustomer()
  const good = { customer_uuid, total_minor: 100 }
  const line = { description: 'x', unit_amount_minor: 1 }
  const ghost = 'cus_01h455vb4pex5vsknk084sn02q'
  const most = Number.MAX_SAFE_INTEGER
  const drafts: readonly (readonly [string, object, number, string])[] = [
    ['no customer', { total_minor: 1 }, 400, 'customer_uuid'],
    ['an unknown customer', { ...good, customer_uuid: ghost }, 404, 'customer_uuid'],
    ['an id of another kind', { ...good, customer_uuid: ghost.replace('cus', 'inv') }, 400, 'customer_uuid'],
    ['neither total nor lines', { customer_uuid }, 400, 'total_minor'],
    ['an amount as text', { ...good, total_minor: '100' }, 400, 'total_minor'],
    ['a negative amount', { ...good, total_minor: -1 }, 400, 'total_minor'],
    ['an amount beyond 2^53', { ...good, total_minor: 2 ** 53 }, 400, 'total_minor'],
    ['lines beyond 2^53', { customer_uuid, line_items: [{ ...line, quantity: most, unit_amount_minor: most }] }, 400, 'line_items'],
    ['a total that is not the sum', { ...good, line_items: [line] }, 400, 'total_minor'],
    ['a line without amount', { customer_uuid, line_items: [{ description: 'x' }] }, 400, 'line_items[0].unit_amount_minor'],
    ['a line without text', { customer_uuid, line_items: [line, { unit_amount_minor: 1 }] }, 400, 'line_items[1].description'],
    ['a line of an unknown price', { customer_uuid, line_items: [{ price_id: ghost.replace('cus', 'price') }] }, 404, 'line_items[0].price_id'],
    ['a nonsense currency', { ...good, currency: 'XXY' }, 400, 'currency'],
    ['a due date that is none', { ...good, due_date: '2027-02-30' }, 400, 'due_date'],
    ['a due date long ago', { ...good, due_date: '2001-01-01' }, 400, 'due_date'],
    ['a due date at the end of time', { ...good, due_date: '9999-12-31' }, 400, 'due_date'],
    ['an unknown way to pay', { ...good, allowed_methods: ['barter'] }, 400, 'allowed_methods[0]'],
    ['an automatic number', { ...good, invoice_number: 'INV-2027-0099' }, 400, 'invoice_number'],
    ['another status than draft', { ...good, status: 'paid' }, 400, 'status'],
    ['terms of a subscription', { ...good, subscription_terms: { duration_type: 'x' } }, 400, 'subscription_terms'],
  ] // prettier-ignore
  const taken = await draft({ invoice_number: 'A-1' })
  const invoice = await issued('tok_visa', { customer_uuid })
  const empty = await draft({ total_minor: 0 })
  const poor = await issued(null)
  const foreign = await shop.attach(await shop.createCustomer(), 'tok_visa')
  const moves: readonly (readonly [string, string, object, number, string | undefined])[] = [
    ['a number twice', '/invoices', { ...good, invoice_number: 'A-1' }, 400, 'invoice_number'],
    ['finalizing nothing', `/invoices/${empty}/finalize`, {}, 400, undefined],
    ['sending a draft', `/invoices/${taken}/send`, {}, 400, undefined],
    ['sending by dove', `/invoices/${invoice}/send`, { channel: 'dove' }, 400, 'channel'],
    ['sending by text message', `/invoices/${invoice}/send`, { channel: 'sms' }, 400, 'channel'],
    ['paying a draft', `/invoices/${taken}/pay`, {}, 400, undefined],
    ['paying more', `/invoices/${invoice}/pay`, { amount_minor: 9_901 }, 400, 'amount_minor'],
    ['paying nothing', `/invoices/${invoice}/pay`, { amount_minor: 0 }, 400, 'amount_minor'],
    ['paid in the year 1', `/invoices/${invoice}/pay`, { payment_method: 'cash', paid_at: '0001-01-01T00:00:00Z' }, 400, 'paid_at'],
    ['paying in the future', `/invoices/${invoice}/pay`, { payment_method: 'cash', paid_at: '2099-01-01T00:00:00Z' }, 400, 'paid_at'],
    ['paying both ways', `/invoices/${invoice}/pay`, { payment_method: 'cash', paymentMethodId: foreign }, 400, 'payment_method'],
    ['paying with another’s card', `/invoices/${invoice}/pay`, { paymentMethodId: foreign }, 404, 'paymentMethodId'],
    ['paying without a card', `/invoices/${poor}/pay`, {}, 400, 'paymentMethodId'],
    ['an unknown invoice', `/invoices/${ghost.replace('cus', 'inv')}/pay`, {}, 404, undefined],
  ] // prettier-ignore
  await shop.newEvents()
  const before = await rows()
  for (const [name, body, status, param] of drafts) {
    const answer = await post('/invoices', body)
    assert.equal(answer.status, status, `${name}: ${JSON.stringify(answer.body)}`)
    assert.equal(answer.at('error.param'), param, name)
  }
  for (const [name, path, body, status, param] of moves) {
    const answer = await post(path, body)
    assert.equal(answer.status, status, `${name}: ${JSON.stringify(answer.body)}`)
    assert.equal(answer.at('error.param'), param, name)
  }
  assert.deepEqual(await rows(), before)
  assert.deepEqual(await shop.newEvents(), [])
})

async function rows(): Promise<readonly number[]> {
  const tables = [
    'invoices',
    'invoice_lines',
    'payment_attempts',
    'transactions',
    'outbox',
  ] as const
  return Promise.all(tables.map((table) => shop.count(table)))
}

test('another account can neither see nor touch an invoice', async () => {
  const id = await issued('tok_visa')
  const { apiKey } = (await shop.createOtherAccount()).sandbox
  const tries: readonly (readonly ['GET' | 'POST' | 'PATCH' | 'DELETE', string])[] = [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/finalize'],
    ['POST', '/send'],
    ['POST', '/void'],
    ['POST', '/pay'],
  ]
  for (const [method, path] of tries) {
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} }
    const answer = await shop.request(method, `/invoices/${id}${path}`, { apiKey, ...body })
    assert.equal(answer.status, 404, `${method} ${path}`)
  }
})
