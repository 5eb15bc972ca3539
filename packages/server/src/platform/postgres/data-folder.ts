import { open } from 'node:fs/promises'

import { PostgresStartError } from './postgres-start-error.ts'
import { canReach, type RunAs } from './run-as.ts'

/** How a program that runs as another user names the data folder, and what it must inherit for that. */
export type DataFolder = {
  /** For the option -D. */
  readonly argument: string
  /** Inherited by the program as descriptor 3; null when the path itself will do. */
  readonly descriptor: number | null
  close(): Promise<void>
}

/**
 * Under /root and the like, user `postgres` cannot walk down to its own data. Opening permissions up is
 * not ours to do, so we open the folder and hand it over: a path through /proc/self/fd starts at the
 * folder itself and asks no parent.
 */
export async function openDataFolder(path: string, runAs: RunAs | null): Promise<DataFolder> {
  if (runAs === null || (await canReach(path, runAs))) {
    return { argument: path, descriptor: null, close: async () => undefined }
  }
  if (process.platform !== 'linux') {
    throw new PostgresStartError(
      `PostgreSQL does not run as root, and user ${runAs.uid} may not enter the folders above ${path}: set DATA_DIR to another place, or start the service as another user`,
    )
  }
  const handle = await open(path, 'r')
  return { argument: '/proc/self/fd/3', descriptor: handle.fd, close: () => handle.close() }
}
