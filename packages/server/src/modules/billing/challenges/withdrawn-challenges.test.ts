import assert from 'node:assert/strict'
import { MS_PER_HOUR } from '@perennial/core/time'
import { after, before, test } from 'node:test'
import { type BillingShop, startBillingShop } from '../../../test-card-world.ts'
import { runDueWork } from '../run/run-due-work.ts'
import { loadScope } from '../run/worker.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(async () => {
  const breaches = await shop.findBreaches()
  await shop.close()
  assert.deepEqual(breaches, [])
})

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
