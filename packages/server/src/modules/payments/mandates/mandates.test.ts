import { RevKeen, RevKeenAPIError } from '@revkeen/sdk'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, encodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import { createKeyRing, randomToken } from '../../../platform/crypto/index.ts'
import { COLUMN_TYPES, type TableName } from '../../../platform/db/index.ts'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { contextOf, loadScope } from '../../billing/index.ts'
import { createMandate } from './create-mandate.ts'
import { reinstateMandate } from './move-mandate.ts'
import { applyMethodChange } from '../methods/apply-method-change.ts'

let shop: BillingShop
let baseUrl: string
before(async () => {
  shop = await startBillingShop()
  baseUrl = `${await shop.app.listen({ port: 0, host: '127.0.0.1' })}/v2`
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
const get = (path: string) => shop.request('GET', path)

function uuidOf(kind: IdKind, id: string): Uuid {
  const decoded = decodeId(kind, id)
  assert.ok(decoded.kind === 'ok')
  return decoded.id
}

const ACCOUNT_NUMBER = '55779911'
const acceptance = {
  acceptedAt: '2027-01-15T08:00:00.000Z',
  payerAddress: { line1: '1 High Street', postal_code: 'N1 1AA' },
  declarations: { sole_signatory: true },
  guaranteeVersion: '2024-1',
}

async function payer(name: string | null = 'Ada Byron'): Promise<string> {
  const customer = await shop.createCustomer()
  if (name !== null) await shop.request('PATCH', `/customers/${customer}`, { body: { name } })
  return customer
}

const signed = (customerId: string, change: object = {}) => ({
  customerId,
  accountHolderName: 'Ada Byron',
  sortCode: '20-00-00',
  accountNumber: ACCOUNT_NUMBER,
  acceptance,
  ...change,
})

const lodge = (body: object) =>
  shop.request('POST', '/mandates', {
    body,
    headers: { 'idempotency-key': crypto.randomUUID() },
  })

async function activeMandate(
  accountNumber = ACCOUNT_NUMBER,
): Promise<{ readonly id: string; readonly customer: string }> {
  const customer = await payer()
  const created = await lodge(signed(customer, { accountNumber }))
  assert.equal(created.status, 201, JSON.stringify(created.body))
  await post('/test-clock/advance', { days: 6 })
  const id = created.text('data.id')
  assert.equal((await get(`/mandates/${id}`)).at('data.status'), 'active')
  return { id, customer }
}

async function invoiceFor(customer: string, totalMinor = 2_500): Promise<string> {
  const made = await post('/invoices', {
    customer_uuid: customer,
    total_minor: totalMinor,
    currency: 'GBP',
    due_date: '2028-12-31',
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const id = made.text('data.id')
  const finalized = await post(`/invoices/${id}/finalize`, { auto_advance: true })
  assert.equal(finalized.status, 200, JSON.stringify(finalized.body))
  return id
}

const collection = (sourceId: string, change: object = {}) => ({
  amountMinor: 2_500,
  currency: 'GBP',
  sourceType: 'invoice',
  sourceId,
  ...change,
})

async function isRefused(call: Promise<unknown>, status: number): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof RevKeenAPIError)
    assert.equal(error.status, status)
    return true
  })
}

