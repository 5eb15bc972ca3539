import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openDataFolder } from './data-folder.ts'
import type { Binaries } from './find-binaries.ts'
import { PostgresStartError } from './postgres-start-error.ts'
import type { RunAs } from './run-as.ts'

export const SUPERUSER = 'perennial'

/** The superuser's password, made on first use and kept beside the data, readable by the service only. */
export async function ensurePassword(file: string): Promise<string> {
  const known = await readFile(file, 'utf8').catch(() => null)
  if (known !== null) return known.trim()
  const password = randomBytes(24).toString('base64url')
  await writeFile(file, password, { mode: 0o600 })
  return password
}

/** Makes an empty cluster at `folder`. It is built beside it and renamed: half a cluster is never seen. */
export async function createCluster(settings: {
  readonly folder: string
  readonly binaries: Binaries
  readonly runAs: RunAs | null
  readonly password: string
}): Promise<void> {
  const { folder, binaries, runAs } = settings
  const part = `${folder}.new`
  await rm(part, { recursive: true, force: true })
  await mkdir(part, { mode: 0o700 })
  const scratch = await mkdtemp(join(tmpdir(), 'perennial-initdb-'))
  try {
    const passwordFile = join(scratch, 'password') // initdb reads it as the user it runs as
    await writeFile(passwordFile, settings.password, { mode: 0o600 })
    if (runAs !== null) {
      for (const path of [part, passwordFile, scratch]) await chown(path, runAs.uid, runAs.gid)
    }
    await runInitdb({ binaries, runAs, folder: part }, [
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      ...localeOptions(binaries),
      '--data-checksums',
      '--no-sync', // syncCluster does it while the service is already starting
    ])
    await chmod(part, 0o700)
    await rename(part, folder)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Has everything that was written without waiting for the disk reach it; safe while the server runs. */
export async function syncCluster(settings: InitdbSettings): Promise<void> {
  await runInitdb(settings, ['--sync-only'])
}

type InitdbSettings = {
  readonly folder: string
  readonly binaries: Binaries
  readonly runAs: RunAs | null
}

async function runInitdb(settings: InitdbSettings, options: readonly string[]): Promise<void> {
  const data = await openDataFolder(settings.folder, settings.runAs)
  try {
    const program = spawn(
      join(settings.binaries.folder, 'initdb'),
      ['-D', data.argument, ...options],
      {
        ...settings.runAs,
        cwd: '/',
        // Ctrl-C is for the service: half a cluster, or one that never reached the disk, is no way to stop.
        detached: true,
        env: { LC_ALL: 'C', TZ: 'UTC' },
        stdio: ['ignore', 'pipe', 'pipe', data.descriptor ?? 'ignore'],
      },
    )
    const said: string[] = []
    program.stdout?.on('data', (chunk: Buffer) => said.push(chunk.toString()))
    program.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()))
    const code = await new Promise<number | null>((resolve, reject) => {
      program.once('error', reject)
      program.once('close', resolve)
    })
    if (code === 0) return
    const last = said.join('').trim().split('\n').slice(-5).join(' ')
    throw new PostgresStartError(`initdb could not prepare ${settings.folder}: ${last}`)
  } finally {
    await data.close()
  }
}

/** Sorts by code point, knows Unicode's letters, and does not change with the system's libraries. */
function localeOptions(binaries: Binaries): readonly string[] {
  if (binaries.major >= 17)
    return ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  return process.platform === 'linux' ? ['--locale=C.UTF-8'] : ['--locale=C']
}
