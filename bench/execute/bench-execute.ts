import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { addRecoveryClient } from '../../packages/server/src/modules/accounts/index.ts'
import { setUpSimulatedGateways } from '../../packages/server/src/modules/payments/index.ts'
import { systemClock } from '../../packages/server/src/platform/clock/index.ts'
import { createKeyRing } from '../../packages/server/src/platform/crypto/index.ts'
import { createDatabase } from '../../packages/server/src/platform/db/index.ts'
import type { Ids } from '../../packages/server/src/platform/ids/index.ts'
import { createBenchAccount } from '../postgres/bench-account.ts'
import { ask } from '../postgres/bench-database.ts'
import { benchCalls } from '../routes/bench-routes.ts'
import type { CopiedRow } from '../routes/server.child.ts'
import type { Screen } from '../screen.ts'

/** A key may make 60 calls in a minute, so there are many, each of which has been used before it is measured. */
const CLIENTS = 2_000

/** `npm run bench -- execute`: bench/README.md tells what is measured. */
export function benchExecute(args: readonly string[], screen: Screen): Promise<void> {
  return benchCalls(args, screen, {
    toReport: (callers) => ({ bench: 'execute', callers }),
    targetsOf: async (databaseUrl, start) => {
      const { account, ids } = await createBenchAccount(databaseUrl)
      const { accountId } = account.sandbox
      const keys = await prepare(databaseUrl, { accountId, ids })
      const service = await start({ kind: 'service', accountId })
      const handOver = createHandOver(service, keys)
      await handOverOne(handOver)
      const copied = await copyTables(databaseUrl)
      for (let used = 1; used < keys.length; used += 1) await handOverOne(handOver)
      const sameRows = await start({ kind: 'bare', accountId, copied })
      const oneRow = await start({ kind: 'bare', accountId })
      const name = 'POST /api/recovery/execute'
      return [
        { name, service: handOver, bare: { ...POST, url: sameRows, bodyOf: handOver.bodyOf } },
        {
          name: `${name}, beside one row of a customer`,
          service: handOver,
          bare: { ...POST, url: oneRow, bodyOf: createCustomers() },
        },
      ]
    },
  })
}

/** Clients with a key each, a gateway for them, and a table for the bare server. */
async function prepare(
  url: string,
  given: { readonly accountId: Uuid; readonly ids: Ids },
): Promise<readonly string[]> {
  const { accountId, ids } = given
  await ask(url, 'create table bare_customers (like customers including all)')
  const database = createDatabase({ url, applicationName: 'bench-seed' })
  const keyRing = createKeyRing('k'.repeat(32))
  const at = systemClock().now()
  try {
    return await database.tx(async (tx) => {
      await setUpSimulatedGateways(tx, ids, { accountId, codes: ['amber'], at })
      const keys: string[] = []
      for (let made = 0; made < CLIENTS; made += 1) {
        const of = { accountId, environment: 'sandbox', createdAt: at } as const
        keys.push((await addRecoveryClient(tx, { ids, keyRing }, of)).apiKey)
      }
      return keys
    })
  } finally {
    await database.close()
  }
}

const POST = {
  method: 'POST',
  path: '/',
  headers: { 'content-type': 'application/json' },
} as const

/** Payments handed over for a later day: everything that `execute` does but the gateway's own time. */
function createHandOver(url: string, keys: readonly string[]) {
  let count = 0
  return {
    ...POST,
    url,
    path: '/api/recovery/execute',
    headersOf: () => ({ 'x-api-key': keys[count % keys.length] ?? '' }),
    bodyOf: () => {
      count += 1
      return JSON.stringify({
        paymentMethodToken: `pm_${count}`,
        amount: 5000,
        originalDeclineCode: 'insufficient_funds',
        idempotencyKey: `invoice-${count}`,
      })
    },
  }
}

function createCustomers(): () => string {
  let count = 0
  return () => {
    count += 1
    return JSON.stringify({ email: `c${count}@example.com`, name: `Customer ${count}` })
  }
}

async function handOverOne(handOver: ReturnType<typeof createHandOver>): Promise<void> {
  const body = handOver.bodyOf()
  const headers = { ...handOver.headers, ...handOver.headersOf() }
  const answer = await fetch(`${handOver.url}${handOver.path}`, { method: 'POST', headers, body })
  assert(answer.status === 202, `a payment is taken over, not answered ${answer.status}`)
}

/** What a payment that is handed over leaves behind; the row that the others are of comes first. */
const WRITTEN = ['outside_recoveries', 'outside_decisions'] as const

/** Tables of the same shape, with the same indexes and checks, and the one row of each that there is. */
function copyTables(url: string): Promise<CopiedRow[]> {
  return Promise.all(
    WRITTEN.map(async (written) => {
      const table = `bare_${written}`
      await ask(url, `create table ${table} (like ${written} including all)`)
      const columns = await ask(
        url,
        `select column_name as name from information_schema.columns
          where table_schema = 'public' and table_name = '${written}' and is_generated = 'NEVER'
          order by ordinal_position`,
      )
      const texts = columns.map(({ name }) => `${name}::text as ${name}`)
      const [values, ...others] = await ask(url, `select ${texts.join(', ')} from ${written}`)
      assert(values !== undefined && others.length === 0, `${written} has one row`)
      return { table, values }
    }),
  )
}
