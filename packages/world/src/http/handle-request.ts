import type { IncomingMessage, ServerResponse } from 'node:http'
import { drawLatencyMs } from '../judging/judge.ts'
import { type Answer, refuse } from './answer.ts'
import { type Call, readCall } from './call.ts'
import type { Context } from './context.ts'
import { route } from './route.ts'

const BODY_BYTES_MAX = 64 * 1024
/**
 * How much of a body that is too large is still taken in, so that its sender gets to read the
 * refusal.
 */
const DRAIN_BYTES_MAX = 4 * 1024 * 1024

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly latency: boolean
}

export function handleRequest(context: Context, exchange: Exchange): void {
  const { request } = exchange
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk)
    else if (bytes > DRAIN_BYTES_MAX) request.destroy()
  })
  request.on('end', () => {
    if (bytes > BODY_BYTES_MAX) send(exchange, refuse('body_too_large'))
    else answerCall(context, exchange, Buffer.concat(chunks).toString('utf8'))
  })
  request.on('error', () => request.destroy())
}

function answerCall(context: Context, exchange: Exchange, body: string): void {
  const { method = 'GET', url = '/', headers } = exchange.request
  const reading = readCall({ method, url, headers, body })
  if (reading.kind === 'refused') return send(exchange, reading.answer)
  const answer = answerOrFault(context, reading.value)
  const waitMs = exchange.latency ? latencyOf(context, reading.value) : 0
  if (waitMs === 0) send(exchange, answer)
  else setTimeout(() => send(exchange, answer), waitMs)
}

/** A fault of ours ends the call, not the world. Its message never holds what the caller sent. */
function answerOrFault(context: Context, call: Call): Answer {
  try {
    return route(context, call)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    return refuse('fault')
  }
}

/** Only what a gateway does takes its time; health and audit are the world's own. */
function latencyOf({ world }: Context, call: Call): number {
  const [first, gatewayId] = call.segments
  const isKnown = world.file.gateways.some((gateway) => gateway.id === gatewayId)
  if (first !== 'gateways' || gatewayId === undefined || !isKnown) return 0
  const about = `${call.method} ${call.segments.join('/')} ${call.idempotencyKey ?? ''}`
  return drawLatencyMs(world, { gatewayId, at: call.at, about })
}

function send({ request, response }: Exchange, answer: Answer): void {
  if (answer.kind === 'hang_up') {
    request.socket.destroy()
    return
  }
  const isPage = answer.kind === 'html'
  const body = isPage ? answer.page : JSON.stringify(answer.body)
  response.writeHead(answer.status, {
    'content-type': `${isPage ? 'text/html' : 'application/json'}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
