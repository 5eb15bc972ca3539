import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import type { Logger } from '../log/index.ts'
import { createCluster, ensurePassword, syncCluster } from './create-cluster.ts'
import { findBinaries, type Binaries, type BinarySource } from './find-binaries.ts'
import { PostgresStartError } from './postgres-start-error.ts'
import { prepareBinaries } from './prepare-binaries.ts'
import { findRunAs, giveTo, type RunAs } from './run-as.ts'
import { SERVER_OPTIONS } from './server-options.ts'
import { findFreePort, hasForeignPid, launch, untilReady } from './server-process.ts'
import { ensureSocketFolder } from './socket-folder.ts'

export type ClusterSettings = {
  readonly folder: string
  readonly passwordFile: string
  readonly logFile: string
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** Use only these programs; the system's before the bundled ones when absent. */
  readonly source?: BinarySource
  /** Server settings that differ from ours; only test databases have a reason for it. */
  readonly options?: Readonly<Record<string, string>>
  /** Where its clients expect it; any free port when absent. */
  readonly port?: number
}

const LAUNCHES_MAX = 5
const BETWEEN_LAUNCHES_MS = 300

/** Starts a server on the cluster, making the cluster first if there is none. */
export async function startServer(settings: ClusterSettings): Promise<{
  readonly port: number
  readonly source: BinarySource
  readonly synced: Promise<void>
}> {
  const { folder, log } = settings
  const dataMajor = await readDataMajor(folder)
  const runAs = await findRunAs(folder)
  const found = await findBinaries({ dataMajor, source: settings.source ?? null })
  const binaries = await prepareBinaries(found, runAs)
  if (dataMajor === null) {
    log.info(`preparing a new database (PostgreSQL ${binaries.version}) in ${folder}`)
    const password = await ensurePassword(settings.passwordFile)
    await createCluster({ folder, binaries, runAs, password })
  } else {
    await settleOwner(folder, runAs)
  }
  const port = await launchUntilReady(settings, { binaries, runAs })
  const isDurable = settings.options?.['fsync'] !== 'off'
  const synced =
    dataMajor === null && isDurable
      ? syncCluster({ folder, binaries, runAs }).catch((error: unknown) =>
          log.warn({ error }, 'the new database could not be flushed to the disk'),
        )
      : Promise.resolve()
  return { port, source: binaries.source, synced }
}

async function readDataMajor(folder: string): Promise<number | null> {
  const text = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => null)
  return text === null ? null : Number.parseInt(text, 10)
}

async function settleOwner(folder: string, runAs: RunAs | null): Promise<void> {
  const owner = (await stat(folder)).uid
  if (owner === (runAs?.uid ?? process.getuid?.())) return
  if (runAs !== null) return giveTo(folder, runAs)
  throw new PostgresStartError(
    `the data in ${folder} belongs to user ${owner}: start the service as that user, or as root`,
  )
}

async function launchUntilReady(
  settings: ClusterSettings,
  program: { readonly binaries: Binaries; readonly runAs: RunAs | null },
): Promise<number> {
  const { folder } = settings
  if (await hasForeignPid(folder)) await rm(join(folder, 'postmaster.pid'))
  const socketFolder = await ensureSocketFolder(folder, program.runAs)
  // Again: somebody may take the port before the server does, and the children of a server that was
  // killed hold its memory for a moment.
  for (let launches = 1; launches <= LAUNCHES_MAX; launches += 1) {
    const port = settings.port ?? (await findFreePort())
    const options = {
      ...SERVER_OPTIONS,
      unix_socket_directories: socketFolder,
      port: String(port),
      ...settings.options,
    }
    const pid = await launch({ folder, ...program, logFile: settings.logFile, options })
    const server = await untilReady({ folder, pid }, settings.log)
    if (server !== null) return server.port
    await wait(BETWEEN_LAUNCHES_MS)
  }
  const said = await readFile(settings.logFile, 'utf8').catch(() => '')
  const last = said.trim().split('\n').slice(-3).join(' ')
  throw new PostgresStartError(`PostgreSQL does not start on ${folder}; its log ends: ${last}`)
}
