import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { UTC } from '@perennial/core/time'
import {
  createApiClient,
  startHouse,
  type ApiClient,
  type Answer,
  type House,
} from '@perennial/testkit/scenario'
import { ADYEN_KEYS, startAdyenDouble } from '@perennial/testkit/gateway-doubles/adyen'
import { startPlatform } from '@perennial/testkit/platform-doubles'
import { sql } from 'kysely'
import { renderOpenApi } from '../render-openapi.ts'

type Method = 'POST' | 'PATCH' | 'PUT'

let house: House
let api: ApiClient
let accountId: string
/** "POST /charges/{id}/capture" of every route that counts an idempotency key. */
let routes: readonly string[]
const tried = new Set<string>()

before(async () => {
  house = await startHouse()
  const { sandbox } = await house.createMerchant({ timezone: UTC })
  accountId = sandbox.accountId
  api = createApiClient({ url: house.service.url, apiKey: sandbox.apiKey })
  await api.post('/test-clock/advance', { to: '2027-03-01T09:00:00Z' })
  const { paths } = JSON.parse(await renderOpenApi()) as { readonly paths: Paths }
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .map((method) => method.toUpperCase())
      .filter((method) => method === 'POST' || method === 'PATCH' || method === 'PUT')
      .map((method) => `${method} ${path.replace(/^\/v2/, '')}`),
  )
})
after(() => house.close())

type Paths = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** What is told of only once, or of the one answer. */
const ONCE = new Set([
  'secret',
  'token',
  'api_key',
  'publishable_key',
  'webhook_secret',
  'webhook_key',
  'url',
])

/** Names of what a body has, at every depth. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? 'list' : [shapeOf(value[0])]
  if (typeof value !== 'object' || value === null) return 'value'
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !ONCE.has(name))
      .map(([name, member]) => [name, shapeOf(member)]),
  )
}

let keys = 0

/**
 * Sends it, lets its process die between what it did and the answer, and sends it again: the same status and shape, and so a
 * third time. `runsAgain`: it changes nothing, or the same a second time, so that nothing need be remembered of it.
 */
async function twice(
  method: Method,
  path: string,
  body?: object,
  { runsAgain = false, status = null }: { runsAgain?: boolean; status?: number | null } = {},
): Promise<Answer> {
  const name = routeOf(method, path)
  tried.add(name)
  const key = `key-${(keys += 1)}`
  const send = () =>
    api.call(method, path, {
      headers: { 'idempotency-key': key },
      ...(body === undefined ? {} : { body }),
    })
  const first = await send()
  if (status === null) assert.ok(first.status < 300, `${name}: ${JSON.stringify(first.body)}`)
  else assert.equal(first.status, status, `${name}: ${JSON.stringify(first.body)}`)
  await sql`
    update idempotency_keys
       set response_status = null, response_headers = null, response_body = null, alive_at = null,
           started_at = started_at - interval '2 minutes'
     where account_id = ${accountId} and key = ${key}`.execute(house.database.kysely)
  for (const repetition of [await send(), await send()]) {
    const told = `${name}: ${JSON.stringify(repetition.body)}`
    assert.equal(repetition.status, first.status, told)
    assert.deepEqual(shapeOf(repetition.body), shapeOf(first.body), told)
    if (!runsAgain) assert.equal(repetition.headers['idempotency-replayed'], 'true', told)
  }
  return first
}

/** The most literal of the routes that a path goes to. */
function routeOf(method: Method, path: string): string {
  const parts = pathOf(path)
  const [found] = routes
    .filter((route) => {
      const [verb, template = ''] = route.split(' ')
      const names = pathOf(template)
      return (
        verb === method &&
        names.length === parts.length &&
        names.every((part, index) => part.startsWith('{') || part === parts[index])
      )
    })
    .toSorted((one, other) => one.split('{').length - other.split('{').length)
  assert.ok(found !== undefined, `${method} ${path} is a route`)
  return found
}

