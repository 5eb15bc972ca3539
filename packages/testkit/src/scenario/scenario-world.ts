import { formatInstant, parseInstant, type Instant, type TimeZone } from '@perennial/core/time'
import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { holdClock, loadScope, runRenewals } from '../../../server/src/modules/billing/index.ts'
import { createApiClient, type ApiClient, type Answer } from './api-client.ts'
import { card, PAID_START } from './cards.ts'
import { onTheWall, toMoment } from './dates.ts'
import { assertEvents, openEventLog, type ExpectedEvents, type SeenEvent } from './events.ts'
import type { House, RunningService } from './house.ts'
import { readAudit, readBrokenRules } from './read-audit.ts'
import { createSubscriber, type Customer, type Subscriber } from './subscriber.ts'

/** What a customer subscribes to, and how the start goes. */
export type SubscriptionWish = {
  /** Who; Ada when absent. The same name again is the same customer. */
  readonly who?: string
  /** The date to go to first; now when absent. */
  readonly on?: string
  /** What one period costs in minor units; 29.00 when absent. */
  readonly priceMinor?: number
  /** "month", "3 month", "year"; a month when absent. */
  readonly every?: string
  readonly currency?: string
  /** More of the price's terms, as POST /v2/prices takes them. */
  readonly price?: object
  /** More of the product, as POST /v2/products takes it. */
  readonly product?: object
  /** More of the subscription, as POST /v2/subscriptions takes it. */
  readonly terms?: object
  /** Null = the customer has none. */
  readonly card?: string | null
  /** What the start tells; a start that is paid at once when absent. */
  readonly events?: readonly string[]
}

type PriceWish = Pick<SubscriptionWish, 'priceMinor' | 'every' | 'currency' | 'price' | 'product'>

export type ScenarioWorld = {
  readonly house: House
  readonly api: ApiClient
  /** A key of the same merchant's live account. */
  readonly liveKey: string
  readonly accountId: Uuid
  readonly zone: TimeZone
  /** What the account's wall shows. */
  today(): Promise<string>
  /** Moves the clock; every event since the last step must be named. */
  goTo(when: string, given?: { readonly events?: ExpectedEvents }): Promise<Answer>
  /** One worker's renewal run at that date, by this service or another on the same database. */
  renewAt(when: string, service?: RunningService): Promise<void>
  /** Charges of this merchant that the card world has seen, oldest first. */
  charges(): Promise<readonly unknown[]>
  /** Those of them that the card networks' rules forbade, by the card world's own count; customers who were there count as this merchant. */
  brokenRules(): Promise<readonly string[]>
  /** Counts what another stand-in for a gateway has charged, as `reference amount`, at the end of the scenario. */
  countCharges(moved: () => readonly string[]): void
  /** What the other stand-ins have charged. */
  chargesElsewhere(): readonly string[]
  /** Every event since the last step must be named. */
  expects(events: ExpectedEvents): Promise<void>
  /** Another merchant on the same service, whose clock stands where ours does. */
  otherWorld(): Promise<ScenarioWorld>
  customer(who?: string): Promise<Customer>
  /** A product with one price; returns the price's id. */
  price(wish?: PriceWish): Promise<string>
  addCard(customer: Customer, token: string): Promise<string>
  subscribe(wish?: SubscriptionWish): Promise<Subscriber>
}

/** Told while a scenario sets its stage; not part of any story. */
const STAGE = new Set([
  'customer.created',
  'customer.payment_method.attached',
  'customer.updated',
  'product.created',
  'price.created',
])

