// The service as `perennial start` composes it, with batches so small that a run of a few hundred renewals takes
// seconds: a kill then finds work in every state. Prints `ready` when it listens; it is ended by signals alone.
import { parseArgs } from 'node:util'
import { createServiceApi } from '../../packages/server/src/api.ts'
import { startBillingWorker } from '../../packages/server/src/modules/billing/index.ts'
import { createDatabase } from '../../packages/server/src/platform/db/index.ts'
import { createLogger } from '../../packages/server/src/platform/log/index.ts'
import { createBilling } from '../../packages/server/src/service.ts'

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: '' },
    world: { type: 'string', default: '' },
  },
})
const log = createLogger({ level: 'error', pretty: false, destination: process.stderr })
const database = createDatabase({ url: values.database, applicationName: 'kill-nine' })
// Longer than the slowest answer of the world at hand, as the lease of the real service is of a real gateway's.
const tuning = { batchSize: 20, concurrency: 5, leaseMs: 4_000 }
const billing = createBilling({ database, log, worldUrl: values.world }, tuning)
const api = await createServiceApi({ publicUrl: 'http://localhost', rateLimit: null }, billing)
await api.listen({ port: 0, host: '127.0.0.1' })
startBillingWorker(billing, { intervalMs: 200 })
process.stdout.write('ready\n')
