import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { UTC } from '@perennial/core/time'
import {
  createApiClient,
  startHouse,
  type ApiClient,
  type House,
  type Method,
} from '@perennial/testkit/scenario'
import { renderOpenApi } from '../render-openapi.ts'

type Body = { [name: string]: unknown }

let house: House
let api: ApiClient
let fields: readonly IdField[]
/** What each route is asked, but for the id that is tried. */
let asked: Readonly<Record<string, readonly [path: string, body: Body]>>
let gatewayId: string

before(async () => {
  house = await startHouse()
  const { sandbox } = await house.createMerchant({ timezone: UTC })
  api = createApiClient({ url: house.service.url, apiKey: sandbox.apiKey })
  await api.post('/test-clock/advance', { to: '2027-03-01T09:00:00Z' })
  fields = idFieldsOf(JSON.parse(await renderOpenApi()) as Document)
  asked = await setUp()
})
after(() => house.close())

/** Answered otherwise, and why. */
const OTHERWISE: readonly (readonly [route: RegExp, field: RegExp, reason: string])[] = [
  [/^POST \/refunds$/, /^payment_id$/, 'the published API answers 400'],
  [/^PATCH \/subscriptions\/{id}$/, /^productId$/, 'a subscription keeps its product: 400'],
  [/^POST \/subscriptions$/, /^businessId$/, 'businesses are not kept: 400'],
  [/^POST \/subscription-edits$/, /^filters\./, 'a filter that nothing matches'],
  [/^POST \/renewal-runs\/retry-parked$/, /^subscription_ids/, 'what is not parked is passed over'],
  [/simulate$/, /^charge\.(productIds|.*GatewayId)/, 'facts of a charge that is made up'],
  [
    /^POST \/reconciliation-differences\/{id}\/accept$/,
    /^invoice_id$/,
    'needs a charge that the gateway alone knows; by the same catalogue',
  ],
]

test('every body that names what the account does not have is answered 404 with the field', async () => {
  const untried = Object.keys(asked).filter((of) => !fields.some(({ route }) => route === of))
  assert.deepEqual(untried, [], 'ids are found in every body')
  const told: string[] = []
  const expected: string[] = []
  for (const { route, field, prefix } of fields) {
    if (OTHERWISE.some(([of, named]) => of.test(route) && named.test(field))) continue
    const base = asked[route]
    assert.ok(base !== undefined, `${route} is asked`)
    const [path, body] = base
    const id = `${prefix}_01h455vb4pex5vsknk084sn02q`
    const method = route.split(' ', 1)[0] as Method
    const headers = { 'idempotency-key': `${route} ${field}`.replaceAll(/\W/g, '_') }
    const answer = await api.call(method, path, { body: bodyWith(body, field, id), headers })
    // Lists of ids are named whole, or by the place in them.
    const param = String(answer.at('error.param')).replaceAll(/\[\d+\]/g, '[]')
    const isNamed = param === field || `${param}[]` === field || `${param}[].id` === field
    const message = isNamed ? '' : String(answer.at('error.message'))
    told.push(`${answer.status} ${route} ${isNamed ? field : param} ${message}`)
    expected.push(`404 ${route} ${field} `)
  }
  assert.deepEqual(told, expected)
})

test('an id of another account is as unknown', async () => {
  const { sandbox } = await house.createMerchant({ timezone: UTC })
  const other = createApiClient({ url: house.service.url, apiKey: sandbox.apiKey })
  const ten = { code: 'TEN', name: 'Ten', discount_type: 'percentage', discount_value: 10 }
  const discount = await other.post('/discounts', ten)
  const base = asked['POST /subscriptions']
  assert.ok(base !== undefined)
  const body = { ...base[1], discountIds: [discount.text('data.id')] }
  const answer = await api.call('POST', '/subscriptions', { body })
  assert.equal(answer.status, 404)
  assert.equal(answer.at('error.param'), 'discountIds')
})

async function make(path: string, body: Body): Promise<string> {
  const headers = { 'idempotency-key': `made-${path}`.replaceAll(/\W/g, '_') }
  const made = await api.call('POST', path, { body, headers })
  assert.ok(made.status < 300, `${path}: ${JSON.stringify(made.body)}`)
  return made.text(made.at('data.id') === undefined ? 'id' : 'data.id')
}

