import assert from 'node:assert/strict'
import { scenario, type Method, type ScenarioWorld } from '@perennial/testkit/scenario'

type Case = {
  readonly what: string
  readonly method: Method
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly status: number
  /** `error.param` of the answer. */
  readonly param?: string
  readonly code?: string
}

/** Each is refused as it says, with the error envelope, leaves no row behind and changes nothing that can be read. */
async function refuses(world: ScenarioWorld, cases: readonly Case[]): Promise<void> {
  const before = await world.house.countRows()
  const shown = await showAll(world)
  for (const { what, method, path, body, headers = {}, status, param, code } of cases) {
    const answer = await world.api.call(method, path, { body, headers })
    const said = `${what}: ${JSON.stringify(answer.body)}`
    assert.equal(answer.status, status, said)
    assert.equal(typeof answer.at('error.message'), 'string', said)
    assert.equal(answer.at('message'), answer.at('error.message'), said)
    if (param !== undefined) assert.equal(answer.at('error.param'), param, said)
    if (code !== undefined) assert.equal(answer.at('error.code'), code, said)
  }
  assert.deepEqual(await world.house.countRows(), before)
  assert.deepEqual(await showAll(world), shown)
}

/** What the merchant can list, as it is shown. */
async function showAll(world: ScenarioWorld): Promise<Readonly<Record<string, unknown>>> {
  const all: Record<string, unknown> = {}
  for (const name of LISTS) all[name] = (await world.api.get(`/${name}?limit=100`)).at('data')
  return all
}

const NOBODY = '00000000-0000-7000-8000-000000000000'
const unknownId = (prefix: string): string => `${prefix}_${'0'.repeat(26)}`

const RESOURCES = [
  ['customers', 'cus'],
  ['products', 'prod'],
  ['prices', 'price'],
  ['payment-methods', 'pm'],
  ['subscriptions', 'sub'],
  ['invoices', 'inv'],
  ['transactions', 'txn'],
  ['events', 'evt'],
] as const

const LISTS = ['customers', 'products', 'prices', 'subscriptions', 'invoices', 'events'] as const

scenario('ids that do not exist are not found, whatever is asked of them', async (world) => {
  const notFound = { status: 404, code: 'resource_not_found' }
  const get = (path: string): Case => ({ what: `GET ${path}`, method: 'GET', path, ...notFound })
  const post = (path: string, body: unknown = {}): Case => ({
    what: `POST ${path}`,
    method: 'POST',
    path,
    body,
    ...notFound,
  })
  const sub = `/subscriptions/${unknownId('sub')}`
  await refuses(world, [
    ...RESOURCES.map(([name, prefix]) => get(`/${name}/${unknownId(prefix)}`)),
    ...RESOURCES.map(([name]) => get(`/${name}/${NOBODY}`)),
    get('/customers/cus_nonexistent'),
    get('/nothing-like-it'),
    post(`${sub}/cancel`),
    post(`${sub}/pause`),
    post(`${sub}/resume`),
    post(`${sub}/reactivate`),
    post(`/invoices/${unknownId('inv')}/pay`),
    { what: 'PATCH', method: 'PATCH', path: sub, body: { quantity: 2 }, ...notFound },
    { what: 'DELETE', method: 'DELETE', path: `/customers/${unknownId('cus')}`, ...notFound },
  ])
})