function pathOf(path: string): string[] {
  return (path.split('?', 1)[0] ?? '').split('/')
}

const RUNS_AGAIN = { runsAgain: true } as const

let people = 0
async function customerWith(token = 'tok_visa') {
  const email = `customer${(people += 1)}@example.com`
  const customer = await api.post('/customers', { email, name: 'Ada' })
  const id = customer.text('data.id')
  const method = await api.post('/payment-methods', { customer_id: id, type: 'card', token })
  return { id, method: method.text('data.id') }
}

let products = 0
const PRODUCT = {
  kind: 'subscription',
  pricing_model: 'recurring',
  amount_minor: 2900,
  currency: 'USD',
  interval: 'month',
  interval_count: 1,
}
async function productOf(more: object = {}): Promise<string> {
  const product_id = `product${(products += 1)}`
  const made = await api.post('/products', { ...PRODUCT, product_id, name: 'Team', ...more })
  return made.text('data.id')
}

async function subscribe(more: object = {}, token = 'tok_visa'): Promise<string> {
  const { id: customerId } = await customerWith(token)
  const productId = await productOf()
  const made = await api.post('/subscriptions', { customerId, productId, ...more })
  return made.text('data.id')
}

test('what a shop keeps', async () => {
  await twice('PATCH', '/account', { settings: { default_due_days: 20 } })
  const key = await twice('POST', '/api-keys', { name: 'other' })
  const keyPath = `/api-keys/${key.text('data.id')}`
  await twice('PUT', `/settings/revcent${keyPath}`, { permissions: null, addresses: null })
  await twice('POST', `${keyPath}/roll`)
  const customer = await twice('POST', '/customers', { email: 'eve@example.com' })
  const customer_id = customer.text('data.id')
  await twice('PATCH', `/customers/${customer_id}`, { name: 'Eve' })
  await twice('POST', '/metadata', { customer_id, metadata: { a: 1 } })
  const product = await twice('POST', '/products', { ...PRODUCT, product_id: 'kept', name: 'K' })
  const productPath = `/products/${product.text('data.id')}`
  await twice('PATCH', productPath, { name: 'Kept' })
  const price = await twice('POST', '/prices', {
    product_id: product.text('data.id'),
    type: 'recurring',
    interval: 'month',
    unit_amount: 1000,
  })
  await twice('PATCH', `/prices/${price.text('id')}`, { nickname: 'Ten' })
  const ten = { code: 'TEN', name: 'Ten', discount_type: 'percentage', discount_value: 10 }
  const discount = await twice('POST', '/discounts', ten)
  await twice('PATCH', `/discounts/${discount.text('data.id')}`, { name: 'Tenth' })
  const rate = await twice('POST', '/tax-rates', { display_name: 'VAT', percentage: 20 })
  await twice('PATCH', `/tax-rates/${rate.text('data.id')}`, { display_name: 'Tax' })
  const rates = [{ amount_minor: 500 }]
  const shipping = await twice('POST', '/shipping-profiles', { name: 'Post', rates })
  await twice('PATCH', `/shipping-profiles/${shipping.text('data.id')}`, { name: 'Mail' })
  const attempts = [{ after_days: 3 }]
  const salvage = await twice('POST', '/salvage-profiles', { name: 'Thrice', attempts })
  await twice('PATCH', `/salvage-profiles/${salvage.text('data.id')}`, { name: 'Once' })
  const profile = await twice('POST', '/subscription-profiles', {
    name: 'Every 30 days',
    frequency: { kind: 'unit', unit: 'day', count: 30 },
    payment_profile_id: null,
  })
  const profilePath = `/subscription-profiles/${profile.text('data.id')}`
  await twice('PATCH', profilePath, { name: 'Thirty' })
  await twice('POST', `${profilePath}/archive`)
  await twice('PUT', '/settings/revolv3', {})
})

