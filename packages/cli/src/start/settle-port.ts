import { createServer } from 'node:net'
import { assert } from '@perennial/core/fault'
import type { Config } from '../../../server/src/platform/config/index.ts'
import { CommandError } from '../command-error.ts'

/**
 * The configuration with a port that is free at this moment: said at once, and not after a minute of preparing. Port 0
 * becomes a free one.
 */
export async function settlePort(config: Config): Promise<Config> {
  if (!config.roles.has('api')) return config
  const port = await tryPort(config)
  if (port === config.port) return config
  const isUsualUrl = config.publicUrl === `http://localhost:${config.port}`
  return { ...config, port, publicUrl: isUsualUrl ? `http://localhost:${port}` : config.publicUrl }
}

function tryPort({ port, host }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => reject(toPortError(error, { port, host })))
    server.listen(port, host, () => {
      const address = server.address()
      assert(typeof address === 'object' && address !== null, 'a listening server has an address')
      server.close(() => resolve(address.port))
    })
  })
}

/** What it means when the service cannot listen. */
export function toPortError(
  error: unknown,
  at: { readonly port: number; readonly host: string },
): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'EADDRINUSE') {
    return new CommandError(
      `port ${at.port} on ${at.host} is in use: stop the program that uses it, or set PORT to another`,
    )
  }
  if (code === 'EACCES')
    return new CommandError(
      `port ${at.port} needs more rights than this user has: set PORT to 1024 or above`,
    )
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new CommandError(
      `HOST ${at.host} is no address of this machine: set it to one that is, or leave it out`,
    )
  return error
}