scenario("another merchant's objects are not found either", async (world) => {
  const other = await world.otherWorld()
  const eve = await other.subscribe({ who: 'Eve' })
  const [invoice] = await eve.invoices()
  const price = await other.price()
  const ada = await world.subscribe()
  const own = { customerId: ada.customer.id, priceId: await world.price() }
  const hers = { customerId: eve.customer.id, priceId: price }
  const notFound = { status: 404, code: 'resource_not_found' }
  const path = `/subscriptions/${eve.id}`
  const create = { method: 'POST', path: '/subscriptions', ...notFound } as const

  await refuses(world, [
    { what: 'customer', method: 'GET', path: `/customers/${eve.customer.id}`, ...notFound },
    { what: 'subscription', method: 'GET', path, ...notFound },
    { what: 'invoice', method: 'GET', path: `/invoices/${invoice?.id}`, ...notFound },
    { what: 'pay', method: 'POST', path: `/invoices/${invoice?.id}/pay`, body: {}, ...notFound },
    { what: 'price', method: 'GET', path: `/prices/${price}`, ...notFound },
    { what: 'cancel', method: 'POST', path: `${path}/cancel`, body: {}, ...notFound },
    { what: 'change', method: 'PATCH', path, body: { quantity: 9 }, ...notFound },
    { what: 'delete', method: 'DELETE', path, ...notFound },
    { what: 'her customer', ...create, body: { ...own, customerId: hers.customerId } },
    { what: 'her price', ...create, body: { ...own, priceId: hers.priceId } },
  ])
  assert.equal(await eve.status(), 'active')
  await other.expects([])
})

scenario('an id of another kind is refused, and the field is named', async (world) => {
  const ada = await world.subscribe()
  const priceId = await world.price()
  const wrong = (path: string): Case => ({
    what: path,
    method: 'GET',
    path,
    status: 400,
    param: 'id',
  })
  const create = { method: 'POST', path: '/subscriptions', status: 400 } as const
  await refuses(world, [
    wrong(`/customers/${ada.id}`),
    wrong(`/subscriptions/${ada.customer.id}`),
    wrong(`/invoices/${ada.id}`),
    wrong(`/prices/${ada.id}`),
    wrong(`/payment-methods/${ada.id}`),
    { what: 'customer', ...create, body: { customerId: priceId, priceId }, param: 'customerId' },
    {
      what: 'price',
      ...create,
      body: { customerId: ada.customer.id, priceId: ada.id },
      param: 'priceId',
    },
    {
      what: 'method',
      ...create,
      body: { customerId: ada.customer.id, priceId, paymentMethodId: priceId },
      param: 'paymentMethodId',
    },
    {
      what: 'filter',
      method: 'GET',
      path: `/subscriptions?customerId=${ada.id}`,
      status: 400,
      param: 'customerId',
    },
  ])
})

scenario('amounts are whole numbers that a number can hold', async (world) => {
  await world.subscribe()
  const product = (await world.api.get('/products')).text('data.0.id')
  const price = (unit_amount: unknown, more: object = {}): Case => ({
    what: JSON.stringify({ unit_amount, ...more }),
    method: 'POST',
    path: '/prices',
    body: { product_id: product, type: 'recurring', interval: 'month', unit_amount, ...more },
    status: 400,
    param: 'unit_amount',
  })
  const decimal = (text: string): Case => ({
    ...price(undefined, { unit_amount_decimal: text }),
    param: 'unit_amount_decimal',
  })
  const huge =
    '{"product_id":"X","type":"recurring","interval":"month","unit_amount":9007199254740993}'
  await refuses(world, [
    price('2900'),
    price(29.5),
    price(-1),
    price(2 ** 53),
    price(1e300),
    price([2900]),
    price(true),
    { ...price(null), body: huge.replace('X', product) },
    decimal('1e3'),
    decimal('0.0000000000001'),
    decimal('-1'),
    decimal('1,5'),
    { ...price(2900, { currency: 'XXX' }), param: 'currency' },
    { ...price(2900, { currency: 'dollars' }), param: 'currency' },
    { ...price(2900, { interval: 'fortnight' }), param: 'interval' },
    { ...price(2900, { interval_count: 0 }), param: 'interval_count' },
    { ...price(2900, { trial_period_days: 731 }), param: 'trial_period_days' },
    {
      what: 'tiers without an end',
      method: 'POST',
      path: '/prices',
      body: {
        product_id: product,
        type: 'recurring',
        interval: 'month',
        billing_scheme: 'tiered',
        tiers_mode: 'graduated',
        tiers: [
          { up_to: 1, unit_amount_minor: 1 },
          { up_to: 2, unit_amount_minor: 1 },
        ],
      },
      status: 400,
    },
  ])
})

const IN_MAY = '2027-05-01T00:00:00Z'

