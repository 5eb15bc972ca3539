import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SOURCES } from '@perennial/core/declines'
import { decodeId } from '@perennial/core/ids'
import { addDays } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const get = (path: string) => shop.request('GET', path)

async function subscribe(token: string): Promise<{ subscription: string; method: string }> {
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, token)
  const product_id = await shop.createPlan(4_000)
  const body = { customer_id: customer, product_id }
  const created = await post('/subscriptions', body)
  assert.equal(created.status, 201, JSON.stringify(created.body))
  return { subscription: created.text('data.id'), method }
}

test('attempts tell which retry they are, who made it and when the next one is', async () => {
  const { subscription } = await subscribe('tok_decline_after_1_insufficient_funds')
  const eligibility = async () =>
    get(`/payment-attempts/subscription/${subscription}/retry-eligibility`)
  assert.partialDeepStrictEqual((await eligibility()).at('data'), {
    should_retry: false,
    reason: 'Nothing is open: no renewal of it has failed.',
  })
  assert.equal((await post('/test-clock/advance', { days: 32 })).status, 200)
  const due = await eligibility()
  assert.partialDeepStrictEqual(due.at('data'), {
    should_retry: true,
    allowed_at: null,
    last_attempt: { attempt_status: 'failed', category: 'insufficient_funds' },
  })
  const invoice = due.text('data.last_attempt.invoice_id')
  assert.equal((await post(`/invoices/${invoice}/pay`)).status, 402)
  const list = await get(`/payment-attempts/invoice/${invoice}`)
  const { data } = list.body as { readonly data: readonly Record<string, unknown>[] }
  const [newest] = data
  assert.partialDeepStrictEqual(newest, {
    is_scheduled_retry: false,
    is_manual_retry: true,
    is_customer_present: false,
    max_retry_attempts: 3,
  })
  const first = data.at(-1)
  assert.partialDeepStrictEqual(first, {
    retry_attempt_number: 0,
    is_scheduled_retry: false,
    is_manual_retry: false,
  })
  assert.equal(newest?.['retry_attempt_number'], data.length - 1)
  assert.match(String(newest?.['next_retry_at']), /^2\d\d\d-/)
  assert.ok(data.slice(1, -1).every((attempt) => attempt['is_scheduled_retry'] === true))
  const ready = await get('/payment-attempts/retry-ready?limit=5')
  assert.deepEqual([ready.status, ready.at('data'), ready.at('has_more')], [200, [], false])
  // More rows than a page has are taken as a page.
  assert.equal((await get('/payment-attempts/retry-ready?limit=9223372036854775808')).status, 200)

  const { subscription: stopped } = await subscribe('tok_decline_after_1_stolen_card')
  assert.equal((await post('/test-clock/advance', { days: 32 })).status, 200)
  const never = await get(`/payment-attempts/subscription/${stopped}/retry-eligibility`)
  assert.equal(never.at('data.should_retry'), false)
  assert.match(never.text('data.reason'), /^The card network forbids it: .*43/)
  const nobody = '01890a5d-ac96-774b-bcce-b302099a8057'
  const unknown = await get(`/payment-attempts/subscription/${nobody}/retry-eligibility`)
  assert.equal(unknown.status, 404)
})

