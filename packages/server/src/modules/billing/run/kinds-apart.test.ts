import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { loadScope } from '../load/load-scope.ts'
import type { StepName } from '../scope.ts'
import { runDueWork } from './run-due-work.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.close())

const post = async (path: string, body: object = {}) => {
  const answer = await shop.request('POST', path, { body })
  assert.ok(answer.status < 300, JSON.stringify(answer.body))
  return answer
}

test('a kind of work that faults is thrown when what is due of every other one is done', async () => {
  const customer_id = await shop.createCustomer()
  await shop.attach(customer_id, 'tok_visa')
  await post('/subscriptions', { customer_id, product_id: await shop.createPlan(4_000) })
  const bill = { customer_uuid: customer_id, total_minor: 900, due_date: '2027-01-20' }
  const id = (await post('/invoices', bill)).text('data.id')
  for (const step of ['finalize', 'send']) await post(`/invoices/${id}/${step}`)

  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  const until = addDays(shop.clock.now(), 32)
  const onStep = (step: StepName): void => {
    if (step === 'applied') throw new Error('a renewal faults')
  }
  const billing = { ...shop.billing, onStep }
  const window = { until, decideAt: 'until' } as const
  await assert.rejects(runDueWork(billing, { ...scope, runId: null }, window), /a renewal faults/)
  assert.equal((await shop.request('GET', `/invoices/${id}`)).at('data.status'), 'overdue')
  assert.ok((await shop.newEvents()).includes('invoice.reminder_sent'))
})
