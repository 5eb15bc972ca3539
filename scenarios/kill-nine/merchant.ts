import { assert } from '@perennial/core/fault'
import { addDays, UTC } from '@perennial/core/time'
import { createServiceApi } from '../../packages/server/src/api.ts'
import {
  holdClock,
  releaseClock,
  type BillingDeps,
} from '../../packages/server/src/modules/billing/index.ts'
import type { ApiInstance } from '../../packages/server/src/platform/http/index.ts'
import { toAnswer, type Answer } from '@perennial/testkit'
import { createSandbox, type Sandbox } from '../simulate/create-sandbox.ts'

/** A month and some: what was started then is due now, and due again in four weeks. */
const STARTED_DAYS_AGO = 32
const AT_ONCE = 16

export type Merchant = {
  readonly account: Sandbox
  /** Lets the account's time be real time: everything is due now. */
  release(): Promise<void>
  /** Moves its clock by days, through the API, with all work on the way. */
  advance(days: number): Promise<Answer>
  close(): Promise<void>
}

/** A merchant with monthly subscriptions that were paid a month ago, on a clock that stands there. */
export async function createMerchantWithSubscriptions(
  billing: BillingDeps,
  count: number,
): Promise<Merchant> {
  const account = await createSandbox(billing, UTC)
  const app = await createServiceApi({ publicUrl: 'http://localhost', rateLimit: null }, billing)
  await app.ready()
  const post = (path: string, body: object) => postTo(app, { account, path, body })
  const startAt = addDays(billing.clock.now(), -STARTED_DAYS_AGO)
  await billing.database.tx((tx) => holdClock(tx, account.id, startAt))
  const priceId = await createPrice(post)
  const numbers = Array.from({ length: count }, (_, index) => index).values()
  const lane = async (): Promise<void> => {
    for (const number of numbers) await subscribe(post, { number, priceId })
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return {
    account,
    release: () => billing.database.tx((tx) => releaseClock(tx, account.id)),
    advance: (days) => post('/test-clock/advance', { days }),
    close: () => app.close(),
  }
}

type Post = (path: string, body: object) => Promise<Answer>

async function createPrice(post: Post): Promise<string> {
  const interval = { currency: 'USD', interval: 'month', interval_count: 1 }
  const product = await post('/products', {
    product_id: 'plan',
    name: 'Plan',
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: 4900,
    ...interval,
  })
  const product_id = product.text('data.id')
  const price = { product_id, type: 'recurring', unit_amount: 4900, ...interval }
  return (await post('/prices', price)).text('id')
}

async function subscribe(
  post: Post,
  given: { readonly number: number; readonly priceId: string },
): Promise<void> {
  const email = `customer${given.number}@example.com`
  const customerId = (await post('/customers', { email })).text('data.id')
  await post('/payment-methods', { customer_id: customerId, type: 'card', token: 'tok_visa' })
  await post('/subscriptions', { customerId, priceId: given.priceId })
}

async function postTo(
  app: ApiInstance,
  given: { readonly account: Sandbox; readonly path: string; readonly body: object },
): Promise<Answer> {
  const response = await app.inject({
    method: 'POST',
    url: `/v2${given.path}`,
    headers: { 'x-api-key': given.account.apiKey, 'content-type': 'application/json' },
    payload: JSON.stringify(given.body),
  })
  assert(response.statusCode < 300, `${given.path} works: ${response.body}`)
  return toAnswer(response.statusCode, response.headers, response.json())
}
