import assert from 'node:assert/strict'
import type { Uuid } from '@perennial/core/ids'
import type { GatewayNotice, GatewayOutcome, PaymentAttempt } from '@perennial/core/payments'
import type { Instant } from '@perennial/core/time'
import { findAttempt } from '../../payments/index.ts'
import { insertNotices } from '../../payments/notices/index.ts'
import { settleOutcomes } from '../collect/settle-outcomes.ts'
import { settleIntentAttempts } from '../intents/charge-intent.ts'
import { loadScope } from '../load/load-scope.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'
import { applyNotices } from './apply-notice.ts'
import { countsFrom, runNotices } from './run-notices.ts'

/** What is asked of a shop that tests bill in. */
type Shop = Pick<BillingDeps, 'database'> & {
  readonly billing: BillingDeps
  readonly clock: { now(): Instant; advanceMs(ms: number): void }
  readonly account: { readonly sandbox: { readonly accountId: Uuid } }
  request(
    method: 'POST',
    path: string,
    request: { readonly body: object },
  ): Promise<{ text(path: string): string }>
  createCustomer(): Promise<string>
  attach(customerId: string, token: string): Promise<string>
}

export function scopeOfShop(shop: Shop): Promise<BillingScope> {
  return loadScope(shop.billing, shop.account.sandbox.accountId).then((scope) => ({
    ...scope,
    runId: null,
  }))
}

/** The attempt that was made last of all. */
export async function newestAttempt(shop: Shop): Promise<PaymentAttempt> {
  const { id } = await shop.database.kysely
    .selectFrom('payment_attempts')
    .select('id')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  return attemptOf(shop, id)
}

export async function attemptOf(shop: Shop, id: Uuid): Promise<PaymentAttempt> {
  const accountId = shop.account.sandbox.accountId
  const found = await shop.database.tx((tx) => findAttempt(tx, accountId, id))
  return found ?? assert.fail('it was charged')
}

/** While gateways answer that they refused what they have taken. */
export async function misheard<T>(shop: Shop, work: () => Promise<T>): Promise<T> {
  const deps: { gateways: BillingDeps['gateways'] } = shop.billing
  const { gateways } = deps
  const decline = { code: 'do_not_honor', isoCode: null, adviceCode: null, message: null } as const
  const portOf: typeof gateways.portOf = async (accountId, gatewayId) => {
    const found = await gateways.portOf(accountId, gatewayId)
    const charge: typeof found.port.charge = async (request) => {
      const { gatewayReference } = await found.port.charge(request)
      return { kind: 'declined', gatewayReference, decline }
    }
    return { ...found, port: { ...found.port, charge } }
  }
  deps.gateways = { ...gateways, portOf }
  try {
    return await work()
  } finally {
    deps.gateways = gateways
  }
}

const REFUSED = {
  kind: 'declined',
  gatewayReference: null,
  decline: { code: 'do_not_honor', isoCode: null, adviceCode: null, message: null },
} as const

/** The outcome by which a gateway says that it took this charge after all. */
export function takenAs({ gatewayReference: own }: PaymentAttempt): GatewayOutcome {
  const gatewayReference = own ?? assert.fail('the gateway has named it')
  return { kind: 'succeeded', gatewayReference, networkTransactionId: null }
}

let told = 0
/** As a webhook that tells what became of a charge: kept, and applied at once. The state in which that leaves it. */
export async function tell(
  shop: Shop,
  attempt: PaymentAttempt,
  outcome: GatewayOutcome,
  more: { readonly isGivenAgain?: true } = {},
): Promise<string> {
  const gatewayReference = attempt.gatewayReference ?? 'ch_unnamed'
  const idempotencyKey = attempt.id
  const about = { kind: 'charge', idempotencyKey, gatewayReference, outcome, ...more } as const
  const { state } = await tellNotice(shop, attempt.gatewayId, about)
  return state
}

type Untold<Notice> = Notice extends unknown ? Omit<Notice, 'id' | 'at'> : never

/** The same of anything that a gateway tells. */
export async function tellNotice(
  shop: Shop,
  gatewayId: Uuid,
  about: Untold<GatewayNotice>,
): Promise<{ readonly id: Uuid; readonly state: string; readonly reason: string | null }> {
  const accountId = shop.account.sandbox.accountId
  const at = shop.clock.now()
  const notices = [{ ...about, id: `told ${(told += 1)}`, at }]
  const nextId = () => shop.billing.ids.next()
  const kept = { accountId, gatewayId, notices, nextId, receivedAt: at, leaseMs: 20_000 }
  const stored = await shop.database.tx((tx) => insertNotices(tx, { ...kept, source: 'webhook' }))
  await applyNotices(shop.billing, await scopeOfShop(shop), stored, countsFrom(at))
  return shop.database.kysely
    .selectFrom('gateway_notices')
    .select(['id', 'state', 'reason'])
    .where('id', '=', stored[0]?.id ?? assert.fail('it is new'))
    .executeTakeFirstOrThrow()
}

/** A worker applies what is due by now. */
export async function applyWaiting(shop: Shop): Promise<number> {
  const { signal } = new AbortController()
  return runNotices(shop.billing, await scopeOfShop(shop), shop.clock.now(), signal)
}

/** The gateway's answer is that it refused the charge; no route goes on. */
export async function decline(shop: Shop, attempt: PaymentAttempt): Promise<void> {
  const at = shop.clock.now()
  const settle = attempt.paymentIntentId === null ? settleOutcomes : settleIntentAttempts
  const answers = [{ attempt, outcome: REFUSED }]
  const { next } = await settle(shop.billing, await scopeOfShop(shop), answers, { atOf: () => at })
  assert.deepEqual(next, [], 'no route goes on')
}

/** An open invoice that this token was charged for, a moment ago. */
export async function invoiceChargedTo(shop: Shop, token: string) {
  const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
  const customer = await shop.createCustomer()
  await shop.attach(customer, token)
  const created = await post('/invoices', { customer_uuid: customer, total_minor: 5_000 })
  const path = `/invoices/${created.text('data.id')}`
  await post(`${path}/finalize`)
  await post(`${path}/pay`)
  shop.clock.advanceMs(1_000)
  return { customer, path, first: await newestAttempt(shop) }
}

/** The same of a payment intent. */
export async function intentChargedTo(shop: Shop, token: string) {
  const post = (path: string, body: object = {}) => shop.request('POST', path, { body })
  const customer = await shop.createCustomer()
  const method = await shop.attach(customer, token)
  const body = { amount: 6_300, currency: 'usd', customer, payment_method: method }
  const path = `/payment-intents/${(await post('/payment-intents', body)).text('id')}`
  await post(`${path}/confirm`)
  shop.clock.advanceMs(1_000)
  return { customer, method, path, first: await newestAttempt(shop) }
}
