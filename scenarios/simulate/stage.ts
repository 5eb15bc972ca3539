import { assert } from '@perennial/core/fault'
import { encodeId } from '@perennial/core/ids'
import {
  addDays,
  formatInstant,
  parseInstant,
  parseTimeZone,
  type Instant,
} from '@perennial/core/time'
import { toAnswer, type Answer } from '@perennial/testkit'
import type { Chance } from './chance.ts'
import { beginLife, NO_FAULTS, runInLife, type Faults, type Life } from './life.ts'
import type { Sandbox } from './create-sandbox.ts'
import type { SimulatedHouse } from './simulated-house.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type Request = {
  readonly method: Method
  /** Under `/v2`; one that begins with `/api/` is of the Revolv3-compatible API, or with `apiKey` of the one for recoveries. */
  readonly path: string
  /** Absent: the account's own. */
  readonly apiKey?: string
  readonly body?: unknown
  readonly idempotencyKey?: string
}

/** What one seed plays on: an account, its prices, and a record of what was done to it. */
export type Stage = {
  readonly house: SimulatedHouse
  readonly chance: Chance
  readonly account: Sandbox
  readonly priceIds: readonly string[]
  /** What is sold at amounts of its own: as a subscription, with a trial, and once. */
  readonly productIds: readonly string[]
  readonly faults: Faults
  /** Whether something else happens at the same time. */
  readonly isRacing: boolean
  /** One line a step, for the report of a seed that fails. */
  readonly log: string[]
}

/** Null = the process died before it could answer. */
export type Reply = Answer | null

const ZONES = ['UTC', 'America/New_York', 'Europe/Berlin', 'Asia/Tokyo'] as const
const ACCOUNTS_START = '2028-01-01T00:00:00Z'

export async function openStage(
  house: SimulatedHouse,
  chance: Chance,
  faults: Faults,
): Promise<Stage> {
  const zone = parseTimeZone(chance.pick(ZONES))
  const start = parseInstant(ACCOUNTS_START)
  assert(zone !== null && start !== null, 'zones and the start are well formed')
  const account = await house.createAccount(zone)
  const bare: Stage = {
    house,
    chance,
    account,
    priceIds: [],
    productIds: [],
    faults,
    isRacing: false,
    log: [],
  }
  const to = formatInstant(addDays(start, chance.below(366)))
  await succeed(bare, { method: 'POST', path: '/test-clock/advance', body: { to } })
  const priceIds = await createPrices(bare)
  const stage = { ...bare, priceIds, productIds: await createProducts(bare) }
  if (chance.below(2) === 0) await routeByDefault(stage)
  return stage
}

/** Half of the merchants ask the next gateway, and then the next payment method, after a decline. */
async function routeByDefault(stage: Stage): Promise<void> {
  const gateways = await succeed(stage, { method: 'GET', path: '/gateways' })
  const entries = [0, 1].map((index) => ({
    kind: 'gateway',
    gateway_id: gateways.text(`data.${index}.id`),
  }))
  const definition = { kind: 'cascade', entries, methods: 'all' }
  const body = { name: 'Cards', definition }
  const profile = await succeed(stage, { method: 'POST', path: '/payment-profiles', body })
  const settings = { default_payment_profile_id: profile.text('data.id') }
  await succeed(stage, { method: 'PATCH', path: '/account', body: { settings } })
}

const PRICES = [
  { unit_amount: 4900, interval: 'month' },
  { unit_amount: 999, interval: 'week', interval_count: 2 },
  { unit_amount: 120_00, interval: 'month', interval_count: 3, trial_period_days: 10 },
  { unit_amount: 2500, interval: 'month', start_rule: 'immediate' },
  { unit_amount: 0, interval: 'month' },
] as const

async function createPrices(stage: Stage): Promise<string[]> {
  const product = await succeed(stage, {
    method: 'POST',
    path: '/products',
    body: {
      product_id: 'plan',
      name: 'Plan',
      kind: 'subscription',
      pricing_model: 'recurring',
      amount_minor: 4900,
      currency: 'USD',
      interval: 'month',
      interval_count: 1,
    },
  })
  const ids: string[] = []
  for (const price of PRICES) {
    const body = {
      product_id: product.text('data.id'),
      currency: 'USD',
      type: 'recurring',
      ...price,
    }
    ids.push((await succeed(stage, { method: 'POST', path: '/prices', body })).text('id'))
  }
  return ids
}

const RENEWING = {
  kind: 'subscription',
  pricing_model: 'recurring',
  amount_minor: 5000,
  renewal_amount_minor: 4000,
  interval: 'month',
  interval_count: 1,
} as const

const PRODUCTS = [
  { name: 'Box', ...RENEWING },
  { name: 'Trial box', ...RENEWING, trial_days: 7, trial_amount_minor: 1500 },
  { name: 'Book', kind: 'one_time', pricing_model: 'one_time', amount_minor: 999 },
] as const

async function createProducts(stage: Stage): Promise<string[]> {
  const ids: string[] = []
  for (const product of PRODUCTS) {
    const body = { ...product, product_id: product.name, currency: 'USD' }
    const made = await succeed(stage, { method: 'POST', path: '/products', body })
    ids.push(made.text('data.id'))
  }
  return ids
}

