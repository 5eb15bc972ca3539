import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Uuid } from '@perennial/core/ids'
import { addDays, formatInstant, parseInstant, type Instant } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { readStatus } from '../../../status/index.ts'
import { saveSubscriptionChoice } from '../../recovery/index.ts'

let shop: BillingShop
let accountId: Uuid
before(async () => {
  shop = await startBillingShop()
  accountId = shop.account.sandbox.accountId
})
after(() => shop.closeSound())

/** Longer than the days 1, 3 and 7 of a schedule. */
const OUTAGE_DAYS = 8

async function post(path: string, body: object) {
  const answer = await shop.request('POST', path, { body })
  assert.ok(answer.status < 300, JSON.stringify(answer.at('')))
  return answer
}

async function accountNow(): Promise<Instant> {
  const told = (await shop.request('GET', '/test-clock')).text('data.now')
  return parseInstant(told) ?? assert.fail(told)
}

/** However it ends. */
async function charge(token: string, times = 1): Promise<void> {
  const customerId = await shop.createCustomer()
  const paymentMethodId = await shop.attach(customerId, token)
  for (let time = 0; time < times; time += 1) {
    const body = { customerId, paymentMethodId, amountMinor: 900 + time, description: 'Sticker' }
    await shop.request('POST', '/charges', { body })
  }
}

/** A subscription whose next renewal is refused with that code until the day. */
async function subscribe(
  productId: string,
  refusal: { readonly code: string; readonly until: Instant },
) {
  // prettier-ignore
  const customer_id = await shop.createCustomer()
  await shop.attach(customer_id, 'tok_visa')
  const made = await post('/subscriptions', { customerId: customer_id, productId })
  const day = formatInstant(refusal.until).slice(0, 10).replaceAll('-', '')
  const token = `tok_decline_until_${day}_${refusal.code}`
  await post('/payment-methods', { customer_id, token, is_default: true })
  return made.text('data.id')
}

async function casesNow() {
  return shop.database.kysely
    .selectFrom('recovery_cases')
    .select(['state', 'retries_made', 'subscription_id'])
    .where('account_id', '=', accountId)
    .orderBy('id')
    .execute()
}

async function outagesInStatus() {
  const all = await readStatus(shop.database, shop.clock)
  return all.find(({ environment }) => environment === 'sandbox')?.suspectedOutages ?? []
}

test('bills that fall due in an outage of ours outlive it, whatever they are refused with, and the merchant is told', async () => {
  await post('/test-clock/advance', { seconds: 60 })
  await charge('tok_visa', 24)
  const productId = await shop.createPlan(4_000)
  const beganAt = await accountNow()
  const until = addDays(beganAt, 31 + OUTAGE_DAYS + 1)
  const codes = ['insufficient_funds', 'do_not_honor', 'service_not_allowed', 'processing_error']
  const ids = []
  for (const code of codes)
    for (const choice of [null, { policy: 'ladder' } as const]) {
      const id = await subscribe(productId, { code, until })
      ids.push(id)
      if (choice === null) continue
      const { id: subscriptionId } = await shop.database.kysely
        .selectFrom('subscriptions')
        .select('id')
        .orderBy('id', 'desc')
        .executeTakeFirstOrThrow()
      await shop.database.tx((tx) =>
        saveSubscriptionChoice(tx, accountId, { subscriptionId, choice, at: beganAt }),
      )
    }
  // To the last day before their month is over, of whatever length.
  await post('/test-clock/advance', { days: 27 })
  while ((await casesNow()).length < ids.length) await post('/test-clock/advance', { days: 1 })
  await shop.newEvents()
  const failedAt = await accountNow()

  const told: string[] = []
  for (let day = 0; day < OUTAGE_DAYS; day += 1) {
    for (let card = 0; card < 3; card += 1)
      await charge(`tok_decline_${codes[card] ?? 'do_not_honor'}`)
    await post('/test-clock/advance', { days: 1 })
    told.push(...(await shop.newEvents()).filter((type) => type.startsWith('recovery.')))
  }
  assert.deepEqual(told, ['recovery.outage_suspected'])
  const [outage] = await outagesInStatus()
  assert.deepEqual([outage?.gateway, outage?.currency, outage?.approved], ['amber', 'USD', 0])
  assert.ok(outage !== undefined && outage.sinceAt <= failedAt && outage.tried > 20)
  const during = await casesNow()
  assert.deepEqual(
    during.map(({ state }) => state),
    ids.map(() => 'open'),
  )

  for (let day = 0; day < 8; day += 1) {
    await charge('tok_mastercard', 3)
    await post('/test-clock/advance', { days: 1 })
  }
  for (const id of ids) {
    const shown = await shop.request('GET', `/subscriptions/${id}`)
    assert.equal(shown.at('data.status'), 'active')
  }
  assert.deepEqual(
    (await casesNow()).map(({ state }) => state),
    ids.map(() => 'recovered'),
  )
  told.push(...(await shop.newEvents()).filter((type) => type.startsWith('recovery.')))
  assert.deepEqual(told, ['recovery.outage_suspected', 'recovery.outage_ended'])
  assert.deepEqual(await outagesInStatus(), [])
})
