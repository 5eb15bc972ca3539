import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConfigError } from './config-error.ts'

/**
 * Makes `DATA_DIR`, or a folder below it, with the folders above. Throws a `ConfigError` where a folder that is there takes no
 * other, as those of /proc: `mkdir` with `recursive` would try without end.
 */
export async function makeDataFolder(path: string): Promise<void> {
  const problem = await codeOf(mkdir(path))
  if (problem === null || (problem.code === 'EEXIST' && (await isFolder(path)))) return
  if (problem.code !== 'ENOENT') throw problem
  const parent = dirname(path)
  if (parent === path || (await isFolder(parent)))
    throw new ConfigError(`No folder can be made in ${parent} (${path}): set DATA_DIR to another`)
  await makeDataFolder(parent)
  await makeDataFolder(path)
}

async function codeOf(work: Promise<unknown>): Promise<NodeJS.ErrnoException | null> {
  return work.then(
    () => null,
    (error: NodeJS.ErrnoException) => error,
  )
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
