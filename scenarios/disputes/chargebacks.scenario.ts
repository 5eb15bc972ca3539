import assert from 'node:assert/strict'
import { PAID_RENEWAL, scenario, type ScenarioWorld } from '@perennial/testkit/scenario'
import { begunBy, openTill, PAID_SALE } from '../sales/till.ts'

const RAISED = ['dispute.created', 'payment.disputed']

scenario('a chargeback that is answered with the right evidence is won', async (world) => {
  const ada = await world.subscribe({ on: '2027-01-31', card: 'tok_dispute_fraudulent' })
  // Five days after the charge, at the same time of day.
  await world.goTo('2027-02-06', { events: RAISED.map((type) => `2027-02-05 Ada: ${type}`) })
  const open = await world.api.get('/disputes/open')
  assert.deepEqual(
    [open.at('meta'), open.at('data.0.days_until_due'), open.at('data.0.status')],
    [{ total_open: 1, overdue_count: 0 }, 13, 'needs_response'],
  )
  const id = open.text('data.0.public_id')
  const pdf = Buffer.from('%PDF-1.4 a receipt').toString('base64')
  await world.api.post(`/disputes/${id}/evidence`, {
    text: 'The customer logged in on 3 February. winning_evidence',
    files: [{ name: 'receipt.pdf', content_type: 'application/pdf', content_base64: pdf }],
  })
  const kept = await world.api.get(`/disputes/${id}/evidence`)
  assert.deepEqual([kept.at('data.1.name'), kept.at('facts.customer_name')], ['receipt.pdf', 'Ada'])
  assert.equal((await world.api.get(`/disputes/${id}`)).at('data.evidence_submitted'), false)

  const answered = await world.api.post(`/disputes/${id}/submit`)
  assert.equal(answered.at('data.status'), 'under_review')
  await world.expects(['Ada: dispute.updated'])
  await world.goTo('2027-02-12', { events: ['Ada: dispute.closed'] })
  const won = await world.api.get(`/disputes/${id}`)
  assert.deepEqual([won.at('data.status'), won.at('data.resolution')], ['won', 'won'])
  assert.equal(await ada.status(), 'active')
})

scenario('a chargeback that nobody answers is lost when its deadline passes', async (world) => {
  await world.subscribe({ on: '2027-01-31', card: 'tok_dispute_product_not_received' })
  await world.goTo('2027-02-06', { events: RAISED })
  await world.goTo('2027-02-20', { events: ['2027-02-19 Ada: dispute.closed'] })
  const lost = await world.api.get('/disputes?status=lost')
  assert.deepEqual([lost.at('meta.total'), lost.at('data.0.resolution')], [1, 'lost'])
  const invoice = (await world.api.get('/invoices')).text('data.0.id')
  const ofInvoice = await world.api.get(`/disputes?invoice_id=${invoice}`)
  assert.deepEqual(ofInvoice.at('data.0.id'), lost.at('data.0.id'))
  const another = '01890a5d-ac96-774b-bcce-b302099a8057'
  const ofAnother = await world.api.get(`/disputes?invoice_id=${another}`)
  assert.equal(ofAnother.at('meta.total'), 0)
  const late = await world.api.call('POST', `/disputes/${lost.text('data.0.id')}/evidence`, {
    body: { text: 'too late' },
  })
  assert.equal(late.status, 409)
})

scenario('an inquiry that nobody answers is closed, and no money moves', async (world) => {
  await world.subscribe({ on: '2027-01-31', card: 'tok_inquiry_unrecognized' })
  await world.goTo('2027-02-06', { events: ['dispute.created'] })
  await world.goTo('2027-02-20', { events: ['dispute.closed'] })
  const { body } = await world.api.get('/transactions?type=dispute')
  assert.deepEqual(Reflect.get(Object(body), 'data'), [])
})

scenario(
  'an early warning that is followed by its chargeback takes the money then',
  async (world) => {
    await world.subscribe({ on: '2027-01-31', card: 'tok_early_warning' })
    await world.goTo('2027-02-03', { events: ['2027-02-02 Ada: dispute.created'] })
    await world.goTo('2027-02-15', { events: RAISED.map((type) => `2027-02-14 Ada: ${type}`) })
    const all = await world.api.get('/disputes')
    assert.equal(all.at('meta.total'), 2)
  },
)

scenario('a chargeback cancels the subscription where the merchant wants that', async (world) => {
  await world.api.patch('/account', { settings: { disputes: { on_dispute: 'cancel' } } })
  const ada = await world.subscribe({ on: '2027-01-31', card: 'tok_dispute_fraudulent' })
  await world.goTo('2027-02-06', { events: [...RAISED, 'subscription.canceled'] })
  assert.equal(await ada.status(), 'canceled')
  await world.goTo('2027-02-20', { events: ['dispute.closed'] })
})

scenario('what a subscription says itself counts before the account', async (world) => {
  await world.api.patch('/account', { settings: { disputes: { on_dispute: 'cancel' } } })
  const ada = await world.subscribe({ on: '2027-01-31', card: 'tok_dispute_fraudulent' })
  const said = await world.api.call('PUT', `/subscriptions/${ada.id}/on-dispute`, {
    body: { on_dispute: 'pause' },
  })
  assert.equal(said.status, 200)
  const shown = await world.api.get(`/subscriptions/${ada.id}`)
  assert.equal(shown.at('data.on_dispute'), 'pause')
  await world.goTo('2027-02-06', { events: [...RAISED, 'subscription.paused'] })
  assert.equal(await ada.status(), 'paused')
})

