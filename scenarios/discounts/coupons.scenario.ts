import assert from 'node:assert/strict'
import { memberOf, PAID_RENEWAL, scenario } from '@perennial/testkit/scenario'
import { createProfile, operate, PRICE_MINOR, refusalOf, renewals } from '../profiles/shop.ts'
import { createDiscount, linesOf, redemptions } from './discount.ts'

const IN_2031 = { on: '2031-01-01' } as const

scenario('a coupon reduces renewals while it is in date', IN_2031, async (world) => {
  const profile = await createProfile(world)
  const ten = await createDiscount(world, {
    code: 'ten',
    discount_value: 10,
    recurring_type: 'forever',
    valid_until: '2031-03-01T00:00:00Z',
  })
  const ada = await world.subscribe({
    on: '2031-01-15 10:00',
    priceMinor: PRICE_MINOR,
    terms: { subscription_profile_id: profile, discount_code: 'Ten' },
  })
  assert.deepEqual((await ada.show()).at('data.discount_ids'), [ten])
  assert.deepEqual(await linesOf(world, ada), ['item 4000', 'discount -400'])
  await world.goTo('2031-02-14 10:00', { events: PAID_RENEWAL }) // 70
  await world.goTo('2031-03-16 10:00', { events: PAID_RENEWAL })
  assert.deepEqual(await ada.bills(), ['3600 paid', '3600 paid', '4000 paid'])
  assert.deepEqual(await renewals(world, ada), [
    'automatic 2031-02-14 10:00 paid 3600',
    'automatic 2031-03-16 10:00 paid 4000',
  ])
  assert.equal(await redemptions(world, ten), 2)

  const bob = await world.subscribe({
    who: 'Bob',
    priceMinor: PRICE_MINOR,
    terms: { discountId: await createDiscount(world, { code: 'HALF', discount_value: 50 }) },
  })
  assert.deepEqual(await bob.bills(), ['2000 paid'])
})

scenario(
  'another product takes the coupons over where that is asked for, and only those that are for it',
  IN_2031,
  async (world) => {
    const profile = await createProfile(world)
    const monthly = await createProfile(world, {
      name: 'Monthly',
      frequency: { kind: 'unit', unit: 'month', count: 1 },
    })
    const q = await world.api.post('/products', {
      product_id: 'q',
      name: 'Q',
      kind: 'subscription',
      pricing_model: 'recurring',
      amount_minor: 30_00,
      subscription_profile_id: monthly,
    })
    const ten = await createDiscount(world, { code: 'TEN', recurring_type: 'forever' })
    const sell = (who: string, discountIds: readonly string[]) =>
      world.subscribe({
        who,
        priceMinor: PRICE_MINOR,
        terms: { subscription_profile_id: profile, discount_ids: discountIds },
      })
    await world.goTo('2031-01-15 10:00')
    const ada = await sell('Ada', [ten])
    const other = (await ada.show()).text('data.product_id')
    const forOther = await createDiscount(world, {
      code: 'OTHER',
      applies_to: 'specific_products',
      product_ids: [other],
      recurring_type: 'forever',
    })
    await operate(world, ada, 'edit', { add_discounts: [forOther] })
    await world.expects(['subscription.updated'])
    const eve = await sell('Eve', [ten])
    await world.goTo('2031-02-01')

    const replacement = { product_id: q.text('data.id'), quantity: 2, unit_amount_minor: 25_00 }
    const transfer = { ...replacement, transfer_discounts: true }
    const preview = await operate(world, ada, 'replace-product', { ...transfer, preview: true })
    assert.deepEqual(preview.at('data.next_renewal.amount_minor'), 45_00)
    await world.expects([])
    const done = await operate(world, ada, 'replace-product', transfer) // 38
    assert.deepEqual(done.at('data.warnings'), preview.at('data.warnings'))
    const warnings = done.at('data.warnings')
    assert.ok(Array.isArray(warnings))
    assert.deepEqual(
      warnings.map((warning) => memberOf(warning, 'code')),
      ['profile_not_carried_over', 'discounts_not_carried_over'],
    )
    assert.deepEqual(done.at('data.replacement.discount_ids'), [ten])
    const without = await operate(world, eve, 'replace-product', replacement) // 39
    assert.equal(without.at('data.replacement.discount_ids'), undefined)
    const REPLACED = ['subscription.created', 'subscription.canceled']
    await world.goTo('2031-02-14 10:00', {
      events: { Ada: [...REPLACED, ...PAID_RENEWAL], Eve: [...REPLACED, ...PAID_RENEWAL] },
    })
    const billed = async (id: unknown): Promise<unknown> => {
      const listed = await world.api.get(`/invoices?subscriptionId=${String(id)}`)
      return listed.at('data.0.total_minor')
    }
    assert.equal(await billed(done.at('data.replacement.id')), 45_00)
    assert.equal(await billed(without.at('data.replacement.id')), 50_00)
  },
)

