import type { FastifyReply, FastifyRequest } from 'fastify'
import { assert } from '@perennial/core/fault'
import { sha256Hex } from '../crypto/index.ts'
import { startLoop } from '../loop/index.ts'
import type { ApiDeps, ApiInstance } from './api-instance.ts'
import { ApiRefusal } from './api-refusal.ts'
import { admit, settle, settleReload } from './idempotency/idempotency.ts'
import { LiveClaims } from './idempotency/live-claims.ts'
import type { MadeObject, StoredAnswer } from './idempotency/queries.ts'

const KEYED_METHODS: ReadonlySet<string> = new Set(['POST', 'PATCH', 'PUT'])
const KEY_LENGTH_MAX = 255
/** Well below the time after which a request counts as crashed. */
const ALIVE_EVERY_MS = 15_000

/** The `Idempotency-Key` of a request on which it counts; GET and DELETE ignore it. */
export function idempotencyKeyOf(request: FastifyRequest): string | null {
  const value = request.headers['idempotency-key']
  if (!KEYED_METHODS.has(request.method) || value === undefined) return null
  if (typeof value !== 'string' || value.length < 1 || value.length > KEY_LENGTH_MAX) {
    throw ApiRefusal.invalid(
      'Idempotency-Key',
      `An idempotency key has 1 to ${KEY_LENGTH_MAX} characters.`,
    )
  }
  return value
}

/** What differs from one face of the service to another. */
export type IdempotencySettings = {
  /** The key of a request that is to run once; null = it is none. */
  readonly keyOf: (request: FastifyRequest) => string | null
  /** The text that two requests with one key must share: without what must not be stored, not even as a hash. */
  readonly textOf: (request: FastifyRequest) => string
  /** The body that repeats an answer whose process died before it was stored; null = the object is gone. Its input is validated. */
  readonly reload: (request: FastifyRequest, object: MadeObject) => Promise<object | null>
}

type IdempotencyDeps = Pick<ApiDeps, 'database' | 'clock' | 'log'>

/** Runs a keyed request once; answers repetitions from what is stored. Comes before validation, so that a 400 is stored too. */
export function addIdempotency(
  app: ApiInstance,
  deps: IdempotencyDeps,
  settings: IdempotencySettings,
): void {
  const live = watchClaims(app, deps)
  app.addHook('preValidation', async (request, reply) => {
    const key = settings.keyOf(request)
    if (key === null) return undefined
    const { apiKey } = request
    assert(apiKey !== null, 'a request with an idempotency key is authenticated')
    const path = request.url.split('?', 1)[0] ?? ''
    const admission = await admit(deps, {
      accountId: apiKey.account.id,
      apiKeyId: apiKey.id,
      route: `${request.method} ${path}`,
      key,
      requestHash: sha256Hex(settings.textOf(request)),
    })
    switch (admission.kind) {
      case 'run':
        request.claim = admission.claim
        live.add(admission.claim)
        return undefined
      case 'replay': {
        const { status, headers, body } = admission.answer
        return reply.code(status).headers(headers).header('idempotency-replayed', 'true').send(body)
      }
      default:
        request.claim = admission.claim
        request.repeats = admission
        live.add(admission.claim)
        return undefined
    }
  })

  app.addHook('preHandler', async (request, reply) => {
    if (request.repeats === null) return undefined
    const { object } = request.repeats
    reply.header('idempotency-replayed', 'true')
    const loaded = await settings.reload(request, object)
    if (loaded === null) throw ApiRefusal.notFound(object.kind)
    return reply.code(successStatus(request)).send(loaded)
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const { claim, repeats } = request
    if (claim === null) return payload
    live.delete(claim)
    if (typeof payload !== 'string') return payload
    request.claim = null
    const answer: StoredAnswer = {
      status: reply.statusCode,
      headers: { 'content-type': contentTypeOf(reply) },
      body: withoutSecrets(payload, request.routeOptions.config.shownOnce ?? []),
    }
    const settled =
      repeats === null
        ? settle(deps.database, claim, answer)
        : settleReload(deps.database, repeats, answer)
    await settled.catch((error: unknown) => {
      // What was done is done and the caller is told; a repetition is answered with the object itself.
      deps.log.warn(
        { error, requestId: request.id },
        'the answer to a keyed request could not be stored',
      )
    })
    return payload
  })
}

/** While a request is under way, its claim says so. */
function watchClaims(app: ApiInstance, deps: IdempotencyDeps): LiveClaims {
  const live = new LiveClaims(deps)
  const loop = startLoop({
    name: 'sign of life of keyed requests',
    intervalMs: ALIVE_EVERY_MS,
    log: deps.log,
    round: async () => {
      await live.sayAlive()
      return { hasMore: false }
    },
  })
  app.addHook('onClose', () => loop.stop())
  return live
}

function withoutSecrets(payload: string, shownOnce: readonly string[]): string {
  if (shownOnce.length === 0) return payload
  return JSON.stringify(JSON.parse(payload), (key, value: unknown) =>
    shownOnce.includes(key) ? undefined : value,
  )
}

function contentTypeOf(reply: FastifyReply): string {
  return String(reply.getHeader('content-type') ?? 'application/json; charset=utf-8')
}

/** The one 2xx status that the route says, or its schema. */
function successStatus(request: FastifyRequest): number {
  const { successStatus: named } = request.routeOptions.config
  if (named !== undefined) return named
  const responses = request.routeOptions.schema?.response
  const statuses = typeof responses === 'object' && responses !== null ? Object.keys(responses) : []
  return Number(statuses.find((status) => /^2\d\d$/.test(status)) ?? '200')
}
