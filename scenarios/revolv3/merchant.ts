import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { parseTimeZone } from '@perennial/core/time'
import {
  assertNothingLeft,
  leaveTheHouse,
  openWorld,
  theHouse,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { toAnswer, type Answer } from '@perennial/testkit'

/** A merchant who speaks the Revolv3-compatible API. */
export type Merchant = {
  readonly world: ScenarioWorld
  readonly token: string
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>
  get(path: string): Promise<Answer>
  post(path: string, body?: unknown): Promise<Answer>
  patch(path: string, body: unknown): Promise<Answer>
  /** A call that must answer so. */
  must(status: number, method: string, path: string, body?: unknown): Promise<Answer>
  /** Moves the clock to midnight UTC of a day, or to an instant. */
  goTo(when: string): Promise<void>
  /** The subscription's bills, oldest first; refunds of them left out. */
  invoicesOf(subscriptionId: unknown): Promise<readonly Answer[]>
  createSubscription(change?: object): Promise<Answer>
}

/** The acceptance list says 2025; a sandbox's clock begins in December 2026, so all its dates are two years later. */
export const TODAY = '2027-09-08'

export const GOOD = '4111111111111111'
export const ALSO_GOOD = '5555555555554444'
export const SOFT = '4000000000000002'
export const HARD = '4000000000000069'

export function method(number: string, more: object = {}): object {
  return {
    priority: 0,
    billingFirstName: 'Ada',
    billingLastName: 'Byron',
    billingAddress: { addressLine1: '12 Square', city: 'London', state: 'NY', postalCode: '10001' },
    creditCard: { paymentAccountNumber: number, expirationDate: '1230', securityCode: '123' },
    ...more,
  }
}

/** A card that is named by what it does. */
export function named(token: string, more: object = {}): object {
  return method(GOOD, { creditCard: { networkToken: token }, ...more })
}

export const PLAN_A = { name: 'A', value: 10.99 }
const PLAN_B = { name: 'B', value: 14.99, cycleCount: 12, startCycleDelay: 1 }

/** BODY of the acceptance list. */
export const BODY = {
  paymentMethods: [
    method(GOOD, { priority: 0, taxAmount: 2.56 }),
    method(ALSO_GOOD, { priority: 1, taxAmount: 1.34 }),
  ],
  billingFrequencyType: 'Monthly',
  startDate: TODAY,
  subscriptionCancelType: 'immediate',
  subscriptionBillingPlans: [PLAN_A, PLAN_B],
}

/** One card, one plan, no tax. */
export function simple(change: object = {}): object {
  return {
    paymentMethods: [method(GOOD)],
    billingFrequencyType: 'Monthly',
    subscriptionCancelType: 'Immediate',
    subscriptionBillingPlans: [PLAN_A],
    ...change,
  }
}

/** One story of one merchant, whose sandbox stands at the day of the acceptance list. */
export function story(name: string, body: (merchant: Merchant) => Promise<void>, on = TODAY): void {
  after(leaveTheHouse)
  test(name, async () => {
    const house = await theHouse()
    const timezone = parseTimeZone('UTC')
    assert.ok(timezone !== null)
    const world = await openWorld(house, { timezone, on })
    const merchant = await openMerchant(world)
    await body(merchant)
    await assertNothingLeft(world, { namesEvents: false })
  })
}

async function openMerchant(world: ScenarioWorld): Promise<Merchant> {
  const scopes = ['subscriptions:*', 'customers:*', 'payments:*', 'invoices:*']
  const key = await world.api.post('/api-keys', { name: 'Developer token', scopes })
  const token = key.text('data.secret')
  const call: Merchant['call'] = async (
    verb,
    path,
    body,
    headers = { 'x-revolv3-token': token },
  ) => {
    const response = await fetch(`${world.house.service.url}${path}`, {
      method: verb,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return toAnswer(
      response.status,
      Object.fromEntries(response.headers),
      text === '' ? null : JSON.parse(text),
    )
  }
  const must: Merchant['must'] = async (status, verb, path, body) => {
    const answer = await call(verb, path, body)
    assert.equal(answer.status, status, `${verb} ${path}: ${JSON.stringify(answer.body)}`)
    return answer
  }
  const merchant: Merchant = {
    world,
    token,
    call,
    must,
    get: (path) => must(200, 'GET', path),
    post: (path, body = {}) => must(200, 'POST', path, body),
    patch: (path, body) => must(200, 'PATCH', path, body),
    goTo: async (when) => {
      const to = when.length === 10 ? `${when}T00:00:00Z` : when
      await world.api.post('/test-clock/advance', { to })
    },
    invoicesOf: async (subscriptionId) => {
      const all = await must(200, 'GET', '/api/Invoices/v1')
      const list = all.body
      assert.ok(Array.isArray(list))
      return list
        .map((each: unknown) => toAnswer(200, {}, each))
        .filter(
          (each) =>
            each.at('subscriptionId') === subscriptionId && each.at('parentInvoiceId') === null,
        )
    },
    createSubscription: (change = {}) => must(201, 'POST', '/api/Subscriptions', simple(change)),
  }
  return merchant
}
