import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { decodeId, encodeId, type IdKind } from '@perennial/core/ids'
import { parseTimeZone } from '@perennial/core/time'
import {
  assertNothingLeft,
  leaveTheHouse,
  openWorld,
  theHouse,
  type ScenarioWorld,
} from '@perennial/testkit/scenario'
import { readCode, toCode } from '../../packages/server/src/compat/revcent/wire/codes.ts'
import { toAnswer, type Answer } from '@perennial/testkit'
import { gatewaysInOrder } from '../routing/gateways-in-order.ts'

/** The shop of revcent.md 19, which speaks the RevCent-compatible API alone; a sandbox's clock is at `on`. */
export type Shop = {
  readonly world: ScenarioWorld
  readonly key: string
  /** Gateways of the fixture, in its order. */
  readonly gateways: readonly [G1: string, G2: string, G3: string]
  readonly PP: string
  readonly SP30: string
  readonly P: string
  call(method: string, path: string, body?: unknown, key?: string): Promise<Answer>
  /** Must succeed. */
  get(path: string): Promise<Answer>
  post(path: string, body?: unknown): Promise<Answer>
  /** Must be refused so, with `code` 0; the sentence of it. */
  refuses(status: number, method: string, path: string, body?: unknown): Promise<string>
  profile(body: object): Promise<string>
  product(body: object): Promise<string>
  /** Goes to a date and sells there; the id of the subscription. */
  sell(on: string, wish?: Sale): Promise<Sold>
  goTo(when: string): Promise<void>
  /** "active 2031-02-14 10:00": status and next renewal. */
  standing(subscription: string): Promise<string>
  /** "automatic 2031-02-14 10:00 40 paid" of each renewal, oldest first. */
  renewals(subscription: string): Promise<string[]>
  renewalIds(subscription: string): Promise<string[]>
  /** Gateways of a renewal's transactions, oldest first, as G1 to G3. */
  triedAt(renewal: string): Promise<string[]>
  addCard(customer: string, number: string, isDefault: boolean): Promise<string>
}

type Sale = { readonly product?: string; readonly card?: string; readonly more?: object }
export type Sold = {
  readonly sale: Answer
  readonly customer: string
  readonly subscription: string
}

/** Six years after those of the list, so that a sandbox's clock can go there: the same days of the week. */
export const IN_2031 = '2031-01-01'
export const OK = '4111111111111111'
export const NO = '4000000000000002'
export const CAMPAIGN = 'CAMPAIGN000000000001'

export function card(number: string): object {
  return { card_number: number, exp_month: 12, exp_year: 36, card_code: '123' }
}

export const DAYS_30 = { frequency: 'unit', frequency_unit: { unit: 'days', value: 30 } }

const SCOPES = ['subscriptions', 'customers', 'payments', 'payment_methods', 'invoices', 'products', 'discounts', 'sales',
  'refunds', 'disputes', 'recovery', 'gateways', 'routing', 'shipping'] // prettier-ignore

export function story(name: string, body: (shop: Shop) => Promise<void>, on = IN_2031): void {
  after(leaveTheHouse)
  test(name, async () => {
    const timezone = parseTimeZone('UTC')
    assert.ok(timezone !== null)
    const world = await openWorld(await theHouse(), { timezone, on })
    await body(await openShop(world))
    await assertNothingLeft(world, { namesEvents: false })
  })
}

/** The id of an object of `/v2` as this face writes it, and the other way round. */
export function codeOf(kind: IdKind, id: string): string {
  const decoded = decodeId(kind, id)
  assert.ok(decoded.kind === 'ok', `${id} is the id of a ${kind}`)
  return toCode(decoded.id)
}

export function ourId(kind: IdKind, code: string): string {
  const id = readCode(code)
  assert.ok(id !== null, `${code} stands for an id`)
  return encodeId(kind, id)
}

/** What the gateways were asked for, in minor units, oldest first. */
export async function charged(shop: Shop): Promise<number[]> {
  return (await shop.world.charges()).map((charge) => Object(charge).amount_minor)
}

