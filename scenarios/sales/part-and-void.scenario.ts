import assert from 'node:assert/strict'
import { card, scenario } from '@perennial/testkit/scenario'
import { amountsOf, begunBy, chargesHalf, openTill, PAID_SALE, standingOf } from './till.ts'

const IN_2031 = { on: '2031-01-01' } as const

scenario(
  'a flow that takes half lets the sale go through; the rest is salvaged',
  IN_2031,
  async (world) => {
    const till = await openTill(world)
    const payment_profile_id = await chargesHalf(world)
    const ada = await world.customer()
    await world.addCard(ada, card.good)
    const lines = [{ product_id: till.productId }]
    const sale = await till.sell({ customer_id: ada.id, payment_profile_id, lines })
    assert.equal(sale.at('data.status'), 'partially_paid')
    assert.equal(sale.at('data.amount_paid_minor'), 25_00)
    await world.expects([
      ...PAID_SALE.slice(0, 4),
      'subscription.created',
      'subscription.activated',
      'sale.partially_paid',
      'salvage_transaction.created',
    ])
    const [begun = ''] = begunBy(sale)
    assert.equal(await standingOf(world, begun), 'active 4000 2031-01-31')
    const salvage = await world.api.get(`/salvage-transactions?customer_id=${ada.id}`)
    assert.deepEqual(
      ['source_type', 'status', 'amount_remaining_minor'].map((name) =>
        salvage.at(`data.0.${name}`),
      ),
      ['sale', 'ready', 25_00],
    )
    // What was taken at once is no recovery of the rest.
    const won = async (): Promise<readonly unknown[]> => {
      const numbers = await world.api.get('/analytics/recovery/summary?group_by=won_by')
      const names = ['key', 'failed_minor', 'recovered_minor', 'lost_minor']
      return names.map((name) => numbers.at(`data.groups.0.${name}`))
    }
    assert.deepEqual(await won(), [null, 25_00, 0, 25_00])
    const path = `/salvage-transactions/${salvage.text('data.0.id')}`
    const gateway_id = salvage.text('data.0.gateway_id')
    const done = await world.api.post(`${path}/attempt`, { gateway_id })
    assert.equal(done.at('data.status'), 'recovered')
    await world.expects([
      'payment.succeeded',
      'invoice.paid',
      'sale.paid',
      'salvage_transaction.recovered',
    ])
    assert.deepEqual(await won(), ['manual', 25_00, 25_00, 0])
    assert.equal((await world.api.get(`/sales/${sale.text('data.id')}`)).at('data.status'), 'paid')
  },
)

scenario(
  'the rest of a sale of one-time products is salvaged as well, by people alone',
  IN_2031,
  async (world) => {
    const till = await openTill(world)
    const payment_profile_id = await chargesHalf(world)
    const ada = await world.customer()
    await world.addCard(ada, card.good)
    const sell = () =>
      till.sell({
        customer_id: ada.id,
        payment_profile_id,
        lines: [{ product_id: till.onceId, quantity: 2 }],
      })
    const sale = await sell()
    const given = await sell()
    const begun = [...PAID_SALE.slice(0, 4), 'sale.partially_paid', 'salvage_transaction.created']
    await world.expects([...begun, ...begun])
    const of = `/salvage-transactions?customer_id=${ada.id}&source_type=sale`
    const found = await world.api.get(`${of}&status=ready`)
    const tell = (name: string) => [1, 0].map((index) => found.at(`data.${index}.${name}`))
    assert.deepEqual(
      ['sale_id', 'subscription_id', 'recovery_state', 'amount_remaining_minor'].map(tell),
      [
        [sale.at('data.id'), given.at('data.id')],
        [null, null],
        ['exhausted', 'exhausted'],
        [9_99, 9_99],
      ],
    )
    const shown = await world.api.get(`/recovery/cases/${found.text('data.1.id')}`)
    assert.deepEqual(
      ['state', 'subscription_id', 'amount_minor'].map((name) => shown.at(`data.${name}`)),
      ['exhausted', null, 9_99],
    )
    await world.addCard(ada, card.good)
    await world.goTo('2031-03-01') // nothing tries it by itself

    const path = `/salvage-transactions/${found.text('data.1.id')}`
    // Past the payment profile, which would take a half of it again.
    const gateway_id = found.text('data.1.gateway_id')
    const done = await world.api.post(`${path}/attempt`, { gateway_id })
    assert.deepEqual([done.at('data.status'), done.at('data.attempts')], ['recovered', 2])
    await world.expects([
      'payment.succeeded',
      'invoice.paid',
      'sale.paid',
      'salvage_transaction.recovered',
    ])
    const dropped = await world.api.post(`/salvage-transactions/${found.text('data.0.id')}/cancel`)
    assert.equal(dropped.at('data.status'), 'disabled')
    await world.expects(['salvage_transaction.disabled'])
    assert.equal((await world.api.get(`${of}&status=ready`)).at('data.length'), 0)
  },
)

