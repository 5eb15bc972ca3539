import assert from 'node:assert/strict'
import {
  card,
  DECLINED_RENEWAL,
  memberOf,
  PAID_RENEWAL,
  scenario,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { decisionsOf, wayOf } from './decisions.ts'
import { twoGateways } from './gateways-in-order.ts'

async function codeOf(world: ScenarioWorld, gatewayId: string): Promise<string> {
  return (await world.api.get(`/gateways/${gatewayId}`)).text('data.code')
}

async function makeDefault(world: ScenarioWorld, definition: object): Promise<string> {
  const created = await world.api.post('/payment-profiles', { name: 'Cards', definition })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  const id = created.text('data.id')
  await world.api.patch('/account', { settings: { default_payment_profile_id: id } })
  await world.expects(['payment_profile.created'])
  return id
}

scenario(
  'a renewal that one gateway declines is paid at once by the next card at the next gateway',
  async (world) => {
    const [first, second] = await twoGateways(world)
    const entries = [first, second].map((gateway_id) => ({ kind: 'gateway', gateway_id }))
    const profile = await makeDefault(world, { kind: 'cascade', entries, methods: 'all' })

    const ada = await world.customer('Ada')
    const attach = async (token: string, gatewayId: string) => {
      const gateway = await codeOf(world, gatewayId)
      const body = { customer_id: ada.id, type: 'card', token, gateway }
      return (await world.api.post('/payment-methods', body)).text('data.id')
    }
    await attach(card.good, second) // her default
    const own = await attach(card.declinesAfter(1, 'do_not_honor'), first)
    const subscriber = await world.subscribe({
      on: '2027-01-31',
      card: null,
      terms: { paymentMethodId: own },
    })
    assert.deepEqual(await wayOf(world, subscriber), [first])

    const charge = { amount: 29_00, currency: 'USD', subscription_id: subscriber.id }
    const simulated = await world.api.post(`/payment-profiles/${profile}/simulate`, {
      charge: {
        ...charge,
        outcomes: [{ kind: 'declined', code: 'do_not_honor' }, { kind: 'approved' }],
      },
    })
    assert.deepEqual(
      [0, 1, 2].map((step) => simulated.at(`data.steps.${step}.gateway_id`)),
      [first, second, null],
    )

    await world.goTo('2027-02-28', {
      events: [
        'invoice.created',
        'invoice.finalized',
        'payment.failed',
        'payment.succeeded',
        'invoice.paid',
        'subscription.renewed',
      ],
    })
    assert.deepEqual(await wayOf(world, subscriber), [first, second]) // as it was simulated
    assert.equal(await subscriber.status(), 'active')
    assert.equal(await subscriber.owesMinor(), 0)
  },
)

scenario('one card is asked at both its gateways, and the bill fails once', async (world) => {
  const [first, second] = await twoGateways(world)
  const entries = [first, second].map((gateway_id) => ({ kind: 'gateway', gateway_id }))
  await makeDefault(world, { kind: 'cascade', entries })
  const ada = await world.customer('Ada')
  const token = card.declinesAfter(1, 'insufficient_funds')
  const methodId = await world.addCard(ada, token)
  const gateway = await codeOf(world, second)
  await world.api.post(`/payment-methods/${methodId}/tokens`, { gateway, token })
  const subscriber = await world.subscribe({ on: '2027-01-31', card: null })
  await world.goTo('2027-02-28', {
    events: [
      'invoice.created',
      'invoice.finalized',
      'payment.failed',
      'payment.failed',
      'invoice.payment_failed',
      'subscription.past_due',
    ],
  })
  assert.deepEqual(await wayOf(world, subscriber), [first, second, 'declined'])
  assert.equal((await world.charges()).length, 3) // the start, and the renewal at both
})

scenario('a renewal that is forced to a gateway without a token waits for it', async (world) => {
  const [, second] = await twoGateways(world)
  const ada = await world.subscribe({ on: '2027-01-31' })
  await ada.change({ forced_gateway_id: second })
  await world.goTo('2027-02-28', {
    events: [
      'subscription.routing_changed',
      'invoice.created',
      'invoice.finalized',
      'invoice.payment_failed',
      'subscription.past_due',
    ],
  })
  assert.deepEqual(await wayOf(world, ada), ['forced_gateway_unavailable'])
  assert.equal((await world.charges()).length, 1) // the start alone

  await ada.change({ forced_gateway_id: null })
  await world.goTo('2027-03-01', {
    events: [
      'subscription.routing_changed',
      'payment.succeeded',
      'invoice.paid',
      'subscription.renewed',
      'subscription.updated',
    ],
  })
  assert.equal(await ada.status(), 'active')
})

scenario('a preferred gateway that cannot be used gives way', async (world) => {
  const [first, second] = await twoGateways(world)
  const ada = await world.subscribe({ on: '2027-01-31' })
  await ada.change({ preferred_gateway_id: second })
  await world.goTo('2027-02-28', { events: ['subscription.routing_changed', ...PAID_RENEWAL] })
  assert.deepEqual(await wayOf(world, ada), [first])
})

scenario('a flow tells first sales from renewals', async (world) => {
  const [first] = await twoGateways(world)
  const outputs = { passed: 'choose', failed: 'refuse' }
  await makeDefault(world, {
    kind: 'flow',
    nodes: [
      { id: 'start', type: 'start_payment_request', outputs: { next: 'first?' } },
      { id: 'first?', type: 'filter_request_type', request_types: ['initial_sale'], outputs },
      {
        id: 'choose',
        type: 'action_choose_gateway',
        pick: 'sort_order',
        entries: [{ kind: 'gateway', gateway_id: first }],
        outputs: { next: 'charge' },
      },
      { id: 'charge', type: 'action_process_payment' },
      { id: 'refuse', type: 'action_return_error', message: 'Not today.' },
    ],
  })
  const ada = await world.subscribe({ on: '2027-01-31' })
  assert.deepEqual(await wayOf(world, ada), [first])
  await world.goTo('2027-02-28', {
    events: [
      'invoice.created',
      'invoice.finalized',
      'invoice.payment_failed',
      'subscription.past_due',
    ],
  })
  assert.deepEqual(await wayOf(world, ada), ['custom_error'])
})

scenario('a charge that nothing was set up for tells why it went there, too', async (world) => {
  const [first] = await twoGateways(world)
  const ada = await world.subscribe({ on: '2027-01-31' })
  assert.deepEqual(await wayOf(world, ada), [first])
  const invoice = (await ada.invoices()).at(-1)
  const routing = await world.api.get(`/invoices/${invoice?.id}/routing`)
  const texts = [0, 1].map((index) => routing.text(`data.0.reasons.${index}.text`))
  assert.match(texts[0] ?? '', /had a say in this charge/)
  assert.match(texts[1] ?? '', /is chosen as the only gateway that could take it then/)
  assert.equal(routing.at('data.0.reasons.1.gateway_id'), first)
  const sale = await world.api.get(`/transactions?type=sale&customer_id=${ada.customer.id}`)
  const ofPayment = await world.api.get(`/payments/${sale.text('data.0.id')}/routing`)
  assert.deepEqual(ofPayment.at('data'), routing.at('data.0'))
})

scenario('a simulation asks what a charge asks: the campaign, the networks', async (world) => {
  const [first, second] = await twoGateways(world)
  const choose = (id: string, gateway_id: string) => ({
    id: `choose_${id}`, type: 'action_choose_gateway', entries: [{ kind: 'gateway', gateway_id }],
    pick: 'sort_order', outputs: { next: `charge_${id}` },
  }) // prettier-ignore
  const nodes = [
    { id: 'start', type: 'start_payment_request', outputs: { next: 'spring' } },
    { id: 'spring', type: 'filter_campaign', campaigns: ['spring'], outputs: { passed: 'choose_spring', failed: 'choose_other' } },
    choose('spring', first),
    { id: 'charge_spring', type: 'action_process_payment', outputs: {} },
    choose('other', second),
    { id: 'charge_other', type: 'action_process_payment', outputs: {} },
  ] // prettier-ignore
  const profile = await makeDefault(world, { kind: 'flow', nodes })
  const subscriber = await world.subscribe({
    on: '2027-01-31',
    terms: { metadata: { campaign: 'spring' } },
  })
  assert.deepEqual(await wayOf(world, subscriber), [first])
  const simulate = () => {
    const charge = { amount: 29_00, currency: 'USD', subscription_id: subscriber.id }
    return world.api.post(`/payment-profiles/${profile}/simulate`, { charge })
  }
  assert.equal((await simulate()).at('data.steps.0.gateway_id'), first)

  await subscriber.replaceCard(card.declines('pickup_card'))
  await world.goTo('2027-02-28', { events: DECLINED_RENEWAL })
  const forbidden = await simulate()
  assert.equal(forbidden.at('data.steps.0.gateway_id'), null)
  assert.match(JSON.stringify(forbidden.at('data.steps.0.reasons')), /network/)
})

scenario(
  'a renewal at a disabled gateway says so, and is charged once it is enabled',
  async (world) => {
    const ada = await world.subscribe({ on: '2027-01-31' })
    const [gateway] = await twoGateways(world)
    await world.api.post(`/gateways/${gateway}/disable`)
    await world.goTo('2027-02-28', {
      events: [
        'gateway.updated',
        'invoice.created',
        'invoice.finalized',
        'invoice.payment_failed',
        'subscription.past_due',
      ],
    })
    const product = await world.api.post('/products', {
      product_id: 'box',
      name: 'Box',
      kind: 'subscription',
      pricing_model: 'recurring',
      amount_minor: 20_00,
      currency: 'USD',
      interval: 'month',
      interval_count: 1,
    })
    const lines = [{ product_id: product.text('data.id') }]
    const sale = await world.api.call('POST', '/sales', {
      body: { customer_id: ada.customer.id, lines },
    })
    assert.equal(sale.status, 400)
    assert.match(sale.text('error.message'), /^Every gateway that has a token .* is disabled/)
    const [stop] = await decisionsOf(world, ada)
    const reasons = memberOf(stop, 'reasons')
    assert.ok(Array.isArray(reasons))
    assert.deepEqual(
      reasons.map((reason) => memberOf(reason, 'text')),
      [
        'No payment profile, gateway of a subscription or cap had a say in this charge.',
        'amber is refused: it is disabled.',
        'The route stops: no gateway available.',
      ],
    )
    await world.api.post(`/gateways/${gateway}/enable`)
    await world.goTo('2027-03-01', {
      events: [
        'gateway.updated',
        'payment.succeeded',
        'invoice.paid',
        'subscription.renewed',
        'subscription.updated',
      ],
    })
    assert.equal(await ada.status(), 'active')
  },
)