export async function openShop(world: ScenarioWorld): Promise<Shop> {
  const made = await world.api.post('/api-keys', {
    name: 'Shop',
    scopes: SCOPES.map((resource) => `${resource}:*`),
  })
  const key = made.text('data.secret')
  const speak = speaker(world, key)
  const { post, get } = speak
  const [first, second, third] = await gatewaysInOrder(world)
  const inCode = ({ id }: { readonly id: string }) => codeOf('gateway', id)
  const [G1, G2, G3] = [inCode(first), inCode(second), inCode(third)]
  const names = new Map([G1, G2, G3].map((code, index) => [code, `G${index + 1}`]))
  const PP = await makeProfile(post, [G1, G2, G3])
  const profile: Shop['profile'] = async (body) =>
    (
      await post('/subscription_profiles', {
        occurrences_unlimited: true,
        overdue_limit: 0,
        payment_profile: PP,
        ...body,
      })
    ).text('subscription_profile_id')
  const SP30 = await profile({ name: 'SP30', ...DAYS_30 })
  const product: Shop['product'] = async (body) =>
    (await post('/products', { name: 'P', price: 50, price_subscription: 40, ...body })).text(
      'product_id',
    )
  const P = await product({ subscription_profile: SP30 })
  const read = (subscription: string) => get(`/subscriptions/${subscription}`)
  const goTo: Shop['goTo'] = async (when) => {
    const to = new Date(`${when.replace(' ', 'T')}${when.length === 10 ? 'T00:00' : ''}Z`)
    await world.api.post('/test-clock/advance', { to: to.toISOString() })
  }
  const renewalIds: Shop['renewalIds'] = async (subscription) => {
    const ids = (await read(subscription)).at('subscription_renewal')
    assert.ok(Array.isArray(ids))
    return ids.map(String)
  }
  return {
    world,
    key,
    gateways: [G1, G2, G3],
    PP,
    SP30,
    P,
    ...speak,
    profile,
    product,
    goTo,
    renewalIds,
    sell: async (on, { product: id = P, card: number = OK, more = {} } = {}) => {
      await goTo(on)
      const sale = await post('/sales', {
        campaign: CAMPAIGN,
        payment_type: 'credit_card',
        payment_profile: PP,
        credit_card: card(number),
        customer: {
          first_name: 'Ada',
          last_name: 'Byron',
          email: `ada${saleNumber()}@example.com`,
        },
        product: [{ id }],
        ...more,
      })
      return {
        sale,
        customer: sale.text('customer_id'),
        subscription: String(sale.at('subscription.0')),
      }
    },
    standing: async (subscription) => {
      const shown = await read(subscription)
      return `${String(shown.at('status'))} ${dayOf(shown.at('next_renewal_date'))}`
    },
    renewals: async (subscription) => {
      const told: string[] = []
      for (const id of await renewalIds(subscription)) {
        const shown = await get(`/subscription_renewals/${id}`)
        const [source, amount, status] = ['source', 'amount', 'status'].map((name) =>
          shown.at(name),
        )
        told.push(`${String(source)} ${dayOf(shown.at('renewal_date'))} ${String(amount)} ${String(status)}`) // prettier-ignore
      }
      return told
    },
    triedAt: async (renewal) => {
      const ids = (await get(`/subscription_renewals/${renewal}`)).at('transaction')
      assert.ok(Array.isArray(ids))
      const tried: string[] = []
      for (const id of ids) {
        const gateway = (await get(`/transactions/${String(id)}`)).text('gateway')
        tried.push(names.get(gateway) ?? gateway)
      }
      return tried
    },
    addCard: async (customer, number, isDefault) =>
      (
        await post(`/customers/${customer}/add_card`, {
          credit_card: card(number),
          set_default: isDefault,
        })
      ).text('customer_card_id'),
  }
}

let sales = 0
const saleNumber = () => (sales += 1)

/** Step 1: the cascade of all three. Step 2: G2, all that is left. */
async function makeProfile(
  post: Shop['post'],
  [G1, G2, G3]: readonly [string, string, string],
): Promise<string> {
  const made = await post('/payment_profiles', {
    name: 'PP',
    steps: [
      { source: 'cascade', gateways: [G1, G2, G3].map((gateway) => ({ user_gateway: gateway })) },
      { source: 'gateway', gateways: [{ user_gateway: G2 }], amount: { type: 'full' } },
    ],
  })
  return made.text('payment_profile_id')
}

function speaker(world: ScenarioWorld, ownKey: string) {
  const call: Shop['call'] = async (method, path, body, key = ownKey) => {
    const version = path.startsWith('/v1') ? '' : '/v2'
    const response = await fetch(`${world.house.service.url}/revcent${version}${path}`, {
      method,
      headers: {
        'x-api-key': key,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const headers = Object.fromEntries(response.headers)
    return toAnswer(response.status, headers, JSON.parse(await response.text()))
  }
  const succeed = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await call(method, path, body)
    const said = `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`
    assert.equal(answer.status, 200, said)
    assert.equal(answer.at('code'), 1, said)
    assert.equal(answer.text('api_call_id').length, 20)
    return answer
  }
  const get: Shop['get'] = (path) => succeed('GET', path)
  const post: Shop['post'] = (path, body = {}) => succeed('POST', path, body)
  const refuses: Shop['refuses'] = async (status, method, path, body) => {
    const answer = await call(method, path, body)
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`)
    assert.equal(answer.at('code'), 0)
    assert.equal(answer.text('api_call_id').length, 20)
    return answer.text('message')
  }
  return { call, get, post, refuses }
}

export function dayOf(instant: unknown): string {
  if (typeof instant !== 'string') return 'never'
  return instant.slice(0, 16).replace('T', ' ').replace(' 00:00', '')
}

/** The customer's first card is declined at some gateways from now on, which no number does. */
export async function declineAt(
  shop: Shop,
  customer: string,
  gateways: readonly string[],
): Promise<void> {
  await behaveAs(shop, customer, { token: 'tok_decline_do_not_honor', gateways })
}

/** The customer's first card does at some gateways what a token says, from now on. */
export async function behaveAs(
  shop: Shop,
  customer: string,
  { token, gateways }: { readonly token: string; readonly gateways: readonly string[] },
): Promise<void> {
  const card = readCode(String((await shop.get(`/customers/${customer}`)).at('customer_card.0.id')))
  const ids = gateways.flatMap((gateway) => readCode(gateway) ?? [])
  assert.ok(card !== null && ids.length === gateways.length)
  await shop.world.house.database.kysely
    .updateTable('payment_method_tokens')
    .set({ token })
    .where('payment_method_id', '=', card)
    .where('gateway_id', 'in', ids)
    .execute()
}

/** 10 % off every bill. */
export async function makeCoupon(shop: Shop, more: object = {}): Promise<string> {
  const made = await shop.world.api.post('/discounts', {
    code: 'TENOFF',
    name: 'Ten off',
    discount_type: 'percentage',
    discount_value: 10,
    recurring_type: 'forever',
    ...more,
  })
  return codeOf('discount', made.text('data.id'))
}