test('attempts and eligibility say of a response code what recovery does with it', async () => {
  const [banned, foreign, european] = [
    await subscribe('tok_decline_after_1_9g'),
    await subscribe('tok_decline_after_1_5c'),
    await subscribe('tok_decline_after_1_65'),
  ]
  const decoded = decodeId('payment_method', european.method)
  assert.ok(decoded.kind === 'ok')
  await shop.database.kysely
    .updateTable('payment_methods')
    .set({ card_brand: 'mastercard', card_country: 'DE' })
    .where('id', '=', decoded.id)
    .execute()
  assert.equal((await post('/test-clock/advance', { days: 31 })).status, 200)
  const told = async ({ subscription }: { readonly subscription: string }) => {
    const { data } = (await get(`/payment-attempts/subscription/${subscription}/retry-eligibility`))
      .body as { data: { reason: string; last_attempt: Record<string, unknown> } }
    const { gateway_code: code, retryability, decline_type: type, next_retry_at: next } = data.last_attempt // prettier-ignore
    const isPlanned = next === null ? 'none planned' : 'one planned'
    return `${String(code)} ${String(retryability)} ${String(type)}, ${isPlanned}, ${data.reason}`
  }
  assert.equal(await told(banned), '9G retry_later soft, one planned, Another try may help, and nothing forbids it.') // prettier-ignore
  assert.equal(await told(foreign), '5C retry_later hard, one planned, Another try may help, and nothing forbids it.') // prettier-ignore
  assert.match(await told(european), /^65 do_not_retry hard, .*, The last refusal does not go away by itself/) // prettier-ignore
})

test('a bill whose retry has come due is listed with its last attempt', async () => {
  const { subscription } = await subscribe('tok_decline_after_1_insufficient_funds')
  assert.equal((await post('/test-clock/advance', { days: 31 })).status, 200)
  const list = await get(`/payment-attempts/subscription/${subscription}`)
  await shop.database.kysely
    .updateTable('recovery_cases')
    .set({ next_attempt_at: shop.clock.now() })
    .where('state', '=', 'open')
    .execute()
  const ready = await get('/payment-attempts/retry-ready')
  const ids = (ready.at('data') as readonly { readonly id: string }[]).map(({ id }) => id)
  assert.ok(ids.includes(list.text('data.0.id')), JSON.stringify(ready.body))
  const [first = ''] = ids
  const rest = await get(`/payment-attempts/retry-ready?starting_after=${first}`)
  const after = (rest.at('data') as readonly { readonly id: string }[]).map(({ id }) => id)
  assert.deepEqual(after, ids.slice(1))
  await shop.database.kysely
    .updateTable('recovery_cases')
    .set({ next_attempt_at: addDays(shop.clock.now(), 365) })
    .where('state', '=', 'open')
    .execute()
})

test('steps of one route are one round, however many gateways they ask', async () => {
  const [amber, birch] = ['amber', 'birch'].map((code) => ({ kind: 'gateway', code }))
  const gateways = await get('/gateways')
  const idOf = (code: string) =>
    [0, 1]
      .map((index) => [gateways.text(`data.${index}.code`), gateways.text(`data.${index}.id`)])
      .find(([known]) => known === code)?.[1]
  const entries = [amber, birch].map((one) => ({
    kind: 'gateway',
    gateway_id: idOf(one?.code ?? ''),
  }))
  const profile = await post('/payment-profiles', {
    name: 'Cascade',
    definition: { kind: 'cascade', entries },
  })
  const settings = { default_payment_profile_id: profile.text('data.id') }
  await shop.request('PATCH', '/account', { body: { settings } })
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, 'tok_decline_insufficient_funds')
  await post(`/payment-methods/${method}/tokens`, {
    gateway: 'birch',
    token: 'tok_decline_insufficient_funds',
  })
  const invoice = (await post('/invoices', { customer_uuid: customer, total_minor: 70 })).text(
    'data.id',
  )
  await post(`/invoices/${invoice}/finalize`)
  assert.equal((await post(`/invoices/${invoice}/pay`)).status, 402)
  assert.equal((await post(`/invoices/${invoice}/pay`)).status, 402)
  const list = await get(`/payment-attempts/invoice/${invoice}`)
  const { data } = list.body as { readonly data: readonly Record<string, unknown>[] }
  assert.deepEqual(
    data.map((one) => [one['attempt_number'], one['retry_attempt_number'], one['is_manual_retry']]),
    [
      [4, 1, true],
      [3, 1, true],
      [2, 0, false],
      [1, 0, false],
    ],
  )
  await shop.request('PATCH', '/account', {
    body: { settings: { default_payment_profile_id: null } },
  })
})

