import { assert } from '@perennial/core/fault'
import { parseCurrency } from '@perennial/core/money'
import { openCredentialsFile, type CredentialsFile } from '../../../server/src/credentials-file.ts'
import { prepareFirstStart } from '../../../server/src/first-start.ts'
import { openDatabase, type OpenDatabase } from '../../../server/src/open-database.ts'
import { systemClock } from '../../../server/src/platform/clock/index.ts'
import type { Config } from '../../../server/src/platform/config/index.ts'
import { createDatabase } from '../../../server/src/platform/db/index.ts'
import type { Logger } from '../../../server/src/platform/log/index.ts'
import { createBilling, startService } from '../../../server/src/service.ts'
import { createCommandLogger } from '../open-house.ts'
import { withProgress } from '../terminal/progress.ts'
import { keepWorld, listWorldGateways, outsideWorld } from '../world-keeper/index.ts'
import { openKeyRing } from './secret-key.ts'
import { toPortError } from './settle-port.ts'
import { toSummary } from './summary.ts'

/** What has been opened, closed in the opposite order. */
export type Closers = (() => Promise<void>)[]

type Run = { readonly signal: AbortSignal; readonly closers: Closers }

/** The service, from its database to its last request; it leaves the closing to its caller. */
export async function runService(config: Config, { signal, closers }: Run): Promise<void> {
  const clock = systemClock()
  const startedMs = clock.monotonicMs()
  const log = createCommandLogger(config.logLevel)
  const keyRing = await openKeyRing(config)
  const { open, worldUrl } = await openHouse(config, { log, closers })
  signal.throwIfAborted()
  const file = openCredentialsFile(config.dataDir)
  const isFirstStart = await prepare(config, { log, open, worldUrl, keyRing, file, signal })
  signal.throwIfAborted()
  const service = await startService(config, {
    database: open.database,
    log,
    worldUrl,
    keyRing,
  }).catch((error: unknown) => {
    throw toPortError(error, config)
  })
  closers.push(() => service.close())
  const seconds = `${((clock.monotonicMs() - startedMs) / 1000).toFixed(1)}`
  const summary = { open, worldUrl, credentialsPath: file.path, isFirstStart, seconds }
  process.stdout.write(`${toSummary(config, summary)}\n`)
  await untilStopped(open, signal)
  process.stdout.write('Stopping …\n')
}

/** Database and card world, at the same time. */
async function openHouse(
  config: Config,
  given: { readonly log: Logger; readonly closers: Closers },
): Promise<{ readonly open: OpenDatabase; readonly worldUrl: string }> {
  const { log, closers } = given
  return withProgress('starting PostgreSQL and the card world', async () => {
    const opening = openDatabase(config, log, 'migrate')
    const keeping =
      config.worldUrl === null ? keepWorld(config.dataDir, log) : outsideWorld(config.worldUrl)
    const [database, world] = await Promise.allSettled([opening, keeping])
    if (database.status === 'fulfilled') closers.push(() => database.value.close())
    if (world.status === 'fulfilled') closers.push(() => world.value.close())
    // Where one failed, awaiting it again tells why.
    return { open: await opening, worldUrl: (await keeping).url }
  })
}

/** The merchant and the demo of a first start, and the credentials' address on every start. */
async function prepare(
  config: Config,
  given: {
    readonly log: Logger
    readonly open: OpenDatabase
    readonly worldUrl: string
    readonly keyRing: Awaited<ReturnType<typeof openKeyRing>>
    readonly file: CredentialsFile
    readonly signal: AbortSignal
  },
): Promise<boolean> {
  const { log, open, worldUrl, keyRing, file, signal } = given
  const currency = parseCurrency('USD')
  assert(currency !== null, 'USD is a currency')
  const billing = createBilling({ database: open.database, log, worldUrl, keyRing })
  const demoDatabase = createDatabase({
    url: open.url,
    applicationName: 'perennial demo',
    durability: 'deferred',
  })
  const demoDeps = createBilling({ database: demoDatabase, log, worldUrl, keyRing })
  try {
    return await withProgress('preparing accounts and demo data', async (progress) => {
      const isFirst = await prepareFirstStart(billing, {
        file,
        url: config.publicUrl,
        currency,
        gatewayCodes: await listWorldGateways(worldUrl),
        keyRing,
        hasDemo: config.demo,
        demoDeps,
        onProgress: ({ doneDays, totalDays }) => {
          signal.throwIfAborted()
          progress.tell(`${doneDays} of ${totalDays} days`)
        },
      })
      // Where the database ran already, another process may be the one whose address counts.
      if (open.own?.source !== 'joined') await file.updateUrl(config.publicUrl)
      return isFirst
    })
  } finally {
    await Promise.all([billing.gateways.close(), demoDeps.gateways.close()])
    await demoDatabase.close()
  }
}

/** Throws when the service's own PostgreSQL ended and cannot be brought back: whoever runs the service starts it anew. */
async function untilStopped({ own }: OpenDatabase, signal: AbortSignal): Promise<void> {
  // Signal handlers alone do not keep a process up whose roles wait for nothing.
  const awake = setInterval(() => undefined, 60_000)
  try {
    await Promise.all([aborted(signal), own?.keepRunning(signal)])
  } finally {
    clearInterval(awake)
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
}
