// Runs alone: it fills tables for a minute.

// No query may read more than it returns by a factor that grows with its table. The real queries are caught on their
// way to the database, of every list that the API offers and of everything that falls due, and explained on a
// database in which one account has 100,000 rows of everything and another has 10,000.
import nodeAssert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { assert } from '@perennial/core/fault'
import { encodeId, ID_PREFIX, isUuid, type IdKind, type Uuid } from '@perennial/core/ids'
import { parseCurrency } from '@perennial/core/money'
import type { GatewayPort } from '@perennial/core/payments'
import { addMs, formatInstant, MS_PER_DAY, MS_PER_HOUR, toUnixSeconds } from '@perennial/core/time'
import { createTestDatabase, type TestDatabase } from '@perennial/testkit'
import { sql } from 'kysely'
import pg from 'pg'
import { createServiceApi } from '../api.ts'
import { toCode } from '../compat/revcent/wire/codes.ts'
import { startRevolv3Worker } from '../compat/revolv3/index.ts'
import { searchInvoices, type InvoiceSearch } from '../compat/revolv3/queries/invoices.ts'
import { createMerchant } from '../first-start.ts'
import {
  listGatewaysOfCards,
  listSubscriptionsOfCard,
  startBillingWorker,
  type BillingDeps,
} from '../modules/billing/index.ts'
import { startDraftSweep, startEditsWorker } from '../modules/subscription-edits/index.ts'
import { startMailWorker } from '../modules/notifications/index.ts'
import {
  findRefundByReference,
  findUnansweredChallenges,
  listLivePayments,
} from '../modules/payments/index.ts'
import { compareBooks } from '../modules/payments/reconciliation/index.ts'
import {
  CASE_PAYMENTS,
  startConnectorWorker,
  startWebhookWorker,
} from '../modules/recovery/index.ts'
import { systemClock } from '../platform/clock/index.ts'
import { createDatabase, type Tx } from '../platform/db/index.ts'
import { startKeySweep, toOpenApi, type ApiInstance } from '../platform/http/index.ts'
import { createLogger } from '../platform/log/index.ts'
import { eachConcurrently } from '../platform/loop/index.ts'
import { createBilling } from '../service.ts'
import {
  DUE,
  EDIT_WITH_ROWS,
  leaveLogOut,
  seededId,
  seedLargeAccount,
  SEEDED_TABLES,
  withoutIndexes,
  type SeededKind,
} from './test-large-account.ts'
import { sentStatements, type SentStatement } from './sent-statements.ts'

const SIZE = 100_000
const MIDDLE = SIZE / 2
/** Rows that a statement may read whatever it returns, and then for each row returned. */
const READ_ALWAYS = 1_000
const READ_PER_ROW = 10
/** Totals and searches stop here, however many rows there are (platform/lists): what is gathered may look at this many, twice. */
const COUNTED_MAX = 10_001

const log = createLogger({ level: 'error', pretty: false })
const now = systemClock().now()

/** How the API sent it: under which account's row level security, and whether it is planned for its values. */
type Scope = { readonly accountId: Uuid; readonly isPlannedOnce: boolean }
type Caught = SentStatement & { readonly by: string; readonly scope: Scope | null }

let home: TestDatabase
let deps: BillingDeps
let app: ApiInstance
type Account = { readonly accountId: Uuid; readonly apiKey: string; readonly gatewayId: Uuid }
let large: Account
/** Its rows stand behind all of the large one's: a scan that stops early there does not here. */
let small: Account
/** Which of several that are read at once. */
const reading = new AsyncLocalStorage<string>()
let catching: { readonly by: string; readonly into: Map<string, Caught> } | null = null
const originalQuery: unknown = Reflect.get(pg.Client.prototype, 'query')

/** Every statement that reaches the database while `catching`, once for each set of values and way of planning. */
function catchQueries(): void {
  assert(typeof originalQuery === 'function', 'a client has a query method')
  const original = originalQuery
  Reflect.set(pg.Client.prototype, 'query', function caught(this: pg.Client, ...args: unknown[]) {
    for (const statement of sentStatements(args[0])) catchStatement(this, statement)
    return Reflect.apply(original, this, args)
  })
}

