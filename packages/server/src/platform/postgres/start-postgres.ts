import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { makeDataFolder } from '../config/index.ts'
import { joinUsers, leaveUsers } from './cluster-users.ts'
import { ensurePassword, SUPERUSER } from './create-cluster.ts'
import { ensureDatabase } from './ensure-database.ts'
import type { BinarySource } from './find-binaries.ts'
import { withLock } from './folder-lock.ts'
import { PostgresStartError } from './postgres-start-error.ts'
import { startServer, type ClusterSettings } from './start-server.ts'
import { removeSocketFolder } from './socket-folder.ts'
import { findRunning, shutDown, untilReady } from './server-process.ts'

export type PostgresSettings = Pick<ClusterSettings, 'log' | 'source' | 'options'> & {
  /** The service's data folder; everything of PostgreSQL's is in `postgres` below it. */
  readonly dataDir: string
}

export type RunningPostgres = {
  readonly url: string
  /** Such as '18.4'. */
  readonly version: string
  /** `joined`: another process had started it. */
  readonly source: BinarySource | 'joined'
  /**
   * Starts a server that ended (killed, crashed) again in the same place, until `signal` aborts. Of several processes the
   * first to see it does. Throws `PostgresStartError` when it cannot be brought back: nobody will find it at `url` then.
   */
  keepRunning(signal: AbortSignal): Promise<void>
  /** Leaves the server; the last process to leave shuts it down. */
  stop(): Promise<void>
}

const DATABASE = 'perennial'
const LOOK_AGAIN_MS = 500

/**
 * Starts the built-in PostgreSQL on the data below `dataDir`, or joins the one that already runs on it.
 * Throws `PostgresStartError` with a sentence for the operator.
 */
export async function startPostgres(settings: PostgresSettings): Promise<RunningPostgres> {
  const base = join(settings.dataDir, 'postgres')
  await makeDataFolder(base)
  const root = await realpath(base)
  const cluster: ClusterSettings = {
    folder: join(root, 'cluster'),
    passwordFile: join(root, 'password'),
    logFile: join(root, 'server.log'),
    log: settings.log,
    ...(settings.source === undefined ? {} : { source: settings.source }),
    ...(settings.options === undefined ? {} : { options: settings.options }),
  }
  const lock = join(root, 'lock')
  const users = join(root, 'users')

  return withLock(lock, async () => {
    const user = await joinUsers(users)
    const leave = (): Promise<void> => leaveServer({ cluster, users, user })
    try {
      const { port, source, synced } = await startOrJoin(cluster)
      const password = await ensurePassword(cluster.passwordFile)
      const toUrl = (database: string): string =>
        `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`
      const version = await ensureDatabase({ toUrl, database: DATABASE })
      const stop = async (): Promise<void> => {
        await synced
        await withLock(lock, leave)
      }
      const keepRunning = (signal: AbortSignal): Promise<void> =>
        keepServer({ ...cluster, port }, { lock, signal })
      return { url: toUrl(DATABASE), version, source, keepRunning, stop }
    } catch (error) {
      await leave()
      throw error
    }
  })
}

type Started = {
  readonly port: number
  readonly source: RunningPostgres['source']
  /** Settles when a new cluster has reached the disk. */
  readonly synced: Promise<void>
}

async function startOrJoin(cluster: ClusterSettings): Promise<Started> {
  const running = await findRunning(cluster.folder)
  if (running === null) return startServer(cluster)
  const ready = await untilReady({ folder: cluster.folder, pid: running.pid }, cluster.log)
  // It was on its way out: by now it is gone.
  if (ready === null) return startServer(cluster)
  return { port: ready.port, source: 'joined', synced: Promise.resolve() }
}

async function keepServer(
  cluster: ClusterSettings & { readonly port: number },
  { lock, signal }: { readonly lock: string; readonly signal: AbortSignal },
): Promise<void> {
  const bringBack = async (): Promise<void> => {
    if (signal.aborted) return
    const { port, source } = await startOrJoin(cluster)
    if (source !== 'joined') cluster.log.warn('PostgreSQL had ended: it runs again')
    if (port === cluster.port) return
    throw new PostgresStartError(
      `PostgreSQL ended and was started at another port (${port}) by somebody else: start the service again`,
    )
  }
  while (!signal.aborted) {
    if ((await findRunning(cluster.folder)) === null) await withLock(lock, bringBack)
    await wait(LOOK_AGAIN_MS, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

async function leaveServer(at: {
  readonly cluster: ClusterSettings
  readonly users: string
  readonly user: string
}): Promise<void> {
  const remaining = await leaveUsers(at.users, at.user)
  const running = remaining === 0 ? await findRunning(at.cluster.folder) : null
  if (running === null) return
  if (await shutDown(running.pid)) return removeSocketFolder(at.cluster.folder)
  at.cluster.log.warn(`PostgreSQL (process ${running.pid}) has not shut down within a minute`)
}
