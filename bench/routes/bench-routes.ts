import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { assert } from '@perennial/core/fault'
import { encodeId, isUuid, type Uuid } from '@perennial/core/ids'
import autocannon from 'autocannon'
import pg from 'pg'
import { medianOf } from '../median.ts'
import { createBenchAccount } from '../postgres/bench-account.ts'
import { ask, openBenchDatabase } from '../postgres/bench-database.ts'
import { describeRun } from '../postgres/describe-run.ts'
import type { ServerOrder, ServerReady } from './server.child.ts'
import { readCount } from '../../packages/cli/src/terminal/read-count.ts'
import type { Screen } from '../screen.ts'

/** Both servers are measured in turn, this many times; the median of the rounds counts. */
const ROUNDS = 5
const SECONDS_PER_ROUND = 3
/** One at a time tells what a call takes; several at once, what they take when they wait for the same cores. */
const CALLERS = [1, 4] as const

export type Target = {
  readonly name: string
  readonly service: Call
  readonly bare: Call
}

type Call = {
  readonly url: string
  readonly path: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly bodyOf: (() => string) | null
  /** Headers of one call beside those of all; for limits that are counted by key. */
  readonly headersOf?: () => Readonly<Record<string, string>>
}

type Round = { readonly medianMs: number; readonly perSecond: number }

type Result = Awaited<ReturnType<typeof compare>>
type Urls = { readonly service: string; readonly bare: string }
/** Starts a server on the bench's database, for as long as the bench takes; its address. */
export type StartServer = (order: Omit<ServerOrder, 'databaseUrl'>) => Promise<string>

/** `npm run bench -- routes`: bench/README.md tells what is measured. */
export function benchRoutes(args: readonly string[], screen: Screen): Promise<void> {
  return benchCalls(args, screen, {
    toReport: (routes) => ({ bench: 'routes', routes }),
    targetsOf: async (databaseUrl, start) => {
      const { account } = await createBenchAccount(databaseUrl)
      const { accountId, apiKey } = account.live
      const customerId = await prepare(databaseUrl, accountId)
      const service = await start({ kind: 'service', accountId })
      const bare = await start({ kind: 'bare', accountId })
      return targetsOf({ service, bare }, { apiKey, customerId })
    },
  })
}

/** Measures calls against the same of a bare server, in a database of their own, and prints what came of it. */
export async function benchCalls(
  args: readonly string[],
  { tell, print }: Screen,
  bench: {
    targetsOf(databaseUrl: string, start: StartServer): Promise<readonly Target[]>
    toReport(results: readonly Result[]): object
  },
): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      seconds: { type: 'string', default: String(SECONDS_PER_ROUND) },
    },
  })
  const seconds = readCount('seconds', values.seconds)
  const home = await openBenchDatabase()
  const children: ChildProcess[] = []
  const start: StartServer = async (order) => {
    const { child, url } = await startServer({ ...order, databaseUrl: home.url })
    children.push(child)
    return url
  }
  try {
    const results = []
    for (const target of await bench.targetsOf(home.url, start)) {
      for (const callers of CALLERS) {
        tell(`${target.name}, callers: ${callers}`)
        const result = await compare(target, { seconds, callers, databaseUrl: home.url })
        results.push(result)
        if (!values.json) print(lineOf(result))
      }
    }
    const report = { ...bench.toReport(results), ...describeRun(home) }
    if (values.json) print(JSON.stringify(report, null, 2))
  } finally {
    for (const child of children) child.kill('SIGKILL') // nothing of theirs outlives the database
    await home.close()
  }
}

/** A table for the bare server's customers, of the same shape, and one customer to be shown. */
async function prepare(url: string, accountId: Uuid): Promise<Uuid> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('create table bare_customers (like customers including all)')
    const { rows } = await client.query<{ id: string }>(
      `insert into customers (account_id, id, email, name, created_at, updated_at)
       values ($1, gen_random_uuid(), 'shown@example.com', 'Shown', now(), now()) returning id`,
      [accountId],
    )
    const id = rows[0]?.id ?? ''
    assert(isUuid(id), 'a customer has an id')
    return id
  } finally {
    await client.end()
  }
}

