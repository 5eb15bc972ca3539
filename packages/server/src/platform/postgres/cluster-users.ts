import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { isRunning, ownIdentity } from './process-identity.ts'

/** One file a user of the server; the last user to leave stops it. Call both under the folder's lock. */
export async function joinUsers(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${process.pid}-${randomBytes(4).toString('hex')}.json`)
  await writeFile(file, JSON.stringify(ownIdentity()), { mode: 0o600 })
  return file
}

/** Takes one user's file away and returns how many running users remain; those that died are forgotten. */
export async function leaveUsers(folder: string, file: string): Promise<number> {
  await unlink(file).catch(() => undefined)
  let remaining = 0
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (await isUsed(path)) remaining += 1
    else await unlink(path).catch(() => undefined)
  }
  return remaining
}

async function isUsed(path: string): Promise<boolean> {
  try {
    const user: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (!(user instanceof Object) || !('pid' in user) || !('startedAt' in user)) return false
    const { pid, startedAt } = user
    return typeof pid === 'number' && typeof startedAt === 'string' && isRunning({ pid, startedAt })
  } catch {
    return false
  }
}
