import assert from 'node:assert/strict'
import { card, scenario, SENT_START } from '@perennial/testkit/scenario'
import { openTill } from '../sales/till.ts'

const REFUSED_BILL = [
  'invoice.created',
  'invoice.finalized',
  'payment.failed',
  'invoice.payment_failed',
]

scenario(
  'what fails while somebody is there to choose another card opens no case',
  async (world) => {
    const refusing = card.declines('do_not_honor')
    const start = await world.subscribe({
      card: refusing,
      events: ['subscription.created', ...REFUSED_BILL],
    })
    assert.equal(await start.status(), 'incomplete')

    const { customer } = start
    const charge = { customerId: customer.id, amountMinor: 10_00, description: 'A lamp' }
    assert.equal((await world.api.call('POST', '/charges', { body: charge })).status, 402)
    await world.expects([
      'payment_intent.created',
      'payment.failed',
      'payment_intent.payment_failed',
    ])

    const till = await openTill(world)
    const sale = await till.sell({ customer_id: customer.id, lines: [{ product_id: till.onceId }] })
    assert.equal(sale.at('data.status'), 'declined')
    await world.expects([
      'sale.created',
      ...REFUSED_BILL,
      'invoice.marked_uncollectible',
      'sale.declined',
    ])

    const bill = { customer_uuid: customer.id, total_minor: 5_00, currency: 'USD' }
    const asked = `/invoices/${(await world.api.post('/invoices', bill)).text('data.id')}`
    await world.api.post(`${asked}/finalize`)
    assert.equal((await world.api.call('POST', `${asked}/pay`, { body: {} })).status, 402)
    await world.expects(REFUSED_BILL)
    assert.equal((await world.api.get(asked)).at('data.status'), 'finalized')

    assert.deepEqual((await world.api.get('/recovery/cases')).at('data'), [])
  },
)

scenario(
  'a bill that is sent opens no case, whoever charges a card for it by hand',
  async (world) => {
    const ada = await world.subscribe({
      card: card.declines('do_not_honor'),
      terms: { collectionMethod: 'send_invoice', daysUntilDue: 14 },
      events: SENT_START,
    })
    const [bill] = await ada.invoices()
    const asked = `/invoices/${bill?.id}`
    assert.equal((await world.api.call('POST', `${asked}/pay`, { body: {} })).status, 402)
    await world.expects(['payment.failed', 'invoice.payment_failed'])
    assert.equal(await ada.status(), 'active')
    assert.equal((await world.api.get(asked)).at('data.status'), 'sent')
    assert.deepEqual((await world.api.get('/recovery/cases')).at('data'), [])
  },
)