test('56: the published SDK validates, previews, lodges, suspends, collects and cancels', async () => {
  const customer = await payer()
  const { apiKey } = shop.account.sandbox
  const plain = new RevKeen({ apiKey, baseUrl })
  const valid = await plain.dd.validate({ sortCode: '200000', accountNumber: ACCOUNT_NUMBER })
  assert.deepEqual(valid, { valid: true, bank_name: 'Barclays', dd_enabled: true })
  const mistyped = await plain.dd.validate({ sortCode: '089999', accountNumber: '66374959' })
  assert.deepEqual([mistyped.valid, mistyped.errors], [false, ['modulus_check_failed']])
  const preview = await plain.dd.preview({})
  assert.partialDeepStrictEqual(preview, {
    eligible: true,
    ineligible_reason: null,
    notice_days: 5,
  })
  await isRefused(plain.mandates.create(signed(customer)), 400)
  const headers = { 'Idempotency-Key': crypto.randomUUID() }
  const keyed = new RevKeen({ apiKey, baseUrl, headers })
  const { data } = await keyed.mandates.create(signed(customer))
  assert.partialDeepStrictEqual(data, {
    customer_id: customer,
    status: 'pending_lodgement',
    sort_code: '**-**-00',
    account_number_last4: '9911',
    bank_name: 'Barclays',
    pdf_documents: [],
  })
  assert.match(data.mandate_ref, /^RK-[0-9A-Z]{6}$/)
  const { id } = data
  assert.equal((await plain.mandates.list({ customerId: customer })).data[0]?.id, id)
  const rails = await plain.customers.paymentRailsGet(customer)
  const railNow = rails.data.rails.find(({ rail }) => rail === 'direct_debit')
  assert.deepEqual([railNow?.available, railNow?.mandate_ref], [false, data.mandate_ref])
  await post('/test-clock/advance', { days: 6 })
  const preferred = await plain.customers.preferredRailsGet(customer, { amount_minor: 5_000 })
  const [best] = preferred.data.preferred_rails
  assert.deepEqual([best?.rail, best?.available, best?.mandate?.status], ['direct_debit', true, 'ACTIVE']) // prettier-ignore
  assert.equal((await plain.mandates.suspend(id)).data.status, 'suspended')
  assert.equal((await plain.mandates.reinstate(id)).data.status, 'pending_lodgement')
  const source = await invoiceFor(customer)
  const debit = { ...collection(source), sourceType: 'invoice' as const, currency: 'GBP' as const }
  await isRefused(plain.mandates.scheduleCollection(id, debit), 409)
  await post('/test-clock/advance', { days: 6 })
  const first = await plain.mandates.scheduleCollection(id, debit)
  assert.equal(first.data.already_scheduled, false)
  const again = await plain.mandates.scheduleCollection(id, debit)
  assert.deepEqual(again.data, { ...first.data, already_scheduled: true })
  assert.equal((await plain.mandates.cancel(id, { reason: 'moved' })).data.status, 'cancelled')
  await isRefused(plain.mandates.cancel(id), 400)
})

test('a debit is told of, handed in and paid on its days, and not before the bureau confirms', async () => {
  const { id, customer } = await activeMandate()
  const invoice = await invoiceFor(customer)
  await shop.newEvents()
  const made = await post(`/mandates/${id}/collections`, collection(invoice))
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const dayAfter = (name: string) => ({ to: `${made.text(`data.${name}`)}T12:00:00.000Z` })
  const seen = async (name: string) => {
    await post('/test-clock/advance', dayAfter(name))
    const { status } = (await get(`/invoices/${invoice}`)).at('data') as { status: string }
    return [status, ...(await shop.newEvents()).filter((type) => !type.startsWith('invoice.'))]
  }
  assert.deepEqual(await seen('notice_date'), [
    'approved',
    'collection.scheduled',
    'collection.notice_sent',
  ])
  assert.deepEqual(await seen('submission_date'), ['approved'])
  assert.deepEqual(await seen('settlement_date'), [
    'paid',
    'payment.succeeded',
    'collection.succeeded',
    'settlement.created',
  ])
})

test('an instruction that AUDDIS rejects is never in force, and the customer may sign another', async () => {
  const customer = await payer()
  const created = await lodge(signed(customer, { accountNumber: '55779005' }))
  await shop.newEvents()
  await post('/test-clock/advance', { days: 6 })
  const shown = await get(`/mandates/${created.text('data.id')}`)
  assert.partialDeepStrictEqual(shown.at('data'), {
    status: 'failed',
    failure_reason: 'No account',
  })
  assert.deepEqual(await shop.newEvents(), ['mandate.auddis_rejected'])
  assert.equal((await lodge(signed(customer))).status, 201)
})

test('a debit fails when its mandate has ended meanwhile', async () => {
  const { id, customer } = await activeMandate()
  const invoice = await invoiceFor(customer)
  await post(`/mandates/${id}/collections`, collection(invoice))
  await post(`/mandates/${id}/cancel`)
  await shop.newEvents()
  await post('/test-clock/advance', { days: 14 })
  const told = (await shop.newEvents()).filter((type) => type.startsWith('collection.'))
  assert.deepEqual(told, ['collection.notice_sent', 'collection.failed'])
  assert.equal((await get(`/invoices/${invoice}`)).at('data.status'), 'approved')
})

