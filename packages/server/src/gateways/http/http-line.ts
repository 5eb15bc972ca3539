import type { Readable } from 'node:stream'
import { parseJson } from '../../platform/foreign/index.ts'
import { Pool } from 'undici'
import { assertReachable, HTTP_1, openConnector, type Guarded } from './guard.ts'

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** From the root of the gateway's address, with its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Sent as JSON, or as it is when it is a text or bytes. */
  readonly body?: unknown
}

export type HttpAnswer = {
  readonly status: number
  readonly text: string
  /** Undefined when the text is no JSON. */
  readonly body: unknown
}

/** The way to one gateway. `call` throws when there is no answer, or none in time: `NeverSent` where nothing was asked. */
export type HttpLine = {
  readonly callMsMax: number
  call(request: HttpRequest): Promise<HttpAnswer>
  close(): Promise<void>
}

const CONNECT_MS = 2_000
/** Once the answer has begun, the rest of its few kilobytes follows. */
const BODY_MS = 5_000

export function openHttpLine(
  settings: Guarded & {
    readonly url: string
    readonly timeoutMs: number
    readonly connections: number
  },
): HttpLine {
  const { origin, pathname } = new URL(settings.url)
  const root = pathname.replace(/\/$/, '')
  const pool = new Pool(origin, {
    connections: settings.connections,
    headersTimeout: settings.timeoutMs,
    bodyTimeout: 0,
    ...HTTP_1,
    connect: openConnector(settings, CONNECT_MS),
  })
  return {
    callMsMax: CONNECT_MS + settings.timeoutMs + BODY_MS,
    call: async ({ method, path, headers, body }) => {
      assertReachable(settings)
      const response = await pool.request({
        path: `${root}${path}`,
        method,
        headers: { accept: 'application/json', ...headers },
        body: toBody(body),
      })
      const text = await readInTime(response.body)
      return { status: response.statusCode, text, body: parseJson(text) }
    },
    close: () => pool.close(),
  }
}

/** However slowly it comes: a byte now and then would hold up whoever waits for it. */
async function readInTime(body: Readable): Promise<string> {
  const late = setTimeout(() => body.destroy(new Error('the answer does not end')), BODY_MS)
  try {
    return await readBounded(body)
  } finally {
    clearTimeout(late)
  }
}

/** Lists are asked for in pages, so an answer that does not end is none. */
const BODY_BYTES_MAX = 16 * 1024 * 1024

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > BODY_BYTES_MAX) throw new Error('the answer is longer than any that makes sense')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function toBody(body: unknown): string | Uint8Array | null {
  if (body === undefined) return null
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
}
