import { randomBytes } from 'node:crypto'
import { type Server, createServer } from 'node:http'
import { assert } from '@perennial/core/fault'
import { realNow } from '../clock.ts'
import { type Courier, openCourier } from '../delivery/courier.ts'
import type { World } from '../judging/world.ts'
import { applyEntry } from '../vault/apply-entry.ts'
import { type Journal, noJournal, openJournal } from '../vault/journal.ts'
import { makeState } from '../vault/state.ts'
import { type Context, record } from './context.ts'
import { handleRequest } from './handle-request.ts'

export interface WorldOptions {
  readonly world: World
  readonly port: number
  readonly host: string
  /** Where everything is written down; null forgets it at the end of the process. */
  readonly stateDir: string | null
  /** Answer as slowly as the world's gateways do. */
  readonly latency: boolean
  /** Real time, for tests whose own is another than the system's. */
  readonly now?: () => number
  /** How many charges, tokens, refunds and cards' histories are kept in memory, each. */
  readonly keep?: number
}

export interface RunningWorld {
  readonly url: string
  /** Everything that was sent to whoever asked for it has arrived, or was given up. */
  delivered(): Promise<void>
  close(): Promise<void>
}

/** About 300 MB when full (1.5 KB a charge, measured). */
const KEEP_DEFAULT = 200_000

/**
 * The port is taken before the journal is opened: of two worlds that are started on one port and one state, the
 * second fails without having touched what the first one writes.
 */
export async function startWorld(options: WorldOptions): Promise<RunningWorld> {
  const opened = Promise.withResolvers<Context>()
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    opened.promise.then(
      (context) => handleRequest(context, { request, response, latency: options.latency }),
      () => response.destroy(),
    )
  })
  await listen(server, options)
  const { now = realNow } = options
  const courier = openCourier(now)
  const journal = await openState(options, { opened, courier }).catch((error: unknown) => {
    opened.reject(error)
    server.close()
    throw error
  })
  const address = server.address()
  assert(typeof address === 'object' && address !== null, 'the world listens on a port')
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    url: `http://${host}:${address.port}`,
    delivered: () => courier.delivered(),
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      courier.close()
      journal.close()
    },
  }
}

interface Opening {
  readonly opened: PromiseWithResolvers<Context>
  readonly courier: Courier
}

/** Replays the journal; requests that came in meanwhile are answered then. */
async function openState(options: WorldOptions, { opened, courier }: Opening): Promise<Journal> {
  const state = makeState(options.keep ?? KEEP_DEFAULT)
  const journal =
    options.stateDir === null
      ? noJournal
      : await openJournal(options.stateDir, (entry) => applyEntry(state, entry))
  const context: Context = {
    world: options.world,
    state,
    journal,
    makeId: idMaker(),
    courier,
    faults: new Map(),
    now: options.now ?? realNow,
  }
  if (state.salt === '') record(context, { kind: 'opened', salt: randomBytes(16).toString('hex') })
  opened.resolve(context)
  return journal
}

function listen(server: Server, { port, host }: WorldOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
}

/** Ids of one run start alike and count up, so that no two runs on one journal make the same. */
function idMaker(): Context['makeId'] {
  const run = randomBytes(6).toString('hex')
  let count = 0
  return (prefix) => {
    count += 1
    return `${prefix}_${run}${count.toString(36).padStart(6, '0')}`
  }
}