test('a debit that is claimed back after it had settled is an indemnity claim, and has failed', async () => {
  const { id, customer } = await activeMandate('55779918')
  const invoice = await invoiceFor(customer)
  await post(`/mandates/${id}/collections`, collection(invoice))
  await shop.newEvents()
  await post('/test-clock/advance', { days: 40 })
  const told = (await shop.newEvents()).filter((type) => /^(collection|settlement)\./.test(type))
  assert.deepEqual(told, [
    'collection.notice_sent',
    'collection.succeeded',
    'settlement.created',
    'collection.indemnity_claimed',
    'collection.failed',
  ])
})

test('a mandate that the bank cancels ends, with its method; nobody attaches that again', async () => {
  const { id } = await activeMandate()
  const mandate = (await get(`/mandates/${id}`)).at('data') as {
    readonly mandate_reference: string
    readonly payment_method_id: string
    readonly customer_id: string
  }
  const held = await get(`/payment-methods/${mandate.payment_method_id}`)
  assert.partialDeepStrictEqual(held.at('data'), {
    type: 'bacs_direct_debit',
    status: 'active',
    card: null,
    bacs_direct_debit: { mandate_status: 'active', account_number_last4: '9911' },
  })
  const { accountId } = shop.account.sandbox
  const scope = { ...(await loadScope(shop.billing, accountId)), runId: null }
  const token = await shop.database.kysely
    .selectFrom('payment_method_tokens')
    .selectAll()
    .where('token', '=', mandate.mandate_reference)
    .where('account_id', '=', accountId)
    .orderBy('payment_method_id', 'desc')
    .executeTakeFirstOrThrow()
  await applyMethodChange(contextOf(shop.billing, scope, shop.clock.now()), {
    gatewayId: token.gateway_id,
    change: {
      token: token.token,
      paymentMethodId: token.payment_method_id,
      change: 'mandate_canceled',
      newToken: null,
      last4: null,
      expMonth: null,
      expYear: null,
    },
  })
  assert.equal((await get(`/mandates/${id}`)).at('data.status'), 'cancelled')
  const path = `/payment-methods/${mandate.payment_method_id}`
  assert.equal((await get(path)).at('data.status'), 'inactive')
  const attached = await post(`${path}/attach`, { customer_id: mandate.customer_id })
  assert.equal(attached.status, 409)
})

test('what was lodged in vain is ended at the bureau, and leaves nothing here', async () => {
  const { accountId } = shop.account.sandbox
  const scope = { ...(await loadScope(shop.billing, accountId)), runId: null }
  const ended: string[] = []
  const asked: (string | undefined)[] = []
  let lodgedBefore: string | undefined = 'none'
  let meanwhile = async (): Promise<unknown> => null
  const portOf: typeof shop.gateways.portOf = async (...of) => {
    const found = await shop.gateways.portOf(...of)
    const tokenize: typeof found.port.tokenize = async (request) => {
      asked.push(request.idempotencyKey)
      const made = await found.port.tokenize(request)
      await meanwhile()
      if (made.kind === 'refused' || request.idempotencyKey !== lodgedBefore) return made
      return { ...made, details: { ...made.details, mandate: 'ended' } }
    }
    const endMandate = async ({ token }: { readonly token: string }) => void ended.push(token)
    return { ...found, port: { ...found.port, tokenize, endMandate } }
  }
  const deps = {
    gateways: { ...shop.gateways, portOf },
    keyRing: createKeyRing(randomToken('', 32)),
  }
  const keyed = (key: string) => ({
    ...contextOf(shop.billing, scope, shop.clock.now()),
    request: { id: key, idempotencyKey: key },
  })
  const customer = await payer()
  const instruction = {
    customerId: uuidOf('customer', customer),
    accountHolderName: 'Ada Byron',
    sortCode: '200000',
    accountNumber: ACCOUNT_NUMBER,
    backupPaymentMethodId: null,
    requestToken: null,
    acceptance,
  }
  const created = await createMandate(deps, keyed('one'), instruction)
  assert.ok(created.kind === 'accepted')
  await post('/test-clock/advance', { days: 6 })
  const id = encodeId('mandate', created.value.id)
  await post(`/mandates/${id}/suspend`)

  // Whoever cancels it while the bureau is asked decides.
  meanwhile = () => post(`/mandates/${id}/cancel`)
  const refused = await reinstateMandate(deps, keyed('two'), created.value.id)
  assert.deepEqual(
    [refused.kind, refused.kind === 'refused' && refused.code],
    ['refused', 'mandate_state_invalid'],
  )
  const held = await shop.database.kysely
    .selectFrom('payment_method_tokens')
    .select('token')
    .where('payment_method_id', '=', created.value.paymentMethodId)
    .execute()
  assert.deepEqual(held, [{ token: created.value.bureauReference }])
  assert.equal(ended.length, 1)

  meanwhile = () => lodge(signed(customer))
  const second = await createMandate(deps, keyed('three'), instruction)
  assert.deepEqual([second.kind, second.kind === 'refused' && second.code], ['refused', 'mandate_exists']) // prettier-ignore
  assert.equal(ended.length, 2)

  // The same request again is answered by the bureau with what has ended: another one is lodged.
  const live = await get(`/mandates?customerId=${customer}`)
  await post(`/mandates/${live.text('data.0.id')}/cancel`)
  meanwhile = async () => null
  lodgedBefore = asked.at(-1)
  const third = await createMandate(deps, keyed('three'), instruction)
  assert.equal(third.kind, 'accepted')
  assert.deepEqual(asked.slice(-2), [lodgedBefore, undefined])
})

