import { createHash } from 'node:crypto'
import { chown, mkdir, readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'

import type pg from 'pg'

/** Linux keeps what is below it in memory. */
const MEMORY = '/dev/shm'
const NAME = 'test_memory'
/** The largest test database takes a tenth of it; two lanes run at once. */
const ROOM_BYTES = 3 * 2 ** 30

/**
 * Gives a cluster a tablespace in memory, if there is one. On a disk's file system, making and removing the 900 files
 * of a database takes half a second of processor time; in memory a tenth of that. The cluster itself stays on
 * the disk, and nothing but an empty folder stays in memory after a run.
 */
export async function addMemorySpace(admin: pg.Client, clusterFolder: string): Promise<void> {
  const path = join(MEMORY, `perennial-tests-${toSuffix(clusterFolder)}`)
  if (!(await hasRoom())) return
  const isKnown = await hasMemorySpace(admin)
  if (isKnown && (await isFilled(path))) return
  try {
    // The machine was started anew, or the cluster was made anew: one of the two knows nothing of the other.
    if (isKnown) await admin.query(`drop tablespace ${NAME}`)
    await rm(path, { recursive: true, force: true })
    await mkdir(path, { mode: 0o700 })
    const { uid, gid } = await stat(join(clusterFolder, 'PG_VERSION')) // PostgreSQL does not run as root
    await chown(path, uid, gid)
    await admin.query(`create tablespace ${NAME} location '${path}'`)
  } catch {
    // Another run is doing the same, or somebody else's folder is in the way: the disk will do.
  }
}

/** What to add to `create database`, so that it is made in memory. */
export async function toMemoryClause(admin: pg.Client): Promise<string> {
  const isInMemory = (await hasMemorySpace(admin)) && (await hasRoom())
  return isInMemory ? `tablespace ${NAME}` : ''
}

async function hasMemorySpace(admin: pg.Client): Promise<boolean> {
  const { rowCount } = await admin.query('select 1 from pg_tablespace where spcname = $1', [NAME])
  return rowCount === 1
}

/** PostgreSQL keeps a folder of its own in every tablespace. */
async function isFilled(path: string): Promise<boolean> {
  const entries = await readdir(path).catch(() => [])
  return entries.length > 0
}

/** Where there is little, as in most containers, the disk is the better place. */
async function hasRoom(): Promise<boolean> {
  if (process.platform !== 'linux' || process.availableMemory() < ROOM_BYTES) return false
  const space = await statfs(MEMORY).catch(() => null)
  return space !== null && space.bavail * space.bsize >= ROOM_BYTES
}

function toSuffix(clusterFolder: string): string {
  return createHash('sha256').update(clusterFolder).digest('hex').slice(0, 12)
}
