import { randomBytes } from 'node:crypto'
import { link, readFile, unlink, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

import { sha256Hex } from '../crypto/index.ts'
import { PostgresStartError } from './postgres-start-error.ts'
import { isRunning, ownIdentity } from './process-identity.ts'

const GIVE_UP_AFTER_MS = 120_000
const LOOK_AGAIN_MS = 20

/**
 * Runs `work` while no other process holds the lock file at `path`. A holder that died does not count.
 * Two callers in one process exclude each other too.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const mark = JSON.stringify({ ...ownIdentity(), nonce: randomBytes(8).toString('hex') })
  await acquire(path, mark)
  try {
    return await work()
  } finally {
    await unlink(path)
  }
}

async function acquire(path: string, mark: string): Promise<void> {
  const own = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(own, mark, { mode: 0o600 })
  try {
    for (let waitedMs = 0; waitedMs < GIVE_UP_AFTER_MS; waitedMs += LOOK_AGAIN_MS) {
      // A hard link appears with its content and only if the name is free: nobody sees half a lock.
      if (await linked(own, path)) return
      await removeIfStale(path, own)
      await wait(LOOK_AGAIN_MS)
    }
  } finally {
    await unlink(own)
  }
  throw new PostgresStartError(
    `another process has held ${path} for two minutes: stop it, or remove that file`,
  )
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/**
 * A lock of the dead is removed by one caller alone: whoever first links a claim that is named after its very content, and
 * looks again before removing it. Claims of callers that died over it are claimed in turn.
 */
async function removeIfStale(path: string, own: string): Promise<void> {
  const seen = await read(path)
  if (seen === null || !isStale(seen)) return
  const claims: string[] = []
  for (let about = seen; ;) {
    const claim = `${path}.${sha256Hex(about).slice(0, 16)}`
    claims.push(claim)
    if (await linked(own, claim)) break
    const claimer = await read(claim)
    if (claimer === null || !isStale(claimer)) return
    about = `${about} ${claimer}`
  }
  if ((await read(path)) === seen) await unlink(path)
  await Promise.all(claims.map((claim) => unlink(claim).catch(() => undefined)))
}

function read(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}

function isStale(mark: string): boolean {
  const holder: unknown = JSON.parse(mark)
  if (!(holder instanceof Object) || !('pid' in holder) || !('startedAt' in holder)) return true
  const { pid, startedAt } = holder
  return typeof pid !== 'number' || typeof startedAt !== 'string' || !isRunning({ pid, startedAt })
}
