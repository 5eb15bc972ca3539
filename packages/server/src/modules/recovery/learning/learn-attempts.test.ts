import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Uuid } from '@perennial/core/ids'
import { addDays } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { systemClock } from '../../../platform/clock/index.ts'
import { plannerModelOf } from './account-evidence.ts'
import { learnAttempts } from './learn-attempts.ts'

let shop: BillingShop
let accountId: Uuid
before(async () => {
  shop = await startBillingShop()
  accountId = shop.account.sandbox.accountId
})
after(() => shop.closeSound())

const clock = systemClock()
const post = (path: string, body: object) => shop.request('POST', path, { body })

async function charge(token: string, times: number): Promise<void> {
  const customerId = await shop.createCustomer()
  const paymentMethodId = await shop.attach(customerId, token)
  for (let time = 0; time < times; time += 1)
    await post('/charges', {
      customerId,
      paymentMethodId,
      amountMinor: 900 + time,
      description: 'Sticker',
    })
}

async function learned() {
  const { kysely } = shop.database
  const of = { account_id: accountId }
  const [learning] = await kysely
    .selectFrom('recovery_learning')
    .select(['attempts', 'version', 'waiting'])
    .where('account_id', '=', of.account_id)
    .execute()
  const segments = await kysely
    .selectFrom('recovery_evidence')
    .select(['segment', 'attempts', 'body'])
    .where('account_id', '=', of.account_id)
    .orderBy('segment')
    .execute()
  return { learning, segments }
}

const learn = () => learnAttempts(shop.billing, { accountId, at: addDays(clock.now(), 1) })

test('charges are learned once, whoever asks, and what was thrown away is learned anew', async () => {
  await post('/test-clock/advance', { seconds: 60 })
  await charge('tok_visa', 3)
  await charge('tok_decline_insufficient_funds', 2)
  await charge('tok_mastercard', 1)
  await Promise.all([learn(), learn()])
  const first = await learned()
  const seen = Number(first.learning?.attempts ?? 0)
  // The two refusals wait for the next approval at their gateway: it came with the last charge.
  assert.equal(seen, 6)
  assert.deepEqual(first.learning?.waiting, [])

  await learn()
  assert.deepEqual((await learned()).learning, first.learning)

  await charge('tok_visa', 1)
  await learn()
  assert.equal(Number((await learned()).learning?.attempts), 7)

  await shop.database.kysely.deleteFrom('recovery_evidence').execute()
  await shop.database.kysely.deleteFrom('recovery_learning').execute()
  await learn()
  const again = await learned()
  assert.equal(Number(again.learning?.attempts), 7)
  assert.deepEqual(
    again.segments.map(({ segment }) => segment),
    first.segments.map(({ segment }) => segment),
  )
})

test('charges of cards whose gateway tells no digits are learned of by network, funding and country', async () => {
  const { kysely } = shop.database
  await kysely.updateTable('payment_methods').set({ card_bin: null }).execute()
  await kysely.deleteFrom('recovery_evidence').execute()
  await kysely.deleteFrom('recovery_learning').execute()
  await learn()
  const keys = (await learned()).segments.map(({ segment }) => segment)
  assert.deepEqual(keys, ['mastercard credit country US', 'visa credit country US'])
})

test('a batch that fails leaves nothing behind, and the next learns it', async () => {
  const before = await learned()
  await charge('tok_visa', 1)
  const { database } = shop
  const broken = {
    ...database,
    tx: ((work, options) =>
      database.tx(async (tx) => {
        await work(tx)
        throw new Error('the process dies before it commits')
      }, options)) as typeof database.tx,
  }
  await assert.rejects(
    learnAttempts({ ...shop.billing, database: broken }, { accountId, at: clock.now() }),
    /dies/,
  )
  assert.deepEqual(await learned(), before)
  await learn()
  assert.equal(Number((await learned()).learning?.attempts), Number(before.learning?.attempts) + 1)
})

/** What a gateway says whose set-up at our side is broken, day by day: every code speaks of the card, and none is about it. */
const NONSENSE = [
  'insufficient_funds',
  'service_not_allowed',
  'invalid_account',
  'incorrect_number',
  'do_not_honor',
  'card_not_supported',
  'processing_error',
]

test('a week in which a gateway of ours refuses everybody is taken for an outage whatever it says, and nobody is given up', async () => {
  const customerId = await shop.createCustomer()
  await shop.attach(customerId, 'tok_decline_after_1_insufficient_funds')
  const productId = await shop.createPlan(4_000)
  await post('/subscriptions', { customerId, productId })
  await charge('tok_visa', 20)
  await post('/test-clock/advance', { days: 25 })
  await learn()
  const before = Number((await learned()).learning?.attempts)
  const brokenAt = clock.now()
  for (const code of NONSENSE) {
    for (let card = 0; card < 4; card += 1) await charge(`tok_decline_${code}`, 1)
    await learn()
    await post('/test-clock/advance', { days: 1 })
  }
  const at = addDays(brokenAt, 60)
  await learnAttempts(shop.billing, { accountId, at })
  assert.equal(Number((await learned()).learning?.attempts), before)
  const model = await shop.database.tx((tx) =>
    plannerModelOf({ database: shop.database }, tx, { accountId, at }),
  )
  const [outage] = model.evidence.outages.values()
  assert.deepEqual([outage?.currency, outage?.approved], ['USD', 0])
  assert.ok(outage !== undefined && outage.tried >= 28, 'four a day for a week')

  const { kysely } = shop.database
  const [open] = await kysely
    .selectFrom('recovery_cases')
    .selectAll()
    .where('account_id', '=', accountId)
    .execute()
  assert.deepEqual([open?.state, open?.waits_for], ['open', 'try'])
  const [decision] = await kysely
    .selectFrom('recovery_decisions')
    .select(['kind', 'reasons'])
    .where('account_id', '=', accountId)
    .orderBy('id', 'desc')
    .limit(1)
    .execute()
  assert.equal(decision?.kind, 'try')
  assert.match(
    JSON.stringify(decision.reasons),
    /taken for an outage of ours, and not learned from/,
  )
})