test('how charges are routed', async () => {
  const gateways = await api.get('/gateways')
  const gatewayId = gateways.text('data.0.id')
  const gatewayPath = `/gateways/${gatewayId}`
  await twice('PATCH', gatewayPath, { description: 'First' })
  await twice('POST', `${gatewayPath}/disable`)
  await twice('POST', `${gatewayPath}/enable`)
  const group = await twice('POST', '/gateway-groups', { name: 'All', gatewayIds: [gatewayId] })
  await twice('PATCH', `/gateway-groups/${group.text('data.id')}`, { name: 'Both' })
  const bins = await twice('POST', '/bin-profiles', { name: 'Debit', bins: ['424242'] })
  await twice('PATCH', `/bin-profiles/${bins.text('data.id')}`, { name: 'Cards' })
  const entries = [{ kind: 'gateway', gateway_id: gatewayId }]
  const definition = { kind: 'cascade', entries }
  const profile = await twice('POST', '/payment-profiles', { name: 'Plain', definition })
  const path = `/payment-profiles/${profile.text('data.id')}`
  await twice('PATCH', path, { name: 'Plainer' })
  await twice('POST', `${path}/clone`, { name: 'Again' })
  const charge = { amount: 1000, currency: 'USD' }
  await twice('POST', '/payment-profiles/simulate', { definition, charge }, RUNS_AGAIN)
  await twice('POST', `${path}/simulate`, { charge }, RUNS_AGAIN)
  const forced = { forcedGatewayId: gatewayId }
  await twice('PATCH', `/subscriptions/${await subscribe()}/routing`, forced, RUNS_AGAIN)
})

test('payment methods', async () => {
  const customer = await api.post('/customers', { email: 'meth@example.com' })
  const customer_id = customer.text('data.id')
  const card = { customer_id, type: 'card', token: 'tok_visa' }
  const made = await twice('POST', '/payment-methods', card)
  const methodId = made.text('data.id')
  const path = `/payment-methods/${methodId}`
  await twice('POST', path, { metadata: { a: 1 } })
  await twice('POST', `${path}/default`)
  await twice('POST', `${path}/tokens`, { gateway: 'birch', token: 'tok_visa' })
  const payment_methods = [{ payment_method_id: methodId, priority: 1 }]
  await twice('PUT', `/customers/${customer_id}/payment-methods`, { payment_methods })
  const subscription = await api.post('/subscriptions', {
    customerId: customer_id,
    productId: await productOf(),
  })
  const subscriptionPath = `/subscriptions/${subscription.text('data.id')}`
  await twice('PUT', `${subscriptionPath}/payment-methods`, { payment_methods })
  const other = await customerWith()
  await twice('POST', `/payment-methods/${other.method}/detach`)
  await twice('POST', `/payment-methods/${other.method}/attach`, { customer_id: other.id })

  const intent = await twice('POST', '/setup-intents', { customer_id })
  const intentPath = `/setup-intents/${intent.text('data.id')}`
  await twice('POST', intentPath, { description: 'For later' })
  await twice('POST', `${intentPath}/confirm`, { token: 'tok_mastercard' })
  const left = await api.post('/setup-intents', { customer_id })
  await twice('POST', `/setup-intents/${left.text('data.id')}/cancel`, {})
  await twice('POST', '/card-update-links', { customer_id })
})