scenario('the rest of a sale that is given up is not asked for', IN_2031, async (world) => {
  const till = await openTill(world)
  const payment_profile_id = await chargesHalf(world)
  const ada = await world.customer()
  await world.addCard(ada, card.good)
  const lines = [{ product_id: till.productId }]
  const sale = await till.sell({ customer_id: ada.id, payment_profile_id, lines })
  await world.expects([
    ...PAID_SALE.slice(0, 4),
    'subscription.created',
    'subscription.activated',
    'sale.partially_paid',
    'salvage_transaction.created',
  ])
  const found = await world.api.get(`/salvage-transactions?customer_id=${ada.id}`)
  const path = `/salvage-transactions/${found.text('data.0.id')}`
  const canceled = await world.api.post(`${path}/cancel`)
  assert.deepEqual(
    ['status', 'recovery_state'].map((name) => canceled.at(`data.${name}`)),
    ['disabled', 'canceled'],
  )
  await world.expects(['salvage_transaction.disabled'])
  for (const move of ['attempt', 'cancel']) {
    const again = await world.api.call('POST', `${path}/${move}`)
    assert.deepEqual([again.status, again.at('error.code')], [409, 'conflict'])
  }
  const [begun = ''] = begunBy(sale)
  assert.equal(await standingOf(world, begun), 'active 4000 2031-01-31')
})

scenario(
  'a sale that is voided is refunded, and its subscriptions and trials end',
  IN_2031,
  async (world) => {
    const till = await openTill(world)
    const ada = await world.customer()
    await world.addCard(ada, card.good)
    await world.goTo('2031-01-15 10:00')
    const lines = [{ product_id: till.productId }, { product_id: till.trialId }]
    const sale = await till.sell({ customer_id: ada.id, lines })
    await world.expects([...PAID_SALE.slice(0, 7), 'subscription.created', 'sale.paid'])
    const path = `/sales/${sale.text('data.id')}`
    const refund = await world.api.post('/refunds', {
      payment_id: await paymentOf(world, sale.text('data.invoice_id')),
      amount_minor: 10_00,
    })
    assert.equal(refund.at('data.amount_minor') ?? refund.at('amount_minor'), 10_00)
    await world.expects(['refund.created', 'refund.succeeded', 'payment.refunded'])
    assert.equal(amountsOf(await world.api.get(path)), 'paid 5000 0 1000 4000')

    const voided = await world.api.post(`${path}/void`, { mode: 'delayed' }) // 72
    assert.equal(amountsOf(voided), 'voided 5000 0 5000 0')
    assert.deepEqual(
      [voided.at('data.refunds.1.status'), voided.at('data.refunds.1.amount_minor')],
      ['pending', 40_00],
    )
    await world.expects([
      'subscription.canceled',
      'subscription.canceled',
      'refund.created',
      'sale.voided',
    ])
    for (const id of begunBy(sale)) {
      const shown = await world.api.get(`/subscriptions/${id}`)
      assert.equal(shown.at('data.status'), 'canceled')
    }
    const again = await world.api.call('POST', `${path}/void`)
    assert.equal(again.status, 400)
    await world.goTo('2031-01-18 09:59')
    await world.goTo('2031-01-18 10:00', {
      events: ['refund.updated', 'refund.succeeded', 'payment.refunded'],
    })
    await world.goTo('2031-03-01')
  },
)

