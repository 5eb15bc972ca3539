import assert from 'node:assert/strict'
import { card, memberOf, scenario } from '@perennial/testkit/scenario'
import { begunBy, openTill, PAID_SALE } from './till.ts'

const IN_2031 = { on: '2031-01-01' } as const

scenario(
  'a sale that is voided also ends what has taken over from what it sold',
  IN_2031,
  async (world) => {
    const till = await openTill(world)
    const ada = await world.customer()
    await world.addCard(ada, card.good)
    const sale = await till.sell({ customer_id: ada.id, lines: [{ product_id: till.productId }] })
    await world.expects(PAID_SALE)
    const other = await world.api.post('/products', {
      product_id: 'other',
      name: 'Other',
      kind: 'subscription',
      pricing_model: 'recurring',
      amount_minor: 60_00,
      subscription_profile_id: till.profileId,
    })
    const replace = async (id: string) =>
      (
        await world.api.post(`/subscriptions/${id}/replace-product`, {
          product_id: other.text('data.id'),
          quantity: 1,
        })
      ).text('data.replacement.id')
    const [sold = ''] = begunBy(sale)
    const second = await replace(await replace(sold))
    const took = ['subscription.created', 'subscription.canceled']
    await world.expects([...took, ...took])

    const path = `/sales/${sale.text('data.id')}/void`
    const both = await Promise.all([world.api.call('POST', path), world.api.call('POST', path)])
    assert.deepEqual(
      both.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 400],
    )
    await world.expects([
      'subscription.canceled',
      'refund.created',
      'sale.voided',
      'refund.succeeded',
      'payment.refunded',
    ])
    const last = await world.api.get(`/subscriptions/${second}`)
    assert.equal(last.at('data.status'), 'canceled')
    await world.goTo('2031-03-01')
    assert.equal((await world.charges()).length, 1)
  },
)

scenario(
  'a sale whose payment a bank has taken back is voided all the same, and nothing is refunded',
  IN_2031,
  async (world) => {
    const till = await openTill(world)
    const ada = await world.customer()
    await world.addCard(ada, 'tok_dispute_fraudulent')
    const sale = await till.sell({ customer_id: ada.id, lines: [{ product_id: till.productId }] })
    await world.expects(PAID_SALE)
    await world.goTo('2031-01-07', { events: ['dispute.created', 'payment.disputed'] })
    const voided = await world.api.post(`/sales/${sale.text('data.id')}/void`)
    assert.deepEqual([voided.at('data.status'), voided.at('data.refunds')], ['voided', []])
    await world.expects(['subscription.canceled', 'sale.voided'])
    const refund = await world.api.call('POST', `/invoices/${sale.text('data.invoice_id')}/refund`)
    assert.notEqual(refund.status, 200)
  },
)

scenario(
  'a sale that names a card goes on to other gateways with that card alone',
  IN_2031,
  async (world) => {
    const till = await openTill(world)
    const listed = (await world.api.get('/gateways')).at('data')
    assert.ok(Array.isArray(listed))
    const entries = listed.map((one) => ({ kind: 'gateway', gateway_id: memberOf(one, 'id') }))
    const profile = await world.api.post('/payment-profiles', {
      name: 'All in turn',
      definition: { kind: 'cascade', entries },
    })
    await world.expects(['payment_profile.created'])
    const ada = await world.customer()
    const usual = await world.addCard(ada, card.good)
    const other = await world.api.post('/payment-methods', {
      customer_id: ada.id,
      type: 'card',
      token: card.declines('insufficient_funds'),
      is_default: false,
    })
    const elsewhere = String(memberOf(listed[1], 'id'))
    const known = [
      [usual, card.good],
      [other.text('data.id'), card.declines('insufficient_funds')],
    ]
    for (const [id, token] of known)
      await world.api.post(`/payment-methods/${id}/tokens`, { gateway: elsewhere, token })
    const before = (await world.charges()).length
    const sale = await till.sell({
      customer_id: ada.id,
      payment_method_id: other.text('data.id'),
      payment_profile_id: profile.text('data.id'),
      lines: [{ product_id: till.onceId }],
    })
    assert.equal(sale.at('data.status'), 'declined')
    const moved = (await world.charges()).filter(
      (charge) => memberOf(charge, 'money_moved') === true,
    )
    assert.equal(moved.length, 0)
    assert.equal((await world.charges()).length - before, 2)
    await world.expects([
      ...PAID_SALE.slice(0, 3),
      'payment.failed',
      'payment.failed',
      'invoice.payment_failed',
      'invoice.marked_uncollectible',
      'sale.declined',
    ])
  },
)
