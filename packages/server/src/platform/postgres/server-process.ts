import { spawn } from 'node:child_process'
import { readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import type { Logger } from '../log/index.ts'
import { openDataFolder } from './data-folder.ts'
import type { Binaries } from './find-binaries.ts'
import { PostgresStartError } from './postgres-start-error.ts'
import { isPidRunning } from './process-identity.ts'
import type { RunAs } from './run-as.ts'

const LOOK_AGAIN_MS = 5
/** Recovery after a crash replays the log, which may be gigabytes. */
const READY_WITHIN_MS = 10 * 60_000
const STOPPED_WITHIN_MS = 60_000
const REPORT_EVERY_MS = 2_000
const LOG_BYTES_MAX = 5_000_000

export type RunningServer = {
  readonly pid: number
  readonly port: number
  readonly isReady: boolean
}

/** What postmaster.pid says, if the process it names is really the server of this folder. */
export async function findRunning(folder: string): Promise<RunningServer | null> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')
  // One value a line: pid, data folder, start time, port, socket folder, address, shared memory, status.
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0 || !isServerOf(folder, pid)) return null
  return { pid, port: Number(lines[3]), isReady: lines[7] === 'ready' }
}

/** True while the process named in a left-over postmaster.pid is somebody else entirely. */
export async function hasForeignPid(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  return pid > 0 && isPidRunning(pid) && !isServerOf(folder, pid)
}

function isServerOf(folder: string, pid: number): boolean {
  if (!isPidRunning(pid)) return false
  if (process.platform !== 'linux') return true
  try {
    // A server and its children work in its data folder.
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
  } catch {
    return readName(pid) === 'postgres'
  }
}

/** Of the program; null: it has just ended. */
function readName(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return null
  }
}

/** Starts the server in a session of its own, so that neither Ctrl-C nor our death ends it. Returns its pid. */
export async function launch(settings: {
  readonly folder: string
  readonly binaries: Binaries
  readonly runAs: RunAs | null
  readonly logFile: string
  readonly options: Readonly<Record<string, string>>
}): Promise<number> {
  await shortenLog(settings.logFile)
  const log = await open(settings.logFile, 'a', 0o600)
  const data = await openDataFolder(settings.folder, settings.runAs)
  try {
    const options = Object.entries(settings.options).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ])
    const program = spawn(
      join(settings.binaries.folder, 'postgres'),
      ['-D', data.argument, ...options],
      {
        ...settings.runAs,
        cwd: '/',
        env: { LC_ALL: 'C', TZ: 'UTC' },
        detached: true,
        stdio: ['ignore', log.fd, log.fd, data.descriptor ?? 'ignore'],
      },
    )
    const pid = await new Promise<number>((resolve, reject) => {
      program.once('error', reject)
      program.once('spawn', () => resolve(program.pid ?? 0))
    })
    program.unref()
    return pid
  } finally {
    await data.close()
    await log.close()
  }
}

async function shortenLog(file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  )
  if (size > LOG_BYTES_MAX) await rename(file, `${file}.old`)
}

/** Waits until the server takes connections. Null: it ended before it was ready. */
export async function untilReady(
  settings: { readonly folder: string; readonly pid: number },
  log: Pick<Logger, 'info'>,
): Promise<RunningServer | null> {
  for (let waitedMs = 0; waitedMs < READY_WITHIN_MS; waitedMs += LOOK_AGAIN_MS) {
    const server = await findRunning(settings.folder)
    if (server?.isReady === true) return server
    if (!isPidRunning(settings.pid)) return null
    if (waitedMs > 0 && waitedMs % REPORT_EVERY_MS === 0)
      log.info('waiting for PostgreSQL to recover its data')
    await wait(LOOK_AGAIN_MS)
  }
  throw new PostgresStartError(
    `PostgreSQL in ${settings.folder} did not become ready within ten minutes`,
  )
}

/** Asks the server to end its sessions and shut down, and waits for it. */
export async function shutDown(pid: number): Promise<boolean> {
  process.kill(pid, 'SIGINT') // PostgreSQL's "fast" shutdown
  for (let waitedMs = 0; waitedMs < STOPPED_WITHIN_MS; waitedMs += LOOK_AGAIN_MS) {
    if (!isPidRunning(pid)) return true
    await wait(LOOK_AGAIN_MS)
  }
  return false
}

export async function findFreePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', resolve)
  })
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string')
    throw new PostgresStartError('no free port on 127.0.0.1')
  return address.port
}
