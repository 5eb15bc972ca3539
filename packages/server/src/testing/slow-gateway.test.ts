import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays, type Instant } from '@perennial/core/time'
import { createSimulatedGateway } from '../gateways/simulated/index.ts'
import { type BillingShop, startBillingShop } from './test-card-world.ts'
import { createGatewayDirectory, type GatewayFactory } from '../modules/payments/index.ts'
import { loadScope, runRenewals } from '../modules/billing/index.ts'

const EACH = 12
/** As many as calls may be in flight at one gateway. */
const CONCURRENCY = 2
const LOST_EACH = CONCURRENCY
const GATEWAYS = ['amber', 'birch'] as const

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
  const productId = await shop.createPlan(2_900)
  for (let count = 0; count < EACH; count += 1)
    for (const gateway of GATEWAYS) await subscribe(gateway, productId)
})
after(() => shop.close())

/** A gateway that answers nobody before `answer` is called, beside one that answers everybody at once. */
function createSlowBeside() {
  const slow = Promise.withResolvers<void>()
  const brisk = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const briskVoided = Promise.withResolvers<void>()
  let briskCharges = 0
  let briskVoids = 0
  let slowVoids = 0
  let inFlight = 0
  let inFlightMost = 0
  const late = async <T>(call: () => Promise<T>): Promise<T> => {
    inFlight += 1
    inFlightMost = Math.max(inFlightMost, inFlight)
    await slow.promise
    return call().finally(() => (inFlight -= 1))
  }
  const factory: GatewayFactory = ({ code: gateway }) => {
    const settings = { worldUrl: shop.worldUrl, gateway, timeoutMs: 5_000, connections: 4 }
    const port = createSimulatedGateway(settings)
    if (gateway === 'birch') {
      return {
        ...port,
        listNotices: (query) => slow.promise.then(() => port.listNotices?.(query) ?? NO_NOTICES),
        describeToken: (query) => late(() => port.describeToken(query)),
        charge: (request) => late(() => port.charge(request)),
        void: (request) => {
          slowVoids += 1
          if (slowVoids === LOST_EACH) asked.resolve()
          return late(() => port.void(request))
        },
      }
    }
    return {
      ...port,
      charge: async (request) => {
        const outcome = await port.charge(request)
        briskCharges += 1
        if (briskCharges === EACH) brisk.resolve()
        return outcome
      },
      void: async (request) => {
        const outcome = await port.void(request)
        briskVoids += 1
        if (briskVoids === LOST_EACH) briskVoided.resolve()
        return outcome
      },
    }
  }
  return {
    factory,
    briskAreCharged: brisk.promise,
    briskAreVoided: briskVoided.promise,
    slowAreAsked: asked.promise,
    answer: () => slow.resolve(),
    /** How many calls the slow one had to answer at once, but for being asked for its notices. */
    inFlightMost: () => inFlightMost,
  }
}

async function post(path: string, body: object = {}) {
  const answer = await shop.request('POST', path, { body })
  assert.ok(answer.status < 300, `${path}: ${answer.status}`)
  return answer
}

async function createPayer(gateway: string): Promise<string> {
  const customer_id = await shop.createCustomer()
  await post('/payment-methods', { customer_id, token: 'tok_visa', gateway })
  return customer_id
}

async function subscribe(gateway: string, productId: string): Promise<void> {
  const customer_id = await createPayer(gateway)
  const body = { customerId: customer_id, productId }
  assert.equal((await shop.request('POST', '/subscriptions', { body })).status, 201)
}

/** A void that was committed, and whose caller died before its gateway was asked. */
async function loseVoid(gateway: string): Promise<void> {
  const customer_uuid = await createPayer(gateway)
  const invoice = (await post('/invoices', { customer_uuid, total_minor: 1_000 })).text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/pay`)
  const sale = await shop.request('GET', `/transactions?invoice_id=${invoice}&type=sale`)
  const body = { payment_id: sale.text('data.0.id') }
  const deps: { onStep?: BillingShop['billing']['onStep'] } = shop.billing
  deps.onStep = (step) => {
    if (step === 'applied') throw new Error('died here')
  }
  assert.equal((await shop.request('POST', '/voids', { body })).status, 500)
  delete deps.onStep
}

/** Renews everything with one gateway silent: it answers when all that `before` names has happened. */
async function renewBeside(
  days: number,
  before: (beside: ReturnType<typeof createSlowBeside>) => Promise<unknown>,
): Promise<void> {
  const beside = createSlowBeside()
  const gateways = createGatewayDirectory(shop.database, beside.factory, {
    concurrency: CONCURRENCY,
  })
  const billing = { ...shop.billing, gateways, batchSize: 4, concurrency: CONCURRENCY }
  const scope = await loadScope(billing, shop.account.sandbox.accountId)
  const until = addDays(shop.clock.now(), days)
  const window = { until, decideAt: 'until' } as const
  const running = runRenewals(billing, scope, window, { lanes: 2, startedAt: until })
  await Promise.race([before(beside), running.then(() => assert.fail('it ended before'))])
  beside.answer()
  await running
  await gateways.close()
  assert.equal(beside.inFlightMost(), CONCURRENCY)
}

const NO_NOTICES = { notices: [], next: null, hasMore: false, nextDueAt: null }

/** When every card is to be asked about, because it ends. */
async function cardsEndAt(at: Instant | null): Promise<void> {
  await shop.database.kysely.updateTable('payment_methods').set({ updater_ask_at: at }).execute()
}

test('with one gateway silent, all charges of the other are made before it says a word', async () => {
  await cardsEndAt(shop.clock.now())
  await renewBeside(32, ({ briskAreCharged }) => briskAreCharged)
  const charges = await shop.audit()
  assert.equal(charges.filter(({ money_moved: moved }) => moved).length, 4 * EACH)
  assert.deepEqual(await shop.findBreaches(), [])
})

test('lost voids at a silent gateway are asked side by side, and hold up neither voids of the other nor renewals', async () => {
  for (let count = 0; count < LOST_EACH; count += 1)
    for (const gateway of GATEWAYS) await loseVoid(gateway)
  await cardsEndAt(null)
  shop.clock.advanceMs(60_000)
  await renewBeside(63, ({ slowAreAsked, briskAreVoided, briskAreCharged }) =>
    Promise.all([slowAreAsked, briskAreVoided, briskAreCharged]),
  )
  const voids = await shop.request('GET', '/voids')
  assert.equal(voids.at('data.length'), LOST_EACH * GATEWAYS.length)
  // Two months later the payments have settled, and the gateways say so.
  for (let nth = 0; nth < LOST_EACH * GATEWAYS.length; nth += 1)
    assert.equal(voids.at(`data.${nth}.status`), 'failed')
  assert.deepEqual(await shop.findBreaches(), [])
})
