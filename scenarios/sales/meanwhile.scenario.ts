import assert from 'node:assert/strict'
import { card, scenario } from '@perennial/testkit/scenario'
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
    assert.deepEqual(both.map(({ status }) => status).toSorted(), [200, 400])
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