function startServer(order: ServerOrder): Promise<{ child: ChildProcess; url: string }> {
  const script = join(import.meta.dirname, 'server.child.ts')
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const
  const child = fork(script, [JSON.stringify(order)], { stdio: [...stdio] })
  return new Promise((resolve, reject) => {
    child.once('message', (ready) => {
      resolve({ child, url: (ready as ServerReady).url }) // the child's only message
    })
    child.once('exit', (code) => {
      reject(new Error(`the ${order.kind} server ended with ${code}`))
    })
  })
}

function targetsOf(
  urls: Urls,
  given: { readonly apiKey: string; readonly customerId: Uuid },
): Target[] {
  let count = 0
  const bodyOf = (): string => {
    count += 1
    return JSON.stringify({ email: `customer${count}@example.com`, name: `Customer ${count}` })
  }
  const headers = { 'x-api-key': given.apiKey, 'content-type': 'application/json' }
  const shown = encodeId('customer', given.customerId)
  return [
    {
      name: 'POST /v2/customers',
      service: { url: urls.service, path: '/v2/customers', method: 'POST', headers, bodyOf },
      bare: { url: urls.bare, path: '/', method: 'POST', headers, bodyOf },
    },
    {
      name: 'GET /v2/customers/:id',
      service: {
        url: urls.service,
        path: `/v2/customers/${shown}`,
        method: 'GET',
        headers: { 'x-api-key': given.apiKey },
        bodyOf: null,
      },
      bare: {
        url: urls.bare,
        path: `/${given.customerId}`,
        method: 'GET',
        headers: {},
        bodyOf: null,
      },
    },
  ]
}

async function compare(
  { name, service, bare }: Target,
  of: { readonly seconds: number; readonly callers: number; readonly databaseUrl: string },
) {
  const { seconds, callers } = of
  await measure(service, { seconds: 1, callers }) // code gets compiled, connections opened
  await measure(bare, { seconds: 1, callers })
  // As PostgreSQL does in any table's first minute: until then its plans are guesses.
  await ask(of.databaseUrl, 'analyze')
  const rounds: { readonly service: Round; readonly bare: Round }[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({
      bare: await measure(bare, { seconds, callers }),
      service: await measure(service, { seconds, callers }),
    })
  }
  const serviceMs = medianOf(rounds.map((round) => round.service.medianMs))
  const bareMs = medianOf(rounds.map((round) => round.bare.medianMs))
  return {
    route: name,
    figure_ms: rounded(serviceMs),
    limit_ms: rounded(bareMs),
    ratio: rounded(medianOf(rounds.map((round) => round.service.medianMs / round.bare.medianMs))),
    per_second: Math.round(medianOf(rounds.map((round) => round.service.perSecond))),
    bare_per_second: Math.round(medianOf(rounds.map((round) => round.bare.perSecond))),
    callers,
    rounds: ROUNDS,
  }
}

async function measure(
  call: Call,
  { seconds, callers }: { readonly seconds: number; readonly callers: number },
): Promise<Round> {
  const times: number[] = []
  const { bodyOf, headersOf = () => ({}), url, ...request } = call
  const run = autocannon({
    url,
    connections: callers,
    duration: seconds,
    requests: [
      {
        ...request,
        ...(bodyOf === null
          ? {}
          : {
              setupRequest: (sent) => ({
                ...sent,
                headers: { ...sent.headers, ...headersOf() },
                body: bodyOf(),
              }),
            }),
      },
    ],
  })
  run.on('response', (_client, _status, _bytes, responseTimeMs) => times.push(responseTimeMs))
  const result = await run
  assert(result.non2xx + result.errors === 0 && times.length > 0, 'every call succeeds')
  return { medianMs: medianOf(times), perSecond: times.length / seconds }
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000

function lineOf(result: Result): string {
  const callers = result.callers === 1 ? 'one caller' : `${result.callers} callers`
  return (
    `${result.route}, ${callers}: median ${result.figure_ms} ms, bare ${result.limit_ms} ms, ratio ${result.ratio}; ` +
    `${result.per_second}/s, bare ${result.bare_per_second}/s`
  )
}