test('one key of two payers is two instructions, and the same one twice at once stays', async () => {
  const { accountId } = shop.account.sandbox
  const scope = { ...(await loadScope(shop.billing, accountId)), runId: null }
  const made = new Map<string, string>()
  const ended: string[] = []
  let meanwhile = async (): Promise<unknown> => null
  // A bureau that answers a key with what it made under it before.
  const portOf: typeof shop.gateways.portOf = async (...of) => {
    const found = await shop.gateways.portOf(...of)
    const tokenize: typeof found.port.tokenize = async (request) => {
      const answer = await found.port.tokenize(request)
      if (answer.kind === 'refused') return answer
      const key = request.idempotencyKey ?? ''
      const token = made.get(key) ?? answer.token
      made.set(key, token)
      await meanwhile()
      return { ...answer, token }
    }
    const endMandate = async ({ token }: { readonly token: string }) => void ended.push(token)
    return { ...found, port: { ...found.port, tokenize, endMandate } }
  }
  const keyRing = createKeyRing(randomToken('', 32))
  const deps = { gateways: { ...shop.gateways, portOf }, keyRing }
  const context = {
    ...contextOf(shop.billing, scope, shop.clock.now()),
    request: { id: 'one', idempotencyKey: 'mandate-1001' },
  }
  const instructionOf = async (name: string, accountNumber: string) => ({
    customerId: uuidOf('customer', await payer(name)),
    accountHolderName: name,
    sortCode: '200000',
    accountNumber,
    backupPaymentMethodId: null,
    requestToken: null,
    acceptance,
  })
  const create = (one: Awaited<ReturnType<typeof instructionOf>>) =>
    createMandate(deps, context, one)
  const ada = await create(await instructionOf('Ada Byron', ACCOUNT_NUMBER))
  const bob = await create(await instructionOf('Bob Stone', '31510604'))
  const namesake = await create(await instructionOf('Ada Byron', ACCOUNT_NUMBER))
  assert.ok(ada.kind === 'accepted' && bob.kind === 'accepted' && namesake.kind === 'accepted')
  const references = [ada, bob, namesake].map(({ value }) => value.bureauReference)
  assert.equal(new Set(references).size, 3)

  const twice = await instructionOf('Cy Byron', ACCOUNT_NUMBER)
  let isOther = false
  meanwhile = async () => {
    if (isOther) return
    isOther = true
    assert.equal((await create(twice)).kind, 'accepted')
  }
  const lost = await create(twice)
  assert.deepEqual([lost.kind, lost.kind === 'refused' && lost.code], ['refused', 'mandate_exists'])
  assert.deepEqual(ended, [])
})

