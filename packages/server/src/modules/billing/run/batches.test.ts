// What falls due is done a set at a time: many at once take the statements of a few.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addDays } from '@perennial/core/time'
import { countStatements } from '../../../testing/count-statements.ts'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { missDeadlines } from '../disputes/miss-deadlines.ts'
import { noticeCardsBatch } from '../dunning/notice-cards.ts'
import { remindBatch } from '../dunning/remind-invoices.ts'
import { runDunningBatch } from '../dunning/run-dunning.ts'
import { loadScope } from '../load/load-scope.ts'
import { planCasesBatch } from '../recovery/plan-cases.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import type { DueWindow } from '../work/due-window.ts'
import { markOverdueBatch } from './mark-overdue.ts'

const FEW = 2
const MANY = 6

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

async function post(path: string, body: object = {}): Promise<string> {
  const answer = await shop.request('POST', path, { body })
  assert.ok(answer.status < 300, `${path}: ${JSON.stringify(answer.body)}`)
  const data = answer.at('data')
  return typeof data === 'object' && data !== null && 'id' in data ? String(data.id) : ''
}

const advance = (days: number) => post('/test-clock/advance', { days })

async function each(count: number, make: () => Promise<unknown>): Promise<void> {
  for (let index = 0; index < count; index += 1) await make()
}

async function subscribe(token: string): Promise<void> {
  const customer_id = await shop.createCustomer()
  await shop.attach(customer_id, token)
  const product_id = await shop.createPlan(4_000)
  await post('/subscriptions', { customer_id, product_id })
}

/** An invoice that waits for its money, by the account's terms. */
async function sendInvoice(): Promise<void> {
  const customer_uuid = await shop.createCustomer()
  const invoice = await post('/invoices', { customer_uuid, total_minor: 2_000, currency: 'USD' })
  await post(`/invoices/${invoice}/finalize`)
  await post(`/invoices/${invoice}/send`)
}

type Run = (deps: BillingDeps, scope: BillingScope, window: DueWindow) => Promise<number>

async function runAfter(days: number, run: Run): Promise<number> {
  const scope = await loadScope(shop.billing, shop.account.sandbox.accountId)
  const until = addDays(scope.clockHeldAt ?? shop.clock.now(), days)
  return run(shop.billing, { ...scope, runId: null }, { until, decideAt: 'until' })
}

async function failRenewals(count: number): Promise<void> {
  await each(count, () => subscribe('tok_decline_after_1_insufficient_funds'))
  await advance(31)
}

const KINDS: readonly {
  readonly name: string
  readonly prepare: (count: number) => Promise<unknown>
  /** Days after the preparation at which they are due. */
  readonly days: number
  readonly run: Run
}[] = [
  {
    name: 'deadlines of disputes',
    prepare: async (count) => {
      await each(count, () => subscribe('tok_dispute_product_not_received'))
      await advance(6)
    },
    days: 20,
    run: missDeadlines,
  },
  {
    name: 'bills that become overdue',
    prepare: (count) => each(count, sendInvoice),
    days: 90,
    run: markOverdueBatch,
  },
  {
    name: 'reminders',
    prepare: async (count) => {
      await each(count, sendInvoice)
      await runAfter(90, markOverdueBatch)
    },
    days: 92,
    run: remindBatch,
  },
  {
    name: 'steps of dunning campaigns',
    prepare: failRenewals,
    days: 4,
    run: runDunningBatch,
  },
  {
    name: 'plans of recoveries',
    prepare: async (count) => {
      await failRenewals(count)
      const open = shop.database.kysely.updateTable('recovery_cases').where('state', '=', 'open')
      await open.set((each) => ({ plan_at: each.ref('opened_at') })).execute()
    },
    days: 0,
    run: planCasesBatch,
  },
  {
    name: 'notices of cards that end',
    prepare: async (count) => {
      await each(count, () => subscribe('tok_visa'))
      const methods = shop.database.kysely.updateTable('payment_methods')
      await methods.set({ card_exp_year: 2020, card_exp_month: 1, card_notices: 0 }).execute()
    },
    days: 0,
    run: noticeCardsBatch,
  },
]

for (const { name, prepare, days, run } of KINDS) {
  test(`${name}: many take the statements of a few`, async () => {
    const counted: number[] = []
    for (const count of [FEW, MANY]) {
      await prepare(count)
      const { result: done, count: statements } = await countStatements(() => runAfter(days, run))
      assert.ok(done >= count, `${done} of ${count} were done`)
      counted.push(statements)
    }
    assert.equal(counted[1], counted[0])
  })
}
