import assert from 'node:assert/strict'
import { modificationItem, startAdyenDouble } from '@perennial/testkit/gateway-doubles/adyen'
import { memberOf, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { attachAdyenCard, connectAdyen, tellAdyen } from '../payments/adyen-merchant.ts'
import { ledgerOf } from './ledger-of.ts'

scenario(
  'a refund that only the gateway’s list tells of is booked, whole, and once',
  async (world) => {
    await world.subscribe({ on: '2027-01-04', every: 'year', priceMinor: 49_00 })
    await world.goTo('2027-01-06')
    const sale = await world.api.get('/transactions?type=sale')
    const charge = sale.text('data.0.gateway_transaction_id')
    // Somebody refunds in the gateway's own dashboard.
    await callWorld(world, {
      method: 'POST',
      path: `/charges/${charge}/refund`,
      body: { amount_minor: 20_00 },
    })
    await world.goTo('2027-01-12', {
      events: ['refund.created', 'refund.succeeded', 'payment.refunded'],
    })
    const payment = await world.api.get(`/payments/${sale.text('data.0.id')}`)
    assert.equal(payment.at('amount_refunded'), 20_00)
    const rest = await world.api.call('POST', '/refunds', {
      body: { payment_id: sale.text('data.0.id'), amount_minor: 29_01 },
    })
    assert.equal(rest.status, 400, JSON.stringify(rest.body))
    await world.goTo('2027-01-25')
    const differences = await world.api.get('/reconciliation-differences')
    assert.deepEqual(differences.at('data'), [])
    const ledger = await ledgerOf(world)
    assert.deepEqual([ledger.get('gateway_clearing'), ledger.get('refunds')], [undefined, 20_00n])
  },
)

scenario(
  'a charge made in the gateway’s dashboard waits in suspense, then pays the invoice that it was for',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-04', every: 'year', priceMinor: 49_00 })
    await world.goTo('2027-01-06')
    const body = { token: 'tok_visa', amount_minor: 120_00, currency: 'USD' }
    await callWorld(world, { method: 'POST', path: '/charges', body })
    await world.goTo('2027-01-25')
    const open = await world.api.get('/reconciliation-differences?state=open')
    assert.deepEqual(
      [open.at('data.length'), open.at('data.0.kind'), open.at('data.0.theirs_minor')],
      [1, 'missing_here', 120_00],
    )
    assert.equal((await ledgerOf(world)).get('gateway_clearing'), -120_00n)

    const path = `/reconciliation-differences/${open.text('data.0.id')}`
    const note = 'Paid by phone; I ask Ada what for.'
    for (const _ of ['first', 'again']) await world.api.post(`${path}/resolve`, { note })
    const waiting = await ledgerOf(world)
    assert.deepEqual(
      [waiting.get('gateway_clearing'), waiting.get('suspense')],
      [undefined, -120_00n],
    )
    await world.goTo('2027-02-10')
    assert.deepEqual(await ledgerOf(world), waiting, 'it is looked for no more')

    const [small, euros] = [await issue(world, ada.customer.id, 119_99), await issue(world, ada.customer.id, 120_00, 'EUR')] // prettier-ignore
    const invoice_id = await issue(world, ada.customer.id, 150_00)
    const accept = (invoice: string) =>
      world.api.call('POST', `${path}/accept`, {
        body: { invoice_id: invoice, note: 'For training.' },
      })
    for (const wrong of [small, euros]) {
      const answer = await accept(wrong)
      assert.deepEqual([answer.status, answer.at('error.param')], [400, 'invoice_id'])
    }
    const accepted = await accept(invoice_id)
    assert.equal(accepted.status, 200, JSON.stringify(accepted.body))
    await world.expects(['payment.succeeded'])
    assert.deepEqual((await accept(small)).body, accepted.body, 'accepted once')
    const invoice = await world.api.get(`/invoices/${invoice_id}`)
    assert.equal(invoice.at('data.amount_due_minor'), 30_00)
    const booked = await ledgerOf(world)
    assert.deepEqual(
      [booked.get('gateway_clearing'), booked.get('suspense')],
      [undefined, undefined],
    )

    // It is a payment like any other: refunds of it go to the gateway.
    const payment_id = accepted.text('data.transaction_id')
    await world.api.post('/refunds', { payment_id, amount_minor: 20_00 })
    await world.expects(['refund.created', 'refund.succeeded', 'payment.refunded'])
    await world.goTo('2027-02-25')
    const differences = await world.api.get('/reconciliation-differences?state=open')
    assert.deepEqual(differences.at('data'), [])
    assert.equal((await ledgerOf(world)).get('gateway_clearing'), undefined)
  },
)

