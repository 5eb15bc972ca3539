import assert from 'node:assert/strict'
import { card, createApiClient, scenario } from '@perennial/testkit/scenario'
import { gatewaysInOrder } from '../routing/gateways-in-order.ts'
import { openTill, PAID_SALE } from './till.ts'

/** What begins nothing. */
const SOLD_ONCE = PAID_SALE.filter((type) => !type.startsWith('subscription.'))

scenario('a sale to an e-mail address that is known changes its customer, where the key may', async (world) => {
  const till = await openTill(world)
  const lines = [{ product_id: till.onceId }]
  const ada = { email: 'ada@example.com', name: 'Ada', city: 'London', metadata: { source: 'mail' } }
  const first = await till.sell({ customer: ada, payment_token: card.good, lines })
  const id = String(first.at('data.customer_id'))
  const known = { ...ada, if_known: { phone: '+1555', metadata: { tier: 'gold' } } }
  const again = await till.sell({ customer: known, lines })
  assert.deepEqual([again.at('data.customer_id'), again.at('data.status')], [id, 'paid'])
  const shown = await world.api.get(`/customers/${id}`)
  assert.deepEqual(
    ['name', 'city', 'phone', 'metadata'].map((name) => shown.at(`data.${name}`)),
    ['Ada', 'London', '+1555', { source: 'mail', tier: 'gold' }],
  )
  const made = await world.api.post('/api-keys', { name: 'Till', scopes: ['sales:write'] })
  const url = world.house.service.url
  const clerk = createApiClient({ url, apiKey: made.text('data.secret') })
  const refused = await clerk.call('POST', '/sales', { body: { customer: known, lines } })
  assert.equal(refused.status, 403)
  assert.match(String(refused.at('error.message')), /customers:write/)
  assert.equal((await clerk.call('POST', '/sales', { body: { customer_id: id, lines } })).status, 201)
  await world.expects([...SOLD_ONCE, ...SOLD_ONCE, ...SOLD_ONCE])
}) // prettier-ignore

scenario('a card is sold to with the tokens of several gateways, of which each can charge it', async (world) => {
  const till = await openTill(world)
  const gateways = await gatewaysInOrder(world)
  const [first, second] = gateways.map(({ id }) => id)
  const lines = [{ product_id: till.onceId }]
  const sell = (tokens: object[], more: object = {}) => {
    const body = { customer: { email: 'ada@example.com' }, lines, payment_tokens: tokens, ...more }
    return world.api.call('POST', '/sales', { body })
  }
  const before = await world.house.countRows()
  const visa = { gateway: first, token: card.good }
  for (const [tokens, more] of [
    [[visa, { gateway: first, token: card.good }], {}],
    [[visa, { gateway: second, token: card.bankAccount }], {}],
    [[visa, { gateway: 'nowhere', token: card.good }], {}],
    [[visa], { payment_token: card.good }],
    [[visa], { paid_by_hand: { method: 'cash' } }],
  ] as const)
    assert.equal((await sell([...tokens], more)).status, 400)
  assert.deepEqual(await world.house.countRows(), before)

  const sold = await sell([visa, { gateway: second, token: card.good }])
  assert.equal(sold.at('data.status'), 'paid')
  await world.expects(SOLD_ONCE)
  await world.api.post(`/gateways/${first}/disable`)
  await world.expects(['gateway.updated'])
  const again = await till.sell({ customer_id: sold.at('data.customer_id'), lines })
  assert.equal(again.at('data.status'), 'paid')
  await world.expects(SOLD_ONCE)
}) // prettier-ignore