const scopes = new WeakMap<pg.Client, Scope>()

function catchStatement(client: pg.Client, { text, values }: SentStatement): void {
  if (text.includes("set_config('perennial.account_id', $1")) {
    const [accountId] = values
    assert(typeof accountId === 'string' && isUuid(accountId), 'a scope is an account')
    const isPlannedOnce = text.includes("set_config('plan_cache_mode', 'force_generic_plan'")
    scopes.set(client, { accountId, isPlannedOnce })
    return
  }
  if (/^(begin|commit|rollback|set local role none)/.test(text)) scopes.delete(client)
  const read = text.replace(/^\s*declare \w+ no scroll cursor for/, '')
  if (catching === null || !/^\s*(select|with|update|delete)/i.test(read)) return
  const own = scopes.get(client) ?? null
  const key = `${read} ${JSON.stringify([values, own?.isPlannedOnce], toText)}`
  const { into } = catching
  const by = reading.getStore() ?? catching.by
  if (!into.has(key)) into.set(key, { text: read, values, by, scope: own })
}

/** What JSON has no form for. */
function toText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** And not as the test cluster does, for connections that are opened from now on. */
async function planAsAServiceDoes(url: string): Promise<void> {
  const database = createDatabase({ url, applicationName: 'test' })
  const name = sql.ref(new URL(url).pathname.slice(1))
  await sql`alter database ${name} set plan_cache_mode = auto`.execute(database.kysely)
  await database.close()
}

before(async () => {
  home = await createTestDatabase()
  await planAsAServiceDoes(home.url)
  const database = createDatabase({ url: home.url, applicationName: 'test' })
  deps = createBilling(
    { database, log, worldUrl: null, gatewayFactory: approvingGateway },
    { batchSize: 50 },
  )
  const merchant = async (ownerEmail: string) => {
    const currency = parseCurrency('USD')
    assert(currency !== null, 'USD is a currency')
    const created = await createMerchant(deps, {
      merchant: { name: 'Acme', ownerEmail, currency },
      url: 'http://localhost',
      gatewayCodes: ['main'],
    })
    assert(created !== null, 'the merchant is new')
    const { sandbox } = created.account
    const found = await deps.gateways.find(sandbox.accountId, 'main')
    assert(found !== null, 'the sandbox has its gateway')
    return { ...sandbox, gatewayId: found.gateway.id }
  }
  const first = await merchant('large@example.com')
  const second = await merchant('small@example.com')
  await withoutIndexes(home.url, async () => {
    await leaveLogOut(home.url)
    await seedLargeAccount(home.url, { ...first, size: SIZE, hasDue: true, now })
    await seedLargeAccount(home.url, { ...second, size: SIZE / 10, hasDue: false, now })
  })
  large = first
  small = second
  app = await createServiceApi({ publicUrl: 'http://localhost', rateLimit: null }, deps)
  await app.ready()
  catchQueries()
})

after(async () => {
  Reflect.set(pg.Client.prototype, 'query', originalQuery)
  await app.close()
  await deps.database.close()
  await home.close()
})

function approvingGateway(): GatewayPort {
  const approved = async () =>
    ({ kind: 'succeeded', gatewayReference: 'ch_1', networkTransactionId: null }) as const
  return {
    abilities: {
      methodTypes: ['card'],
      authorize: true,
      partialCapture: true,
      void: true,
      refund: 'partial',
      lookUp: true,
      tokenize: false,
      challenge: false,
      webhooks: false,
      movements: false,
      disputes: false,
    },
    absentAfterMs: 0,
    callMsMax: 1_000,
    charge: approved,
    capture: approved,
    void: async () => ({ kind: 'voided' }),
    refund: approved,
    lookUp: async () => ({ kind: 'found', outcome: await approved() }),
    lookUpRefund: async () => ({ kind: 'found', outcome: await approved() }),
    tokenize: async () => ({ kind: 'refused', code: 'not_here', message: null }),
    describeToken: async () => null,
    checkCredentials: async () => ({
      kind: 'accepted',
      merchantName: null,
      accountReference: null,
    }),
    readWebhook: async () => ({ kind: 'refused', reason: 'signature' }),
    listMovements: async () => ({ movements: [], nextCursor: null }),
  }
}

