import assert from 'node:assert/strict'
import { charged, ourId, story, type Shop } from './shop.ts'

/** Three of 40.00, due on 2031-02-14. */
async function sellThree(shop: Shop) {
  const more = { product: [{ id: shop.P, quantity: 3 }] }
  const { subscription } = await shop.sell('2031-01-15', { more })
  const path = `/subscriptions/${subscription}`
  const ours = `/subscriptions/${ourId('subscription', subscription)}`
  const told = async () => {
    const shown = await shop.get(path)
    return ['amount', 'quantity', 'price'].map((name) => shown.at(name))
  }
  const item = async () => {
    const shown = await shop.world.api.get(ours)
    const names = ['own_amount_minor', 'unit_amount_minor', 'unit_amount_decimal', 'quantity']
    return names.map((name) => shown.at(`data.items.0.${name}`))
  }
  return { subscription, path, ours, told, item }
}

story('an amount is edited as a whole, and leaves quantity and price alone', async (shop) => {
  const { subscription, path, ours, told, item } = await sellThree(shop)
  assert.deepEqual(await told(), [120, 3, 40])
  await shop.post(path, { amount: 35.5 })
  assert.deepEqual(await told(), [35.5, 3, 40])
  assert.deepEqual(await item(), [3550, 4000, '4000', 3])

  await shop.goTo('2031-02-14')
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-02-14 35.5 paid'])
  const id = (await shop.world.api.get(ours)).text('data.latest_invoice_id')
  const invoice = await shop.world.api.get(`/invoices/${id}`)
  assert.equal(invoice.at('data.total_minor'), 3550)
  assert.deepEqual(
    ['quantity', 'unit_amount_decimal', 'amount_minor'].map((name) => invoice.at(`data.line_items.0.${name}`)),
    [3, '1183.333333333333', 3550],
  ) // prettier-ignore

  await shop.goTo('2031-02-20')
  await shop.post(path, { amount: 0 })
  await shop.post(`${path}/renew`)
  assert.equal((await shop.renewals(subscription)).at(-1), 'manual 2031-02-20 0 paid')
  await shop.post(path, { amount: 90 })
  assert.deepEqual(await told(), [90, 3, 40])
}) // prettier-ignore

story('an amount stands until the quantity or the price of a unit changes', async (shop) => {
  const { path, ours, told, item } = await sellThree(shop)
  const edit = async (body: object) => {
    const quoted = await shop.world.api.post(`${ours}/edit`, { ...body, preview: true })
    const done = await shop.world.api.post(`${ours}/edit`, body)
    const next = 'data.next_renewal.amount_minor'
    assert.equal(done.at(next), quoted.at(next))
    assert.equal((await shop.world.api.get(ours)).at('data.amount_minor'), done.at(next))
    return told()
  }
  await shop.post(path, { amount: 35.5 })
  assert.deepEqual(await edit({ metadata: { team: 'red' }, quantity: 3 }), [35.5, 3, 40])
  assert.deepEqual(await edit({ quantity: 2 }), [80, 2, 40])
  assert.deepEqual(await edit({ amount_minor: 35_51 }), [35.51, 2, 40])
  assert.deepEqual(await edit({ unit_amount_minor: 30_00 }), [60, 2, 30])
  assert.deepEqual(await edit({ amount_minor: 99_99, quantity: 7 }), [99.99, 7, 30])
  assert.deepEqual(await edit({ amount_minor: 210_00 }), [210, 7, 30])
  assert.deepEqual(await item(), [null, 3000, '3000', 7])
})