test('charges and intents', async () => {
  const { id: customerId } = await customerWith()
  const asked = { customerId, amountMinor: 4200, description: 'Poster' }
  const charge = await twice('POST', '/charges', asked)
  await twice('POST', `/charges/${charge.text('data.id')}/refund`, { amountMinor: 100 })
  const charges = await api.get(`/charges?customerId=${customerId}`)
  assert.equal(charges.at('pagination.total'), 1)
  assert.equal(charges.at('data.0.amountRefundedMinor'), 100)
  const hold = async () => {
    const held = await twice('POST', '/charges', { ...asked, capture: false })
    return held.text('data.id')
  }
  await twice('POST', `/charges/${await hold()}/capture`, {})
  await twice('POST', `/payments/${await hold()}/capture`, {})
  await twice('POST', `/payments/${await hold()}/cancel`, {})
  const sold = await api.post('/charges', asked)
  await twice('POST', `/payments/${sold.text('data.id')}/cancel`, {})

  const confirmed = async (more: object = {}) => {
    const body = { amount: 5000, customer: customerId, ...more }
    const made = await twice('POST', '/payment-intents', body)
    const path = `/payment-intents/${made.text('id')}`
    await twice('POST', path, { description: 'Two posters' })
    await twice('POST', `${path}/confirm`, {})
    return path
  }
  await confirmed()
  const manual = { capture_method: 'manual' }
  await twice('POST', `${await confirmed(manual)}/capture`, {})
  await twice('POST', `${await confirmed(manual)}/cancel`, {})
})

test('a charge that was refused is refused again, and money in cash is not', async () => {
  const { id: customerId } = await customerWith('tok_decline_insufficient_funds')
  const refused = { customerId, amountMinor: 4200, description: 'Poster' }
  const answer = await twice('POST', '/charges', refused, { status: 402 })
  assert.equal(answer.at('error.decline_code'), 'insufficient_funds')
  assert.equal((await api.get(`/charges?customerId=${customerId}`)).at('pagination.total'), 1)
  const bill = await api.post('/invoices', { customer_uuid: customerId, total_minor: 5000 })
  const path = `/invoices/${bill.text('data.id')}`
  await api.post(`${path}/finalize`, {})
  await twice('POST', `${path}/pay`, {}, { status: 402 })
  await twice('POST', `${path}/pay`, { payment_method: 'cash' })
})

test('invoices, and money that goes back', async () => {
  const { id: customer_uuid } = await customerWith()
  const draft = async (total_minor = 5000) => {
    const made = await twice('POST', '/invoices', { customer_uuid, total_minor })
    return `/invoices/${made.text('data.id')}`
  }
  const path = await draft()
  await twice('PATCH', path, { metadata: { a: 1 } })
  await twice('POST', `${path}/finalize`, {})
  await twice('POST', `${path}/send`, {})
  await twice('POST', `${path}/pay`, {})
  await twice('POST', `${path}/refund`, { amount_minor: 100 })
  const invoice_id = path.replace('/invoices/', '')
  const credit = { amount_minor: 100, credit_method: 'customer_balance' }
  await twice('POST', '/credit_notes/preview', { invoice_id, ...credit }, RUNS_AGAIN)
  const note = await twice('POST', '/credit_notes', { invoice_id, ...credit })
  await twice('POST', `/credit_notes/${note.text('data.id')}/void`)
  await twice('POST', `${path}/credit-note`, { ...credit, reason: 'Late' })
  const payments = await api.get(`/payments?invoice_id=${invoice_id}`)
  const payment_id = payments.text('data.0.id')
  await twice('POST', '/refunds', { payment_id, amount_minor: 100 })
  const other = await draft()
  await twice('POST', `${other}/finalize`, {})
  await twice('POST', `${other}/void`, {})
  const called = await draft(7000)
  await twice('POST', `${called}/finalize`, {})
  await twice('POST', `${called}/pay`, {})
  const paid = await api.get(`/payments?invoice_id=${called.replace('/invoices/', '')}`)
  await twice('POST', '/voids', { payment_id: paid.text('data.0.id') })
})

