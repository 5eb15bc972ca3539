import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { encodeId } from '@perennial/core/ids'
import { addDays, type Instant } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { runDueWork } from './run-due-work.ts'
import type { WorkDone } from '../work/work-done.ts'
import { loadScope } from '../load/load-scope.ts'
import type { BillingDeps } from '../scope.ts'

/** Refusals of one amount that Visa bears of a card in thirty days. */
const VISA_CAP = 15
const HELD = 25
const REFUSED = 'tok_decline_insufficient_funds'

let shop: BillingShop
let until: Instant
beforeEach(async () => {
  shop = await startBillingShop()
  until = addDays(shop.clock.now(), 32)
})
afterEach(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

/** One customer with equal subscriptions that fall due together, and a card that pays them from now on. */
async function holdEqual(token: string): Promise<string> {
  const product_id = await shop.createPlan(4_000)
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_visa')
  const body = { customer_id: customer, product_id }
  for (let held = 0; held < HELD; held += 1)
    assert.equal((await post('/subscriptions', body)).status, 201)
  const type = { customer_id: customer, type: 'card', token, is_default: true }
  assert.equal((await post('/payment-methods', type)).status, 201)
  return customer
}

async function run(deps: Partial<BillingDeps> = {}, lanes = 1): Promise<WorkDone> {
  return work(new Set(['subscriptions', 'lostAnswers'] as const), deps, lanes)
}

async function work(
  kinds: ReadonlySet<'subscriptions' | 'lostAnswers'>,
  deps: Partial<BillingDeps> = {},
  lanes = 1,
): Promise<WorkDone> {
  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  const window = { until, decideAt: 'until' } as const
  return runDueWork({ ...shop.billing, ...deps }, { ...scope, runId: null }, window, {
    lanes,
    kinds,
  })
}

const charges = async (token: string): Promise<number> =>
  (await shop.audit()).filter((charge) => charge.token === token).length

const casesOpened = () => shop.count('recovery_cases')

/** A process that dies when it has written what it is about to charge. */
async function dieBeforeCharging(): Promise<void> {
  const died = new Error('died')
  const onStep = (step: string): void => {
    if (step === 'applied') throw died
  }
  await assert.rejects(run({ onStep }), died)
}

test('lanes of several processes share what one card may bear', async () => {
  await holdEqual(REFUSED)
  const few = { batchSize: 4 }
  await Promise.all([run(few, 3), run(few, 3)])
  await run(few)
  assert.equal(await charges(REFUSED), VISA_CAP)
  assert.equal(await casesOpened(), HELD)
})

test('a Visa card bears as many refusals as the acquirer of its merchant allows', async () => {
  const settings = { recovery: { visa_attempts_max: 18 } }
  assert.equal((await shop.request('PATCH', '/account', { body: { settings } })).status, 200)
  await holdEqual(REFUSED)
  await run({}, 2)
  assert.equal(await charges(REFUSED), 18)
})

test('what the acquirer of a gateway allows goes before what the account says', async () => {
  const settings = { recovery: { visa_attempts_max: 16 } }
  assert.equal((await shop.request('PATCH', '/account', { body: { settings } })).status, 200)
  const gateways = (await shop.request('GET', '/gateways')).at('data') as { readonly id: string }[]
  for (const { id } of gateways) {
    const body = { visa_attempts_max: 19 }
    assert.equal((await shop.request('PATCH', `/gateways/${id}`, { body })).status, 200)
  }
  await holdEqual(REFUSED)
  await run({}, 2)
  assert.equal(await charges(REFUSED), 19)
})

test('all of a good card are renewed by one run, in batches of any size', async () => {
  await holdEqual('tok_mastercard')
  const done = await run({ batchSize: 12 }, 2)
  assert.deepEqual([done.due, done.paid, done.failed, done.isHeldUp], [HELD, HELD, 0, false])
  assert.equal(await casesOpened(), 0)
})

test('what waits for the answers of others is left due without a case, and goes on when they are known', async () => {
  await holdEqual('tok_mastercard')
  await dieBeforeCharging()
  const first = await run()
  assert.deepEqual([first.due, first.isHeldUp, await casesOpened()], [0, true, 0])
  // The lease of the dead one runs out, and its charges are looked up.
  shop.clock.advanceMs(shop.billing.leaseMs + 1)
  await run()
  const last = await run()
  assert.equal(last.isHeldUp, false)
  assert.deepEqual([await charges('tok_mastercard'), await casesOpened()], [HELD, 0])
})

test('a renewal by hand is told to wait for the charges of its card that are under way, and nothing is written', async () => {
  const customer = await holdEqual('tok_mastercard')
  await dieBeforeCharging()
  const list = await shop.request('GET', `/subscriptions?customer_id=${customer}&limit=100`)
  const held = [...(await shop.database.kysely.selectFrom('payment_attempts').select('subscription_id').where('state', '=', 'sending').execute())] // prettier-ignore
  const ids = (list.at('data') as { readonly id: string }[]).map(({ id }) => id)
  const heldIds = new Set(held.map(({ subscription_id: id }) => id === null ? '' : encodeId('subscription', id))) // prettier-ignore
  const id = ids.find((each) => !heldIds.has(each)) ?? assert.fail('one is left')
  const before = (await shop.request('GET', `/subscriptions/${id}`)).at('data')
  const invoices = await shop.count('invoices')
  shop.clock.advanceMs(60_000)
  for (const preview of [false, true]) {
    const refused = await post(`/subscriptions/${id}/renew`, { preview })
    assert.equal(refused.status, 402)
    assert.partialDeepStrictEqual(refused.at('error'), {
      code: 'attempt_forbidden',
      details: { rule: 'mastercard_24_hours', network: 'mastercard' },
    })
    const allowedAt = Date.parse(refused.text('error.details.allowed_at'))
    assert.ok(allowedAt - shop.clock.now() <= 60_000)
  }
  assert.deepEqual((await shop.request('GET', `/subscriptions/${id}`)).at('data'), before)
  assert.deepEqual([await casesOpened(), await shop.count('invoices')], [0, invoices])
  // Once those are looked up, and before a run comes to it.
  shop.clock.advanceMs(shop.billing.leaseMs + 1)
  await work(new Set(['lostAnswers']))
  const renewed = await post(`/subscriptions/${id}/renew`)
  assert.equal(renewed.status, 200, JSON.stringify(renewed.body))
  await run()
})

test('a command is told to wait for the charges of a card that are under way', async () => {
  const customer = await holdEqual(REFUSED)
  await dieBeforeCharging()
  const charge = { customerId: customer, amountMinor: 4000, description: 'Chair' }
  const refused = await post('/charges', charge)
  assert.partialDeepStrictEqual(refused.at('error'), {
    code: 'attempt_forbidden',
    details: { rule: 'visa_30_days', network: 'visa' },
  })
  assert.match(refused.text('error.message'), /as many charges of it are under way/)
  const allowedAt = Date.parse(refused.text('error.details.allowed_at'))
  assert.ok(allowedAt - shop.clock.now() <= 60_000)
  shop.clock.advanceMs(shop.billing.leaseMs + 1)
  await run()
})