/** A shop that has one of each. */
async function setUp(): Promise<Record<string, readonly [path: string, body: Body]>> {
  const recurring = { interval: 'month', interval_count: 1, currency: 'USD' }
  const sold = {
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 2900,
    ...recurring,
  }
  const product = { product_id: 'kept', name: 'Team', ...sold }
  const product_id = await make('/products', product)
  const price = { product_id, type: 'recurring', interval: 'month', unit_amount: 1000 }
  const priceId = await make('/prices', price)
  const customer_id = await make('/customers', { email: 'ada@example.com', name: 'Ada' })
  const card = { customer_id, type: 'card' }
  const detached = await make('/payment-methods', { ...card, token: 'tok_visa' })
  await make(`/payment-methods/${detached}/detach`, {})
  const after = 'tok_decline_after_2_insufficient_funds'
  const methodId = await api.post('/payment-methods', { ...card, token: after })
  await make(`/payment-methods/${methodId.text('data.id')}/default`, {})
  const days30 = { frequency: { kind: 'unit', unit: 'day', count: 30 }, payment_profile_id: null }
  const profile = { name: 'Monthly', ...days30, retry_failed_renewals: false }
  const profileId = await make('/subscription-profiles', profile)
  const owed = { customer_uuid: customer_id, total_minor: 5000 }
  const paid = await make('/invoices', owed)
  await make(`/invoices/${paid}/finalize`, {})
  await make(`/invoices/${paid}/pay`, {})
  const customerId = customer_id
  const began = { customerId, productId: product_id, subscriptionProfileId: profileId }
  const subscription = `/subscriptions/${await make('/subscriptions', began)}`
  const account = { sortCode: '20-00-00', accountNumber: '55779911' }
  const payerAddress = { line1: '1 High Street', postal_code: 'N1 1AA' }
  const declarations = { sole_signatory: true }
  const signed = { acceptedAt: '2027-03-01T00:00:00.000Z', guaranteeVersion: '2024-1' }
  const acceptance = { ...signed, payerAddress, declarations }
  const mandate = { customerId, accountHolderName: 'Ada Byron', ...account, acceptance }
  const mandateId = await make('/mandates', mandate)
  await api.post('/test-clock/advance', { days: 31 })
  const renewals = await api.get('/renewals')
  const salvages = await api.get('/salvage-transactions?customer_id=' + customer_id)
  const draft = await api.post('/invoices', owed)
  const open = await api.post('/invoices', owed)
  const openPath = `/invoices/${open.text('data.id')}`
  await make(`${openPath}/finalize`, {})
  gatewayId = (await api.get('/gateways')).text('data.0.id')
  const ten = { code: 'TEN', name: 'Ten', discount_type: 'percentage', discount_value: 10 }
  const group = { name: 'All', gateway_ids: [gatewayId] }
  const definition = { kind: 'cascade', entries: [{ kind: 'gateway', gateway_id: gatewayId }] }
  const routed = { name: 'Plain', definition }
  const rates = { name: 'Post', rates: [{ amount_minor: 500 }] }
  const charge = { charge: { amount: 1000, currency: 'USD' } }
  const intent = { amount: 5000, customer: customer_id }
  const campaign = { name: 'Mild', steps: [{ day: 1, action: 'retry' }] }
  const debit = { amountMinor: 2500, currency: 'GBP', sourceType: 'invoice' }
  const credit = { invoice_id: paid, amount_minor: 100, credit_method: 'customer_balance' }
  const webhook = { webhook_user: 'u', webhook_password: 'p' }
  const credentials = { site: 'acme', api_key: 'key_test', ...webhook }
  const line = { name: 'Poster', quantity: 1 }
  const newOne = { name: 'Another' }
  const discountPath = `/discounts/${await make('/discounts', ten)}`
  const profilePath = `/payment-profiles/${await make('/payment-profiles', routed)}`
  const ofSome = { applies_to: 'specific_products' }
  return {
    'PATCH /account': ['/account', {}],
    'POST /discounts': ['/discounts', { ...ten, code: 'TWENTY', ...ofSome }],
    'PATCH /discounts/{id}': [discountPath, ofSome],
    'POST /gateway-groups': ['/gateway-groups', newOne],
    'PATCH /gateway-groups/{id}': [`/gateway-groups/${await make('/gateway-groups', group)}`, {}],
    'POST /invoices': ['/invoices', { customer_uuid: customer_id, line_items: [line] }],
    'PATCH /invoices/{id}': [`/invoices/${draft.text('data.id')}`, { line_items: [line] }],
    'POST /invoices/{id}/pay': [`${openPath}/pay`, {}],
    'POST /invoices/{id}/refund': [`/invoices/${paid}/refund`, { amount_minor: 100 }],
    'POST /payment-profiles': ['/payment-profiles', newOne],
    'PATCH /payment-profiles/{id}': [profilePath, {}],
    'POST /payment-profiles/simulate': ['/payment-profiles/simulate', { definition, ...charge }],
    'POST /payment-profiles/{id}/simulate': [`${profilePath}/simulate`, charge],
    'POST /prices': ['/prices', price],
    'PATCH /prices/{id}': [`/prices/${priceId}`, {}],
    'POST /products': ['/products', { ...product, product_id: 'another' }],
    'PATCH /products/{id}': [`/products/${product_id}`, {}],
    'POST /shipping-profiles': ['/shipping-profiles', { ...rates, ...newOne }],
    'PATCH /shipping-profiles/{id}': [`/shipping-profiles/${await make('/shipping-profiles', rates)}`, rates],
    'POST /subscription-profiles': ['/subscription-profiles', { ...days30, ...newOne }],
    'PATCH /subscription-profiles/{id}': [`/subscription-profiles/${profileId}`, {}],
    'POST /subscriptions': ['/subscriptions', { customerId, productId: product_id }],
    'PATCH /subscriptions/{id}': [subscription, {}],
    'PATCH /subscriptions/{id}/routing': [`${subscription}/routing`, {}],
    'POST /subscriptions/{id}/edit': [`${subscription}/edit`, {}],
    'POST /subscriptions/{id}/replace-product': [`${subscription}/replace-product`, { product_id }],
    'PUT /subscriptions/{id}/payment-methods': [`${subscription}/payment-methods`, { payment_methods: [{ priority: 1 }] }],
    'POST /subscription-edits': ['/subscription-edits', { filters: { in_trial: true } }],
    'POST /card-update-links': ['/card-update-links', { customer_id }],
    'POST /charges': ['/charges', { customerId, amountMinor: 4200, description: 'Poster' }],
    'POST /credit_notes': ['/credit_notes', credit],
    'POST /credit_notes/preview': ['/credit_notes/preview', credit],
    'POST /voids': ['/voids', {}],
    'POST /dd/mandate-requests': ['/dd/mandate-requests', { customerId }],
    'POST /dd/preview': ['/dd/preview', {}],
    'POST /mandates': ['/mandates', mandate],
    'POST /mandates/{id}/collections': [`/mandates/${mandateId}/collections`, debit],
    'POST /dunning-campaigns/preview': ['/dunning-campaigns/preview', {}],
    'POST /dunning-campaigns/{id}/assign': [`/dunning-campaigns/${await make('/dunning-campaigns', campaign)}/assign`, { to: 'product' }],
    'POST /mail-templates/{name}/preview': ['/mail-templates/payment_failed/preview', {}],
    'POST /metadata': ['/metadata', { customer_id, metadata: { a: 1 } }],
    'POST /payment-intents': ['/payment-intents', intent],
    'POST /payment-intents/{id}': [`/payment-intents/${await make('/payment-intents', intent)}`, {}],
    'POST /payment-intents/{id}/confirm': [`/payment-intents/${(await api.post('/payment-intents', intent)).text('id')}/confirm`, {}],
    'POST /payment-methods': ['/payment-methods', { type: 'card', token: 'tok_visa' }],
    'POST /payment-methods/{id}/attach': [`/payment-methods/${detached}/attach`, {}],
    'PUT /customers/{id}/payment-methods': [`/customers/${customer_id}/payment-methods`, { payment_methods: [{ priority: 1 }] }],
    'POST /setup-intents': ['/setup-intents', {}],
    'POST /setup-intents/{id}': [`/setup-intents/${await make('/setup-intents', {})}`, {}],
    'POST /setup-intents/{id}/confirm': [`/setup-intents/${(await api.post('/setup-intents', { customer_id })).text('data.id')}/confirm`, {}],
    'POST /recovery/connectors': ['/recovery/connectors', { platform: 'chargebee', credentials }],
    'POST /renewals/{id}/retry': [`/renewals/${renewals.text('data.0.id')}/retry`, {}],
    'POST /salvage-transactions/{id}/attempt': [`/salvage-transactions/${salvages.text('data.0.id')}/attempt`, {}],
    'POST /sales': ['/sales', { customer_id, lines: [{ product_id }] }],
  } // prettier-ignore
}