test('subscriptions and what is done with them', async () => {
  const { id: customerId } = await customerWith()
  const productId = await productOf()
  const made = await twice('POST', '/subscriptions', { customerId, productId })
  const path = `/subscriptions/${made.text('data.id')}`
  await twice('PATCH', path, { quantity: 2 })
  await twice('PATCH', `${path}/recovery`, { recovery: null })
  await twice('PUT', `${path}/on-dispute`, { on_dispute: 'pause' }, RUNS_AGAIN)
  await twice('POST', `${path}/pause`, {})
  await twice('POST', `${path}/resume`)
  await twice('POST', `${path}/cancel`, {})
  await twice('POST', `${path}/reactivate`)
  await api.post('/test-clock/advance', { days: 1 })
  const renewed = await twice('POST', `${path}/renew`, {})
  assert.equal(renewed.at('data.charge.charged_minor'), 5800)
  await twice('POST', `${path}/suspend`, {})
  await twice('POST', `${path}/activate`, {})
  await twice('POST', `${path}/edit`, { amount_minor: 3000 })
  const other = await productOf()
  const replaced = await twice('POST', `${path}/replace-product`, { product_id: other })
  const next = `/subscriptions/${replaced.text('data.replacement.id')}`
  await twice('POST', `${next}/cancel-now`, {})
  await twice('POST', `/subscriptions/${await subscribe()}/suspend`, { preview: true }, RUNS_AGAIN)

  for (const [move, body] of [
    ['extend', { days: 2 }],
    ['shorten', { days: 2 }],
    ['expire', {}],
    ['cancel', {}],
  ] as const)
    await twice('POST', `/trials/${await subscribe({ trialDays: 10 })}/${move}`, body)
})

test('sales and what they send', async () => {
  const product_id = await productOf({ fulfillment_type: 'physical' })
  const { id: customer_id } = await customerWith()
  const lines = [{ product_id }]
  const sale = await twice('POST', '/sales', { customer_id, lines })
  const path = `/sales/${sale.text('data.id')}`
  await twice('PATCH', path, { metadata: { a: 1 } })
  const shipments = await api.get('/shipments')
  await twice('PATCH', `/shipments/${shipments.text('data.0.id')}`, { tracking_number: '1' })
  await twice('POST', `${path}/void`, {})
})

test('bulk edits', async () => {
  await subscribe({ trialDays: 10 })
  const asked = {
    filters: { in_trial: true },
    actions: [{ type: 'extend_next_renewal', days: 1 }],
  }
  const review = await twice('POST', '/subscription-edits', asked)
  const path = `/subscription-edits/${review.text('data.id')}`
  const review_token = review.text('data.review_token')
  await twice('POST', `${path}/confirm`, { review_token })
  await twice('POST', `${path}/undo`)
  const unused = await api.post('/subscription-edits', asked)
  await twice('POST', `/subscription-edits/${unused.text('data.id')}/cancel`)
})

test('direct debits', async () => {
  const customer = await api.post('/customers', { email: 'dd@example.com', name: 'Ada' })
  const customerId = customer.text('data.id')
  const requested = await twice('POST', '/dd/mandate-requests', { customerId })
  assert.match(requested.text('data.token'), /^dd_/)
  const account = { sortCode: '20-00-00', accountNumber: '55779911' }
  await twice('POST', '/dd/validate', account, RUNS_AGAIN)
  await twice('POST', '/dd/preview', {}, RUNS_AGAIN)
  const lodged = await twice('POST', '/mandates', {
    customerId,
    accountHolderName: 'Ada Byron',
    ...account,
    acceptance: {
      acceptedAt: '2027-03-01T00:00:00.000Z',
      payerAddress: { line1: '1 High Street', postal_code: 'N1 1AA' },
      declarations: { sole_signatory: true },
      guaranteeVersion: '2024-1',
    },
  })
  await api.post('/test-clock/advance', { days: 5 })
  const bill = { customer_uuid: customerId, total_minor: 2500, currency: 'GBP' }
  const invoice = await api.post('/invoices', bill)
  const sourceId = invoice.text('data.id')
  await api.post(`/invoices/${sourceId}/finalize`, { auto_advance: true })
  const path = `/mandates/${lodged.text('data.id')}`
  const debit = { amountMinor: 2500, currency: 'GBP', sourceType: 'invoice', sourceId }
  await twice('POST', `${path}/collections`, debit)
  await twice('POST', `${path}/suspend`, {})
  await twice('POST', `${path}/reinstate`, {})
  await twice('POST', `${path}/cancel`, {})
})

