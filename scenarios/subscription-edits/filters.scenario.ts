import assert from 'node:assert/strict'
import {
  card,
  memberOf,
  PAID_RENEWAL,
  PAID_START,
  scenario,
  SENT_START,
  type Subscriber,
} from '@perennial/testkit/scenario'
import { openShop, OVERDUE_RENEWAL, PRICE_MINOR } from '../profiles/shop.ts'
import { twoGateways } from '../routing/gateways-in-order.ts'
import { begunBy, openTill, PAID_SALE } from '../sales/till.ts'
import { preview, rowsOf } from './desk.ts'

scenario(
  'each filter finds what it says, the soonest renewal first, and each segment its values',
  { on: '2031-05-01' },
  async (world) => {
    const shop = await openShop(world)
    const ada = await shop.sell('2031-05-02')
    const bob = await shop.sell('2031-05-03', {
      who: 'Bob',
      card: card.declinesAfter(1, 'do_not_honor'),
    })
    const pia = await world.subscribe({ who: 'Pia', priceMinor: 10_00, currency: 'EUR' })
    await ada.change({ metadata: { team: 'red' } })
    await world.goTo('2031-06-02', {
      events: { Ada: ['subscription.updated', ...PAID_RENEWAL], Bob: OVERDUE_RENEWAL },
    })
    const product_ids = [(await pia.show()).text('data.product_id')]
    const routing = await world.api.get(`/subscriptions/${ada.id}/routing`)
    const gateway = routing.text('data.last_success_gateway_id')
    const table: readonly (readonly [object, string])[] = [
      [{}, 'Pia Ada Bob'],
      [{ next_renewal_from: '2031-06-03', next_renewal_to: '2031-07-01' }, 'Pia Ada'],
      [{ next_renewal_to: '2031-06-02' }, ''],
      [{ next_renewal_from: '2031-07-02T00:00:00Z' }, 'Bob'],
      [{ last_renewal_to: '2031-06-01' }, 'Ada'],
      [{ last_renewal_from: '2031-06-02' }, 'Bob'],
      [{ created_to: '2031-05-02' }, 'Ada'],
      [{ created_from: '2031-05-03' }, 'Pia Bob'],
      [{ next_renewal_from: '0001-01-01', next_renewal_to: '9999-12-31' }, 'Pia Ada Bob'],
      [{ created_from: '0001-01-01', created_to: '9999-12-31T23:59:59.999Z' }, 'Pia Ada Bob'],
      [{ last_renewal_from: '9999-12-31' }, ''],
      [{ statuses: ['past_due', 'paused'] }, 'Bob'],
      [{ in_trial: true }, ''],
      [{ product_ids }, 'Pia'],
      [{ customer_ids: [bob.customer.id, pia.customer.id] }, 'Pia Bob'],
      [{ subscription_ids: [ada.id] }, 'Ada'],
      [{ subscription_profile_ids: [shop.profileId] }, 'Ada Bob'],
      [{ subscription_profile_ids: [null] }, 'Pia'],
      [{ payment_profile_ids: [null] }, 'Pia Ada Bob'],
      [{ campaigns: ['june'] }, ''],
      [{ currencies: ['EUR'] }, 'Pia'],
      [{ payment_method_types: ['card'] }, 'Pia Ada Bob'],
      [{ payment_method_types: ['us_bank_account'] }, ''],
      [{ amount_min_minor: PRICE_MINOR }, 'Ada Bob'],
      [{ amount_max_minor: PRICE_MINOR - 1 }, 'Pia'],
      [{ renewal_count_min: 1, renewal_count_max: 1 }, 'Ada Bob'],
      [{ overdue_count_min: 1 }, 'Bob'],
      [{ overdue_count_max: 0 }, 'Pia Ada'],
      [{ forced_gateway_ids: [gateway] }, ''],
      [{ forced_gateway_ids: [gateway, null] }, 'Pia Ada Bob'],
      [{ last_success_gateway_ids: [gateway] }, 'Pia Ada Bob'],
      [{ last_success_gateway_ids: [null] }, ''],
      [{ metadata: [{ name: 'team' }] }, 'Ada'],
      [{ metadata: [{ name: 'team', value: 'blue' }] }, ''],
      [{ metadata: [{ name: 'team', value: 'red' }], statuses: ['past_due'] }, ''],
    ]
    const who = { Ada: ada, Bob: bob, Pia: pia }
    for (const [filters, expected] of table) {
      const review = await preview(world, { filters })
      const names = (await rowsOf(world, review, who)).map((row) => row.replace(/:.*/, ''))
      assert.equal(names.join(' '), expected, JSON.stringify(filters))
      assert.deepEqual(review.at('data.filters'), filters)
    }

    const segments: readonly (readonly [string, readonly unknown[]])[] = [
      ['none', [null]],
      ['subscription_profile', [null, shop.profileId]],
      ['status', ['active', 'past_due']],
      ['trial', [false]],
      ['payment_profile', [null]],
      ['campaign', [null]],
      ['currency', ['EUR', 'USD']],
      ['amount', [10_00, PRICE_MINOR]],
      ['renewal_count', [0, 1]],
      ['forced_gateway', [null]],
      ['preferred_gateway', [null]],
      ['last_success_gateway', [gateway]],
    ]
    for (const [segment_by, expected] of segments) {
      const found = (await preview(world, { segment_by })).at('data.segments')
      assert.ok(Array.isArray(found))
      assert.deepEqual(
        found.map((segment) => memberOf(segment, 'value')),
        expected,
        segment_by,
      )
    }
    const products = (await preview(world, { segment_by: 'product' })).at('data.segments')
    assert.ok(Array.isArray(products))
    assert.deepEqual([products.length, memberOf(products[0], 'value')], [3, product_ids[0]])
  },
)