scenario('a chargeback of an accepted charge finds it', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-04', every: 'year', priceMinor: 49_00 })
  await world.goTo('2027-01-06')
  const body = { token: 'tok_dispute_fraudulent', amount_minor: 120_00, currency: 'USD' }
  await callWorld(world, { method: 'POST', path: '/charges', body })
  await world.goTo('2027-01-09')
  const open = await world.api.get('/reconciliation-differences?state=open')
  const invoice_id = await issue(world, ada.customer.id, 120_00)
  const path = `/reconciliation-differences/${open.text('data.0.id')}/accept`
  await world.api.post(path, { invoice_id, note: 'By phone.' })
  await world.expects(['payment.succeeded', 'invoice.paid'])
  await world.goTo('2027-01-20', { events: ['dispute.created', 'payment.disputed'] })
  const ledger = await ledgerOf(world)
  assert.deepEqual([ledger.get('gateway_clearing'), ledger.get('disputes')], [undefined, 120_00n])
  const differences = await world.api.get('/reconciliation-differences?state=open')
  assert.deepEqual(differences.at('data'), [])
})

/** An invoice that the customer owes; its id. */
async function issue(
  world: ScenarioWorld,
  customer_uuid: string,
  total_minor: number,
  currency = 'USD',
): Promise<string> {
  const draft = await world.api.post('/invoices', { customer_uuid, total_minor, currency })
  const id = draft.text('data.id')
  await world.api.post(`/invoices/${id}/finalize`, {})
  await world.expects(['invoice.created', 'invoice.finalized'])
  return id
}

scenario(
  'a correction of a charge that is handed in waits in suspense, and a reserve as well',
  async (world) => {
    const double = await startAdyenDouble()
    try {
      const webhookUrl = await connectAdyen(world, double)
      await attachAdyenCard(world, double.addCard())
      await world.subscribe({ on: '2027-01-04', card: null })
      const [payment] = double.payments()
      assert.ok(payment !== undefined)
      await world.goTo('2027-01-08')
      const about = { currency: 'USD', payout_id: 'batch 1' }
      const gateway_reference = payment.pspReference
      const rows = [
        { kind: 'charge', amount_minor: 29_00, date: '2027-01-04', gateway_reference, ...about },
        {
          kind: 'adjustment',
          amount_minor: -7_00,
          date: '2027-01-05',
          gateway_reference,
          ...about,
        },
        { kind: 'adjustment', amount_minor: -2_00, date: '2027-01-05', ...about },
        { kind: 'payout', amount_minor: 20_00, date: '2027-01-06', ...about },
      ]
      const path = `/gateways/${String(webhookUrl.split('/').at(-1))}/settlements`
      const handIn = () => world.api.call('POST', path, { body: { rows } })
      assert.equal((await handIn()).status, 200)
      const ledger = await ledgerOf(world)
      assert.deepEqual(
        [ledger.get('gateway_clearing'), ledger.get('bank'), ledger.get('suspense')],
        [undefined, 20_00n, 9_00n],
      )
      assert.equal((await handIn()).status, 200)
      const open = await world.api.listAll('/reconciliation-differences?state=open', null)
      assert.equal(open.length, 2, 'a person has to say what they were')
      for (const one of open) {
        const id = String(memberOf(one, 'id'))
        await world.api.post(`/reconciliation-differences/${id}/resolve`, { note: 'A reserve.' })
      }
      assert.deepEqual(await ledgerOf(world), ledger, 'they were booked when they were handed in')
    } finally {
      await double.close()
    }
  },
)

