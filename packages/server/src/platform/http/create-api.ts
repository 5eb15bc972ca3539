import helmet from '@fastify/helmet'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { assert } from '@perennial/core/fault'
import { encodeId } from '@perennial/core/ids'
import fastify, {
  type FastifyInstance,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify'
import type { Config } from '../config/index.ts'
import type { ApiDeps, ApiInstance, ApiModule } from './api-instance.ts'
import type { FindApiKey } from './authenticate.ts'
import { FAULT, handleErrors, sendProblem, toProblem } from './error-handler.ts'
import { ObjectLoaders } from './idempotency/idempotency.ts'
import { addOpenApi } from './openapi.ts'
import { readJsonBodies } from './read-body.ts'
import { buildSerializer } from './serialize.ts'
import { addV2Hooks } from './v2-hooks.ts'
import { createValidatorCompiler } from './validate.ts'

const BODY_BYTES_MAX = 1_048_576
/** How long a caller may take to send a request; how long an answer takes is another matter. */
const REQUEST_RECEIVED_WITHIN_MS = 60_000

export type ApiSettings = Omit<ApiDeps, 'loaders'> & {
  readonly findApiKey: FindApiKey
  /** Proxies whose X-Forwarded-For tells a caller's address; none when absent. */
  readonly trustProxy?: Config['trustProxy']
  /** Each registers its routes under /v2. */
  readonly modules: readonly ApiModule[]
}

/**
 * The HTTP service: /v2 with every rule of the API's conventions, /healthz, /openapi.json and /docs. Other faces may be
 * registered on the instance before it listens. `close()` answers what is under way and takes nothing new.
 */
export async function createApi(settings: ApiSettings): Promise<ApiInstance> {
  const { config, database, clock, ids, log, modules } = settings
  const deps: ApiDeps = { config, database, clock, ids, log, loaders: new ObjectLoaders() }
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: toTrusted(settings.trustProxy ?? null),
    requestTimeout: REQUEST_RECEIVED_WITHIN_MS,
    genReqId: () => encodeId('request', ids.next()),
    // While closing, what still arrives is answered, and its connection ended: see endConnectionsOnClose.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    schemaController: { compilersFactory: { buildSerializer } },
    // Before there is a route, so nobody would catch what is thrown here.
    frameworkErrors: (error, request, reply) => {
      const problem = toProblem(error)
      if (problem === null) log.error({ error, requestId: request.id }, 'request failed')
      return sendProblem(request, reply, problem ?? FAULT)
    },
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setValidatorCompiler(createValidatorCompiler())
  decorateRequests(app)
  readJsonBodies(app)
  addLogLine(app, deps)
  handleErrors(app, log)
  endConnectionsOnClose(app)
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    frameguard: { action: 'deny' },
    hsts: config.publicUrl.startsWith('https:'),
  })
  await addOpenApi(app, config.publicUrl)
  app.get('/healthz', { schema: { hide: true } }, async () => {
    await database.ping()
    return { status: 'ok' }
  })
  await app.register(
    async (v2: ApiInstance) => {
      addV2Hooks(v2, { ...deps, findApiKey: settings.findApiKey })
      for (const register of modules) register(v2, deps)
    },
    { prefix: '/v2' },
  )
  return app
}

/** Counted proxies are the nearest ones, whatever their addresses. */
function toTrusted(trusted: Config['trustProxy']): NonNullable<FastifyServerOptions['trustProxy']> {
  if (trusted === null) return false
  if (typeof trusted === 'number') return (_address, hop) => hop < trusted
  return [...trusted]
}

function decorateRequests(app: FastifyInstance): void {
  app.decorateRequest('apiKey', null)
  app.decorateRequest('commandContext', null)
  app.decorateRequest('claim', null)
  app.decorateRequest('repeats', null)
  app.decorateRequest('bodyText', '')
  app.decorateRequest('sent', null)
  app.decorateRequest('startedAtMs', 0)
  app.decorateRequest('context', {
    getter(this: FastifyRequest) {
      assert(this.commandContext !== null, 'only routes under /v2 have a command context')
      return this.commandContext
    },
  })
}

/** A kept-alive connection that was busy at the close would otherwise hold it up until it times out. */
function endConnectionsOnClose(app: FastifyInstance): void {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  app.addHook('onSend', async (_request, reply, payload) => {
    if (isClosing) reply.header('connection', 'close')
    return payload
  })
}

/** One line for each request, at its end; and its id on every answer. */
function addLogLine(app: FastifyInstance, { clock, log }: ApiDeps): void {
  app.addHook('onRequest', async (request, reply) => {
    request.startedAtMs = clock.monotonicMs()
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    log.info(
      {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round((clock.monotonicMs() - request.startedAtMs) * 10) / 10,
        accountId: request.apiKey?.account.id ?? null,
      },
      'request',
    )
  })
}