test('what is overdue, and the mails about it', async () => {
  const steps = [{ day: 1, action: 'retry' }]
  const campaign = await twice('POST', '/dunning-campaigns', { name: 'Mild', steps })
  const path = `/dunning-campaigns/${campaign.text('data.id')}`
  await twice('PATCH', path, { description: 'At once' })
  await twice('POST', '/dunning-campaigns/preview', { steps }, RUNS_AGAIN)
  await twice('POST', `${path}/assign`, { to: 'account' })
  await twice('POST', `${path}/archive`)
  const texts = { subject: 'Hello', body_text: 'Hello', body_html: '<p>Hello</p>' }
  await twice('PUT', '/mail-templates/payment_failed', texts)
  await twice('POST', '/mail-templates/payment_failed/preview', {}, RUNS_AGAIN)
  await twice('POST', '/mail-templates/payment_failed/send-test', { to: 'me@example.com' })
  const policies = ['ladder']
  await twice('POST', '/recovery/back-tests', { policies }, RUNS_AGAIN)
})

test('time moves once', async () => {
  const nowOf = async () => Date.parse((await api.get('/test-clock')).text('data.now'))
  const start = await nowOf()
  await twice('POST', '/test-clock/advance', { days: 2 })
  assert.equal(await nowOf(), start + 2 * 86_400_000)
})

test('renewals, and those that were refused', async () => {
  const paid = await subscribe()
  const profile = await api.post('/subscription-profiles', {
    name: 'Salvaged',
    frequency: { kind: 'unit', unit: 'day', count: 30 },
    payment_profile_id: null,
    retry_failed_renewals: false,
  })
  const subscriptionProfileId = profile.text('data.id')
  const refused = 'tok_decline_after_1_insufficient_funds'
  await subscribe({}, refused)
  const salvaged = [
    await subscribe({ subscriptionProfileId }, refused),
    await subscribe({ subscriptionProfileId }, refused),
  ]
  await api.post('/test-clock/advance', { days: 32 })
  const renewalOf = async (id: string | undefined) =>
    (await api.get(`/renewals?subscription_id=${id}`)).text('data.0.id')
  await twice('POST', `/renewals/${await renewalOf(paid)}/refund`, { amount_minor: 100 })
  await twice('POST', `/renewals/${await renewalOf(salvaged[0])}/retry`, {}, { status: 402 })
  const cases = await api.get('/recovery/cases')
  const path = `/recovery/cases/${cases.text('data.0.id')}`
  await twice('POST', `${path}/retry`)
  await twice('POST', `${path}/cancel`)
  const salvages = await api.get(`/salvage-transactions?subscription_id=${salvaged[1]}`)
  const salvage = `/salvage-transactions/${salvages.text('data.0.id')}`
  await twice('POST', `${salvage}/attempt`, {}, { status: 402 })
  await twice('POST', `${salvage}/cancel`)
  await twice('POST', '/renewal-runs/retry-parked', {}, RUNS_AGAIN)
})

test('disputes', async () => {
  const disputed = async () => {
    const { id: customerId } = await customerWith('tok_dispute_fraudulent')
    await api.post('/charges', { customerId, amountMinor: 4900, description: 'Poster' })
    await api.post('/test-clock/advance', { days: 6 })
    return `/disputes/${(await api.get('/disputes/open')).text('data.0.id')}`
  }
  const path = await disputed()
  await twice('PATCH', path, { metadata: { a: 1 } })
  await twice('POST', `${path}/evidence`, { text: 'It was delivered.', files: [] })
  await twice('POST', `${path}/submit`)
  await twice('POST', `${await disputed()}/accept`)
})

