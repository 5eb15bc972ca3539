import { Fault } from '@perennial/core/fault'
import { randomBytes } from 'node:crypto'
import { createServiceApi } from './api.ts'
import { CONNECTORS } from './connectors/connectors.ts'
import { GATEWAY_VENDORS } from './gateways/vendors.ts'
import { createGatewayDirectory } from './modules/payments/index.ts'
import { systemClock } from './platform/clock/index.ts'
import { createKeyRing, randomToken } from './platform/crypto/index.ts'
import { createDatabase } from './platform/db/index.ts'
import { toOpenApi } from './platform/http/index.ts'
import { createIds } from './platform/ids/index.ts'
import { createLogger } from './platform/log/index.ts'

/** The OpenAPI document of every route, as it is checked in. Needs no database: nothing is asked of it. */
export async function renderOpenApi(): Promise<string> {
  const clock = systemClock()
  const database = createDatabase({ url: 'postgres://localhost/none', applicationName: 'openapi' })
  const gateways = createGatewayDirectory(database, () => {
    throw new Fault('a document charges nobody')
  })
  const app = await createServiceApi(
    { publicUrl: 'http://localhost:4242', rateLimit: null },
    {
      database,
      gateways,
      connectors: CONNECTORS,
      publicUrl: 'http://localhost:4242',
      vendors: GATEWAY_VENDORS,
      keyRing: createKeyRing(randomToken('', 32)),
      privateTargets: [],
      clock,
      ids: createIds({ clock, random: randomBytes }),
      log: createLogger({ level: 'silent', pretty: false }),
      createCardLinks: async () => [],
      batchSize: 1,
      concurrency: 1,
      leaseMs: 1,
    },
  )
  await app.ready()
  const document = `${JSON.stringify(toOpenApi(app), null, 2)}\n`
  await app.close()
  await database.close()
  return document
}
