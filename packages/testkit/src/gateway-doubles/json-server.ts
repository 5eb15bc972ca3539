import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export type DoubleRequest = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  /** Undefined when the body is no JSON. */
  readonly json: unknown
}

/** `fault` ends the connection without an answer. */
export type DoubleAnswer =
  | {
      readonly status: number
      readonly body?: unknown
      readonly headers?: Readonly<Record<string, string>>
    }
  | { readonly fault: 'hangs up' | 'never answers' }

export type JsonServer = { readonly url: string; close(): Promise<void> }

/** Speaks JSON on a port of this machine. A text as the body is sent as it is. */
export async function startJsonServer(
  handle: (request: DoubleRequest) => DoubleAnswer | Promise<DoubleAnswer>,
): Promise<JsonServer> {
  const server = createServer((incoming, response) => {
    void readRequest(incoming)
      .then(handle)
      .then((answer) => send(incoming, response, answer))
      .catch((error: unknown) => {
        send(incoming, response, { status: 500, body: { error: String(error) } })
      })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null, 'it listens on a port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function readRequest(incoming: IncomingMessage): Promise<DoubleRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://double')
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat()[0]]),
  )
  return {
    method: incoming.method ?? 'GET',
    path: pathname,
    query: searchParams,
    headers,
    text,
    json: parseJson(text),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function send(incoming: IncomingMessage, response: ServerResponse, answer: DoubleAnswer): void {
  if ('fault' in answer) {
    if (answer.fault === 'hangs up') incoming.socket.destroy()
    return
  }
  const { status, body, headers } = answer
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(body === undefined ? undefined : text)
}
