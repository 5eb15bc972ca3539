import { rate } from '@perennial/core/catalog'
import { decodeId } from '@perennial/core/ids'
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Answer } from '@perennial/testkit'
import { type TestApi, startTestApi } from '../../testing/test-api.ts'
import { eventsRoutes } from '../webhooks/index.ts'
import { catalogErrors } from './errors.ts'
import { findPriceTerms, pricesRoutes, productsRoutes } from './index.ts'

let api: TestApi
let productId: string
before(async () => {
  api = await startTestApi([productsRoutes, pricesRoutes, eventsRoutes])
  productId = (await createProduct({ product_id: 'base' })).text('data.id')
})
after(() => api.close())

const product = {
  product_id: 'pro',
  name: 'Pro',
  kind: 'subscription',
  pricing_model: 'recurring',
  amount_minor: 2900,
  interval: 'month',
  interval_count: 1,
}
const createProduct = (body: object): Promise<Answer> =>
  api.request('POST', '/products', { body: { ...product, ...body } })
const createPrice = (body: object): Promise<Answer> =>
  api.request('POST', '/prices', { body: { product_id: productId, ...body } })

describe('products', () => {
  test('are found by the kind that older guides name', async () => {
    const body = { kind: 'service', pricing_model: 'fixed', product_id: 'by-kind', name: 'Setup' }
    await api.request('POST', '/products', { body: { ...product, ...body } })
    const search = '/products?search=Setup&kind='
    const found = await api.request('GET', `${search}service`)
    assert.equal(found.at('pagination.total'), 1)
    assert.deepEqual(found.at('data'), (await api.request('GET', `${search}one_time`)).at('data'))
  })

  let made = 0
  const oneTime = {
    kind: 'one_time',
    pricing_model: 'one_time',
    interval: null,
    interval_count: null,
  }
  const bodies: readonly (readonly [name: string, body: object, param: string | null])[] = [
    ['as it should be', {}, null],
    ['service, as older guides call it', { kind: 'service', pricing_model: 'fixed' }, null],
    ['tracked stock', { ...oneTime, track_inventory: true, stock_quantity: 0 }, null],
    ['camelCase', { productId: 'camel', amountMinor: 5, intervalCount: 2 }, null],
    ['no name', { name: '' }, 'name'],
    ['no reference', { product_id: '' }, 'product_id'],
    ['an unknown kind', { kind: 'gift' }, 'kind'],
    ['an unknown model', { pricing_model: 'auction' }, 'pricing_model'],
    ['an amount as text', { amount_minor: '2900' }, 'amount_minor'],
    ['a negative amount', { amount_minor: -1 }, 'amount_minor'],
    ['a fraction of a cent', { amount_minor: 29.5 }, 'amount_minor'],
    ['an amount beyond 2^53 - 1', { amount_minor: 2 ** 53 }, 'amount_minor'],
    ['the largest amount', { amount_minor: 2 ** 53 - 1 }, null],
    ['an unknown currency', { currency: 'ABC' }, 'currency'],
    ['no interval', { interval: null }, 'interval'],
    ['an unknown interval', { interval: 'fortnight' }, 'interval'],
    ['no interval count', { interval_count: null }, 'interval_count'],
    ['an interval count of 0', { interval_count: 0 }, 'interval_count'],
    ['negative trial days', { trial_days: -1 }, 'trial_days'],
    ['an anchor day with its rule', { billing_anchor_rule: 'day_of_month', billing_anchor_day: 31 }, null],
    ['an anchor day without its rule', { billing_anchor_day: 5 }, 'billing_anchor_day'],
    ['an anchor rule without its day', { billing_anchor_rule: 'day_of_month' }, 'billing_anchor_day'],
    ['an anchor day of 32', { billing_anchor_rule: 'day_of_month', billing_anchor_day: 32 }, 'billing_anchor_day'],
    ['an anchor day of a product of weeks', { interval: 'week', billing_anchor_rule: 'day_of_month', billing_anchor_day: 15 }, 'billing_anchor_rule'],
    ['the last day for a product of days', { interval: 'day', billing_anchor_rule: 'last_day' }, 'billing_anchor_rule'],
    ['the same day for a product of weeks', { interval: 'week', billing_anchor_rule: 'same_day' }, null],
    ['an anchor day of a product of years', { interval: 'year', billing_anchor_rule: 'day_of_month', billing_anchor_day: 15 }, null],
    ['payments without an end', { max_payments: 3 }, 'max_payments'],
    ['an end without payments', { end_behavior: 'fixed_payments' }, 'max_payments'],
    ['an end with payments', { end_behavior: 'fixed_payments', max_payments: 12 }, null],
    ['stock of a subscription', { track_inventory: true, stock_quantity: 1 }, 'track_inventory'],
    ['tracked stock without a quantity', { ...oneTime, track_inventory: true }, 'stock_quantity'],
  ] // prettier-ignore
  for (const [name, body, param] of bodies) {
    test(`${name}: ${param === null ? 'taken' : `refused because of ${param}`}`, async () => {
      const before = await Promise.all([api.count('products'), api.count('events')])
      made += 1
      const answer = await createProduct({ product_id: `table-${made}`, ...body })
      assert.equal(answer.status, param === null ? 201 : 400, JSON.stringify(answer.body))
      if (param === null) return
      assert.equal(answer.at('error.code'), 'validation_error')
      assert.equal(answer.at('error.param'), param)
      assert.deepEqual(await Promise.all([api.count('products'), api.count('events')]), before)
    })
  }

  test('a reference is unique in its account', async () => {
    await createProduct({ product_id: 'unique' })
    const refused = await createProduct({ product_id: 'unique' })
    assert.equal(refused.status, 400)
    assert.equal(refused.at('error.param'), 'product_id')
    const other = await api.createOtherAccount()
    const taken = await api.request('POST', '/products', {
      apiKey: other.sandbox.apiKey,
      body: { ...product, product_id: 'unique' },
    })
    assert.equal(taken.status, 201)
  })

  test('an archived product leaves the list, stays readable and is told about as deleted', async () => {
    const made = await createProduct({ product_id: 'archived', name: 'Archivable' })
    const path = `/products/${made.text('data.id')}`
    await api.request('PATCH', path, { body: { isArchived: true } })
    const search = '/products?search=archivable'
    assert.equal((await api.request('GET', search)).at('pagination.total'), 0)
    assert.equal((await api.request('GET', `${search}&is_archived=true`)).at('pagination.total'), 1)
    assert.equal((await api.request('GET', path)).at('data.is_archived'), true)
    await api.request('PATCH', path, { body: { is_archived: false } })
    await api.request('PATCH', path, { body: { is_archived: true } })
    const events = await api.request('GET', '/events?types=product.deleted,product.updated&limit=3')
    assert.deepEqual(
      [0, 1, 2].map((index) => events.at(`data.${index}.type`)),
      ['product.deleted', 'product.updated', 'product.deleted'],
    )
    assert.deepEqual(events.at('data.0.data.previous_attributes'), { is_archived: false })
  })

  test('an update is held to the same rules, on the whole of what it leaves', async () => {
    const made = await createProduct({ product_id: 'ruled' })
    const path = `/products/${made.text('data.id')}`
    const refused = await api.request('PATCH', path, { body: { interval: null } })
    assert.equal(refused.status, 400)
    assert.equal(refused.at('error.param'), 'interval')
    assert.deepEqual((await api.request('GET', path)).body, made.body)
    const kept = await api.request('PATCH', path, {
      body: { metadata: { a: 1 }, description: 'x' },
    })
    assert.partialDeepStrictEqual(kept.at('data'), {
      interval: 'month',
      description: 'x',
      metadata: { a: 1 },
    })
  })

  test('lists are filtered by kind and by whether they can be bought', async () => {
    const made = await createProduct({ product_id: 'off', name: 'Switchable' })
    await api.request('PATCH', `/products/${made.text('data.id')}`, { body: { is_active: false } })
    const total = async (query: string) =>
      (await api.request('GET', `/products?search=switchable&${query}`)).at('pagination.total')
    assert.equal(await total('isActive=false'), 1)
    assert.equal(await total('is_active=true'), 0)
    assert.equal(await total('kind=subscription'), 1)
    assert.equal(await total('kind=usage'), 0)
  })
})

