import assert from 'node:assert/strict'
import { scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { begunBy } from './till.ts'

/** Who has signed a mandate, and what is sold in pounds. */
async function openTillInPounds(world: ScenarioWorld) {
  await world.goTo('2027-03-01')
  const sign = async (who: string, accountNumber: string): Promise<string> => {
    const { id: customerId } = await world.customer(who)
    const headers = { 'idempotency-key': `sign-${customerId}` }
    const body = {
      customerId,
      accountHolderName: who,
      sortCode: '20-00-00',
      accountNumber,
      acceptance: {
        acceptedAt: '2027-03-01T00:00:00.000Z',
        payerAddress: { line1: '1 High Street', postal_code: 'N1 1AA' },
        declarations: { sole_signatory: true },
        guaranteeVersion: '2024-1',
      },
    }
    const lodged = await world.api.call('POST', '/mandates', { headers, body })
    assert.equal(lodged.status, 201, JSON.stringify(lodged.body))
    return lodged.text('data.id')
  }
  const mandates = { Ada: await sign('Ada', '55779911'), Bob: await sign('Bob', '55779911') }
  const signed = ['mandate.created', 'mandate.activated']
  await world.goTo('2027-03-03', { events: { Ada: signed, Bob: signed } })
  const product = await world.api.post('/products', {
    product_id: 'box',
    name: 'Box',
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 20_00,
    currency: 'GBP',
    interval: 'month',
    interval_count: 1,
  })
  const lines = [{ product_id: product.text('data.id') }]
  const sell = async (who: string) => {
    const customer = await world.customer(who)
    const sale = await world.api.post('/sales', { customer_id: customer.id, lines })
    assert.equal(sale.at('data.status'), 'pending')
    return `/sales/${sale.text('data.id')}`
  }
  return { mandates, sell }
}

const SOLD = ['sale.created', 'invoice.created', 'invoice.finalized']

scenario('a sale by Direct Debit is announced, and begins when it is collected', async (world) => {
  const { mandates, sell } = await openTillInPounds(world)
  const ada = await sell('Ada')
  const bob = await sell('Bob')
  await world.expects({
    Ada: SOLD,
    Bob: SOLD,
    '': ['collection.scheduled', 'collection.scheduled'],
  })
  await world.api.post(`/mandates/${mandates.Bob}/cancel`, {})
  await world.goTo('2027-03-16', {
    events: {
      Ada: [
        'payment.succeeded',
        'invoice.paid',
        'subscription.created',
        'subscription.activated',
        'sale.paid',
      ],
      Bob: [
        'customer.payment_method.detached',
        'mandate.cancelled',
        'invoice.payment_failed',
        'invoice.marked_uncollectible',
        'sale.declined',
      ],
      '': [
        'collection.notice_sent',
        'collection.notice_sent',
        'collection.failed',
        'collection.succeeded',
        'settlement.created',
      ],
    },
  })
  const paid = await world.api.get(ada)
  assert.equal(paid.at('data.status'), 'paid')
  assert.equal(begunBy(paid).length, 1)
  assert.equal((await world.api.get(bob)).at('data.status'), 'declined')
})

scenario('voiding the bill of a sale that waits for its debit declines the sale', async (world) => {
  const { sell } = await openTillInPounds(world)
  const sales = [await sell('Ada'), await sell('Bob')]
  await world.expects({
    Ada: SOLD,
    Bob: SOLD,
    '': ['collection.scheduled', 'collection.scheduled'],
  })
  const [ada = '', bob = ''] = sales
  const invoiceOf = async (path: string) => (await world.api.get(path)).text('data.invoice_id')
  await world.api.post(`/invoices/${await invoiceOf(ada)}/void`, {})
  await world.expects(['invoice.voided', 'sale.declined'])
  assert.equal((await world.api.post(`${bob}/void`)).at('data.status'), 'voided')
  await world.expects(['invoice.voided', 'sale.voided'])
  await world.goTo('2027-03-16', {
    events: {
      '': [
        'collection.notice_sent',
        'collection.notice_sent',
        'collection.cancelled',
        'collection.cancelled',
      ],
    },
  })
})
