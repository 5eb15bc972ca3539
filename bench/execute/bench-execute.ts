import type { Uuid } from '@perennial/core/ids'
import { addRecoveryClient } from '../../packages/server/src/modules/accounts/index.ts'
import { setUpSimulatedGateways } from '../../packages/server/src/modules/payments/index.ts'
import { systemClock } from '../../packages/server/src/platform/clock/index.ts'
import { createKeyRing } from '../../packages/server/src/platform/crypto/index.ts'
import { createDatabase } from '../../packages/server/src/platform/db/index.ts'
import type { Ids } from '../../packages/server/src/platform/ids/index.ts'
import { createBenchAccount } from '../postgres/bench-account.ts'
import { ask } from '../postgres/bench-database.ts'
import { benchCalls, type Target } from '../routes/bench-routes.ts'
import type { Screen } from '../screen.ts'

/** A key may make 60 calls in a minute, so there are many; each makes a few calls and is not seen again for long. */
const CLIENTS = 2_000

/** `npm run bench -- execute`: bench/README.md tells what is measured. */
export function benchExecute(args: readonly string[], screen: Screen): Promise<void> {
  return benchCalls(args, screen, {
    toReport: (callers) => ({ bench: 'execute', callers }),
    targetsOf: async (databaseUrl, start) => {
      const { account, ids } = await createBenchAccount(databaseUrl)
      const { accountId } = account.sandbox
      const keys = await prepare(databaseUrl, { accountId, ids })
      return [targetOf(await start(accountId), keys)]
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

/** Handed over for a later day: everything that `execute` does but the gateway's own time. */
function targetOf(
  urls: { readonly service: string; readonly bare: string },
  keys: readonly string[],
): Target {
  let count = 0
  const headers = { 'content-type': 'application/json' }
  const bare = { method: 'POST', headers, path: '/', url: urls.bare } as const
  return {
    name: 'POST /api/recovery/execute',
    service: {
      url: urls.service,
      path: '/api/recovery/execute',
      method: 'POST',
      headers,
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
    },
    bare: {
      ...bare,
      bodyOf: () => {
        count += 1
        return JSON.stringify({ email: `c${count}@example.com`, name: `Customer ${count}` })
      },
    },
  }
}
