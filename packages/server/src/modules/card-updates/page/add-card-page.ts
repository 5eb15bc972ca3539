import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../../platform/clock/index.ts'
import type { Decision } from '../../../platform/command/index.ts'
import { type ApiInstance, createCallerLimit, toProblem } from '../../../platform/http/index.ts'
import type { Logger } from '../../../platform/log/index.ts'
import { type BuiltPage, sendAway, sendPage } from '../../../platform/pages/index.ts'
import { type CardOutcome, type CardPageHost, type CardRefusal, isBack } from './card-page.ts'
import { readCard } from './read-card.ts'
import { toWireOutcome, toWireOver, toWirePage, toWireRefusal } from './wire.ts'

export type CardPageDeps = {
  readonly clock: Clock
  readonly log: Logger
  /** As packages/web built it; null = it was not. */
  readonly page: BuiltPage | null
}

const schema = { hide: true } as const
const TOKEN_LENGTH_MAX = 200
/** Guessing a token is hopeless; trying many is refused all the same. Whoever has a link is not counted. */
const UNKNOWN_PER_MINUTE = 30
/** The page asks a few times while a bank thinks. */
const CALLS_OF_A_LINK_PER_MINUTE = 30
const BODY_BYTES_MAX = 4_096

/**
 * The page on which a card is replaced, at `{prefix}/{token}`: one page with everything in it, and the two calls that it
 * makes. Call it on an instance of its own: what is said there about errors keeps card numbers out of logs and answers.
 */
export function addCardPage(
  app: ApiInstance,
  deps: CardPageDeps,
  { prefix, host }: { readonly prefix: string; readonly host: CardPageHost },
): void {
  keepCardsSecret(app, deps)
  const isFewUnknown = createCallerLimit(UNKNOWN_PER_MINUTE, deps.clock)
  const isFewCalls = createCallerLimit(CALLS_OF_A_LINK_PER_MINUTE, deps.clock)

  app.get(`${prefix}/:token`, { schema }, async (request, reply) => {
    const opened = await host.open(tokenOf(request))
    if (opened.kind === 'refused') {
      if (opened.code === 'link_unknown' && !isFewUnknown(request.ip))
        return sendAway(reply.header('retry-after', '60'), deps.page, { status: 429 })
      const status = opened.code === 'link_unknown' ? 404 : 410
      const data = toWireOver(opened.code)
      return sendPage(reply, deps.page, { status, title: 'Link', data, imageUrl: null })
    }
    const { brand, isReturning } = opened.value
    const data = toWirePage({ ...opened.value, isReturning: isReturning || isBack(request.query) })
    return sendPage(reply, deps.page, { status: 200, title: brand.name, data, imageUrl: brand.logoUrl }) // prettier-ignore
  })

  const answer = (
    request: FastifyRequest,
    reply: FastifyReply,
    decision: Decision<CardOutcome, CardRefusal>,
  ): FastifyReply => {
    reply.header('cache-control', 'no-store')
    if (decision.kind === 'accepted')
      return reply.send(toWireOutcome(decision.value, (token) => `${prefix}/${token}`))
    if (decision.code === 'link_unknown' && !isFewUnknown(request.ip)) return tooMany(reply)
    const { status, body } = toWireRefusal(decision.code)
    return reply.code(status).send(body)
  }

  app.post(`${prefix}/:token/card`, { schema, bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
    const token = tokenOf(request)
    if (!isFewCalls(token)) return tooMany(reply)
    const given = readCard(request.body)
    if (given === null) return reply.code(400).send({ error: 'This is no card as the page sends it.' })
    return answer(request, reply, await host.give(token, given))
  }) // prettier-ignore

  app.post(`${prefix}/:token/continue`, { schema }, async (request, reply) => {
    const token = tokenOf(request)
    if (!isFewCalls(token)) return tooMany(reply)
    return answer(request, reply, await host.continue(token))
  })
}

/** An error may quote what it stumbled over: its kind and place are told, never its text. Who opened a page sees a page. */
function keepCardsSecret(app: ApiInstance, { log, page }: CardPageDeps): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error)
    if (request.method === 'GET' && problem !== null && problem.status >= 500)
      return sendAway(reply.headers(problem.headers ?? {}), page, { status: problem.status })
    if (problem !== null) return reply.code(problem.status).headers(problem.headers ?? {}).send({ error: problem.message }) // prettier-ignore
    const { name, stack = '' } = error instanceof Error ? error : new Error('no error')
    const place = stack.split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 8) // prettier-ignore
    log.error({ name, place, requestId: request.id, route: request.routeOptions.url }, 'request failed') // prettier-ignore
    if (request.method === 'GET') return sendAway(reply, page, { status: 500 })
    return reply.code(500).send({ error: 'Something went wrong on our side.' })
  })
}

function tooMany(reply: FastifyReply): FastifyReply {
  return reply
    .code(429)
    .headers({ 'retry-after': '60', 'cache-control': 'no-store' })
    .send({ error: 'Too many requests. Wait a minute.' })
}

function tokenOf(request: FastifyRequest): string {
  return String(Reflect.get(Object(request.params), 'token')).slice(0, TOKEN_LENGTH_MAX)
}
