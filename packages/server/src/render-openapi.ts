import { randomBytes } from 'node:crypto'
import { apiModules } from './api-modules.ts'
import { systemClock } from './platform/clock/index.ts'
import { createDatabase } from './platform/db/index.ts'
import { createApi, toOpenApi } from './platform/http/index.ts'
import { createIds } from './platform/ids/index.ts'
import { createLogger } from './platform/log/index.ts'

/** The OpenAPI document of every module's routes, as it is checked in. Needs no database: nothing is asked of it. */
export async function renderOpenApi(): Promise<string> {
  const clock = systemClock()
  const database = createDatabase({ url: 'postgres://localhost/none', applicationName: 'openapi' })
  const app = await createApi({
    config: { publicUrl: 'http://localhost:4242', rateLimit: null },
    database,
    clock,
    ids: createIds({ clock, random: randomBytes }),
    log: createLogger({ level: 'silent', pretty: false }),
    findApiKey: async () => null,
    modules: apiModules({
      customers: { onDeleted: async () => {}, findDefaultPaymentMethods: async () => new Map() },
    }),
  })
  await app.ready()
  const document = `${JSON.stringify(toOpenApi(app), null, 2)}\n`
  await app.close()
  await database.close()
  return document
}