scenario('a subscription that contradicts itself or its price is refused', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  const priceId = await world.price()
  const yearly = await world.price({ every: 'year' })
  const euros = await world.price({ currency: 'EUR' })
  const dear = await world.price({ priceMinor: 2 ** 40 })
  const productId = (await world.api.get(`/prices/${yearly}`)).text('product_id')
  const archived = await world.price()
  await world.api.call('DELETE', `/prices/${archived}`)
  await world.expects(['price.deleted'])
  const create = (more: object, param: string | undefined): Case => ({
    what: JSON.stringify(more),
    method: 'POST',
    path: '/subscriptions',
    body: { customerId: ada.customer.id, priceId, ...more },
    status: 400,
    ...(param === undefined ? {} : { param }),
  })
  const items = (...ids: readonly string[]): object => ({
    priceId: undefined,
    items: ids.map((id) => ({ priceId: id })),
  })
  await refuses(world, [
    create({ priceId: undefined }, 'priceId'),
    create({ customerId: undefined }, 'customerId'),
    create({ currency: 'EUR' }, 'currency'),
    create({ priceId: archived }, 'priceId'),
    create({ priceId: undefined, planId: archived }, 'planId'),
    create(items(priceId, archived), 'items[1].priceId'),
    { ...create({ discountId: unknownId('disc') }, 'discountId'), status: 404 },
    { ...create({ discountIds: [unknownId('disc')] }, 'discountIds'), status: 404 },
    create({ discount_code: 'NOBODYS' }, 'discount_code'),
    create(items(priceId, yearly), 'items'),
    create(items(priceId, euros), 'items'),
    create({ ...items(priceId), priceId }, 'items'),
    create({ quantity: 0 }, 'quantity'),
    create({ quantity: '2' }, 'quantity'),
    create({ quantity: 1.5 }, 'quantity'),
    create({ priceId: dear, quantity: 2 ** 40 }, 'quantity'),
    create({ trialEnd: '2027-01-09T00:00:00Z' }, 'trialEnd'),
    create({ trialEnd: 'tomorrow' }, 'trialEnd'),
    create({ trialDays: -1 }, 'trialDays'),
    create({ startDate: '2027-01-09' }, 'startDate'),
    create({ startDate: '2027-02-30' }, 'startDate'),
    create({ billingAnchorDay: 32 }, 'billingAnchorDay'),
    create({ billingEndStrategy: 'on_date' }, 'billingEndsOn'),
    create({ billingEndStrategy: 'after_cycles' }, 'billingMaxCycles'),
    create({ billingEndsOn: '2027-01-01T00:00:00Z' }, 'billingEndsOn'),
    create({ collectionMethod: 'by_pigeon' }, 'collectionMethod'),
    create({ billingEndStrategy: 'indefinite', billingMaxCycles: 3 }, 'billingMaxCycles'),
    create({ billingEndStrategy: 'indefinite', billingEndsOn: IN_MAY }, 'billingEndsOn'),
    create(
      { billingEndStrategy: 'on_date', billingEndsOn: IN_MAY, billingMaxCycles: 3 },
      'billingMaxCycles',
    ),
    create(
      { billingEndStrategy: 'after_cycles', billingEndsOn: IN_MAY, billingMaxCycles: 3 },
      'billingEndsOn',
    ),
    create({ planId: yearly }, 'planId'),
    create({ trialEnd: IN_MAY, trialDays: 3 }, 'trialDays'),
    create({ billingAnchorDay: 3, billingCycleAnchor: 4 }, 'billingCycleAnchor'),
    create({ businessId: 'biz_01h455vb4pex5vsknk084sn02q' }, 'businessId'),
    create({ prorationMode: 'immediate' }, 'prorationMode'),
    {
      what: 'a quantity whose amount is too large',
      method: 'PATCH',
      path: `/subscriptions/${ada.id}`,
      body: { quantity: 2 ** 52 },
      status: 400,
      param: 'quantity',
    },
    {
      what: 'another product, which a change does not bring',
      method: 'PATCH',
      path: `/subscriptions/${ada.id}`,
      body: { productId, quantity: 2, proration: 'none' },
      status: 400,
      param: 'productId',
    },
    {
      what: 'a proration, which a change does not make',
      method: 'PATCH',
      path: `/subscriptions/${ada.id}`,
      body: { quantity: 2, proration: 'always_invoice' },
      status: 400,
      param: 'proration',
    },
    {
      what: 'a status that nobody can set',
      method: 'PATCH',
      path: `/subscriptions/${ada.id}`,
      body: { status: 'past_due' },
      status: 400,
      param: 'status',
    },
  ])
})

