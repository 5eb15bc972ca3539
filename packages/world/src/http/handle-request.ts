import type { IncomingMessage, ServerResponse } from 'node:http'
import { assertNever } from '@perennial/core/fault'
import { deliverDue } from '../delivery/deliver-due.ts'
import { drawLatencyMs } from '../judging/judge.ts'
import { type Answer, refuse } from './answer.ts'
import { type Call, readCall } from './call.ts'
import type { Context } from './context.ts'
import { route } from './route.ts'
import { seeTime } from './seen-time.ts'

const BODY_BYTES_MAX = 64 * 1024
const UPLOAD_BYTES_MAX = 8 * 1024 * 1024
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
  const isUpload = request.headers['content-type']?.startsWith('multipart/form-data') === true
  const bytesMax = isUpload ? UPLOAD_BYTES_MAX : BODY_BYTES_MAX
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= bytesMax) chunks.push(chunk)
    else if (bytes > bytesMax + DRAIN_BYTES_MAX) request.destroy()
  })
  request.on('end', () => {
    if (bytes > bytesMax) send(exchange, refuse('body_too_large'))
    else answerCall(context, exchange, Buffer.concat(chunks).toString('utf8'))
  })
  request.on('error', () => request.destroy())
}

function answerCall(context: Context, exchange: Exchange, body: string): void {
  const { method = 'GET', url = '/', headers } = exchange.request
  const reading = readCall({ method, url, headers, body, now: context.now })
  if (reading.kind === 'refused') return send(exchange, reading.answer)
  const answer = answerOrFault(context, reading.value)
  const heldMs = answer.kind === 'json' ? (answer.waitMs ?? 0) : 0
  const waitMs = Math.max(heldMs, exchange.latency ? latencyOf(context, reading.value) : 0)
  if (waitMs === 0) send(exchange, answer)
  else setTimeout(() => send(exchange, answer), waitMs)
}

/** A fault of ours ends the call, not the world. Its message never holds what the caller sent. */
function answerOrFault(context: Context, call: Call): Answer {
  try {
    seeTime(context, call)
    const answer = route(context, call)
    tellDue(context, call)
    return answer
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    return refuse('fault')
  }
}

/** A call that shows the time of an account has it told what fell due; Stripe's clients show real time. */
function tellDue(context: Context, call: Call): void {
  if (context.state.endpoints.size === 0) return
  const [first] = call.segments
  const isStripe = first === 'stripe' || first === 'v1'
  if (!call.showsTime && !isStripe) return
  deliverDue(context, { account: call.account, at: call.at, origin: call.origin })
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
  const { status, type, text } = toText(answer)
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

function toText(answer: Exclude<Answer, { kind: 'hang_up' }>) {
  switch (answer.kind) {
    case 'json':
      return {
        status: answer.status,
        type: 'application/json',
        text: JSON.stringify(answer.body),
      }
    case 'html':
      return { status: answer.status, type: 'text/html', text: answer.page }
    case 'nonsense':
      return { status: 200, type: 'application/json', text: '{"status": "succ' }
    default:
      return assertNever(answer)
  }
}
