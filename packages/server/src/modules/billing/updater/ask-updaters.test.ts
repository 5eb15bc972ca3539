import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeId } from '@perennial/core/ids'
import type { CardDetails } from '@perennial/core/payments'
import { addDays, addMs, MS_PER_HOUR, parseInstant, type Instant } from '@perennial/core/time'
import { type BillingShop, startBillingShop } from '../../../testing/test-card-world.ts'
import { loadScope } from '../load/load-scope.ts'
import { askUpdaters } from './ask-updaters.ts'

let shop: BillingShop
before(async () => {
  shop = await startBillingShop()
})
after(() => shop.closeSound())

const post = (path: string, body: object) => shop.request('POST', path, { body })

type Subscribed = { readonly method: string; readonly dueAt: Instant }

async function subscribe(token: string): Promise<Subscribed> {
  const customerId = await shop.createCustomer()
  const method = await shop.attach(customerId, token)
  const productId = await shop.createPlan(4_000)
  const body = { customerId, productId }
  const created = await post('/subscriptions', body)
  const dueAt = parseInstant(created.text('data.current_period_end'))
  assert.ok(dueAt !== null, JSON.stringify(created.body))
  return { method, dueAt }
}

const NEW_CARD: CardDetails = {
  type: 'card',
  brand: 'visa',
  last4: '1881',
  expMonth: 5,
  expYear: 2041,
  funding: 'credit',
  country: 'US',
  fingerprint: null,
}

/** What gateways are asked when updaters are, each answering as told. */
async function ask(until: Instant, answer: () => CardDetails | null): Promise<readonly string[]> {
  const asked: string[] = []
  const portOf: typeof shop.gateways.portOf = async (accountId, gatewayId) => {
    const found = await shop.gateways.portOf(accountId, gatewayId)
    const describeToken = async ({ token }: { readonly token: string }) => {
      asked.push(token)
      return answer()
    }
    return { ...found, port: { ...found.port, describeToken } }
  }
  const deps = { ...shop.billing, concurrency: 1, gateways: { ...shop.gateways, portOf } }
  const loaded = await loadScope(shop.billing, shop.account.sandbox.accountId)
  const scope = { ...loaded, runId: null }
  await askUpdaters(deps, scope, { until, decideAt: 'until' }, new AbortController().signal)
  return asked
}

/** As if the card ended in this month. */
async function endsNow(...subscribed: Subscribed[]): Promise<void> {
  const ids = subscribed.map(({ method }) => {
    const decoded = decodeId('payment_method', method)
    assert.ok(decoded.kind === 'ok')
    return decoded.id
  })
  await shop.database.kysely
    .updateTable('payment_methods')
    .set({ updater_ask_at: shop.clock.now() })
    .where('id', 'in', ids)
    .execute()
}

async function leaveNothing(): Promise<void> {
  await shop.database.kysely.updateTable('payment_methods').set({ updater_ask_at: null }).execute()
}

const shownCard = async ({ method }: Subscribed) =>
  (await shop.request('GET', `/payment-methods/${method}`)).at('data.card')

test('a card that ends is asked about once, a day before it is charged', async () => {
  const ada = await subscribe('tok_visa')
  await endsNow(ada)
  assert.deepEqual(await ask(addDays(ada.dueAt, -10), () => NEW_CARD), [], 'too early')
  assert.deepEqual(await ask(addDays(ada.dueAt, -4), () => NEW_CARD), [], 'not looked at again yet')
  await shop.newEvents()
  const soon = addMs(ada.dueAt, -12 * MS_PER_HOUR)
  assert.deepEqual(await ask(soon, () => NEW_CARD), ['tok_visa'])
  assert.deepEqual(await shop.newEvents(), ['payment_method.updated'])
  assert.partialDeepStrictEqual(await shownCard(ada), { last4: '1881', exp_year: 2041 })
  assert.deepEqual(await ask(addDays(ada.dueAt, 30), () => NEW_CARD), [], 'it lives until 2041')
  await leaveNothing()
})

test('a card that is as it was is asked about again a day later, and changes nothing', async () => {
  const ada = await subscribe('tok_mastercard')
  await endsNow(ada)
  const soon = addMs(ada.dueAt, -12 * MS_PER_HOUR)
  await shop.newEvents()
  assert.deepEqual(await ask(soon, () => null), ['tok_mastercard'])
  assert.deepEqual(await ask(addMs(soon, MS_PER_HOUR), () => null), [])
  assert.deepEqual(await ask(addDays(soon, 1), () => null), ['tok_mastercard'])
  assert.deepEqual(await shop.newEvents(), [])
  await leaveNothing()
})

test('a gateway that does not answer is asked about one card, and the others wait for another day', async () => {
  const ada = await subscribe('tok_visa')
  await endsNow(ada, await subscribe('tok_visa'))
  const silent = () => {
    throw new Error('nobody answers')
  }
  assert.equal((await ask(addMs(ada.dueAt, -MS_PER_HOUR), silent)).length, 1)
  await leaveNothing()
})

test('a card that was declined as expired is asked about before it is tried again, and its bill hears of the new one', async () => {
  const ada = await subscribe('tok_decline_after_1_expired_card')
  await leaveNothing()
  await post('/test-clock/advance', { to: new Date(Number(ada.dueAt)).toISOString() })
  const dueCases = await shop.database.kysely
    .selectFrom('recovery_cases')
    .select('next_attempt_at')
    .where('state', '=', 'open')
    .execute()
  const at = dueCases[0]?.next_attempt_at
  assert.ok(at !== null && at !== undefined && dueCases.length === 1)
  const asked = await ask(addMs(at, -12 * MS_PER_HOUR), () => NEW_CARD)
  assert.deepEqual(asked, ['tok_decline_after_1_expired_card'])
  const news = await shop.database.kysely.selectFrom('card_news').selectAll().execute()
  assert.equal(news.length, 1)
})