scenario(
  'a misspelt field is refused where doing without it would move other money',
  async (world) => {
    const ada = await world.subscribe()
    const [invoice] = await ada.invoices()
    const payment_id = (await world.api.get('/payments')).text('data.0.id')
    const priceId = await world.price()
    const product_id = (await world.api.get('/products')).text('data.0.id')
    const intent = unknownId('pi')
    const own = { customerId: ada.customer.id, priceId }
    const sale = (line: object, more: object = {}): object => ({
      customer_id: ada.customer.id,
      lines: [{ product_id, ...line }],
      ...more,
    })
    const misspelt: readonly (readonly [path: string, body: object, param: string, meant: string])[] = [
    ['/refunds', { payment_id, amount: 100 }, 'amount', 'amount_minor'],
    ['/refunds', { payment_id, cents: 100 }, 'cents', ''],
    [`/invoices/${invoice?.id}/refund`, { amount: 100 }, 'amount', 'amount_minor'],
    [`/invoices/${invoice?.id}/pay`, { payment_method: 'cash', amount: 100 }, 'amount', 'amount_minor'],
    [`/renewals/${unknownId('ren')}/refund`, { amount: 100 }, 'amount', 'amount_minor'],
    [`/charges/${intent}/refund`, { amount: 100 }, 'amount', 'amountMinor'],
    [`/charges/${intent}/capture`, { amount: 100 }, 'amount', 'amountMinor'],
    [`/payment-intents/${intent}/capture`, { amount: 100 }, 'amount', 'amount_to_capture'],
    [`/payments/${payment_id}/capture`, { amount_minor: 100 }, 'amount_minor', 'amount'],
    ['/voids', { payment_id, amount_minor: 100 }, 'amount_minor', ''],
    [`/subscriptions/${ada.id}/renew`, { dry_run: true }, 'dry_run', ''],
    [`/subscriptions/${ada.id}/renew`, { isPreview: true }, 'isPreview', 'preview'],
    ['/sales', sale({ qty: 3 }), 'lines[0].qty', 'quantity'],
    ['/sales', sale({}, { discountCode: 'SPRING' }), 'discountCode', 'discounts'],
    ['/subscriptions', { ...own, trial_period_days: 14 }, 'trial_period_days', 'trialDays'],
    ['/subscriptions', { ...own, start_at: '2030-01-01' }, 'start_at', 'startDate'],
  ] // prettier-ignore
    await refuses(
      world,
      misspelt.map(([path, body, param]) => ({
        what: path,
        method: 'POST',
        path,
        body,
        status: 400,
        param,
      })),
    )
    for (const [path, body, param, meant] of misspelt) {
      const said = (await world.api.call('POST', path, { body })).text('error.message')
      assert.ok(said.startsWith(`${param} is not known here.`), said)
      assert.ok(meant === '' || said.includes(` ${meant}`), said)
    }
  },
)