scenario(
  'voiding a sale that was paid in part gives that back and asks for no more',
  IN_2031,
  async (world) => {
    const till = await openTill(world)
    const payment_profile_id = await chargesHalf(world)
    const ada = await world.customer()
    await world.addCard(ada, card.good)
    const lines = [{ product_id: till.onceId, quantity: 2 }]
    const sale = await till.sell({ customer_id: ada.id, payment_profile_id, lines })
    assert.equal(amountsOf(sale), 'partially_paid 1998 0 0 1998')
    await world.expects([
      ...PAID_SALE.slice(0, 4),
      'sale.partially_paid',
      'salvage_transaction.created',
    ])
    const voided = await world.api.post(`/sales/${sale.text('data.id')}/void`)
    assert.equal(voided.at('data.amount_refunded_minor'), 9_99)
    await world.expects([
      'refund.created',
      'invoice.marked_uncollectible',
      'sale.voided',
      'salvage_transaction.disabled',
      'refund.succeeded',
      'payment.refunded',
    ])
    const invoice = `/invoices/${sale.text('data.invoice_id')}`
    assert.equal((await world.api.call('POST', `${invoice}/pay`, { body: {} })).status, 400)

    await world.addCard(ada, card.declines('do_not_honor'))
    const declined = await till.sell({ customer_id: ada.id, lines })
    await world.expects([
      ...PAID_SALE.slice(0, 3),
      'payment.failed',
      'invoice.payment_failed',
      'invoice.marked_uncollectible',
      'sale.declined',
    ])
    const id = declined.text('data.id')
    assert.equal((await world.api.post(`/sales/${id}/void`)).at('data.status'), 'voided')
    await world.expects(['sale.voided'])
  },
)

scenario(
  'a sale that was paid by hand begins at once, its renewals are sent, and its money goes back by hand',
  IN_2031,
  async (world) => {
    const till = await openTill(world)
    const ada = await world.customer()
    await world.addCard(ada, card.good) // never charged
    await world.goTo('2031-01-15 10:00')
    const lines = [{ product_id: till.productId }]
    const paid_by_hand = { method: 'check', reference: '1042', paid_at: '2031-01-13T09:00:00Z' }
    const wish = { customer_id: ada.id, lines, paid_by_hand }
    const payment_profile_id = await chargesHalf(world)
    for (const [more, param] of [
      [{ payment_profile_id }, 'payment_profile_id'],
      [{ paid_by_hand: { ...paid_by_hand, paid_at: '2031-01-16' } }, 'paid_by_hand.paid_at'],
    ] as const) {
      const refused = await world.api.call('POST', '/sales', { body: { ...wish, ...more } })
      assert.deepEqual([refused.status, refused.at('error.param')], [400, param])
    }
    const sale = await till.sell(wish)
    await world.expects(PAID_SALE)
    assert.equal(amountsOf(sale), 'paid 5000 0 0 5000')
    const [begun = ''] = begunBy(sale)
    assert.equal(await standingOf(world, begun), 'active 4000 2031-02-14 10:00')
    const payment = await world.api.get('/transactions?type=sale')
    assert.deepEqual(
      ['payment_method_type', 'gateway_transaction_id', 'created_at'].map((name) =>
        payment.at(`data.0.${name}`),
      ),
      ['check', '1042', '2031-01-13T09:00:00.000Z'],
    )

    await world.goTo('2031-02-14 10:00', { events: ['invoice.created', 'invoice.finalized', 'invoice.sent'] }) // prettier-ignore
    const bill = await world.api.get(`/invoices?subscription_id=${begun}`)
    await world.api.post(`/invoices/${bill.text('data.0.id')}/pay`, {
      payment_method: 'check',
    })
    await world.expects(['payment.succeeded', 'invoice.paid', 'subscription.renewed'])
    assert.deepEqual(await world.charges(), [])

    const voided = await world.api.post(`/sales/${sale.text('data.id')}/void`, { mode: 'delayed' })
    assert.deepEqual([amountsOf(voided), voided.at('data.refunds.0.status')], ['voided 5000 0 5000 0', 'succeeded']) // prettier-ignore
    await world.expects([
      'subscription.canceled',
      'refund.created',
      'refund.succeeded',
      'payment.refunded',
      'sale.voided',
    ])
  },
)

async function paymentOf(
  world: Parameters<typeof openTill>[0],
  invoiceId: string,
): Promise<string> {
  const paid = await world.api.get(`/invoices/${invoiceId}/payments`).catch(() => null)
  const id = paid?.at('data.0.id')
  if (typeof id === 'string') return id
  const listed = await world.api.get('/payments?limit=1')
  return listed.text('data.0.id')
}
