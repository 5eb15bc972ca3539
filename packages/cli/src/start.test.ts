// Runs alone: it takes a minute.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  callApi,
  isRunning,
  readCredentials,
  type ServiceProcess,
  useDataFolder,
} from './testing/service-process.ts'
import { askPort } from './world-keeper/ask-port.ts'

const WEBHOOK_SECRET = /^whsec_\w+$/

/** Forms of everything that the start contract promises; null = any text. */
const CREDENTIALS = {
  url: /^http:\/\/localhost:\d+$/,
  owner: { email: /@/, password: /^\w{12,}$/ },
  sandbox: {
    account_id: /^acct_\w{26}$/,
    api_key: /^rk_sandbox_\w+$/,
    recovery: {
      client_id: /^[0-9a-f-]{36}$/,
      api_key: /^rev_(?!pk_)\w+$/,
      publishable_key: /^rev_pk_\w+$/,
      webhook_secret: WEBHOOK_SECRET,
    },
    revolv3_token: /^\w+$/,
    revcent_api_key: /^\w+$/,
  },
  live: { account_id: /^acct_\w{26}$/, api_key: /^rk_live_\w+$/ },
}

test('a first start is complete, Ctrl-C leaves nothing running, and the second start is the same house', async () => {
  const { dataDir, start } = useDataFolder()
  const first = start()
  await first.ready()
  assert.equal((await fetch(`${first.url}/healthz`, CLOSE)).status, 200)
  const path = join(dataDir, 'credentials.json')
  assertForm(JSON.parse(readFileSync(path, 'utf8')), CREDENTIALS, 'credentials.json')
  for (const name of ['credentials.json', 'secret-key'])
    assert.equal(statSync(join(dataDir, name)).mode & 0o777, 0o600, name)
  const account = await callApi(first, dataDir, { path: '/v2/account' })
  assert.equal(account.status, 200)
  assert.equal(await worldAnswer(dataDir), 'world')

  const { code, stdout } = await first.stop('SIGINT')
  assert.equal(code, 0)
  assert.match(stdout, /Stopped\.\n$/)
  assert.equal(await worldAnswer(dataDir), 'nobody')
  assert.equal(existsSync(join(dataDir, 'postgres/cluster/postmaster.pid')), false)

  const kept = readCredentials(dataDir)
  const second = start()
  await second.ready()
  const seconds = Number(/ready after ([\d.]+) s/.exec(second.stdout)?.[1])
  // Five seconds is the bar on a machine of its own; beside other tests it only has to be a small multiple.
  assert.ok(seconds < 30, `a later start took ${seconds} s`)
  assert.deepEqual(readCredentials(dataDir), { ...kept, url: second.url })
  assert.deepEqual((await callApi(second, dataDir, { path: '/v2/account' })).body, account.body)
  assert.equal((await second.stop('SIGTERM')).code, 0)
})

test('two services that start at once on one folder make one merchant and share one world, which survives either', async () => {
  const { dataDir, start } = useDataFolder()
  const both = [start(), start()]
  await Promise.all(both.map((service) => service.ready()))
  assert.equal(both.filter((service) => service.stdout.includes('(new)')).length, 1)
  for (const service of both)
    assert.equal((await callApi(service, dataDir, { path: '/v2/account' })).status, 200)
  const [one, other] = both.toSorted((a, b) => worldsOf(b).length - worldsOf(a).length)
  assert.ok(one !== undefined && other !== undefined)
  assert.deepEqual([worldsOf(one).length, worldsOf(other).length], [1, 0])

  await one.stop('SIGKILL')
  await untilTrue(
    async () => worldsOf(other).length === 1 && (await worldAnswer(dataDir)) === 'world',
  )
  await attachCard(other, dataDir)
  assert.equal((await other.stop()).code, 0)
  assert.equal(await worldAnswer(dataDir), 'nobody')
})

test('after kill -9 no world is left over, and the next start joins the PostgreSQL that still runs', async () => {
  const { dataDir, start } = useDataFolder()
  const killed = start()
  await killed.ready()
  const [world] = worldsOf(killed)
  assert.ok(world !== undefined)
  await killed.stop('SIGKILL')
  await untilTrue(async () => !isRunning(world))
  const next = start()
  await next.ready()
  assert.match(next.stdout, /PostgreSQL .*was running/)

  // And a world that is killed comes back in its place.
  const [again] = worldsOf(next)
  assert.ok(again !== undefined)
  process.kill(again, 'SIGKILL')
  await untilTrue(async () => worldsOf(next).length === 1 && !worldsOf(next).includes(again))
  await untilTrue(async () => (await worldAnswer(dataDir)) === 'world')
  await attachCard(next, dataDir)
  assert.equal((await next.stop()).code, 0)
})

test('a PostgreSQL that ends under the service is brought back, or the service ends with 1 and a sentence', async () => {
  const { dataDir, start } = useDataFolder()
  const service = start()
  await service.ready()
  const cluster = join(dataDir, 'postgres/cluster')
  const endPostgres = (): boolean =>
    process.kill(
      Number.parseInt(readFileSync(join(cluster, 'postmaster.pid'), 'utf8'), 10),
      'SIGINT',
    )
  endPostgres()
  await service.until('stderr', 'PostgreSQL had ended: it runs again')
  await untilTrue(async () => (await fetch(`${service.url}/healthz`, CLOSE)).status === 200)
  await attachCard(service, dataDir)

  const version = readFileSync(join(cluster, 'PG_VERSION'), 'utf8')
  writeFileSync(join(cluster, 'PG_VERSION'), '9\n')
  endPostgres()
  const { code, stderr } = await service.ended
  writeFileSync(join(cluster, 'PG_VERSION'), version)
  assert.equal(code, 1)
  assert.match(stderr, /\nThe data was written by PostgreSQL 9, .*\n$/)
})