scenario(
  'a filter by profile, method or gateway finds whose it is, and its segments name them',
  { on: '2031-05-01' },
  async (world) => {
    const [first, second] = await twoGateways(world)
    const payingBy = async (name: string) => {
      const steps = [{ source: 'gateway', entries: [{ kind: 'gateway', gateway_id: first }] }]
      const definition = { kind: 'basic', steps }
      const made = await world.api.post('/payment-profiles', { name, definition })
      await world.expects(['payment_profile.created'])
      return made.text('data.id')
    }
    const [cards, own] = [await payingBy('Cards'), await payingBy('Own')]
    const shop = await openShop(world, { payment_profile_id: cards })
    const ada = await shop.sell('2031-05-02')
    const bob = await shop.sell('2031-05-03', { who: 'Bob' })
    const route = async (one: Subscriber, by: object) => {
      await one.change(by)
      await world.expects(['subscription.routing_changed'])
    }
    await route(bob, { payment_profile_id: own })
    const fay = await world.subscribe({ who: 'Fay', on: '2031-05-04' })
    await route(fay, { forced_gateway_id: second })
    const pat = await world.subscribe({ who: 'Pat', on: '2031-05-05' })
    await route(pat, { preferred_gateway_id: first })
    const deb = await world.subscribe({
      who: 'Deb',
      on: '2031-05-06',
      card: card.bankAccount,
      events: PAID_START.filter((type) => !/^payment|paid$/.test(type)),
    })
    const sal = await world.subscribe({
      who: 'Sal',
      on: '2031-05-07',
      terms: { collectionMethod: 'send_invoice' },
      events: SENT_START,
    })
    const who = { Ada: ada, Bob: bob, Fay: fay, Pat: pat, Deb: deb, Sal: sal }
    const table: readonly (readonly [object, string])[] = [
      [{ payment_profile_ids: [cards] }, 'Ada'],
      [{ payment_profile_ids: [own] }, 'Bob'],
      [{ payment_profile_ids: [own, null] }, 'Bob Fay Pat Deb Sal'],
      [{ payment_method_types: ['us_bank_account'] }, 'Deb'],
      [{ payment_method_types: ['send_invoice'] }, 'Sal'],
      [{ payment_method_types: ['us_bank_account', 'card'] }, 'Ada Bob Fay Pat Deb'],
      [{ forced_gateway_ids: [second] }, 'Fay'],
      [{ forced_gateway_ids: [first] }, ''],
      [{ preferred_gateway_ids: [first] }, 'Pat'],
      [{ preferred_gateway_ids: [first, null], forced_gateway_ids: [second] }, 'Fay'],
    ]
    for (const [filters, expected] of table) {
      const review = await preview(world, { filters })
      const names = (await rowsOf(world, review, who)).map((row) => row.replace(/:.*/, ''))
      assert.equal(names.join(' '), expected, JSON.stringify(filters))
    }
    for (const [segment_by, ...expected] of [
      ['payment_profile', null, cards, own],
      ['forced_gateway', null, second],
      ['preferred_gateway', null, first],
    ]) {
      const segments = (await preview(world, { segment_by })).at('data.segments')
      assert.ok(Array.isArray(segments))
      const values = segments.map((segment) => memberOf(segment, 'value'))
      assert.deepEqual(new Set(values), new Set(expected))
    }
  },
)

scenario(
  'what a sale has begun was charged last where the sale was',
  { on: '2031-05-01' },
  async (world) => {
    const till = await openTill(world)
    const sam = await world.customer()
    await world.addCard(sam, card.good)
    const lines = [{ product_id: till.productId }]
    const [id = ''] = begunBy(await till.sell({ customer_id: sam.id, lines }))
    await world.expects(PAID_SALE)
    const routing = await world.api.get(`/subscriptions/${id}/routing`)
    const gateway = routing.text('data.last_success_gateway_id')
    const segment_by = 'last_success_gateway'
    for (const [wanted, expected] of [
      [gateway, ['Sam: unchanged']],
      [null, []],
    ]) {
      const filters = { last_success_gateway_ids: [wanted] }
      const review = await preview(world, { filters, segment_by })
      assert.deepEqual(await rowsOf(world, review, { Sam: { id } }), expected)
    }
    const found = (await preview(world, { segment_by })).at('data.segments.0.value')
    assert.equal(found, gateway)
  },
)