scenario('a change of what stays as it was made is refused by its name', async (world) => {
  const ada = await world.subscribe()
  const priceId = await world.price()
  const product = (await world.api.get('/products')).text('data.0.id')
  const customer = ada.customer.id
  const method = (await world.api.get(`/customers/${customer}/payment-methods`)).text('data.0.id')
  const draft = await world.api.post('/invoices', { customer_uuid: customer, total_minor: 500 })
  const intent = await world.api.post('/payment-intents', { customer, amount: 100 })
  await world.expects(['invoice.created', 'payment_intent.created'])
  const path = `/subscriptions/${ada.id}`
  const fixed: readonly (readonly [method: 'PATCH' | 'POST', path: string, body: object, how: RegExp])[] = [
    ['PATCH', path, { priceId }, /by POST \/v2\/subscriptions\/\{id\}\/replace-product/],
    ['PATCH', path, { price_id: priceId }, /replace-product/],
    ['PATCH', path, { items: [{ priceId, quantity: 2 }], quantity: 2 }, /replace-product/],
    ['PATCH', path, { paymentMethodId: method }, /by PUT \/v2\/subscriptions\/\{id\}\/payment-methods/],
    ['PATCH', path, { trialEnd: null }, /trials/],
    ['PATCH', path, { billingMaxCycles: 3 }, /cannot be changed once this has been made/],
    ['PATCH', path, { currency: 'EUR' }, /cannot be changed/],
    ['PATCH', `/prices/${priceId}`, { unit_amount: 4900 }, /Make another/],
    ['PATCH', `/prices/${priceId}`, { intervalCount: 2, active: false }, /Make another/],
    ['PATCH', `/products/${product}`, { kind: 'one_time' }, /Make another/],
    ['PATCH', `/invoices/${draft.text('data.id')}`, { currency: 'EUR' }, /Make another/],
    ['POST', `/payment-intents/${intent.text('id')}`, { capture_method: 'manual' }, /Make another/],
    ['POST', `/payment-methods/${method}`, { is_default: true }, /\/default/],
  ] // prettier-ignore
  await refuses(
    world,
    fixed.map(([verb, place, body]) => ({
      what: `${place} ${JSON.stringify(body)}`,
      method: verb,
      path: place,
      body,
      status: 400,
      param: Object.keys(body)[0] ?? '',
    })),
  )
  for (const [verb, place, body, how] of fixed)
    assert.match((await world.api.call(verb, place, { body })).text('error.message'), how)
})

scenario('a change that is refused in one part is not made in any other', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-10' })
  const draft = await world.api.post('/invoices', {
    customer_uuid: ada.customer.id,
    total_minor: 500,
  })
  await world.expects(['invoice.created'])
  const path = `/subscriptions/${ada.id}`
  const gatewayId = (await world.api.get('/gateways')).text('data.0.id')
  const recovery = { policy: 'fixed', retry_days: [9] }
  const patch = (body: object, refused: Pick<Case, 'param' | 'code'>): Case => ({
    what: JSON.stringify(body),
    method: 'PATCH',
    path,
    body,
    status: 400,
    ...refused,
  })
  const patchDraft = (body: object): Case => ({
    ...patch(body, { param: 'status' }),
    path: `/invoices/${draft.text('data.id')}`,
  })
  const chosen = (await world.api.get(`${path}/recovery`)).body
  await refuses(world, [
    patch({ status: 'paused', nextBillingDate: '2001-01-01' }, { param: 'nextBillingDate' }),
    patch({ status: 'canceled', quantity: 2 }, { code: 'invalid_request' }),
    patch({ recovery, quantity: 2 ** 52 }, { param: 'quantity' }),
    patch({ recovery, status: 'expired' }, { param: 'status' }),
    patch({ forcedGatewayId: gatewayId, quantity: 2 ** 52 }, { param: 'quantity' }),
    patchDraft({ total_minor: 900, status: 'bogus' }),
    patchDraft({ metadata: { a: 1 }, status: 'paid' }),
  ])
  assert.deepEqual((await world.api.get(`${path}/recovery`)).body, chosen)
  await world.expects([])

  // What is said all together and refused nowhere is made all together.
  const made = await world.api.call('PATCH', path, {
    body: { status: 'paused', quantity: 2, recovery },
  })
  assert.deepEqual([made.at('data.status'), made.at('data.quantity')], ['paused', 2])
  await world.expects(['subscription.paused', 'subscription.updated'])
})

