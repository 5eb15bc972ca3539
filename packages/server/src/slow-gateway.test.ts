import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays } from '@perennial/core/time'
import { createSimulatedGateway } from './gateways/simulated/index.ts'
import { type BillingShop, startBillingShop } from './test-card-world.ts'
import { createGatewayDirectory, type GatewayFactory } from './modules/payments/index.ts'
import { loadScope, runRenewals } from './modules/billing/index.ts'

const EACH = 12

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

/** A gateway that answers nobody before `answer` is called, beside one that answers everybody at once. */
function createSlowBeside() {
  const slow = Promise.withResolvers<void>()
  const brisk = Promise.withResolvers<void>()
  let briskCharges = 0
  const factory: GatewayFactory = ({ code: gateway }) => {
    const settings = { worldUrl: shop.worldUrl, gateway, timeoutMs: 5_000, connections: 4 }
    const port = createSimulatedGateway(settings)
    if (gateway === 'birch') {
      return { ...port, charge: (request) => slow.promise.then(() => port.charge(request)) }
    }
    return {
      ...port,
      charge: async (request) => {
        const outcome = await port.charge(request)
        briskCharges += 1
        if (briskCharges === EACH) brisk.resolve()
        return outcome
      },
    }
  }
  return { factory, briskAreCharged: brisk.promise, answer: () => slow.resolve() }
}

async function subscribe(gateway: string, productId: string): Promise<void> {
  const customer_id = await shop.createCustomer()
  const method = { customer_id, token: 'tok_visa', gateway }
  assert.equal((await shop.request('POST', '/payment-methods', { body: method })).status, 201)
  const body = { customerId: customer_id, productId }
  assert.equal((await shop.request('POST', '/subscriptions', { body })).status, 201)
}

async function createProduct(): Promise<string> {
  const product = await shop.request('POST', '/products', {
    body: {
      product_id: 'plan',
      name: 'Plan',
      kind: 'subscription',
      pricing_model: 'recurring',
      amount_minor: 2_900,
      currency: 'USD',
      interval: 'month',
      interval_count: 1,
    },
  })
  return product.text('data.id')
}

test('with one gateway silent, all charges of the other are made before it says a word', async () => {
  const productId = await createProduct()
  for (let count = 0; count < EACH; count += 1) {
    await subscribe('amber', productId)
    await subscribe('birch', productId)
  }
  const beside = createSlowBeside()
  const gateways = createGatewayDirectory(shop.database, beside.factory, { concurrency: 2 })
  const billing = { ...shop.billing, gateways, batchSize: 4, concurrency: 2 }
  const scope = await loadScope(billing, shop.account.sandbox.accountId)
  const until = addDays(shop.clock.now(), 32)
  const running = runRenewals(
    billing,
    scope,
    { until, decideAt: 'due' },
    { lanes: 2, startedAt: until },
  )
  await Promise.race([beside.briskAreCharged, running.then(() => assert.fail('it ended before'))])
  beside.answer()
  await running
  await gateways.close()
  const charges = await shop.audit()
  assert.equal(charges.filter(({ money_moved: moved }) => moved).length, 4 * EACH)
  assert.deepEqual(await shop.findBreaches(), [])
})