type Parameter = {
  readonly name: string
  readonly in: string
  readonly schema: { readonly type?: string; readonly enum?: readonly string[] }
}

/** Every list of the API: its path and the filters it takes. */
function listsOf(document: unknown): { path: string; filters: readonly Parameter[] }[] {
  const { paths } = document as {
    readonly paths: Readonly<
      Record<string, { readonly get?: { readonly parameters?: readonly Parameter[] } }>
    >
  }
  return Object.entries(paths).flatMap(([path, { get }]) => {
    const parameters = get?.parameters ?? []
    const isList = parameters.some(({ name }) => name === 'limit') && !path.includes('{')
    return isList ? [{ path, filters: parameters.filter(isFilter) }] : []
  })
}

const PAGING = new Set(['limit', 'starting_after', 'ending_before', 'offset', 'page'])
const isFilter = (parameter: Parameter): boolean =>
  parameter.in === 'query' && !PAGING.has(parameter.name)

/** Values that few rows have, and values that many have. */
const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  search: ['rare', 'common', `customer${MIDDLE}`],
  email: [`Customer${MIDDLE}@example.com`],
  type: ['invoice.voided', 'invoice.paid'],
  types: ['invoice.voided,invoice.paid', 'invoice.voided'],
  currency: ['usd', 'eur', 'gbp'],
  lookup_key: ['pro', 'none'],
  campaign: ['rare', 'common'],
  created_from: [formatInstant(addMs(now, -50 * MS_PER_DAY))],
  created_to: [formatInstant(addMs(now, -50 * MS_PER_DAY))],
  opened_after: [formatInstant(addMs(now, -50 * MS_PER_DAY))],
  opened_before: [formatInstant(now)],
}

function samplesOf({ name, schema }: Parameter): readonly string[] {
  if (schema.enum !== undefined) return schema.enum
  if (schema.type === 'boolean') return ['true', 'false']
  if (schema.type === 'integer') return [String(toUnixSeconds(addMs(now, -MIDDLE_MS)))]
  const kind = kindOf(name.replace(/_?id$/i, ''))
  return SAMPLES[name] ?? [kind === null ? 'none' : idInTheMiddle(kind)]
}

const MIDDLE_MS = 50 * MS_PER_DAY

function kindOf(name: string): IdKind | null {
  const known = Object.keys(ID_PREFIX).find((kind): kind is IdKind => kind === name)
  return known ?? null
}

/** Of a row that is there where the kind is seeded, and of none where it is not. */
function idInTheMiddle(kind: IdKind): string {
  const seeded = Object.keys(SEEDED_TABLES).find((name): name is SeededKind => name === kind)
  return encodeId(kind, seededId(seeded ?? 'other', MIDDLE))
}

/** No filter, each one with each of its values, and each pair. */
function combinationsOf(filters: readonly Parameter[]): { single: string[]; pairs: string[] } {
  const singles = filters.map((filter) =>
    samplesOf(filter).map((value) => `${filter.name}=${encodeURIComponent(value)}`),
  )
  const pairs = singles.flatMap((some, index) =>
    singles
      .slice(index + 1)
      .flatMap((others) => some.flatMap((one) => others.map((two) => `${one}&${two}`))),
  )
  return { single: ['', ...singles.flat()], pairs }
}

function pagesOf(path: string): readonly [string, ...string[]] {
  const kind = kindOf(path.split('/').at(-1)?.replaceAll('-', '_').replace(/s$/, '') ?? '')
  if (kind === null) return ['limit=20']
  const cursor = idInTheMiddle(kind)
  return ['limit=20', `limit=20&starting_after=${cursor}`, `limit=20&ending_before=${cursor}`]
}

type PlanNode = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: readonly PlanNode[]
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}

/** Totals and searches. */
const GATHERED = /count\(\*\)|to_tsquery/

const LARGE_TABLES: ReadonlySet<string> = new Set(Object.values(SEEDED_TABLES))

