import { randomBytes } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createKeyRing,
  randomToken,
  type KeyRing,
} from '../../../server/src/platform/crypto/index.ts'
import { makeDataFolder, type Config } from '../../../server/src/platform/config/index.ts'
import { CommandError } from '../command-error.ts'

const KEY_BYTES = 32
const LENGTH_MIN = 32

/** The keys that seal stored credentials: `SECRET_KEY`, or the one in `DATA_DIR/secret-key`, made when it is missing. */
export async function openKeyRing(config: Pick<Config, 'secretKey' | 'dataDir'>): Promise<KeyRing> {
  return createKeyRing(config.secretKey ?? (await keptKey(config.dataDir)))
}

async function keptKey(dataDir: string): Promise<string> {
  const path = join(dataDir, 'secret-key')
  const kept = await readFile(path, 'utf8').catch(() => null)
  if (kept !== null) return checked(path, kept.trim())
  await makeDataFolder(dataDir)
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, `${randomToken('', KEY_BYTES)}\n`, { mode: 0o600 })
  try {
    // Only the first of several processes gets to name it; all of them read what that one wrote.
    await link(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await rm(draft)
  }
  return keptKey(dataDir)
}

function checked(path: string, key: string): string {
  if (key.split(',').every((part) => part.length >= LENGTH_MIN)) return key
  throw new CommandError(
    `${path} holds no key of ${LENGTH_MIN} characters: restore it from a back-up`,
  )
}
