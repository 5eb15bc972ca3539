// Runs alone: it takes a minute.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callApi, useDataFolder } from './testing/service-process.ts'

/** As `perennial status --json` prints it. */
type Status = {
  readonly accounts: readonly {
    readonly environment: string
    readonly is_clock_held: boolean
    readonly customers: number
    readonly subscriptions: Readonly<Record<string, number>>
    readonly due_now: number
    readonly parked: number
    readonly failing: number
    readonly recovered: number
    readonly money: readonly Readonly<Record<string, number | string>>[]
  }[]
}

const { dataDir, start, run } = useDataFolder()
let service = start({ DEMO: '1' })

test('a demo that Ctrl-C interrupts is finished by the next start: a year of a believable merchant', async () => {
  await service.until('stderr', 'preparing accounts and demo data')
  assert.equal((await service.stop()).code, 0)

  // Also where the demo is not asked for any more: half a year is no state to leave an account in.
  service = start({ DEMO: '0' })
  await service.ready()
  const told = await run(['status', '--json'])
  assert.equal(told.stderr, '')
  const status = JSON.parse(told.stdout) as Status // a boundary: our own command
  const [sandbox] = status.accounts.filter((account) => account.environment === 'sandbox')
  assert.ok(sandbox !== undefined)
  assert.equal(sandbox.customers, 300)
  assert.equal(sandbox.is_clock_held, false)
  assert.deepEqual([sandbox.due_now, sandbox.parked], [0, 0])
  assert.ok(sandbox.failing > 0 && sandbox.recovered > 0)
  for (const state of ['active', 'trialing', 'past_due', 'unpaid', 'paused', 'canceled'])
    assert.ok((sandbox.subscriptions[state] ?? 0) > 0, state)
  assert.deepEqual(
    sandbox.money.map((money) => money['currency']),
    ['EUR', 'GBP', 'USD'],
  )
  for (const money of sandbox.money) {
    assert.ok(Number(money['mrr_minor']) > 0)
    assert.ok(Number(money['invoiced_minor']) > Number(money['invoiced_month_minor']))
    assert.ok(Number(money['collected_minor']) <= Number(money['invoiced_minor']))
  }
  const countries = await countriesOf()
  assert.ok(countries.size >= 8, [...countries].join())

  const verified = await run(['verify'])
  assert.equal(
    verified.stdout + verified.stderr,
    `${/^All \d+ checks hold\.\n$/.exec(verified.stdout)?.[0]}`,
  )
  assert.equal(verified.code, 0)
  const reconciled = await run(['reconcile', '--from', '2025-01-01', '--json'])
  assert.equal(reconciled.code, 0, reconciled.stdout + reconciled.stderr)
  const { gateways } = JSON.parse(reconciled.stdout) as {
    readonly gateways: readonly { readonly matched: number; readonly open: number }[]
  } // a boundary: our own command
  assert.ok(gateways.some(({ matched }) => matched > 1_000))
  assert.equal((await run(['verify'])).code, 0)
  const wrong = await run(['reconcile', '--from', 'yesterday'])
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /^--from yesterday is neither a date/)
  assert.match((await run(['runs', 'list'])).stdout, /\d+ renewed|finished/)
  assert.equal((await run(['runs', 'retry-parked'])).stdout, 'Nothing is parked.\n')

  const { body } = await callApi(service, dataDir, { path: '/v2/payment-attempts?limit=1' })
  const [attempt] = (body as { readonly data: readonly { readonly id: string }[] }).data // the test's own service answers
  const resolve = (...words: string[]) =>
    run(['attempts', 'resolve', attempt?.id ?? '', '--note', 'In the dashboard', ...words])
  const known = await resolve('--as', 'declined')
  assert.match(known.stderr, /^What became of this attempt is known\. Look at it again\.\n$/m)
  assert.equal((await resolve('--as', 'maybe')).code, 1)
})

test('another merchant gets credentials of its own, and its owner’s address is taken only once', async () => {
  const args = ['accounts', 'create', '--name', 'Zweite Gärtnerei', '--email', 'b@example.com']
  const terms = ['--timezone', 'europe/berlin', '--currency', 'eur']
  const created = await run([...args, ...terms, '--json'])
  assert.equal(created.code, 0, created.stderr)
  const credentials = JSON.parse(created.stdout) as {
    readonly sandbox: { readonly api_key: string }
  } // our own command
  const response = await fetch(`${service.url}/v2/account`, {
    headers: { 'x-api-key': credentials.sandbox.api_key, connection: 'close' },
  })
  const answer = await response.text()
  assert.match(answer, /"name":"Zweite Gärtnerei".*"timezone":"Europe\/Berlin","currency":"EUR"/)
  assert.doesNotMatch(
    JSON.stringify(await callApi(service, dataDir, { path: '/v2/account' })),
    /Zweite/,
  )

  const again = await run(args)
  assert.equal(again.code, 1)
  assert.match(
    again.stderr,
    /^b@example\.com owns another merchant already: give another --email\.\n$/m,
  )
})

async function countriesOf(): Promise<Set<unknown>> {
  const { body } = await callApi(service, dataDir, { path: '/v2/customers?limit=100' })
  const { data } = body as { readonly data: readonly { readonly country?: unknown }[] } // the test's own service answers
  return new Set(data.map((customer) => customer.country))
}