/** What is wrong with the plan of a statement; null when it reads what it needs. */
function faultOf(statement: Caught, plan: PlanNode): string | null {
  const scans = nodesOf(plan).filter(
    ({ 'Node Type': type, 'Relation Name': table }) =>
      type.includes('Scan') && table !== undefined && LARGE_TABLES.has(table),
  )
  const read = scans.reduce((sum, scan) => {
    const removed =
      (scan['Rows Removed by Filter'] ?? 0) + (scan['Rows Removed by Index Recheck'] ?? 0)
    return sum + (scan['Actual Rows'] + removed) * scan['Actual Loops']
  }, 0)
  const isCounted = GATHERED.test(statement.text)
  const returned = returnedBy(plan)
  const allowed = READ_ALWAYS + READ_PER_ROW * returned + (isCounted ? 2 * COUNTED_MAX : 0)
  if (read <= allowed) return null
  return (
    `${statement.by}\n  ${statement.text.replace(/\s+/g, ' ').slice(0, 300)}\n` +
    `  reads ${Math.round(read)} rows of ${scans.map((scan) => scan['Relation Name']).join(', ')} to return ${returned}`
  )
}

/** A write returns nothing, but it was asked for the rows that it changes. */
function returnedBy(plan: PlanNode): number {
  const source = plan['Node Type'] === 'ModifyTable' ? plan.Plans?.[0] : undefined
  return Math.max(plan['Actual Rows'], source?.['Actual Rows'] ?? 0)
}

const EXPLAIN = 'explain (analyze, timing off, format json)'

/** By the plan that the service would have. */
async function explain(client: pg.Client, { text, values, scope }: Caught): Promise<PlanNode> {
  const ask = (asked: string, given: readonly unknown[]) =>
    client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(`${EXPLAIN} ${asked}`, [
      ...given,
    ])
  if (scope?.isPlannedOnce !== true) return planOf((await ask(text, values)).rows)
  await client.query('set local plan_cache_mode = force_generic_plan')
  await client.query(`prepare served as ${text}`)
  const given = values.map((value) => toLiteral(client, value)).join(', ')
  const { rows } = await ask(`execute served${given === '' ? '' : `(${given})`}`, [])
  await client.query('deallocate served')
  return planOf(rows)
}

function planOf(rows: readonly { 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }[]) {
  const plan = rows[0]?.['QUERY PLAN'][0]?.Plan
  assert(plan !== undefined, 'explain tells a plan')
  return plan
}

/** How the driver writes a value; its types do not tell of it. */
const { prepareValue }: { readonly prepareValue: (value: unknown) => string | null } =
  createRequire(import.meta.url)('pg/lib/utils')

function toLiteral(client: pg.Client, value: unknown): string {
  const text = prepareValue(value)
  return text === null ? 'null' : client.escapeLiteral(String(text))
}

/** Explains what was caught; nothing of it stays. */
async function faultsOf(caught: Iterable<Caught>): Promise<string[]> {
  const client = new pg.Client({ connectionString: home.url, options: '-c timezone=UTC' })
  await client.connect()
  const faults: string[] = []
  try {
    for (const statement of caught) {
      await client.query('begin')
      if (statement.scope !== null) {
        await client.query(
          `set local role perennial_api; set local perennial.account_id = '${statement.scope.accountId}'`,
        )
      }
      const plan = await explain(client, statement)
      await client.query('rollback')
      const fault = faultOf(statement, plan)
      if (fault !== null) faults.push(fault)
    }
  } finally {
    await client.end()
  }
  return faults
}

async function catchDuring<T>(
  by: string,
  into: Map<string, Caught>,
  work: () => Promise<T>,
): Promise<T> {
  catching = { by, into }
  try {
    return await work()
  } finally {
    catching = null
  }
}

type Asked = { readonly url: string; readonly account: Account }

/** One core reads while the other makes the next answer. */
const READ_AT_ONCE = 3