story('the bulk editor sets whole amounts too, and its undo gives the price back', async (shop) => {
  const { subscription, path, told, item } = await sellThree(shop)
  const confirm = async (actions: readonly object[]) => {
    const filters = { iso_currency: ['USD'] }
    const reviewed = await shop.post('/subscription_bulk_edits/preview', { filters, actions })
    const preview_id = reviewed.at('preview_id')
    const done = await shop.post('/subscription_bulk_edits', { preview_id })
    assert.equal(done.at('counts.changed'), 1)
    return ourId('subscription_edit', done.text('subscription_bulk_edit_id'))
  }
  const undo = async (edit: string) => {
    const draft = await shop.world.api.post(`/subscription-edits/${edit}/undo`, {})
    const review_token = draft.text('data.review_token')
    await shop.world.api.post(`/subscription-edits/${draft.text('data.id')}/confirm`, { review_token }) // prettier-ignore
  }
  const set = await confirm([{ type: 'set_amount', amount: 35.5 }])
  assert.deepEqual(await told(), [35.5, 3, 40])
  await undo(set)
  assert.deepEqual(await item(), [null, 4000, '4000', 3])

  await shop.post(path, { amount: 35.5 })
  const scaled = await confirm([{ type: 'adjust_amount', percent: 10 }])
  assert.deepEqual(await told(), [39.05, 3, 40])
  await undo(scaled)
  assert.deepEqual(await item(), [3550, 4000, '4000', 3])
  await shop.goTo('2031-02-14')
  assert.deepEqual(await shop.renewals(subscription), ['automatic 2031-02-14 35.5 paid'])
})

story('an amount outlasts a trial and a profile, and is not taken over', async (shop) => {
  const trial = { price_trial: 20, trial_days: 14, subscription_profile: shop.SP30 }
  const tried = await shop.product({ name: 'Tried', ...trial })
  const more = { product: [{ id: tried, quantity: 3 }] }
  const { subscription } = await shop.sell('2031-01-15', { more })
  const path = `/subscriptions/${subscription}`
  const weekly = { frequency: 'unit', frequency_unit: { unit: 'weeks', value: 1 } }
  await shop.post(path, { amount: 35.5 })
  await shop.goTo('2031-01-29')
  const ours = `/subscriptions/${ourId('subscription', subscription)}`
  const billed = (await shop.world.api.get(ours)).text('data.latest_invoice_id')
  const invoice = await shop.world.api.get(`/invoices/${billed}`)
  assert.equal(invoice.at('data.total_minor'), 3 * 20_00) // what the trial's end is sold at
  await shop.post(path, { subscription_profile: await shop.profile({ name: 'Weekly', ...weekly }) })
  await shop.goTo('2031-03-07')
  assert.deepEqual(await shop.renewals(subscription), [
    'automatic 2031-02-28 35.5 paid',
    'automatic 2031-03-07 35.5 paid',
  ])

  const wish = { product_id: ourId('product', tried), quantity: 3 }
  const done = await shop.world.api.post(`${ours}/replace-product`, wish)
  const names = ['amount_minor', 'items.0.own_amount_minor', 'items.0.unit_amount_minor']
  const replaced = names.map((name) => done.at(`data.replacement.${name}`))
  assert.deepEqual(replaced, [120_00, null, 40_00])
})

story('an amount that is edited in a trial is that of renewals, also where its end costs the same', async (shop) => {
  const product = await shop.product({ name: 'Tried', price_trial: 40, trial_days: 14, subscription_profile: shop.SP30 }) // prettier-ignore
  const { subscription } = await shop.sell('2031-01-15', { product })
  await shop.post(`/subscriptions/${subscription}`, { amount: 35.5 })
  await shop.goTo('2031-02-28')
  assert.deepEqual(await charged(shop), [40_00, 35_50])
}) // prettier-ignore

story("a sale that names no currency is in the account's, as its products are", async (shop) => {
  await shop.world.api.call('PATCH', '/account', { body: { currency: 'EUR' } })
  const product = await shop.product({ name: 'In euros', price: 12.5 })
  const { sale } = await shop.sell('2031-01-15', { product })
  assert.deepEqual([sale.at('status'), sale.at('iso_currency')], ['paid', 'EUR'])
})