type Schema = {
  readonly examples?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}
type Document = {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          { readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> } }
        >
      >
    >
  >
} // prettier-ignore

/** `definition.entries[].gateway_id` of `POST /payment-profiles`, an id that begins with `gw_`. */
type IdField = { readonly route: string; readonly field: string; readonly prefix: string }

function idFieldsOf({ paths }: Document): IdField[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { requestBody }]) => {
      const schema = requestBody?.content['application/json']?.schema
      if (schema === undefined || !path.startsWith('/v2/')) return []
      const route = `${method.toUpperCase()} ${path.replace('/v2', '')}`
      return idsIn(schema, '').map((found) => ({ route, ...found }))
    }),
  )
}

/** Payments go by text, for they have two kinds of ids. */
function idsIn(schema: Schema, field: string): Omit<IdField, 'route'>[] {
  const [example] = schema.examples ?? []
  const prefix = typeof example === 'string' ? /^([a-z_]+)_01h/.exec(example)?.[1] : undefined
  if (prefix !== undefined) return [{ field, prefix }]
  if (field === 'payment_id') return [{ field, prefix: 'pay' }]
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
    idsIn(member, field === '' ? name : `${field}.${name}`),
  )
  return schema.items === undefined ? members : [...members, ...idsIn(schema.items, `${field}[]`)]
}