async function readAll(asked: readonly Asked[], into: Map<string, Caught>): Promise<void> {
  const read = ({ url, account }: Asked): Promise<void> =>
    reading.run(url, async () => {
      const headers = { 'x-api-key': account.apiKey }
      const { statusCode, body } = await app.inject({ url, headers })
      nodeAssert.ok(statusCode < 500, `${url}: ${body}`)
    })
  await catchDuring('reads', into, () => eachConcurrently(asked, READ_AT_ONCE, read))
}

test('every list reads about as many rows as it returns, with any filter on any page and with any two', async () => {
  const lists = listsOf(toOpenApi(app))
  nodeAssert.ok(lists.length >= 8, 'the lists of the API were found')
  const caught = new Map<string, Caught>()
  const asked = lists.flatMap(({ path, filters }): Asked[] => {
    const { single, pairs } = combinationsOf(filters)
    const pages = pagesOf(path)
    const urlOf = (filter: string, page: string) => `${path}?${page}&${filter}`
    return [
      ...single.map((filter) => ({ url: urlOf(filter, pages[0]), account: small })),
      ...single.flatMap((filter) =>
        pages.map((page) => ({ url: urlOf(filter, page), account: large })),
      ),
      // Pairs take turns at the pages: there are thousands, and a page changes the same part of a query for all.
      ...pairs.map((filter, index) => ({
        url: urlOf(filter, pages[index % pages.length] ?? pages[0]),
        account: large,
      })),
    ]
  })
  const rows = EDIT_ROWS.map((url) => ({ url, account: large }))
  await readAll([...asked, ...rows], caught)
  nodeAssert.ok(caught.size > 2_000, `${caught.size} statements were caught`)
  const faults = await faultsOf(caught.values())
  nodeAssert.deepEqual(faults, [], faults.join('\n'))
})

test('one of anything is read by its id without the others', async () => {
  const { paths } = toOpenApi(app) as { readonly paths: Readonly<Record<string, { get?: object }>> }
  const caught = new Map<string, Caught>()
  const urls = Object.entries(paths).flatMap(([path, { get }]) => {
    const [, list = '', name = ''] = /^(.*\/([^/]+))\/\{[^/]+\}$/.exec(path) ?? []
    const kind = kindOf(name.replaceAll('-', '_').replace(/s$/, ''))
    const isOfAnother = list.includes('{')
    return get === undefined || isOfAnother || kind === null ? [] : [`${list}/${idInTheMiddle(kind)}`] // prettier-ignore
  })
  nodeAssert.ok(urls.length >= 20, `${urls.length} kinds are read`)
  await readAll(
    [large, small].flatMap((account) => urls.map((url) => ({ url, account }))),
    caught,
  )
  const faults = await faultsOf(caught.values())
  nodeAssert.deepEqual(faults, [], faults.join('\n'))
})

const EDIT = encodeId('subscription_edit', seededId('subscription_edit', EDIT_WITH_ROWS))
/** The rows of one bulk edit, a list below it. */
const EDIT_ROWS = [
  '',
  'result=planned',
  'result=skipped',
  'result=unchanged',
  'result=failed',
].flatMap((filter) =>
  ['', `starting_after=${idInTheMiddle('subscription')}`].map(
    (page) => `/v2/subscription-edits/${EDIT}/rows?limit=20&${filter}&${page}`,
  ),
)

/** Lists of the RevCent-compatible API, by the filters that have an index of their own. */
const DOOR_FILTERS: Readonly<Record<string, readonly string[]>> = {
  subscriptions: [
    'status_filter=suspended',
    'status_filter=active',
    'campaign_filter=rare',
    'campaign_filter=common',
    `customer_filter=${toCode(seededId('customer', MIDDLE))}`,
  ],
  subscription_renewals: [
    `subscription_filter=${toCode(seededId('subscription', MIDDLE))}`,
    'status_filter=paid',
    'status_filter=overdue',
    'status_filter=processing',
    'status_filter=partially_refunded',
    'status_filter=refunded',
    'status_filter=overdue&status_filter=refunded',
  ],
  salvage_transactions: [`customer_filter=${toCode(seededId('customer', MIDDLE))}`],
  transactions: [],
  subscription_profiles: [],
  api_calls: [],
}