scenario(
  'a chargeback of a sale reaches all that the sale has begun, each by its own rule',
  async (world) => {
    await world.api.patch('/account', { settings: { disputes: { on_dispute: 'cancel' } } })
    const till = await openTill(world)
    const ada = await world.customer()
    await world.addCard(ada, 'tok_dispute_fraudulent')
    const lines = [till.productId, till.trialId, till.productId].map((id) => ({ product_id: id }))
    const sale = await till.sell({ customer_id: ada.id, lines })
    const begun = begunBy(sale)
    const started = ['subscription.created', 'subscription.activated']
    await world.expects([
      ...PAID_SALE.slice(0, -1),
      'subscription.created',
      ...started,
      'sale.paid',
    ])
    const change = { body: { on_dispute: 'pause' } }
    assert.equal((await world.api.call('PUT', `/subscriptions/${begun[2]}/on-dispute`, change)).status, 200) // prettier-ignore
    await world.goTo('2027-01-07', {
      events: [...RAISED, 'subscription.canceled', 'subscription.canceled', 'subscription.paused'],
    })
    const standing = await Promise.all(
      begun.map(async (id) => (await world.api.get(`/subscriptions/${id}`)).at('data.status')),
    )
    assert.deepEqual(standing, ['canceled', 'canceled', 'paused'])
    const shown = await world.api.get(`/sales/${sale.text('data.id')}`)
    assert.equal(shown.at('data.status'), 'paid')
    await world.goTo('2027-01-25', { events: ['dispute.closed'] })
  },
)

scenario(
  'a payment with an early warning is refunded where the merchant wants that, and no chargeback comes',
  async (world) => {
    await world.api.patch('/account', { settings: { disputes: { refund_early_warnings: true } } })
    await world.subscribe({ on: '2027-01-31', every: 'year', card: 'tok_early_warning' })
    await world.goTo('2027-02-03', {
      events: ['dispute.created', 'refund.created', 'refund.succeeded', 'payment.refunded'],
    })
    await world.goTo('2027-02-27')
    await world.goTo('2027-03-20', { events: ['2027-03-19 Ada: dispute.closed'] })
    assert.equal((await world.api.get('/disputes')).at('data.0.status'), 'warning_closed')
  },
)

scenario('a chargeback that the customer withdraws gives the money back', async (world) => {
  await world.subscribe({ on: '2027-01-31', card: 'tok_dispute_unrecognized' })
  await world.goTo('2027-02-06', { events: RAISED })
  const dispute = await world.api.get('/disputes/open')
  await withdraw(world, dispute.text('data.0.gateway_dispute_id'))
  await world.goTo('2027-02-07', { events: ['dispute.closed'] })
  const won = await world.api.get(`/disputes/${dispute.text('data.0.id')}`)
  assert.deepEqual([won.at('data.status'), won.at('data.resolution')], ['won', 'withdrawn'])
})

scenario('a dispute that is accepted is lost at once', async (world) => {
  await world.subscribe({ on: '2027-01-31', card: 'tok_dispute_duplicate' })
  await world.goTo('2027-02-06', { events: RAISED })
  const [dispute] = (await world.api.get('/disputes/open')).at('data') as [{ id: string }]
  const lost = await world.api.post(`/disputes/${dispute.id}/accept`)
  assert.partialDeepStrictEqual(lost.at('data'), {
    status: 'lost',
    evidence_submitted: false,
    evidence_submitted_at: null,
  })
  await world.expects(['dispute.closed'])
  await world.goTo('2027-02-20')
})

scenario('the same word twice, and words in the wrong order, change nothing', async (world) => {
  await muddle(world, 'reversed')
  await world.subscribe({ on: '2027-01-31', card: 'tok_dispute_fraudulent' })
  // Nobody looks before it is over: the last word comes first.
  await world.goTo('2027-03-01', { events: [...RAISED, 'dispute.closed', ...PAID_RENEWAL] })
  await muddle(world, 'doubled')
  await world.goTo('2027-03-30', { events: [...RAISED, 'dispute.closed'] })
})

/** The gateway's own face, as its customers' banks and a tester use it. */
async function callWorld(
  world: ScenarioWorld,
  call: { readonly method: string; readonly path: string; readonly body: object },
): Promise<void> {
  const { accountId, house } = world
  const response = await fetch(`${house.worldUrl}/gateways/amber${call.path}`, {
    method: call.method,
    headers: {
      'content-type': 'application/json',
      'x-perennial-account': accountId,
      'x-perennial-now': (await world.api.get('/test-clock')).text('data.now'),
    },
    body: JSON.stringify(call.body),
  })
  assert.equal(response.ok, true, await response.text())
}

function withdraw(world: ScenarioWorld, reference: string): Promise<void> {
  return callWorld(world, { method: 'POST', path: `/disputes/${reference}/withdraw`, body: {} })
}

/** How the gateway tells its notices. */
function muddle(world: ScenarioWorld, delivery: 'doubled' | 'reversed'): Promise<void> {
  const body = { account: world.accountId, url: null, secret: 'whsec_test', delivery }
  return callWorld(world, { method: 'PUT', path: '/webhook', body })
}
