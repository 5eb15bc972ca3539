import { chmod, link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** `credentials.json`, as the start contract has it (ARCHITECTURE.md). */
export type Credentials = {
  readonly url: string
  readonly owner: { readonly email: string; readonly password: string }
  readonly sandbox: EnvironmentCredentials & Partial<WireFaceCredentials>
  readonly live: EnvironmentCredentials
}

type EnvironmentCredentials = { readonly account_id: string; readonly api_key: string }

export type WireFaceCredentials = {
  readonly recovery: {
    readonly client_id: string
    readonly api_key: string
    readonly publishable_key: string
    readonly webhook_secret: string
  }
  readonly revolv3_token: string
  readonly revcent_api_key: string
}

export type CredentialsFile = {
  readonly path: string
  /** Writes them down beside their place, before the accounts they open are committed. */
  keep(credentials: Credentials): Promise<void>
  /** Puts what was kept in its place: the accounts are there now. Does nothing when nothing was kept. */
  settle(): Promise<void>
  /** Brings the address in the file up to date. */
  updateUrl(url: string): Promise<void>
}

/** `DATA_DIR/credentials.json`, readable by the owner alone and never half-written. */
export function openCredentialsFile(dataDir: string): CredentialsFile {
  const path = join(dataDir, 'credentials.json')
  const kept = `${path}.new`
  return {
    path,
    keep: (credentials) => write(kept, credentials),
    settle: async () => {
      if ((await read(kept)) === null) return
      await setAside(path)
      await rename(kept, path)
    },
    updateUrl: async (url) => {
      const credentials = await read(path)
      if (credentials === null || credentials['url'] === url) return
      await write(`${path}.url`, { ...credentials, url })
      await rename(`${path}.url`, path)
    },
  }
}

async function write(path: string, content: Readonly<Record<string, unknown>>): Promise<void> {
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  await chmod(path, 0o600)
}

/** Null when there is no such file, or it is not the JSON object that we wrote. */
async function read(path: string): Promise<Record<string, unknown> | null> {
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'))
    return content instanceof Object ? Object.fromEntries(Object.entries(content)) : null
  } catch {
    return null
  }
}

/** Credentials of another database than the present one are somebody's only copy. */
async function setAside(path: string): Promise<void> {
  for (let number = 1; number <= 1_000; number += 1) {
    try {
      await link(path, `${path}.old-${number}`)
      await rm(path)
      return
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null
      if (code === 'ENOENT') return
      if (code !== 'EEXIST') throw error
    }
  }
}