scenario(
  'a refund that came back after it had gone has a line either way, and differs in neither',
  async (world) => {
    const double = await startAdyenDouble()
    try {
      const webhookUrl = await connectAdyen(world, double)
      await attachAdyenCard(world, double.addCard())
      await world.subscribe({ on: '2027-01-04', card: null })
      const payment_id = (await world.api.get('/transactions?type=sale')).text('data.0.id')
      await world.api.post('/refunds', { payment_id, amount_minor: 9_00 })
      const [refund] = double.modifications().filter(({ eventCode }) => eventCode === 'REFUND')
      const [payment] = double.payments()
      assert.ok(refund !== undefined && payment !== undefined)
      const item = modificationItem(refund)
      await tellAdyen(webhookUrl, [item], '2027-01-05T12:00:00+01:00')
      const reversed = { ...item, eventCode: 'REFUNDED_REVERSED' }
      await tellAdyen(webhookUrl, [reversed], '2027-01-07T12:00:00+01:00')
      await world.expects([
        'refund.created',
        'refund.succeeded',
        'payment.refunded',
        'refund.failed',
      ])
      await world.goTo('2027-01-09')
      const gateway_reference = payment.pspReference
      const row = (kind: string, amount_minor: number, date: string, payout_id: string) => ({
        kind,
        amount_minor,
        date,
        payout_id,
        currency: 'USD',
        ...(kind === 'payout' ? {} : { gateway_reference }),
      })
      const rows = [
        row('charge', 29_00, '2027-01-04', 'batch 1'),
        row('refund', 9_00, '2027-01-05', 'batch 1'),
        row('payout', 20_00, '2027-01-06', 'batch 1'),
        row('refund', -9_00, '2027-01-07', 'batch 2'),
        row('payout', 9_00, '2027-01-08', 'batch 2'),
      ]
      const path = `/gateways/${String(webhookUrl.split('/').at(-1))}/settlements`
      const answer = await world.api.call('POST', path, { body: { rows } })
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      assert.deepEqual((await world.api.get('/reconciliation-differences')).at('data'), [])
      const ledger = await ledgerOf(world)
      assert.deepEqual([ledger.get('gateway_clearing'), ledger.get('bank')], [undefined, 29_00n])
    } finally {
      await double.close()
    }
  },
)

scenario(
  'a gateway that cannot be read is compared later, from where it was left',
  async (world) => {
    await world.subscribe({ on: '2027-01-04', every: 'year', priceMinor: 49_00 })
    const { accountId: account } = world
    await callWorld(world, { method: 'PUT', path: '/fault', body: { account, fault: 'down' } })
    await world.goTo('2027-01-08')
    assert.deepEqual(await statesOf(world), ['failed'])
    await callWorld(world, { method: 'PUT', path: '/fault', body: { account, fault: 'none' } })
    await world.goTo('2027-01-08 12:00')
    assert.deepEqual(await statesOf(world), ['failed', 'finished'])
    const differences = await world.api.get('/reconciliation-differences')
    assert.deepEqual(differences.at('data'), [])
  },
)

/** How the comparisons with the gateway that took the money ended, oldest first, since it took it. */
async function statesOf(world: ScenarioWorld): Promise<string[]> {
  const sale = await world.api.get('/transactions?type=sale')
  const gateway = sale.text('data.0.gateway')
  const runs = await world.api.listAll('/reconciliation-runs', null)
  return runs
    .filter((run) => memberOf(run, 'gateway') === gateway)
    .filter((run) => String(memberOf(run, 'until')) > '2027-01-05')
    .map((run) => String(memberOf(run, 'state')))
}

async function callWorld(
  world: ScenarioWorld,
  call: { readonly method: string; readonly path: string; readonly body: object },
): Promise<void> {
  const response = await fetch(`${world.house.worldUrl}/gateways/amber${call.path}`, {
    method: call.method,
    headers: {
      'content-type': 'application/json',
      'idempotency-key': '0197a3c0-0000-7000-8000-000000000001',
      'x-perennial-account': world.accountId,
      'x-perennial-now': (await world.api.get('/test-clock')).text('data.now'),
    },
    body: JSON.stringify(call.body),
  })
  assert.equal(response.ok, true, await response.text())
}