/** The body with the id in its place, and without what would say the same otherwise. */
function bodyWith(base: Body, field: string, id: string): Body {
  const body = structuredClone(base)
  const first = field.split('.')[0]?.replace('[]', '')
  for (const [named, instead] of INSTEAD) if (named.test(field)) Object.assign(body, instead)
  if (field.startsWith('definition.')) body['definition'] = definitionFor(field)
  if (first === 'actions') delete body['segments']
  if (first === 'segments') {
    delete body['actions']
    body['segment_by'] = 'currency'
  }
  place(body, field.split('.'), id)
  return JSON.parse(JSON.stringify(body)) as Body
}

const INSTEAD: readonly (readonly [field: RegExp, body: Body])[] = [
  [/^(priceId|planId|items\[\]\.priceId)$/, { productId: undefined }],
  [/^customer_id$/, { customer_uuid: undefined }],
  [/^lines\[\]\.price_id$/, { lines: [{}] }],
  [/^subscription_id$/, { to: 'subscription' }],
  [/discount_id$/, { ...actionOf('add_discount') }],
  [/actions\[\]\.gateway_id$/, { ...actionOf('set_forced_gateway') }],
  [/actions\[\]\.subscription_profile_id$/, { ...actionOf('set_subscription_profile') }],
]

function actionOf(type: string): Body {
  return { actions: [{ type }], segments: [{ value: 'USD', actions: [{ type }] }] }
}

/** A definition whose first entry or node has room for the field. */
function definitionFor(field: string): Body {
  const known = { kind: 'gateway', gateway_id: gatewayId }
  const entry = field.endsWith('group_id') ? { kind: 'group' } : known
  const entries = [field.includes('failsafe') ? known : entry]
  if (field.startsWith('definition.steps')) return { kind: 'basic', steps: [{ entries }] }
  if (!field.startsWith('definition.nodes')) return { kind: 'cascade', entries }
  const node = field.includes('product_ids')
    ? { id: 'a', type: 'filter_product', outputs: { passed: 'c' } }
    : {
        id: 'a',
        type: 'action_choose_gateway',
        pick: 'sort_order',
        entries,
        outputs: { next: 'c' },
      }
  const start = { id: 'b', type: 'start_payment_request', outputs: { next: 'a' } }
  const failsafe = field.includes('failsafe') ? { failsafe: [{ ...entry }] } : {}
  const charge = { id: 'c', type: 'action_process_payment', outputs: {} }
  return { kind: 'flow', nodes: [{ ...node, ...failsafe }, start, charge] }
}

function place(body: Body, [step = '', ...rest]: readonly string[], id: string): void {
  const name = step.replace('[]', '')
  const isList = name !== step
  if (rest.length === 0) {
    body[name] = isList ? [id] : id
    return
  }
  const held = body[name] ?? (isList ? [{}] : {})
  body[name] = held
  place((Array.isArray(held) ? held[0] : held) as Body, rest, id)
}