/** A request in a life of its own. An answer of 500 and more that no crash explains is a fault of the service. */
export async function call(stage: Stage, request: Request, faults: Faults): Promise<Reply> {
  const life = beginLife(stage.chance, faults)
  const { method, path, body, idempotencyKey } = request
  const isDoor = path.startsWith('/api/')
  const { apiKey: ownKey, developerToken } = stage.account
  const { apiKey = isDoor ? null : ownKey } = request
  // The request begins when its promise is awaited, so it is awaited inside.
  const response = await runInLife(
    life,
    async () =>
      await stage.house.app.inject({
        method,
        url: isDoor ? path : `/v2${path}`,
        headers: {
          ...(apiKey === null ? { 'x-revolv3-token': developerToken } : { 'x-api-key': apiKey }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      }),
  )
  await stage.house.drain()
  const what = `${method} ${path} ${body === undefined ? '' : JSON.stringify(body)}`
  // Those of a process that died are left for who was torn along with it.
  const errors = response.statusCode < 500 || life.diedAt !== null ? [] : stage.house.takeErrors()
  // Who waited for the same answer of the database dies with the one that had asked for it.
  const isTorn = stage.isRacing && errors.length > 0 && errors.every(isCrash)
  if (life.diedAt !== null || isTorn) {
    stage.log.push(`${what} -> the process died ${life.diedAt ?? 'with another'}`)
    return null
  }
  const parsed: unknown = response.body === '' ? null : response.json()
  stage.log.push(
    `${what} -> ${response.statusCode}${response.statusCode < 400 ? '' : ` ${response.body.slice(0, 200)}`}`,
  )
  const answer = toAnswer(response.statusCode, response.headers, parsed)
  assert(
    response.statusCode < 500 || isOutage(life, answer),
    `${what} answered ${response.statusCode}: ${response.body}\n${errors.join('')}`,
  )
  return answer
}

function isCrash(logged: string): boolean {
  return logged.includes('"error":{"name":"Crash"')
}

/** A gateway that took nothing is said to have failed (502); that nothing was taken is for the audit to tell. */
function isOutage({ hasLost }: Life, answer: Answer): boolean {
  if (answer.status === 502) return answer.at('error.code') === 'gateway_failed'
  return hasLost && answer.status === 503
}

/** For what has to work: no faults, and an answer that says yes. */
export async function succeed(stage: Stage, request: Request): Promise<Answer> {
  const answer = await call(stage, request, NO_FAULTS)
  assert(answer !== null && answer.status < 300, `${request.method} ${request.path} works`)
  return answer
}

export async function readNow(stage: Stage): Promise<Instant> {
  const { clock_held_at: now } = await stage.house.database.kysely
    .selectFrom('accounts')
    .select('clock_held_at')
    .where('id', '=', stage.account.id)
    .executeTakeFirstOrThrow()
  assert(now !== null, 'the clock of a simulated account stands')
  return now
}

export type Target =
  | 'customers'
  | 'subscriptions'
  | 'invoices'
  | 'payment_methods'
  | 'payment_intents'
  | 'subscription_profiles'
  | 'subscription_edits'
  | 'payment_profiles'
  | 'gateways'
  | 'discounts'
  | 'renewals'
  | 'recovery_cases'
  | 'credit_notes'
  | 'disputes'

const KINDS = {
  customers: 'customer',
  subscriptions: 'subscription',
  invoices: 'invoice',
  payment_methods: 'payment_method',
  payment_intents: 'payment_intent',
  subscription_profiles: 'subscription_profile',
  subscription_edits: 'subscription_edit',
  payment_profiles: 'payment_profile',
  gateways: 'gateway',
  discounts: 'discount',
  renewals: 'renewal',
  recovery_cases: 'recovery_case',
  credit_notes: 'credit_note',
  disputes: 'dispute',
} as const

/** Nothing more can be done to what is in one of these states. */
const FINAL: ReadonlySet<string> = new Set(['paid', 'void', 'canceled', 'expired', 'succeeded'])

/** One of the account's objects, as the API names it, mostly one that is not final; null while there is none. */
export async function pickObject(stage: Stage, table: Target): Promise<string | null> {
  const rows = await stage.house.database.kysely
    .selectFrom(table)
    .selectAll()
    .where('account_id', '=', stage.account.id)
    .orderBy('id')
    .execute()
  const isOpen = (row: object): boolean => !('status' in row) || !FINAL.has(String(row.status))
  const open = rows.filter(isOpen)
  const row = stage.chance.pickFrom(stage.chance.happens(0.1) ? rows : open)
  return row === null ? null : encodeId(KINDS[table], row.id)
}

/** One of the account's, whatever has become of it; null while there is none. */
export async function pickAny(stage: Stage, table: Target): Promise<string | null> {
  const rows = await stage.house.database.kysely
    .selectFrom(table)
    .select('id')
    .where('account_id', '=', stage.account.id)
    .orderBy('id')
    .execute()
  const row = stage.chance.pickFrom(rows)
  return row === null ? null : encodeId(KINDS[table], row.id)
}

export async function countObjects(stage: Stage, table: Target): Promise<number> {
  const { count } = await stage.house.database.kysely
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<bigint>().as('count'))
    .where('account_id', '=', stage.account.id)
    .executeTakeFirstOrThrow()
  return Number(count)
}