test('every decline code is explained, with where that is written', async () => {
  const told = await get('/payment-attempts/declines/codes')
  assert.equal(told.status, 200)
  type Rows = readonly { readonly code: string; readonly sources: readonly string[] }[]
  const { codes, network_codes, advice_codes } = told.at('data') as Record<string, Rows>
  const of = (rows: Rows | undefined, code: string) => rows?.find((row) => row.code === code)
  assert.deepEqual(of(codes, 'insufficient_funds'), {
    code: 'insufficient_funds',
    category: 'insufficient_funds',
    meaning: 'The account does not hold enough money.',
    retryability: 'retry_later',
    decline_type: 'soft',
    sources: ['https://docs.stripe.com/declines/codes'],
  })
  assert.partialDeepStrictEqual(of(network_codes, '57'), {
    decline_code: 'transaction_not_allowed',
    retryability: 'do_not_retry',
    decline_type: 'hard',
  })
  assert.match(of(network_codes, '911')?.sources[0] ?? '', /no page was read/)
  assert.deepEqual(of(advice_codes, '03')?.sources, [SOURCES.ANT, SOURCES.PZ])
  for (const { code, sources } of [codes, network_codes, advice_codes].flatMap(
    (rows) => rows ?? [],
  ))
    assert.ok(sources.length > 0, code)
})

test('address and security code are explained, and refusals are counted by reason and gateway', async () => {
  const codes = await get('/payment-attempts/security/codes')
  assert.partialDeepStrictEqual(codes.at('data.avs.0'), {
    code: 'Y',
    match_type: 'full_match',
    risk_level: 'low',
    address_match: true,
    zip_match: true,
  })
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_decline_do_not_honor')
  const charge = { customerId: customer, amountMinor: 50, description: 'Cup' }
  assert.equal((await post('/charges', charge)).status, 402)
  const [attempt] = await shop.database.kysely
    .selectFrom('payment_attempts')
    .select('id')
    .orderBy('id', 'desc')
    .limit(1)
    .execute()
  const tell = async () => get(`/payment-attempts/${attempt?.id ?? ''}/security`)
  assert.partialDeepStrictEqual((await tell()).at('data'), {
    overall_risk_level: 'unknown',
    recommendation: 'accept',
  })
  await shop.database.kysely
    .updateTable('payment_attempts')
    .set({ avs_code: 'Z', cvv_code: 'N' })
    .where('id', '=', attempt?.id ?? null)
    .execute()
  assert.partialDeepStrictEqual((await tell()).at('data'), {
    avs: { code: 'Z', match_type: 'partial_match', zip_match: true, address_match: false },
    cvv: { code: 'N', match_type: 'no_match', risk_level: 'high' },
    overall_risk_level: 'high',
    recommendation: 'decline',
  })

  const told = await get('/payment-attempts/analytics/declines')
  assert.equal(told.status, 200, JSON.stringify(told.body))
  type Rates = { readonly total_attempts: number }
  const data = told.at('data') as Record<string, number> & { by_gateway: Record<string, Rates> }
  const { total_attempts: total, approved_count: approved, declined_count: declined } = data
  assert.equal(Number(approved) + Number(declined), Number(total))
  assert.equal(Number(data['soft_decline_count']) + Number(data['hard_decline_count']), declined)
  const byGateway = Object.values(data.by_gateway)
  assert.equal(
    byGateway.reduce((sum, { total_attempts }) => sum + total_attempts, 0),
    total,
  )
  const quiet = await get('/payment-attempts/analytics/declines?created_gte=1000&created_lte=2000')
  assert.equal(quiet.at('data.total_attempts'), 0, JSON.stringify(quiet.body))
  const tooLong = await get('/payment-attempts/analytics/declines?created_gte=1')
  assert.deepEqual([tooLong.status, tooLong.at('error.param')], [400, 'created_gte'])
  const outside = await get('/payment-attempts/analytics/declines?created_lte=-62135596800')
  assert.deepEqual([outside.status, outside.at('error.param')], [400, 'created_lte'])
})
