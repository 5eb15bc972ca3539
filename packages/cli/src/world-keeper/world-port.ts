import { randomBytes, randomInt } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDataFolder } from '../../../server/src/platform/config/index.ts'

/** Below the range from which operating systems take ports for outgoing connections. */
const LOWEST = 20_000
const HIGHEST = 31_999

/**
 * The port of the world of a data folder: chosen once and kept in `port`, so that every process, now and after a
 * restart, finds the world in the same place.
 */
export async function worldPort(folder: string): Promise<number> {
  const path = join(folder, 'port')
  const known = await readPort(path)
  if (known !== null) return known
  await makeDataFolder(folder)
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, `${randomInt(LOWEST, HIGHEST + 1)}\n`)
  try {
    // A link appears with its content, and only for the first of several that try.
    await link(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await rm(draft)
  }
  return worldPort(folder)
}

/** Gives up a port that another program has taken; the next `worldPort` chooses anew. */
export async function forsakePort(folder: string, port: number): Promise<void> {
  const path = join(folder, 'port')
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await rename(path, aside)
  } catch {
    return // somebody else gave it up at the same moment
  }
  // They may have chosen a new one already, which is not ours to take away.
  if ((await readPort(aside)) !== port) await link(aside, path).catch(() => undefined)
  await rm(aside)
}

async function readPort(path: string): Promise<number | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const port = Number(text)
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null
}