/** A list of subscriptions as version 1 asks for it. */
async function postFirstVersion(apiKey: string, url: string): Promise<void> {
  const query = Object.fromEntries(new URL(url, 'http://localhost').searchParams)
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: '/revcent/v1',
    headers: { 'x-api-key': apiKey },
    payload: { request: { type: 'subscription', method: 'retrieve', ...query } },
  })
  nodeAssert.equal(statusCode, 200, `${url} by version 1: ${body}`)
}

test('lists of the RevCent-compatible API read about as many rows as they return', async () => {
  const caught = new Map<string, Caught>()
  const scopes = ['subscriptions:*', 'payments:*', 'recovery:*']
  for (const { apiKey: owner } of [large, small]) {
    const made = await app.inject({
      method: 'POST',
      url: '/v2/api-keys',
      headers: { 'x-api-key': owner },
      payload: { name: 'Shop', scopes },
    })
    const apiKey = made.json<{ data: { secret: string } }>().data.secret
    for (const [name, filters] of Object.entries(DOOR_FILTERS)) {
      const days = name === 'api_calls' ? 2 : 90
      const end = toUnixSeconds(now) + 3_600
      const window = `date_start=${end - days * 86_400}&date_end=${end}&limit=25`
      const pages = owner === large.apiKey ? [...filters, '', 'page=3'] : ['']
      for (const more of pages) {
        const url = `/revcent/v2/${name}?${window}&${more.includes('page') ? more : `page=1&${more}`}`
        await catchDuring(url, caught, async () => {
          const { statusCode, body } = await app.inject({ url, headers: { 'x-api-key': apiKey } })
          nodeAssert.equal(statusCode, 200, `${url}: ${body}`)
          if (name === 'subscriptions') await postFirstVersion(apiKey, url)
        })
      }
    }
  }
  const faults = await faultsOf(caught.values())
  nodeAssert.deepEqual(faults, [], faults.join('\n'))
})

const ALL_INVOICES: InvoiceSearch = {
  customerIds: null,
  reference: null,
  billedFrom: null,
  billedUntil: null,
  changedFrom: null,
  changedUntil: null,
  order: 'id',
  limit: 100,
  offset: 0,
}

test('bills of some days are listed for the Revolv3-compatible API of a live account without those of others', async () => {
  const caught = new Map<string, Caught>()
  const day = addMs(now, -MIDDLE_MS)
  const from = { billedFrom: day }
  const until = { billedUntil: addMs(day, MS_PER_DAY) }
  for (const { accountId } of [large, small])
    for (const asked of [{}, from, until, { ...from, ...until }]) {
      const search = { ...ALL_INVOICES, ...asked }
      const found = await catchDuring(JSON.stringify(asked), caught, () =>
        deps.database.tx(
          (tx) => searchInvoices(tx, accountId, { ...search, environment: 'live' }),
          {
            accountScope: accountId,
            isSearch: true,
          },
        ),
      )
      if (accountId === large.accountId) nodeAssert.equal(found.length, 100)
    }
  const faults = await faultsOf(caught.values())
  nodeAssert.deepEqual(faults, [], faults.join('\n'))
})

test('bills that changed on some days are listed for the Revolv3-compatible API without the others', async () => {
  const caught = new Map<string, Caught>()
  const changedFrom = addMs(now, -MIDDLE_MS)
  const day = { changedFrom, changedUntil: addMs(changedFrom, MS_PER_DAY) }
  const since = { changedFrom: addMs(now, -MS_PER_DAY) }
  for (const { accountId } of [large, small])
    for (const asked of [day, since])
      for (const order of ['id', 'changed'] as const) {
        const search = { ...ALL_INVOICES, ...asked, order, environment: 'live' as const }
        const found = await catchDuring(JSON.stringify([asked, order]), caught, () =>
          deps.database.tx((tx) => searchInvoices(tx, accountId, search), {
            accountScope: accountId,
            isSearch: true,
          }),
        )
        if (accountId === large.accountId) nodeAssert.equal(found.length, 100)
      }
  const token = await tokenOf(large)
  const url = '/api/Invoices/v1?lastUpdateStartDate=2000-01-01'
  const { statusCode, body } = await app.inject({ url, headers: { 'x-revolv3-token': token } })
  nodeAssert.equal(statusCode, 400)
  nodeAssert.match(body, /lastUpdateStartDate and lastUpdateEndDate must name days/)
  const faults = await faultsOf(caught.values())
  nodeAssert.deepEqual(faults, [], faults.join('\n'))
})

