import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addMs, formatInstant, MS_PER_DAY, type Instant } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { loadScope } from '../load/load-scope.ts'
import { advanceClock, type Advance } from './advance-clock.ts'

async function advance(
  { billing, account }: BillingShop,
  to: Instant,
  given: Pick<Advance, 'signal' | 'onProgress'> = {},
) {
  const scope = await loadScope(billing, account.sandbox.accountId)
  const from = scope.clockHeldAt ?? billing.clock.now()
  return advanceClock(billing, scope, { from, to, ...given })
}

test('a move that is stopped leaves the clock before the next piece of work, and another goes on from there', async () => {
  const shop = await startBillingShop()
  const customer_id = await shop.createCustomer()
  await shop.attach(customer_id, 'tok_visa')
  const body = { customer_id, product_id: await shop.createPlan(4_000) }
  const subscription = await shop.request('POST', '/subscriptions', { body })
  const start = shop.clock.now()
  const to = addMs(start, 100 * MS_PER_DAY)

  const stopping = new AbortController()
  const stopped = await advance(shop, to, {
    signal: stopping.signal,
    onProgress: ({ renewed }) => {
      if (renewed === 1) stopping.abort()
    },
  })
  assert.deepEqual(stopped, { kind: 'refused', code: 'clock_stopped' })
  const now = (await shop.request('GET', '/test-clock')).text('data.now')
  assert.ok(now > formatInstant(start) && now < formatInstant(to), now)
  assert.equal(await shop.count('renewals'), 2)
  const runs = await shop.database.kysely.selectFrom('renewal_runs').select('finished_at').execute()
  assert.deepEqual(
    runs.map((run) => run.finished_at && formatInstant(run.finished_at)),
    [now],
  )

  assert.equal((await advance(shop, to)).kind, 'accepted')
  assert.equal((await shop.request('GET', '/test-clock')).text('data.now'), formatInstant(to))
  const id = subscription.text('data.id')
  const after = await shop.request('GET', `/subscriptions/${id}`)
  assert.equal(after.at('data.cycles_billed'), 4)
  await shop.closeSound()
})

test('a service that stops answers who moves a clock with 503, and does not wait for the end', async () => {
  let closing: Promise<void> = Promise.resolve()
  const shop: BillingShop = await startBillingShop({
    beforeMove: async () => {
      closing = shop.app.close()
    },
  })
  const customer_id = await shop.createCustomer()
  await shop.attach(customer_id, 'tok_visa')
  const body = { customer_id, product_id: await shop.createPlan(4_000) }
  await shop.request('POST', '/subscriptions', { body })
  const answer = await shop.request('POST', '/test-clock/advance', { body: { days: 3_000 } })
  assert.deepEqual([answer.status, answer.at('error.code')], [503, 'service_unavailable'])
  assert.equal(await shop.count('renewals'), 1)
  await closing
  await shop.closeSound()
})