test('a command that is stopped in the middle leaves no PostgreSQL of its own running', async () => {
  const { dataDir, run, begin } = useDataFolder()
  assert.equal((await run(['migrate'])).code, 0)
  const command = begin(['verify'])
  const pidFile = join(dataDir, 'postgres/cluster/postmaster.pid')
  await untilTrue(async () => existsSync(pidFile))
  assert.equal((await command.stop('SIGINT')).code, 130)
  assert.equal(existsSync(pidFile), false)
})

test('a port that is taken is said at once, and nothing is left behind', async () => {
  const { dataDir, start } = useDataFolder()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const { code, stderr } = await start({ PORT: String(address.port) }).ended
  server.close()
  assert.equal(code, 1)
  assert.equal(
    stderr,
    `Port ${address.port} on 127.0.0.1 is in use: stop the program that uses it, or set PORT to another.\n`,
  )
  assert.equal(existsSync(join(dataDir, 'postgres')), false)
})

type Refused = readonly [settings: Record<string, string>, args: string[], sentence: RegExp]
const IN_PROC: readonly Refused[] = [
  [{ DATA_DIR: '/proc/x/y' }, ['start'], /^No folder can be made in \/proc \(\/proc\/x\): set DATA_DIR to another\.\n$/],
] // prettier-ignore
const refused: readonly Refused[] = [
  [{ PORT: 'http' }, ['start'], /^PORT is "http": give a port from 0 to 65535, such as 4242\.\n$/],
  [{ SECRET_KEY: 'short' }, ['start'], /^SECRET_KEY is not usable \(its value is not shown\).*\.\n$/],
  [{ DATABASE_URL: 'postgres://a:b@127.0.0.1:9/x', WORLD_URL: 'http://127.0.0.1:9' }, ['start'], /^The database cannot be reached \(connect ECONNREFUSED 127\.0\.0\.1:9\): start it, or check DATABASE_URL\.\n$/],
  [{}, ['status'], /^There is no database in .*: run npm start first, or set DATA_DIR or DATABASE_URL\.\n$/],
  [{}, ['verify'], /^There is no database in /],
  ...(process.platform === 'linux' ? IN_PROC : []),
  [{ DATA_DIR: import.meta.filename }, ['start'], /^There is a file where a folder is needed \(.*start\.test\.ts\): set DATA_DIR to another\.\n$/],
  [{}, ['world', 'validate', 'nowhere'], /^no world nowhere ships: give calm/],
  [{}, ['world', 'validate', import.meta.dirname], /src is a folder: give a file/],
  [{}, ['recovery', 'simulate', '--world', 'nowhere'], /^--world: no world nowhere ships: give calm/],
  [{}, ['strat'], /^error: unknown command 'strat'/],
  [{}, ['accounts', 'create', '--name', ' '], /^Give a name of 1 to 200 characters with --name\.\n$/],
  [{}, ['accounts', 'create', '--name', 'B', '--timezone', 'Mars/Base'], /^--timezone Mars\/Base is no time zone of the IANA database/],
  [{}, ['accounts', 'create', '--name', 'B', '--currency', 'EURO'], /^--currency EURO is no ISO 4217 code, such as EUR\.\n$/],
] // prettier-ignore

for (const [settings, args, sentence] of refused) {
  test(`perennial ${args.join(' ')} ${Object.keys(settings).join()} ends with 1 and a sentence`, async () => {
    const { run } = useDataFolder()
    const { code, stderr } = await run(args, settings)
    assert.equal(code, 1)
    assert.match(stderr, sentence)
  })
}

const CLOSE = { headers: { connection: 'close' } }

function assertForm(actual: unknown, form: object, where: string): void {
  assert.ok(actual instanceof Object, where)
  const values = new Map<string, unknown>(Object.entries(actual))
  assert.deepEqual([...values.keys()], Object.keys(form), where)
  for (const [key, expected] of Object.entries(form)) {
    const value = values.get(key)
    if (expected instanceof RegExp) assert.match(String(value), expected, `${where}: ${key}`)
    else assertForm(value, expected, `${where}: ${key}`)
  }
}

function worldAnswer(dataDir: string): ReturnType<typeof askPort> {
  return askPort(Number(readFileSync(join(dataDir, 'world/port'), 'utf8')), 1_000)
}

function worldsOf(service: ServiceProcess): number[] {
  return service.children('world/src/main.ts')
}

async function attachCard(service: ServiceProcess, dataDir: string): Promise<void> {
  const customer = await callApi(service, dataDir, {
    path: '/v2/customers',
    body: { email: 'ada@example.com' },
  })
  const { data } = customer.body as { readonly data: { readonly id: string } } // the test's own service answers
  const method = await callApi(service, dataDir, {
    path: '/v2/payment-methods',
    body: { customer_id: data.id, type: 'card', token: 'tok_visa' },
  })
  assert.equal(method.status, 201, JSON.stringify(method.body))
}

/** Looks again and again, each look taking its time, for at most ten seconds. */
async function untilTrue(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.timeout(10_000)
  while (!(await isTrue())) {
    assert.equal(deadline.aborted, false, 'it has come to be within ten seconds')
    await new Promise((look) => setImmediate(look))
  }
}