/** A key for the Revolv3-compatible API. */
async function tokenOf({ apiKey }: Account): Promise<string> {
  const scopes = ['subscriptions:*', 'customers:*', 'payments:*', 'invoices:*']
  const headers = { 'x-api-key': apiKey }
  const payload = { name: 'Developer token', scopes }
  const made = await app.inject({ method: 'POST', url: '/v2/api-keys', headers, payload })
  nodeAssert.equal(made.statusCode, 201, made.body)
  return made.json<{ readonly data: { readonly secret: string } }>().data.secret
}

test('bills are found for the Revolv3-compatible API by what the merchant calls them, without those of others', async () => {
  const caught = new Map<string, Caught>()
  const n = MIDDLE + 4
  for (const { accountId } of [large, small]) {
    const search = { ...ALL_INVOICES, reference: `order-${n}`, environment: 'sandbox' as const }
    const found = await catchDuring('a reference', caught, () =>
      deps.database.tx((tx) => searchInvoices(tx, accountId, search), {
        accountScope: accountId,
        isSearch: true,
      }),
    )
    const ids = [{ id: seededId('invoice', n), invoiceId: seededId('invoice', n) }]
    const refunds = [{ id: seededId('refund', n), invoiceId: seededId('invoice', n) }]
    const isLarge = accountId === large.accountId
    nodeAssert.deepEqual(found, isLarge ? [...ids, ...refunds] : [])
  }
  const faults = await faultsOf(caught.values())
  nodeAssert.deepEqual(faults, [], faults.join('\n'))
})

test('a review of some subscriptions reads about as many rows as it finds', async () => {
  const caught = new Map<string, Caught>()
  const subscription_ids = Array.from({ length: 20 }, (_, index) =>
    encodeId('subscription', seededId('subscription', SIZE / 20 + index)),
  )
  for (const { apiKey } of [large, small]) {
    for (const more of [
      { segment_by: 'last_success_gateway', filters: { subscription_ids } },
      { filters: { subscription_ids, last_success_gateway_ids: [null] } },
    ]) {
      await catchDuring(JSON.stringify(more), caught, async () => {
        const headers = { 'x-api-key': apiKey }
        const url = '/v2/subscription-edits'
        const made = await app.inject({ method: 'POST', url, headers, payload: more })
        nodeAssert.equal(made.statusCode, 201, made.body)
      })
    }
  }
  nodeAssert.ok([...caught.values()].some(({ text }) => text.includes('as segment')))
  const faults = await faultsOf(caught.values())
  nodeAssert.deepEqual(faults, [], faults.join('\n'))
})

test('finding, claiming and doing what is due reads about as many rows as are due', async () => {
  const caught = new Map<string, Caught>()
  const every = { intervalMs: 60_000 }
  await catchDuring('workers', caught, async () => {
    // Each looks for work before it stops; the clock does it.
    await startBillingWorker(deps, every).stop()
    await startEditsWorker(deps, every).stop()
    await startDraftSweep(deps).stop()
    await startMailWorker(
      { ...deps, smtpUrl: null, from: 'a@example.com', cardUrl: (token) => token },
      every,
    ).stop()
    await startKeySweep(deps).stop()
    await startWebhookWorker(deps, every).stop()
    await startConnectorWorker(deps, every).stop()
    await startRevolv3Worker(deps, every).stop()
  })
  await catchDuring('test clock', caught, async () => {
    const moved = await app.inject({
      method: 'POST',
      url: '/v2/test-clock/advance',
      headers: { 'x-api-key': large.apiKey },
      payload: { seconds: 3_600 },
    })
    nodeAssert.equal(moved.statusCode, 200, moved.body)
  })
  const renewed = await app.inject({
    url: `/v2/subscriptions/${encodeId('subscription', seededId('subscription', DUE.subscriptions[0]))}`,
    headers: { 'x-api-key': large.apiKey },
  })
  nodeAssert.match(renewed.body, /"cycles_billed":4/, 'what was due was done')
  nodeAssert.ok([...caught.values()].some(({ text }) => text.includes('as is_replaced')))
  // What was looked at is due again, or its statement would be explained over no card.
  await sql`
    update outside_cards set notice_at = ${now} where notice_at is null`.execute(
    deps.database.kysely,
  )
  const faults = await faultsOf(caught.values())
  nodeAssert.deepEqual(faults, [], faults.join('\n'))
})

