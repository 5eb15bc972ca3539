import { spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

import type { Binaries } from './find-binaries.ts'
import { PostgresStartError } from './postgres-start-error.ts'
import type { RunAs } from './run-as.ts'

/** Outside the checkout and readable by everybody; the second is for systems without the first. */
const CACHES = ['/var/cache/perennial', join(tmpdir(), 'perennial-cache')]

/** Makes the programs runnable by that user: their library links, and a copy where they cannot be read. */
export async function prepareBinaries(binaries: Binaries, runAs: RunAs | null): Promise<Binaries> {
  if (binaries.source === 'system') return binaries
  const native = dirname(binaries.folder)
  await linkLibraries(native).catch(() => undefined) // a read-only checkout: the next line decides
  if (canRun(binaries.folder, runAs)) return binaries
  for (const cache of CACHES) {
    const folder = await copyInto(cache, { native, version: binaries.version }).catch(() => null)
    if (folder !== null && canRun(folder, runAs)) return { ...binaries, folder }
  }
  throw new PostgresStartError(
    `PostgreSQL's programs in ${native} cannot be run: install PostgreSQL from your system's packages, or set DATABASE_URL`,
  )
}

function canRun(folder: string, runAs: RunAs | null): boolean {
  // initdb needs the most libraries of the programs that we start, and itself starts `postgres`.
  return ['initdb', 'postgres'].every(
    (program) =>
      spawnSync(join(folder, program), ['--version'], { ...runAs, cwd: '/', stdio: 'ignore' })
        .status === 0,
  )
}

/** npm packages cannot hold symbolic links; the package lists them for an install step that we do not run. */
async function linkLibraries(native: string): Promise<void> {
  const links: unknown = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'))
  if (!Array.isArray(links)) return
  for (const { source, target } of links) {
    // Both are paths from the package's root, in the same folder.
    const path = join(dirname(native), String(target))
    await symlink(basename(String(source)), path).catch(ignoreExisting)
  }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
}

async function copyInto(
  cache: string,
  from: { readonly native: string; readonly version: string },
): Promise<string> {
  const made = await mkdir(cache, { recursive: true })
  if (made !== undefined) await chmod(cache, 0o755) // whatever the umask says
  const { uid, mode } = await stat(cache)
  // Whoever can write here could make us run their program.
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0)
    throw new PostgresStartError(`${cache} is not ours alone`)
  const target = join(cache, `postgres-${from.version}`)
  const isThere = await stat(join(target, 'native')).catch(() => null)
  if (isThere === null) {
    const part = `${target}.${process.pid}`
    await cp(from.native, join(part, 'native'), { recursive: true, verbatimSymlinks: true })
    await chmod(part, 0o755)
    await linkLibraries(join(part, 'native'))
    await rename(part, target).catch(() => rm(part, { recursive: true, force: true })) // another was first
  }
  return join(target, 'native', 'bin')
}
