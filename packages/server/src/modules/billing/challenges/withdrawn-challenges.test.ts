import assert from 'node:assert/strict'
import { MS_PER_HOUR } from '@perennial/core/time'
import { after, before, test } from 'node:test'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { runDueWork } from '../run/run-due-work.ts'
import { loadScope } from '../load/load-scope.ts'
import { hearCharge } from '../notices/hear-charge.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object = {}) => shop.request('POST', path, { body })

/** The worker's work, after the leases of the dead have run out. */
async function resolve(): Promise<void> {
  shop.clock.advanceMs(60_000)
  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  const window = { until: shop.clock.now(), decideAt: 'until' } as const
  await runDueWork(shop.billing, { ...scope, runId: null }, window)
}

test('a challenge that nobody is there for is withdrawn, also when the charge is sent again', async () => {
  for (const [index, step] of ([null, 'applied', 'sent'] as const).entries()) {
    const amount = 7_000 + index
    const customer = await shop.createCustomer()
    await shop.attach(customer, 'tok_authenticate')
    const body = { customer_uuid: customer, total_minor: amount }
    const invoice = (await post('/invoices', body)).text('data.id')
    await post(`/invoices/${invoice}/finalize`)
    const deps: { onStep?: BillingShop['billing']['onStep'] } = shop.billing
    if (step !== null)
      deps.onStep = (now) => {
        if (now === step) throw new Error(`died at ${step}`)
      }
    await post(`/invoices/${invoice}/pay`)
    delete deps.onStep
    await resolve()
    const charges = (await shop.audit()).filter((charge) => charge.amount_minor === amount)
    assert.deepEqual(
      charges.map(({ status }) => status),
      ['canceled'],
      `died at ${step}`,
    )
    const shown = await shop.request('GET', `/invoices/${invoice}`)
    assert.equal(shown.at('data.amount_due_minor'), amount)
  }
})

/** A charge whose sender died before the gateway's answer was settled. */
async function lostCharge(send: () => Promise<unknown>) {
  const deps: { onStep?: BillingShop['billing']['onStep'] } = shop.billing
  deps.onStep = (now) => {
    if (now === 'sent') throw new Error('died before the answer was settled')
  }
  await send()
  delete deps.onStep
  return newestAttempt()
}

const newestAttempt = () =>
  shop.database.kysely
    .selectFrom('payment_attempts')
    .select(['id', 'gateway_id', 'state'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()

/** The gateway's webhook of a challenge, as Stripe sends `payment_intent.requires_action`. */
async function hearChallenged({
  id,
  gateway_id: gatewayId,
}: Awaited<ReturnType<typeof lostCharge>>) {
  const at = shop.clock.now()
  const nextAction = { type: 'redirect_to_url', url: 'https://bank.example/3ds' } as const
  const outcome = { kind: 'needs_action', gatewayReference: 'pi_1', nextAction } as const
  const told = { kind: 'charge', id: `evt ${id}`, at, outcome, gatewayReference: 'pi_1' } as const
  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  const heard = { gatewayId, notice: { ...told, idempotencyKey: id } }
  return hearCharge(shop.billing, { ...scope, runId: null }, heard, at)
}

test('word of a challenge settles no charge that nobody is there for: whoever sent it withdraws it', async () => {
  const customer = await shop.createCustomer()
  await shop.attach(customer, 'tok_authenticate')
  const body = { customer_uuid: customer, total_minor: 7_100 }
  const invoice = (await post('/invoices', body)).text('data.id')
  await post(`/invoices/${invoice}/finalize`)
  const lost = await lostCharge(() => post(`/invoices/${invoice}/pay`))
  assert.equal((await hearChallenged(lost)).kind, 'ignored')
  assert.deepEqual(await newestAttempt(), lost, 'it waits for its answer as before')
  await resolve()
  const charges = (await shop.audit()).filter((charge) => charge.amount_minor === 7_100)
  assert.deepEqual(
    charges.map(({ status }) => status),
    ['canceled'],
  )
})

test('word of a challenge reaches the customer who is there', async () => {
  const customer = await shop.createCustomer()
  const payment_method = await shop.attach(customer, 'tok_authenticate')
  const body = { amount: 7_200, currency: 'usd', customer, payment_method }
  const path = `/payment-intents/${(await post('/payment-intents', body)).text('id')}`
  const lost = await lostCharge(() => post(`${path}/confirm`))
  assert.equal((await hearChallenged(lost)).kind, 'applied')
  const shown = await shop.request('GET', path)
  assert.equal(shown.at('status'), 'requires_action')
  assert.equal(shown.at('next_action.redirect_to_url.url'), 'https://bank.example/3ds')
})

test('a method that is set up with a challenge which nobody answers is given up after a day', async () => {
  const customer_id = await shop.createCustomer()
  const setups: { readonly id: string; readonly page: string }[] = []
  for (const _ of ['answered', 'left']) {
    const id = (await post('/setup-intents', { customer_id })).text('data.id')
    const asked = await post(`/setup-intents/${id}/confirm`, { token: 'tok_authenticate' })
    assert.equal(asked.at('data.status'), 'requires_action', JSON.stringify(asked.body))
    setups.push({ id, page: asked.text('data.next_action.redirect_to_url.url') })
  }
  const [answered, left] = setups
  const statuses = async () => {
    const rows = await shop.database.kysely
      .selectFrom('setup_intents')
      .select('status')
      .orderBy('id')
      .execute()
    return rows.map(({ status }) => status)
  }
  await fetch(answered?.page ?? '', {
    method: 'POST',
    body: JSON.stringify({ result: 'succeeded' }),
  })
  shop.clock.advanceMs(23 * MS_PER_HOUR)
  await resolve()
  assert.deepEqual(await statuses(), ['requires_action', 'requires_action'])
  shop.clock.advanceMs(2 * MS_PER_HOUR)
  await resolve()
  assert.deepEqual(await statuses(), ['succeeded', 'canceled'])
  const shown = await shop.request('GET', `/setup-intents/${left?.id}`)
  assert.equal(shown.at('data.cancellation_reason'), 'abandoned')
})