test('comparing the books of an hour reads about as many rows as moved in it', async () => {
  const caught = new Map<string, Caught>()
  const from = addMs(now, -MIDDLE_MS)
  const span = { from, until: addMs(from, MS_PER_HOUR), at: now }
  for (const { accountId, gatewayId } of [large, small])
    for (const more of [{}, { isFromFirstLine: true, isWithoutDisputes: true }])
      await catchDuring('comparing books', caught, async () => {
        const compared = { ...span, ...more, accountId, gatewayId, runId: deps.ids.next() }
        await deps.database.tx((tx) => compareBooks(tx, compared, () => deps.ids.next()))
      })
  nodeAssert.ok([...caught.values()].some(({ text }) => text.includes('missing_there')))
  const faults = await faultsOf(caught.values())
  nodeAssert.deepEqual(faults, [], faults.join('\n'))
})

test('what came for the bills of some cases is read without the payments of others', async () => {
  const caught = new Map<string, Caught>()
  const ids = Array.from({ length: 20 }, (_, n) => seededId('recovery_case', SIZE / 20 + n))
  for (const { accountId } of [large, small])
    await catchDuring('payments of cases', caught, async () => {
      await deps.database.tx((tx) =>
        sql`
          select c.id, p.amount_minor
            from recovery_cases c cross join lateral ${CASE_PAYMENTS} as p
           where c.account_id = ${accountId} and c.id = any(${ids}::uuid[])`.execute(tx),
      )
    })
  const faults = await faultsOf(caught.values())
  nodeAssert.deepEqual(faults, [], faults.join('\n'))
})

test('challenges left unanswered are found without those that have time', async () => {
  const caught = new Map<string, Caught>()
  for (const { accountId } of [large, small])
    await catchDuring('unanswered challenges', caught, async () => {
      const until = addMs(now, MS_PER_DAY)
      await deps.database.tx((tx) => findUnansweredChallenges(tx, { accountId, until, limit: 100 }))
      const invoices = Array.from({ length: 20 }, (_, n) => seededId('invoice', SIZE / 20 + n))
      await deps.database.tx((tx) => listLivePayments(tx, accountId, invoices))
    })
  nodeAssert.equal(caught.size, 4)
  const faults = await faultsOf(caught.values())
  nodeAssert.deepEqual(faults, [], faults.join('\n'))
})

test('what somebody else names in a way of their own is found without the rest', async () => {
  const caught = new Map<string, Caught>()
  const n = MIDDLE + 2_003
  const gatewayReference = `re_${n}`
  const ofCard = { fingerprints: [`card${n}`], limit: 100 }
  for (const { accountId, gatewayId } of [large, small]) {
    const find = <T>(by: string, read: (tx: Tx) => Promise<T>): Promise<T> =>
      catchDuring(by, caught, () => deps.database.tx(read, { accountScope: accountId }))
    const isLarge = accountId === large.accountId
    const refund = await find('a refund', (tx) =>
      findRefundByReference(tx, { accountId, gatewayId, gatewayReference }),
    )
    nodeAssert.equal(refund !== null, isLarge)
    const gateways = await find('gateways', (tx) => listGatewaysOfCards(tx, accountId))
    nodeAssert.deepEqual(gateways, [gatewayId])
    const subscriptions = await find('subscriptions', (tx) =>
      listSubscriptionsOfCard(tx, accountId, ofCard),
    )
    nodeAssert.equal(subscriptions.length, isLarge ? 1 : 0)
  }
  const faults = await faultsOf(caught.values())
  nodeAssert.deepEqual(faults, [], faults.join('\n'))
})