scenario('a clock moves forward only, by one way of telling where to', async (world) => {
  await world.goTo('2027-03-01')
  const advance = (body: unknown, param = 'to'): Case => ({
    what: JSON.stringify(body),
    method: 'POST',
    path: '/test-clock/advance',
    body,
    status: 400,
    param,
  })
  await refuses(world, [
    advance({ to: '2027-02-28T23:59:59Z' }),
    advance({ to: 'tomorrow' }),
    advance({ to: '2027-04-01' }),
    advance({}),
    advance({ days: 1, seconds: 1 }),
    advance({ days: -1 }, 'days'),
    advance({ days: 1.5 }, 'days'),
    advance({ days: '1' }, 'days'),
    advance({ seconds: 2_000_000_001 }, 'seconds'),
    {
      what: "a live account's time",
      method: 'POST',
      path: '/test-clock/advance',
      body: { days: 1 },
      headers: { 'x-api-key': world.liveKey },
      status: 403,
      code: 'forbidden',
    },
    {
      what: "a live account's time, asked for",
      method: 'GET',
      path: '/test-clock',
      headers: { 'x-api-key': world.liveKey },
      status: 403,
    },
  ])
  assert.equal(await world.today(), '2027-03-01')
})

scenario('requests that are no requests are refused before anything is done', async (world) => {
  const post = { method: 'POST', path: '/customers' } as const
  const customer = { email: 'ada@example.com' }
  await refuses(world, [
    { what: 'half a body', ...post, body: '{"email":', status: 400 },
    { what: 'no object', ...post, body: '[]', status: 400 },
    { what: 'a text', ...post, body: '"ada"', status: 400 },
    { what: 'nothing', ...post, body: {}, status: 400, param: 'email' },
    { what: 'no address', ...post, body: { email: 'ada' }, status: 400, param: 'email' },
    {
      what: 'a body over the limit',
      ...post,
      body: { ...customer, name: 'a'.repeat(1_100_000) },
      status: 413,
    },
    {
      what: 'a body that nests too deep',
      ...post,
      body: `{"email":"ada@example.com","metadata":${'{"a":'.repeat(50)}1${'}'.repeat(50)}}`,
      status: 400,
    },
    {
      what: 'a body that nests without end',
      ...post,
      body: `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
      status: 400,
    },
    { what: 'a NUL', ...post, body: { ...customer, name: 'a\0b' }, status: 400, param: 'name' },
    {
      what: 'no JSON',
      ...post,
      body: 'email=ada',
      headers: { 'content-type': 'text/plain' },
      status: 415,
    },
    {
      what: 'another time',
      ...post,
      body: customer,
      headers: { 'revkeen-version': '1999-01-01' },
      status: 400,
    },
    {
      what: 'a key that is none',
      ...post,
      body: customer,
      headers: { 'x-api-key': 'rk_sandbox_nobody' },
      status: 401,
    },
    {
      what: 'a retry schedule that jumps',
      method: 'PATCH',
      path: '/account',
      body: { settings: { dunning: { retry_schedule: [3, 1] } } },
      status: 400,
      param: 'settings.dunning.retry_schedule',
    },
  ])
})

scenario('a key is for one request: with another body it is refused', async (world) => {
  const headers = { 'idempotency-key': 'once' }
  const first = { email: 'ada@example.com' }
  const made = await world.api.call('POST', '/customers', { body: first, headers })
  assert.equal(made.status, 201)
  const again = await world.api.call('POST', '/customers', { body: first, headers })
  assert.deepEqual([again.status, again.body], [201, made.body])
  await refuses(world, [
    {
      what: 'another body',
      method: 'POST',
      path: '/customers',
      body: { email: 'bob@example.com' },
      headers,
      status: 409,
      code: 'idempotency_conflict',
    },
  ])
})

scenario('a body that is too large is told how large it may be', async (world) => {
  const sizes = [
    ['/customers', 1, '1 MB'],
    [`/disputes/${unknownId('dsp')}/evidence`, 8, '8 MB'],
  ] as const
  for (const [path, megabytes, size] of sizes) {
    const body = JSON.stringify({ text: 'a'.repeat(megabytes * 1_048_576) })
    const answer = await world.api.call('POST', path, { body })
    const message = `The request body is larger than ${size}.`
    assert.deepEqual([answer.status, answer.at('error.message')], [413, message])
  }
})
