import { once } from 'node:events'
import { createServer } from 'node:http'
import assert from 'node:assert/strict'

export const MISBEHAVIOURS = [
  'never answers',
  'hangs up',
  'answers 500',
  'answers 503 with a page for people',
  'answers 200 with a page for people',
  'answers 200 with half an object',
  'answers 200 with an empty object',
  'answers 200 with null',
  'answers 200 with a list',
  'answers 200 with nothing',
] as const
export type Misbehaviour = (typeof MISBEHAVIOURS)[number]

type Answer = { readonly status: number; readonly type: string; readonly body: string }

const JSON_TYPE = 'application/json'
const PAGE = { type: 'text/html', body: '<!doctype html><h1>Service unavailable</h1>' }
const answers: Readonly<Partial<Record<Misbehaviour, Answer>>> = {
  'answers 500': { status: 500, type: JSON_TYPE, body: '{"error":{"message":"internal"}}' },
  'answers 503 with a page for people': { status: 503, ...PAGE },
  'answers 200 with a page for people': { status: 200, ...PAGE },
  'answers 200 with half an object': { status: 200, type: JSON_TYPE, body: '{"id":"ch_1","sta' },
  'answers 200 with an empty object': { status: 200, type: JSON_TYPE, body: '{}' },
  'answers 200 with null': { status: 200, type: JSON_TYPE, body: 'null' },
  'answers 200 with a list': { status: 200, type: JSON_TYPE, body: '[]' },
  'answers 200 with nothing': { status: 200, type: JSON_TYPE, body: '' },
}

/** An address at which somebody listened a moment ago, and nobody does now. */
export async function deadUrl(): Promise<string> {
  const server = await startBrokenServer('answers 500')
  await server.close()
  return server.url
}

/** Stands where the gateway should and answers badly, always in the same way. */
export async function startBrokenServer(
  misbehaviour: Misbehaviour,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume()
    if (misbehaviour === 'never answers') return
    if (misbehaviour === 'hangs up') {
      request.socket.destroy()
      return
    }
    const answer = answers[misbehaviour]
    assert(answer !== undefined, 'every other misbehaviour is an answer')
    response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null, 'it listens on a port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