describe('prices', () => {
  const tier = (up_to: number | null, more: object = {}) => ({
    up_to,
    unit_amount_minor: 100,
    flat_amount_minor: null,
    ...more,
  })
  const tiered = (tiers: readonly object[]) => ({
    billing_scheme: 'tiered',
    tiers_mode: 'graduated',
    tiers,
  })
  const recurring = { type: 'recurring', interval: 'month', unit_amount: 100 }
  const choice = { pricing_model: 'pay_what_you_want' }
  const bodies: readonly (readonly [name: string, body: object, param: string | null])[] = [
    ['one time', { unit_amount: 100 }, null],
    ['recurring', recurring, null],
    ['without an amount', {}, 'unit_amount'],
    ['an amount as text', { unit_amount: '100' }, 'unit_amount'],
    ['an amount beyond 2^53 - 1', { unit_amount: 2 ** 53 }, 'unit_amount'],
    ['a negative amount', { unit_amount: -1 }, 'unit_amount'],
    ['a decimal amount', { unit_amount_decimal: '0.0000024' }, null],
    ['a decimal amount of nothing', { unit_amount_decimal: '0' }, 'unit_amount_decimal'],
    ['a decimal that is none', { unit_amount_decimal: '1e-3' }, 'unit_amount_decimal'],
    ['the largest amount', { unit_amount_decimal: '9007199254740991' }, null],
    ['a decimal of 2^53', { unit_amount_decimal: '9007199254740992' }, 'unit_amount_decimal'],
    ['a decimal just beyond', { unit_amount_decimal: '9007199254740991.5' }, 'unit_amount_decimal'],
    ['a decimal far beyond', { unit_amount_decimal: '99999999999999999999.5' }, 'unit_amount_decimal'],
    ['13 decimals', { unit_amount_decimal: '0.0000000000001' }, 'unit_amount_decimal'],
    ['no product', { product_id: undefined, unit_amount: 1 }, 'product_id'],
    ['the id of a customer', { product_id: 'cus_01h455vb4pex5vsknk084sn02q', unit_amount: 1 }, 'product_id'],
    ['a product id that nobody issued', { product_id: 'prod_x', unit_amount: 1 }, 'product_id'],
    ['a currency of two letters', { currency: 'us', unit_amount: 1 }, 'currency'],
    ['an unknown currency', { currency: 'abc', unit_amount: 1 }, 'currency'],
    ['an upper-case currency', { currency: 'EUR', unit_amount: 1 }, null],
    ['recurring without an interval', { ...recurring, interval: null }, 'interval'],
    ['one time with an interval', { interval: 'month', unit_amount: 1 }, 'interval'],
    ['13 months', { ...recurring, interval_count: 13 }, 'interval_count'],
    ['731 trial days', { ...recurring, trial_period_days: 731 }, 'trial_period_days'],
    ['an unknown start rule', { ...recurring, start_rule: 'soon' }, 'start_rule'],
    ['free', { pricing_model: 'free' }, null],
    ['free for money', { pricing_model: 'free', unit_amount: 1 }, 'unit_amount'],
    ['free with a minimum', { pricing_model: 'free', spending_minimum_cents: 500 }, 'spending_minimum_cents'],
    ['free with a minimum of nothing', { pricing_model: 'free', spending_minimum_cents: 0 }, null],
    ['one time with an interval count', { unit_amount: 1, interval_count: 2 }, 'interval_count'],
    ['one time with trial days', { unit_amount: 1, trial_period_days: 7 }, 'trial_period_days'],
    ['one time without a trial', { unit_amount: 1, trial_period_days: 0 }, null],
    ['one time with a start rule', { unit_amount: 1, start_rule: 'prorate' }, 'start_rule'],
    ['pay what you want', { ...choice, minimum_amount: 1, suggested_amount: 5, maximum_amount: 9, preset_amounts: [1, 9] }, null],
    ['a maximum below the minimum', { ...choice, minimum_amount: 9, maximum_amount: 1 }, 'maximum_amount'],
    ['a suggestion out of bounds', { ...choice, minimum_amount: 9, suggested_amount: 1 }, 'suggested_amount'],
    ['a preset out of bounds', { ...choice, maximum_amount: 9, preset_amounts: [1, 10] }, 'preset_amounts[1]'],
    ['11 presets', { ...choice, preset_amounts: Array.from({ length: 11 }, () => 1) }, 'preset_amounts'],
    ['tiers', tiered([tier(10), tier(null)]), null],
    ['tiers in camelCase', { billingScheme: 'tiered', tiersMode: 'volume', tiers: [{ upTo: 5, unitAmountMinor: 1 }, { upTo: null }] }, null],
    ['one tier', tiered([tier(null)]), 'tiers'],
    ['51 tiers', tiered([...Array.from({ length: 50 }, (_, index) => tier(index + 1)), tier(null)]), 'tiers'],
    ['50 tiers', tiered([...Array.from({ length: 49 }, (_, index) => tier(index + 1)), tier(null)]), null],
    ['a last tier with an end', tiered([tier(10), tier(20)]), 'tiers[1].up_to'],
    ['an open tier in the middle', tiered([tier(null), tier(null)]), 'tiers[0].up_to'],
    ['tiers that descend', tiered([tier(10), tier(5), tier(null)]), 'tiers[1].up_to'],
    ['a tier that ends at 0', tiered([tier(0), tier(null)]), 'tiers[0].up_to'],
    ['a tier amount as text', tiered([tier(10, { unit_amount_minor: '1' }), tier(null)]), 'tiers[0].unit_amount_minor'],
    ['a tier beyond 2^53', tiered([tier(10, { unit_amount_decimal: '9007199254740993' }), tier(null)]), 'tiers[0].unit_amount_decimal'],
    ['a tier with a bad decimal', tiered([tier(10, { unit_amount_decimal: 'x' }), tier(null)]), 'tiers[0].unit_amount_decimal'],
    ['tiers without a mode', { billing_scheme: 'tiered', tiers: [tier(10), tier(null)] }, 'tiers_mode'],
    ['tiered without tiers', { billing_scheme: 'tiered', tiers_mode: 'volume' }, 'tiers'],
    ['tiers on a price per unit', { unit_amount: 1, tiers: [tier(10), tier(null)] }, 'tiers'],
    ['tiers and an amount beside them', { ...tiered([tier(10), tier(null)]), unit_amount: 5 }, 'unit_amount'],
    ['tiers and an amount of nothing', { ...tiered([tier(10), tier(null)]), unit_amount: 0 }, null],
    ['a percentage and an amount', { billing_scheme: 'percentage', percentage_rate_bps: 70, unit_amount_decimal: '1.5' }, 'unit_amount_decimal'],
    ['free tiers', { ...tiered([tier(10), tier(null)]), pricing_model: 'free' }, 'pricing_model'],
    ['a percentage', { billing_scheme: 'percentage', percentage_rate_bps: 70 }, null],
    ['a percentage without its rate', { billing_scheme: 'percentage' }, 'percentage_rate_bps'],
    ['a percentage over 100 %', { billing_scheme: 'percentage', percentage_rate_bps: 10_001 }, 'percentage_rate_bps'],
    ['a rate on a price per unit', { unit_amount: 1, percentage_rate_bps: 1 }, 'percentage_rate_bps'],
    ['a package', { unit_amount: 1, transform_quantity: { divide_by: 10, round: 'up' } }, null],
    ['a package of nothing', { unit_amount: 1, transform_quantity: { divide_by: 0, round: 'up' } }, 'transform_quantity.divide_by'],
    ['a package of no rounding', { unit_amount: 1, transform_quantity: { divide_by: 10 } }, 'transform_quantity.round'],
    ['a package for fractions of a cent', { unit_amount_decimal: '0.5', transform_quantity: { divide_by: 10, round: 'up' } }, 'unit_amount_decimal'],
    ['flat', { billing_scheme: 'flat', unit_amount: 1 }, null],
    ['flat without an amount', { billing_scheme: 'flat' }, 'unit_amount'],
    ['free units and bounds', { unit_amount: 1, free_units: 5, spending_minimum_cents: 1, spending_maximum_cents: 2 }, null],
    ['bounds that cross', { unit_amount: 1, spending_minimum_cents: 2, spending_maximum_cents: 1 }, 'spending_maximum_cents'],
    ['negative free units', { unit_amount: 1, free_units: -1 }, 'free_units'],
    ['a nickname that is too long', { unit_amount: 1, nickname: 'n'.repeat(101) }, 'nickname'],
  ] // prettier-ignore
  for (const [name, body, param] of bodies) {
    test(`${name}: ${param === null ? 'taken' : `refused because of ${param}`}`, async () => {
      const before = await Promise.all([api.count('prices'), api.count('events')])
      const answer = await createPrice(body)
      assert.equal(answer.status, param === null ? 201 : 400, JSON.stringify(answer.body))
      if (param === null) return
      assert.equal(answer.at('error.code'), 'validation_error')
      assert.equal(answer.at('error.param'), param)
      assert.deepEqual(await Promise.all([api.count('prices'), api.count('events')]), before)
    })
  }

  test('a price of a product that is not there, or of another account, is 404', async () => {
    const other = await api.createOtherAccount()
    const body = { product_id: productId, unit_amount: 1 }
    const refused = await api.request('POST', '/prices', { apiKey: other.sandbox.apiKey, body })
    assert.equal(refused.status, 404)
    assert.equal(refused.at('error.param'), 'product_id')
    assert.equal(
      (await createPrice({ product_id: 'prod_01h455vb4pex5vsknk084sn02q', unit_amount: 1 })).status,
      404,
    )
  })

  const amounts: readonly (readonly [
    given: object,
    minor: number | null,
    decimal: string | null,
  ])[] = [
    [{ unit_amount: 5 }, 5, null],
    [{ unit_amount: 5, unit_amount_decimal: '0.25' }, null, '0.25'],
    [{ unit_amount_decimal: '7.000' }, 7, null],
    [{ unit_amount_decimal: '0.000000000001' }, null, '0.000000000001'],
  ]
  for (const [given, minor, decimal] of amounts) {
    test(`${JSON.stringify(given)} reads back as ${minor} and ${decimal}`, async () => {
      const made = await createPrice(given)
      const shown = await api.request('GET', `/prices/${made.text('id')}`)
      assert.deepEqual([shown.at('unit_amount'), shown.at('unit_amount_decimal')], [minor, decimal])
      assert.deepEqual(shown.body, made.body)
    })
  }

  // Quantity 25 at each model; the arithmetic beside the row.
  const rated: readonly (readonly [body: object, amountMinor: bigint])[] = [
    [{ unit_amount: 100 }, 2500n],
    [{ unit_amount_decimal: '0.5' }, 13n], // 12.5, half away from zero
    [{ billing_scheme: 'flat', unit_amount: 999 }, 999n],
    [{ unit_amount: 100, free_units: 5 }, 2000n], // 20 × 100
    [{ unit_amount: 100, spending_maximum_cents: 2000 }, 2000n],
    [{ unit_amount: 1, spending_minimum_cents: 2000 }, 2000n],
    [{ unit_amount: 100, transform_quantity: { divide_by: 10, round: 'up' } }, 300n], // 3 packages
    [{ unit_amount: 100, transform_quantity: { divide_by: 10, round: 'down' } }, 200n],
    [tiered([tier(10), tier(null, { unit_amount_minor: 50, flat_amount_minor: 7 })]), 1757n], // 10 × 100 + 15 × 50 + 7
    [{ ...tiered([tier(10), tier(null, { unit_amount_minor: 50, flat_amount_minor: 7 })]), tiers_mode: 'volume' }, 1257n], // 25 × 50 + 7
    [{ billing_scheme: 'percentage', percentage_rate_bps: 1000 }, 3n], // 10 % of 25 = 2.5
    [{ pricing_model: 'free' }, 0n],
    [{ ...choice, suggested_amount: 10 }, 250n],
  ] // prettier-ignore
  for (const [body, amountMinor] of rated) {
    test(`25 of ${JSON.stringify(body)} cost ${amountMinor}`, async () => {
      const made = await createPrice(body)
      const decoded = decodeId('price', made.text('id'))
      assert.ok(decoded.kind === 'ok')
      const accountId = api.account.sandbox.accountId
      const terms = await api.database.tx((tx) => findPriceTerms(tx, accountId, [decoded.id]))
      const found = terms.get(decoded.id)
      assert.ok(found !== undefined)
      assert.equal(rate(found, 25n).amountMinor, amountMinor)
    })
  }

  test('terms never change: an update of an amount is refused, labels change and are told', async () => {
    const made = await createPrice({ unit_amount: 100 })
    const path = `/prices/${made.text('id')}`
    const labels = { nickname: 'Monthly', lookupKey: 'monthly' }
    const refused = await api.request('PATCH', path, { body: { unit_amount: 1, ...labels } })
    assert.deepEqual([refused.status, refused.at('error.param')], [400, 'unit_amount'])
    const updated = await api.request('PATCH', path, { body: labels })
    assert.partialDeepStrictEqual(updated.body, {
      unit_amount: 100,
      nickname: 'Monthly',
      lookup_key: 'monthly',
    })
    const cleared = await api.request('PATCH', path, { body: { nickname: null } })
    assert.equal(cleared.at('nickname'), null)
    const events = await api.request('GET', '/events?type=price.updated&limit=2')
    assert.deepEqual(events.at('data.0.data.previous_attributes'), { nickname: 'Monthly' })
    assert.deepEqual(events.at('data.1.data.previous_attributes'), {
      nickname: null,
      lookup_key: null,
    })
  })

  test('archiving twice is archiving once', async () => {
    const made = await createPrice({ unit_amount: 100 })
    const path = `/prices/${made.text('id')}`
    const archived = await api.request('DELETE', path)
    const again = await api.request('DELETE', path)
    assert.equal(archived.at('active'), false)
    assert.deepEqual(again.body, archived.body)
    const events = await api.request('GET', '/events?type=price.deleted')
    assert.equal(events.at('data.0.data.object.id'), made.text('id'))
    assert.notEqual(events.at('data.1.data.object.id'), made.text('id'))
  })

  test('lists are filtered by product, type, model, currency, key and whether they are active', async () => {
    const made = await createProduct({ product_id: 'filtered' })
    const own = made.text('data.id')
    const eur = await createPrice({
      product_id: own,
      unit_amount: 1,
      currency: 'EUR',
      lookup_key: 'mine',
    })
    const monthly = await createPrice({ ...recurring, product_id: own })
    await api.request('DELETE', `/prices/${monthly.text('id')}`)
    const filters: readonly (readonly [query: string, ids: readonly string[]])[] = [
      ['', [monthly.text('id'), eur.text('id')]],
      ['type=recurring', [monthly.text('id')]],
      ['active=true', [eur.text('id')]],
      ['currency=eur', [eur.text('id')]],
      ['lookup_key=mine', [eur.text('id')]],
      ['pricing_model=free', []],
      ['limit=1', [monthly.text('id')]],
    ]
    for (const [query, ids] of filters) {
      const answer = await api.request('GET', `/prices?product_id=${own}&${query}`)
      const data = answer.at('data')
      assert.ok(Array.isArray(data))
      assert.deepEqual(
        data.map(({ id }) => id),
        ids,
        query,
      )
      assert.equal(answer.at('has_more'), query === 'limit=1')
    }
  })
})

test('what callers may rely on in refusals does not change', () => {
  const told = Object.entries(catalogErrors).map(([refusal, { status, code }]) => [
    refusal,
    status,
    code,
  ])
  assert.deepEqual(told, [
    ['invalid_terms', 400, 'validation_error'],
    ['map_too_large', 400, 'validation_error'],
    ['reference_taken', 400, 'validation_error'],
    ['product_not_found', 404, 'resource_not_found'],
    ['profile_not_found', 404, 'resource_not_found'],
    ['price_not_found', 404, 'resource_not_found'],
  ])
})
