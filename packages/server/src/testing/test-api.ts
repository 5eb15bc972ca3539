import { assert } from '@perennial/core/fault'
import { parseCurrency } from '@perennial/core/money'
import { UTC, addMs, instantFromMs, type Instant } from '@perennial/core/time'
import { createTestDatabase, toAnswer, type Answer } from '@perennial/testkit'
import type { InjectOptions } from 'fastify'
import { randomBytes } from 'node:crypto'
import {
  type AccountRequest,
  type CreatedAccount,
  accountsRoutes,
  createAccount,
  createFindApiKey,
} from '../modules/accounts/index.ts'
import type { Clock } from '../platform/clock/index.ts'
import { type Database, type TableName, createDatabase } from '../platform/db/index.ts'
import { type ApiInstance, type ApiModule, createApi } from '../platform/http/index.ts'
import { type Ids, createIds } from '../platform/ids/index.ts'
import { type Logger, createLogger } from '../platform/log/index.ts'

/** Real time as a test says it is. */
export type TestClock = Clock & { advanceMs(ms: number): void }

export function createTestClock(startAt: Instant = instantFromMs(1_800_000_000_000)): TestClock {
  let elapsedMs = 0
  return {
    now: () => addMs(startAt, elapsedMs),
    monotonicMs: () => elapsedMs,
    advanceMs: (ms) => {
      elapsedMs += ms
    },
  }
}

type RequestOptions = {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Null: no key at all. The sandbox's key when absent. */
  readonly apiKey?: string | null
}

export type TestApi = {
  readonly app: ApiInstance
  readonly database: Database
  readonly databaseUrl: string
  readonly clock: TestClock
  readonly ids: Ids
  readonly account: CreatedAccount
  /** `path` is relative to /v2 unless it begins with a slash twice. */
  request(
    method: NonNullable<InjectOptions['method']>,
    path: string,
    options?: RequestOptions,
  ): Promise<Answer>
  /** Another merchant on the same database. */
  createOtherAccount(): Promise<CreatedAccount>
  /** Rows of a table, all accounts: for "nothing was written". */
  count(table: TableName): Promise<number>
  close(): Promise<void>
}

const silent: Logger = createLogger({ level: 'silent', pretty: false })

/** The API with the given modules on a database of its own, without a socket. */
export async function startTestApi(
  modules: readonly ApiModule[],
  options: {
    readonly rateLimit?: { readonly perMinute: number; readonly burst: number }
    readonly log?: Logger
  } = {},
): Promise<TestApi> {
  const home = await createTestDatabase()
  const database = createDatabase({ url: home.url, applicationName: 'test' })
  const clock = createTestClock()
  const ids = createIds({ clock, random: randomBytes })
  const account = await makeAccount({ database, clock, ids }, 'owner@example.com')
  const app = await createApi({
    config: { publicUrl: 'http://localhost:4242', rateLimit: options.rateLimit ?? null },
    database,
    clock,
    ids,
    log: options.log ?? silent,
    findApiKey: createFindApiKey(database),
    modules: [...new Set([accountsRoutes, ...modules])],
  })
  await app.ready()
  let others = 0
  return {
    app,
    database,
    databaseUrl: home.url,
    clock,
    ids,
    account,
    request: (method, path, request = {}) => send({ app, account, method, path }, request),
    createOtherAccount: () =>
      makeAccount({ database, clock, ids }, `other${(others += 1)}@example.com`),
    count: (table) => countRows(database, table),
    close: async () => {
      await app.close()
      await database.close()
      await home.close()
    },
  }
}

async function makeAccount(
  deps: { readonly database: Database; readonly clock: Clock; readonly ids: Ids },
  ownerEmail: string,
): Promise<CreatedAccount> {
  const currency = parseCurrency('USD')
  assert(currency !== null, 'USD is a currency')
  const request: AccountRequest = {
    name: 'Acme',
    ownerEmail,
    ownerPassword: 'correct horse',
    timezone: UTC,
    currency,
  }
  const decision = await createAccount(deps, request)
  assert(decision.kind === 'accepted', 'the account is new')
  return decision.value
}

async function send(
  to: {
    readonly app: ApiInstance
    readonly account: CreatedAccount
    readonly method: NonNullable<InjectOptions['method']>
    readonly path: string
  },
  { body, headers = {}, apiKey = to.account.sandbox.apiKey }: RequestOptions,
): Promise<Answer> {
  const response = await to.app.inject({
    method: to.method,
    url: to.path.startsWith('//') ? to.path.slice(1) : `/v2${to.path}`,
    headers: {
      ...(apiKey === null ? {} : { 'x-api-key': apiKey }),
      ...headers,
      ...contentType(body),
    },
    ...(body === undefined
      ? {}
      : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return toAnswer(response.statusCode, response.headers, response.json())
}

function contentType(body: unknown): Record<string, string> {
  return body === undefined ? {} : { 'content-type': 'application/json' }
}

async function countRows(database: Database, table: TableName): Promise<number> {
  const { count } = await database.kysely
    .selectFrom(database.kysely.dynamic.table(table).as('counted'))
    .select(({ fn }) => fn.countAll<bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
