import type { BillingDeps } from '../../server/src/modules/billing/index.ts'
import type { Config } from '../../server/src/platform/config/index.ts'
import type { Database } from '../../server/src/platform/db/index.ts'
import type { Logger } from '../../server/src/platform/log/index.ts'
import { createBilling } from '../../server/src/service.ts'
import { openKeyRing } from './start/secret-key.ts'
import { keepWorld, outsideWorld } from './world-keeper/index.ts'

/** Runs a command that asks gateways: with the card world that stands for them, and the keys that open their credentials. */
export async function withBilling<T>(
  config: Config,
  { database, log }: { readonly database: Database; readonly log: Logger },
  work: (billing: BillingDeps) => Promise<T>,
): Promise<T> {
  const { worldUrl, dataDir } = config
  const world = await (worldUrl === null ? keepWorld(dataDir, log) : outsideWorld(worldUrl))
  const keyRing = await openKeyRing(config)
  const billing = createBilling({ database, log, worldUrl: world.url, keyRing })
  try {
    return await work(billing)
  } finally {
    await billing.gateways.close()
    await world.close()
  }
}
