import { createHash } from 'node:crypto'
import { chown, lstat, mkdir, readdir, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'

import type { RunAs } from './run-as.ts'

/**
 * A folder of our own for the server's Unix socket, whose path may have 107 bytes at most. Empty, that is
 * no socket, when somebody else has put something under that name.
 */
export async function ensureSocketFolder(cluster: string, runAs: RunAs | null): Promise<string> {
  const folder = pathFor(cluster)
  const owner = runAs?.uid ?? process.getuid?.()
  const isNew = await mkdir(folder, { mode: 0o700 }).then(
    () => true,
    () => false,
  )
  if (isNew && runAs !== null) await chown(folder, runAs.uid, runAs.gid)
  const found = await lstat(folder).catch(() => null)
  if (found?.isDirectory() !== true || found.uid !== owner) return ''
  // A server that was killed leaves its socket, and the next one listens under another port.
  for (const name of await readdir(folder)) {
    if (name.startsWith('.s.PGSQL.')) await unlink(join(folder, name))
  }
  return folder
}

/** After the server has gone; what somebody else put there stays. */
export async function removeSocketFolder(cluster: string): Promise<void> {
  await rmdir(pathFor(cluster)).catch(() => undefined)
}

function pathFor(cluster: string): string {
  const hash = createHash('sha256').update(cluster).digest('hex').slice(0, 16)
  return join('/tmp', `perennial-${hash}`)
}