scenario(
  'discounts come off in their order, each as often as it may, and an edit gives and takes them',
  IN_2031,
  async (world) => {
    const profile = await createProfile(world)
    const once = await createDiscount(world, { code: 'ONCE', discount_value: 50 })
    const twice = await createDiscount(world, {
      code: 'TWICE',
      discount_type: 'fixed_amount',
      discount_value: 10_00,
      recurring_type: 'repeating',
      recurring_cycles: 2,
    })
    const ever = await createDiscount(world, { code: 'EVER', recurring_type: 'forever' })
    const ada = await world.subscribe({
      on: '2031-01-15',
      priceMinor: PRICE_MINOR,
      terms: { subscription_profile_id: profile, discount_ids: [twice, ever] },
    })
    const add = { add_discounts: [once] }
    const preview = await operate(world, ada, 'edit', { ...add, preview: true })
    assert.deepEqual(preview.at('data.next_renewal'), {
      at: '2031-02-14T00:00:00.000Z',
      // 40.00 less 10.00, less 10 % of 30.00, less half of 27.00
      amount_minor: 13_50,
      lines: [
        {
          kind: 'item',
          description: preview.text('data.next_renewal.lines.0.description'),
          amount_minor: 40_00,
        },
        { kind: 'discount', description: 'TWICE (TWICE)', amount_minor: -10_00 },
        { kind: 'discount', description: 'EVER (EVER)', amount_minor: -3_00 },
        { kind: 'discount', description: 'ONCE (ONCE)', amount_minor: -13_50 },
      ],
    })
    await world.expects([])
    const done = await operate(world, ada, 'edit', add)
    assert.deepEqual(done.at('data.changed'), ['discount_ids'])
    await world.expects(['subscription.updated'])
    const timeline = await world.api.get(`/subscriptions/${ada.id}/timeline?limit=1`)
    assert.deepEqual(timeline.at('data.0.changes'), [
      { field: 'discount_ids', before: [twice, ever], after: [twice, ever, once] },
    ])
    for (const date of ['2031-02-14', '2031-03-16'])
      await world.goTo(date, { events: PAID_RENEWAL })
    assert.deepEqual(await ada.bills(), ['2700 paid', '1350 paid', '3600 paid'])
    assert.deepEqual(await linesOf(world, ada), ['item 4000', 'discount -400'])
    assert.equal(await refusalOf(world, ada, 'edit', { add_discounts: ['disc_unknown'] }), 'validation_error') // prettier-ignore
    await operate(world, ada, 'edit', { remove_discounts: [ever, once, twice] })
    await world.goTo('2031-04-15', { events: ['subscription.updated', ...PAID_RENEWAL] })
    assert.equal((await ada.bills()).at(-1), '4000 paid')
    assert.equal((await ada.show()).at('data.discount_ids'), undefined)
    assert.deepEqual(
      [
        await redemptions(world, once),
        await redemptions(world, twice),
        await redemptions(world, ever),
      ],
      [1, 2, 3],
    )
  },
)

scenario(
  'a discount that does not count is refused with the reason, and reduces nothing once it is archived',
  IN_2031,
  async (world) => {
    const profile = await createProfile(world)
    const ada = await world.subscribe({
      on: '2031-01-15',
      priceMinor: PRICE_MINOR,
      terms: { subscription_profile_id: profile },
    })
    const base = { name: 'Some', discount_type: 'percentage', discount_value: 10 }
    const refused = async (body: object): Promise<unknown> => {
      const answer = await world.api.call('POST', '/discounts', { body: { ...base, ...body } })
      assert.equal(answer.status, 400)
      return answer.at('error.param')
    }
    assert.equal(await refused({}), 'code')
    assert.equal(await refused({ code: 'X', discount_value: 101 }), 'discount_value')
    assert.equal(await refused({ code: 'X', discount_value: 0.5 }), 'discount_value')
    assert.equal(await refused({ code: 'X', discount_type: 'fixed_amount', discount_value: 1.5 }), 'discount_value') // prettier-ignore
    assert.equal(await refused({ code: 'X', applies_to: 'specific_products' }), 'product_ids')
    assert.equal(await refused({ code: 'X', recurring_type: 'repeating' }), 'recurring_cycles')

    const give = async (id: string): Promise<string> => {
      const body = { add_discounts: [id] }
      const answer = await world.api.call('POST', `/subscriptions/${ada.id}/edit`, { body })
      return String(answer.at('error.message'))
    }
    const late = await createDiscount(world, { code: 'LATE', valid_until: '2031-01-15T00:00:00Z' })
    const soon = await createDiscount(world, { code: 'SOON', valid_from: '2031-02-15T00:00:00Z' })
    const first = await createDiscount(world, { code: 'FIRST', first_time_customer: true })
    const once = await createDiscount(world, { code: 'OTC', scope: 'one_time_only' })
    assert.match(await give(late), /LATE .*expired/)
    assert.match(await give(soon), /SOON .*not count yet/)
    assert.match(await give(first), /FIRST .*not paid before/)
    assert.match(await give(once), /OTC .*not for subscriptions/)
    assert.equal(await refused({ code: 'late' }), 'code')

    const ever = await createDiscount(world, { code: 'EVER', recurring_type: 'forever' })
    await operate(world, ada, 'edit', { add_discounts: [ever] })
    await world.goTo('2031-02-14', { events: ['subscription.updated', ...PAID_RENEWAL] })
    const archived = await world.api.call('DELETE', `/discounts/${ever}`)
    assert.deepEqual(
      [archived.at('data.is_archived'), archived.at('data.current_redemptions')],
      [true, 1],
    )
    assert.equal(await refused({ code: 'EVER' }), 'code')
    await world.goTo('2031-03-16', { events: ['discount.deleted', ...PAID_RENEWAL] })
    assert.deepEqual(await ada.bills(), ['4000 paid', '3600 paid', '4000 paid'])
    const listed = (await world.api.get('/discounts?is_archived=true')).at('data')
    assert.ok(Array.isArray(listed))
    assert.deepEqual(
      listed.map((row) => memberOf(row, 'code')),
      ['EVER'],
    )
  },
)
