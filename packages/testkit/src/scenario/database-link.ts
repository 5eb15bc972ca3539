import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { assert } from '@perennial/core/fault'

/** A way to a database that can be cut and mended, as a network does it to a service. */
export type DatabaseLink = {
  readonly url: string
  /** Ends every connection at once, and refuses new ones. */
  cut(): Promise<void>
  /** Takes connections again, under the same address. */
  mend(): Promise<void>
}

export async function openDatabaseLink(databaseUrl: string): Promise<DatabaseLink> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined) // cutting a connection is no surprise
  }
  const server: Server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    keep(near)
    keep(far)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const address = server.address()
  assert(typeof address === 'object' && address !== null, 'the link listens on a port')
  const { port } = address
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  url.searchParams.delete('host') // the server's own socket
  return {
    url: url.href,
    cut: async () => {
      for (const socket of sockets) socket.destroy()
      if (!server.listening) return // cut already
      const closed = once(server, 'close')
      server.close()
      await closed
    },
    mend: () => listen(port),
  }
}