test('what cannot be lodged is refused with the way out, and nothing is kept', async () => {
  const customer = await payer()
  const rows: readonly (readonly [object, number])[] = [
    [signed('cus_01h455vb4pex5vsknk084sn02q'), 404],
    [signed(customer, { sortCode: '000000' }), 400],
    [signed(customer, { accountNumber: 'abcdefgh' }), 400],
    [signed(customer, { sortCode: '08-99-99', accountNumber: '66374959' }), 400],
    [signed(await payer(null)), 422],
    [signed(customer, { requestToken: 'dd_0123456789abcdef0123456789' }), 404],
  ]
  const before_ = await shop.count('mandates')
  for (const [body, status] of rows) {
    const answer = await lodge(body)
    assert.equal(answer.status, status, JSON.stringify(answer.body))
  }
  assert.equal(await shop.count('mandates'), before_)
  assert.equal((await lodge(signed(customer))).status, 201)
  assert.equal((await lodge(signed(customer))).status, 409)
})

test('a debit that cannot be had is refused', async () => {
  const { id, customer } = await activeMandate()
  const invoice = await invoiceFor(customer)
  const rows: readonly (readonly [object, number])[] = [
    [collection(invoice, { currency: 'EUR' }), 422],
    [collection(invoice, { amountMinor: 2_501 }), 422],
    [collection(invoice, { requestedCollectionDate: '2027-01-01' }), 422],
    [collection(invoice, { requestedCollectionDate: '2027-02-30' }), 400],
    [collection(invoice, { sourceType: 'payment_link' }), 422],
    [collection(await invoiceFor(await payer())), 404],
  ]
  for (const [body, status] of rows) {
    const answer = await post(`/mandates/${id}/collections`, body)
    assert.equal(answer.status, status, JSON.stringify([body, answer.body]))
  }
})

test('nobody is told of a debit that the bureau would not take', async () => {
  const { id, customer } = await activeMandate()
  const debit = collection(await invoiceFor(customer))
  const { gateway_id: gatewayId } = await shop.database.kysely
    .selectFrom('mandates')
    .select('gateway_id')
    .where('id', '=', uuidOf('mandate', id))
    .executeTakeFirstOrThrow()
  const path = `/gateways/${encodeId('gateway', gatewayId)}`
  assert.equal((await post(`${path}/disable`)).status, 200)
  const refused = await post(`/mandates/${id}/collections`, debit)
  assert.deepEqual([refused.status, refused.at('error.message')], [422, 'The gateway of this mandate is disabled. Enable it first.']) // prettier-ignore
  assert.equal((await post(`${path}/enable`)).status, 200)
  assert.equal((await post(`/mandates/${id}/collections`, debit)).status, 201)
})

test('mandates are listed in pages, by offset and by cursor, whatever narrows them down', async () => {
  for (const _ of [1, 2, 3]) assert.equal((await lodge(signed(await payer()))).status, 201)
  const all = await get('/mandates')
  const ids = [0, 1, 2].map((at) => all.text(`data.${at}.id`))
  for (const narrowed of ['', '&status=pending_lodgement']) {
    const first = await get(`/mandates?limit=2${narrowed}`)
    assert.deepEqual([first.at('data.1.id'), first.at('pagination.hasMore')], [ids[1], true])
    const byCursor = await get(`/mandates?limit=1&starting_after=${ids[1]}${narrowed}`)
    const byOffset = await get(`/mandates?limit=1&offset=2${narrowed}`)
    assert.deepEqual([byCursor.at('data.0.id'), byOffset.at('data.0.id')], [ids[2], ids[2]])
  }
})

test('a request is signed once, by the customer that it was made for', async () => {
  const customer = await payer()
  const made = await post('/dd/mandate-requests', { customerId: customer })
  assert.equal(made.status, 201)
  const requestToken = made.text('data.token')
  assert.equal((await lodge(signed(await payer(), { requestToken }))).status, 409)
  const created = await lodge(signed(customer, { requestToken }))
  assert.equal(created.at('data.mandate_request_id'), made.at('data.id'))
  const again = await lodge(signed(await payer(), { requestToken }))
  assert.equal(again.status, 404)
})

const TABLES = Object.keys(COLUMN_TYPES).filter((name): name is TableName => name in COLUMN_TYPES)

test('no account number is kept that can be read', async () => {
  const toText = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  const { kysely } = shop.database
  for (const name of TABLES) {
    const table = kysely.dynamic.table(name).as('searched')
    const text = JSON.stringify(await kysely.selectFrom(table).selectAll().execute(), toText)
    assert.ok(!text.includes(ACCOUNT_NUMBER), `${name} holds the number`)
  }
})