/** A fresh merchant whose sandbox stands at the given date. */
export async function openWorld(
  house: House,
  settings: { readonly timezone: TimeZone; readonly on: string },
): Promise<ScenarioWorld> {
  const { timezone: zone } = settings
  const account = await house.createMerchant({ timezone: zone })
  const api = createApiClient({ url: house.service.url, apiKey: account.sandbox.apiKey })
  const customers = new Map<string, Customer>()
  const nameOf = (id: string): string =>
    [...customers.values()].find((known) => known.id === id)?.name ?? 'somebody'
  const log = openEventLog(api, { zone, nameOf })
  let untold: readonly SeenEvent[] = []
  let products = 0
  const elsewhere: (() => readonly string[])[] = []

  const readEvents = async (): Promise<void> => {
    untold = [...untold, ...(await log.read()).filter(({ type }) => !STAGE.has(type))]
  }
  const expects = async (events: ExpectedEvents, where: string): Promise<void> => {
    await readEvents()
    assertEvents(untold, events, where)
    untold = []
  }
  const readClock = async (): Promise<Instant> => {
    const now = parseInstant((await api.get('/test-clock')).text('data.now'))
    assert(now !== null, 'the clock tells an instant')
    return now
  }
  const advance = (to: string): Promise<Answer> =>
    api.post('/test-clock/advance', { to: formatInstant(toMoment(to, zone)) })

  const world: ScenarioWorld = {
    house,
    api,
    liveKey: account.live.apiKey,
    accountId: account.sandbox.accountId,
    zone,
    today: async () => onTheWall(await readClock(), zone),
    charges: async () =>
      readAudit(house.worldUrl, { accountId: world.accountId, at: await readClock() }),
    brokenRules: () => readBrokenRules(house.worldUrl, world.accountId),
    countCharges: (moved) => void elsewhere.push(moved),
    chargesElsewhere: () => elsewhere.flatMap((moved) => moved()),
    goTo: async (when, { events = [] } = {}) => {
      const moved = await advance(when)
      const parked = moved.at('data.work.parked')
      await expects(events, `up to ${when}${parked === 0 ? '' : await reasonsOf(api)}`)
      return moved
    },
    renewAt: (when, service = house.service) =>
      renewAt(service, { accountId: world.accountId, until: toMoment(when, zone) }),
    expects: (events) => expects(events, 'since the last step'),
    otherWorld: async () => openWorld(house, { timezone: zone, on: await world.today() }),
    customer: async (who = 'Ada') => {
      const known = customers.get(who)
      if (known !== undefined) return known
      const email = `${who.toLowerCase()}@example.com`
      const created = await api.post('/customers', { email, name: who })
      const customer = { id: created.text('data.id'), name: who }
      customers.set(who, customer)
      return customer
    },
    price: (wish = {}) => {
      products += 1
      return createPrice(api, { number: products, wish })
    },
    addCard: async (customer, token) => {
      const type = token.startsWith('tok_ach') ? 'us_bank_account' : 'card'
      const body = { customer_id: customer.id, type, token, is_default: true }
      return (await api.post('/payment-methods', body)).text('data.id')
    },
    subscribe: async (wish = {}) => {
      const where = wish.on ?? (await world.today())
      if (wish.on !== undefined) await advance(wish.on)
      const customer = await world.customer(wish.who)
      const token = wish.card === undefined ? card.good : wish.card
      if (token !== null) await world.addCard(customer, token)
      const priceId = await world.price(wish)
      await expects([], `up to ${where}`)
      const body = { customerId: customer.id, priceId, ...wish.terms }
      const created = await api.post('/subscriptions', body)
      await expects(wish.events ?? PAID_START, `the start of ${customer.name} on ${where}`)
      return createSubscriber(world, { id: created.text('data.id'), customer })
    },
  }
  await advance(settings.on)
  return world
}

async function createPrice(
  api: ApiClient,
  given: { readonly number: number; readonly wish: PriceWish },
): Promise<string> {
  const { number, wish } = given
  const { priceMinor = 29_00, every = 'month', currency = 'USD' } = wish
  const [interval, count = '1'] = every.split(' ').toReversed()
  const frequency = { interval, interval_count: Number(count) }
  const product = await api.post('/products', {
    product_id: `plan-${number}`,
    name: `Plan ${number}`,
    kind: 'subscription',
    pricing_model: 'recurring',
    amount_minor: priceMinor,
    currency,
    ...frequency,
    ...wish.product,
  })
  const price = await api.post('/prices', {
    product_id: product.text('data.id'),
    currency,
    unit_amount: priceMinor,
    type: 'recurring',
    ...frequency,
    ...wish.price,
  })
  return price.text('id')
}

/** Why subscriptions were set aside: tells at once what a scenario stumbled over. */
async function reasonsOf(api: ApiClient): Promise<string> {
  const parked = await api.get('/renewal-runs/parked')
  return ` (parked: ${JSON.stringify(parked.at('data'))})`
}

async function renewAt(
  { billing }: RunningService,
  given: { readonly accountId: Uuid; readonly until: Instant },
): Promise<void> {
  const { accountId, until } = given
  const scope = await loadScope(billing, accountId)
  await billing.database.tx((tx) => holdClock(tx, accountId, until))
  const window = { until, decideAt: 'due' } as const
  await runRenewals(billing, scope, window, { lanes: 2, startedAt: until })
}
