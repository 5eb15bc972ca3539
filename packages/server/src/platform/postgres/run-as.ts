import { execFileSync } from 'node:child_process'
import { lchown, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { PostgresStartError } from './postgres-start-error.ts'

/** The operating system user that PostgreSQL runs as. It refuses to run as root. */
export type RunAs = { readonly uid: number; readonly gid: number }

const ACCOUNTS = ['postgres', 'nobody']

/** Null: as the user who runs the service. Root drops to the owner of existing data, or `postgres`, or `nobody`. */
export async function findRunAs(clusterFolder: string): Promise<RunAs | null> {
  if (process.getuid?.() !== 0) return null
  const existing = await stat(join(clusterFolder, 'PG_VERSION')).catch(() => null)
  if (existing !== null && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid }
  const runAs = ACCOUNTS.map(lookUp).find((found) => found !== null)
  if (runAs === undefined) {
    throw new PostgresStartError(
      'PostgreSQL does not run as root, and there is no user postgres or nobody: create one, or start the service as another user',
    )
  }
  return runAs
}

function lookUp(account: string): RunAs | null {
  try {
    const ask = (option: string): number =>
      Number(execFileSync('id', [option, account], { encoding: 'utf8', stdio: 'pipe' }).trim())
    const runAs = { uid: ask('-u'), gid: ask('-g') }
    return runAs.uid > 0 ? runAs : null
  } catch {
    return null
  }
}

/** Gives a folder and all in it to the user; for data that was restored or copied by root. */
export async function giveTo(path: string, runAs: RunAs): Promise<void> {
  await lchown(path, runAs.uid, runAs.gid)
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), runAs.uid, runAs.gid)
  }
}

/** Whether the user may walk down to `path`. Access lists are not read: then the answer may be a false no. */
export async function canReach(path: string, runAs: RunAs): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder)
    const bit = uid === runAs.uid ? 0o100 : gid === runAs.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
