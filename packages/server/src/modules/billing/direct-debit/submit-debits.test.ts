import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId, encodeId, type Uuid } from '@perennial/core/ids'
import { addDays, type Instant } from '@perennial/core/time'
import { sql } from 'kysely'
import { countStatements } from '../../../testing/count-statements.ts'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { loadScope } from '../load/load-scope.ts'
import type { BillingDeps } from '../scope.ts'
import { runDirectDebits } from './run-direct-debits.ts'
import { planDebit, signMandate } from './test-debits.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const advance = (days: number) => shop.request('POST', '/test-clock/advance', { body: { days } })

/** Bills of so many customers whose debits have been announced; their ids. */
async function announce(count: number): Promise<readonly string[]> {
  const signed: { readonly customerId: string; readonly mandateId: string }[] = []
  for (let index = 0; index < count; index += 1) {
    const customerId = await shop.createCustomer()
    signed.push({ customerId, mandateId: await signMandate(shop, customerId) })
  }
  await advance(6)
  const bills: string[] = []
  for (const one of signed) bills.push(await planDebit(shop, { ...one, amountMinor: 2_000 }))
  assert.equal(await run(await dueAt('scheduled')), count)
  return bills
}

/** When the last of the debits in this state is due. */
async function dueAt(status: 'scheduled' | 'notified'): Promise<Instant> {
  const [due] = await shop.database.kysely
    .selectFrom('mandate_collections')
    .select('due_at')
    .where('status', '=', status)
    .orderBy('due_at', 'desc')
    .limit(1)
    .execute()
  return due?.due_at ?? assert.fail('something is due')
}

async function run(until: Instant, deps: BillingDeps = shop.billing): Promise<number> {
  const scope = await loadScope(deps, shop.account.sandbox.accountId)
  return runDirectDebits(deps, { ...scope, runId: null }, { until, decideAt: 'due' })
}

/** Hands in what has been announced; how many statements that took until the charges were to be sent. */
async function countSubmission(count: number): Promise<number> {
  const until = await dueAt('notified')
  const written = Promise.withResolvers<void>()
  const counted = Promise.withResolvers<void>()
  const onStep = async (): Promise<void> => {
    written.resolve()
    await counted.promise
  }
  const working = run(until, { ...shop.billing, onStep })
  const { count: statements } = await countStatements(() =>
    Promise.race([written.promise, working]),
  )
  counted.resolve()
  assert.equal(await working, count)
  return statements
}

test('many debits are handed in with the statements of a few', async () => {
  const counted: number[] = []
  for (const count of [2, 12]) {
    await announce(count)
    counted.push(await countSubmission(count))
  }
  const [few = 0, many = 0] = counted
  assert.ok(many <= few + 3, `${few} statements for 2, ${many} for 12`)
})

test('a cap holds for debits that are handed in together', async () => {
  const bills = await announce(3)
  const [mandate] = await shop.database.kysely.selectFrom('mandates').select('gateway_id').execute()
  assert.ok(mandate !== undefined)
  const cap = async (global_cascade_rules: readonly object[]) => {
    const path = `/gateways/${encodeId('gateway', mandate.gateway_id)}`
    const changed = await shop.request('PATCH', path, { body: { global_cascade_rules } })
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
  }
  await cap([{ metric: 'attempt_count', period: 'hour', max: 2 }])
  assert.equal(await run(await dueAt('notified')), 3)
  await cap([])
  assert.deepEqual((await standOf(bills)).toSorted(), [
    'failed no_gateway_available',
    'submitted',
    'submitted',
  ])
})

test('a debit that cannot be written is announced anew a day later, and holds up no other', async () => {
  const bills = await announce(5)
  const [, , third = ''] = bills
  const until = await dueAt('notified')
  await sql`
    alter table payment_attempts add constraint payment_attempts_one_stays
      check (invoice_id <> ${sql.lit(uuidOf(third))}) not valid`.execute(shop.database.kysely)
  assert.equal(await run(until), 4)
  assert.deepEqual(await standOf(bills), ['submitted', 'submitted', 'notified', 'submitted', 'submitted']) // prettier-ignore
  assert.equal(await dueAt('notified'), addDays(until, 1))
  await sql`alter table payment_attempts drop constraint payment_attempts_one_stays`.execute(
    shop.database.kysely,
  )
  await run(addDays(until, 1))
  assert.deepEqual(await standOf([third]), ['scheduled'])
})

test('debits of one subscription that fail together each leave their bill overdue', async () => {
  const customerId = await shop.createCustomer()
  const mandateId = await signMandate(shop, customerId)
  await advance(6)
  const daily = { kind: 'subscription', pricing_model: 'recurring', interval: 'day' }
  const product = await shop.request('POST', '/products', {
    body: { ...daily, name: 'Daily', product_id: 'daily', currency: 'GBP', amount_minor: 300, interval_count: 1 }, // prettier-ignore
  })
  const body = { customer_id: customerId, product_id: product.text('data.id') }
  const subscribed = await shop.request('POST', '/subscriptions', { body })
  assert.equal(subscribed.status, 201, JSON.stringify(subscribed.body))
  // Bills of a weekend are handed in with those of the Monday after it.
  await advance(3)
  const until = await dueAt('notified')
  const together = await shop.database.kysely
    .selectFrom('mandate_collections')
    .select('invoice_id')
    .where('amount_minor', '=', 300n)
    .where('status', '=', 'notified')
    .where('due_at', '<=', until)
    .execute()
  assert.ok(together.length > 1, `${together.length} are due together`)
  await shop.request('POST', `/mandates/${mandateId}/cancel`, { body: { reason: 'moved' } })
  await shop.newEvents()
  await run(until)
  const told = await shop.newEvents()
  assert.equal(told.filter((type) => type === 'subscription.past_due').length, 1)
  const bills = together.map(({ invoice_id: id }) => encodeId('invoice', id))
  assert.deepEqual(new Set(await standOf(bills)), new Set(['failed mandate_cancelled']))
  const renewals = await shop.database.kysely
    .selectFrom('renewals')
    .select('status')
    .where(
      'invoice_id',
      'in',
      together.map(({ invoice_id: id }) => id),
    ) // prettier-ignore
    .execute()
  assert.deepEqual(new Set(renewals.map(({ status }) => status)), new Set(['overdue']))
})

/** How the debit of each of these bills stands, with why it was not made. */
async function standOf(bills: readonly string[]): Promise<readonly string[]> {
  const rows = await shop.database.kysely
    .selectFrom('mandate_collections')
    .select(['invoice_id', 'status', 'failure_code'])
    .execute()
  const standing = new Map(rows.map((row) => [row.invoice_id, row]))
  return bills.map((bill) => {
    const row = standing.get(uuidOf(bill))
    return [row?.status, row?.failure_code].filter((said) => said !== null).join(' ')
  })
}

function uuidOf(bill: string): Uuid {
  const decoded = decodeId('invoice', bill)
  assert.ok(decoded.kind === 'ok')
  return decoded.id
}