test('outside bills', async (t) => {
  const client = await twice('POST', '/recovery/clients', {})
  const client_id = client.text('data.id')
  const path = `/recovery/clients/${client_id}`
  await twice('PATCH', path, { webhook_url: 'https://example.com/hooks' })
  await twice('POST', `${path}/rotate`, { credentials: ['api_key', 'webhook_secret'] })
  await twice('POST', `${path}/replay-webhooks`, undefined, RUNS_AGAIN)
  const double = await startPlatform('chargebee')
  t.after(() => double.close())
  const webhook = { webhook_user: 'u', webhook_password: 'p' }
  const credentials = { site: 'acme', api_key: 'key_test', ...webhook }
  const body = { platform: 'chargebee', client_id, credentials, base_url: double.url }
  const connector = await twice('POST', '/recovery/connectors', body)
  const connectorPath = `/recovery/connectors/${connector.text('data.id')}`
  await twice('PATCH', connectorPath, { enabled: true })
  await twice('POST', `${connectorPath}/retry`, undefined, RUNS_AGAIN)
})

test('a gateway of a vendor, and a charge that it never tells about', async (t) => {
  const double = await startAdyenDouble()
  t.after(() => double.close())
  const { apiKey: api_key, merchantAccount: merchant_account } = ADYEN_KEYS
  const credentials = { api_key, merchant_account }
  const gateway = { kind: 'adyen', name: 'Adyen', base_url: double.url, credentials }
  const connected = await twice('POST', '/gateways', gateway)
  const same = { credentials, base_url: double.url }
  await twice('POST', `/gateways/${connected.text('data.id')}/credentials`, same, RUNS_AGAIN)
  const rows = [{ kind: 'fee', amount_minor: 100, currency: 'USD', date: '2027-02-28' }]
  const preview = true
  const settlements = `/gateways/${connected.text('data.id')}/settlements`
  await twice('POST', settlements, { rows, preview }, RUNS_AGAIN)
  const card = double.addCard({ fault: 'lost request' })
  const customer = await api.post('/customers', { email: 'lost@example.com' })
  const customer_id = customer.text('data.id')
  const token = `${merchant_account}|${card.id}|${card.shopperReference}`
  await api.post('/payment-methods', { customer_id, type: 'card', token, gateway: 'adyen' })
  const invoice = await api.post('/invoices', { customer_uuid: customer_id, total_minor: 5000 })
  const id = invoice.text('data.id')
  await api.post(`/invoices/${id}/finalize`, {})
  await api.call('POST', `/invoices/${id}/pay`, { body: {} })
  const attempts = await api.get(`/payment-attempts?invoice_id=${id}`)
  house.clock.moveOn(7 * 86_400_000)
  const said = { as: 'declined', note: 'Asked Adyen on the phone' }
  await twice('POST', `/payment-attempts/${attempts.text('data.0.id')}/resolve`, said)
})

/** Not tried here, and why that is safe. */
const UNTRIED: Readonly<Record<string, string>> = {
  'POST /subscription-edits/{id}/pause': 'remembers and answers as the others of an edit do',
  'POST /subscription-edits/{id}/resume': 'remembers and answers as the others of an edit do',
  'POST /gateway-notices/{id}/retry': 'remembers nothing: what is applied is not applied again',
  'POST /gateway-notices/{id}/accept': 'remembers nothing: what is accepted is not booked again',
  'POST /gateway-notices/{id}/dismiss': 'remembers nothing: what is dismissed stays so',
  'POST /reconciliation-differences/{id}/accept':
    'remembers nothing: what is accepted is not booked again',
  'POST /reconciliation-differences/{id}/resolve': 'remembers nothing: what is resolved stays so',
}

test('every route that counts a key is tried', () => {
  const missing = routes.filter((route) => !tried.has(route) && UNTRIED[route] === undefined)
  assert.deepEqual(missing, [])
})
