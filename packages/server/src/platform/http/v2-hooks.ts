import { assert } from '@perennial/core/fault'
import { ApiRefusal } from './api-refusal.ts'
import type { ApiDeps, ApiInstance } from './api-instance.ts'
import { type FindApiKey, createAuthenticator } from './authenticate.ts'
import { cardNumberRefused, findCardNumber } from './card-numbers.ts'
import { collectionOf } from './collection-of.ts'
import { createFixedCheck } from './fixed-fields.ts'
import { addIdempotency, idempotencyKeyOf } from './idempotency-hooks.ts'
import { isInProcess } from './in-process.ts'
import { createQueryCheck } from './known-query.ts'
import { createNormaliser, findUnstorable } from './normalise-input.ts'
import { createRateLimiter } from './rate-limit.ts'
import { toCommandContext } from './request-context.ts'
import { requireScope, type Scope } from './scopes.ts'

/** Versions of the API that a caller may pin with `RevKeen-Version`. */
export const API_VERSION = '2026-05-01'
const KNOWN_VERSIONS: ReadonlySet<string> = new Set([API_VERSION])

/** Everything between the socket and a handler under /v2, in the order in which it happens. */
export function addV2Hooks(
  app: ApiInstance,
  deps: ApiDeps & { readonly findApiKey: FindApiKey },
): void {
  prepareRoutes(app)
  addAuthentication(app, deps)
  refuseCardNumbers(app)
  addIdempotency(app, deps, {
    keyOf: idempotencyKeyOf,
    textOf: (request) => request.bodyText,
    reload: (request, object) => {
      const { context, routeOptions } = request
      const { reload } = routeOptions.config
      return reload === undefined
        ? deps.loaders.load(context, object)
        : reload(context, object, request)
    },
  })
  addNormalisation(app)
}

/** Each route must say which scope it needs; its schemas are read once for the names of their fields. */
function prepareRoutes(app: ApiInstance): void {
  const makingBodies = new Map<string, unknown>()
  app.addHook('onRoute', (route) => {
    const config = route.config ?? {}
    const body = route.schema?.body
    if (route.method === 'POST') makingBodies.set(route.url, body)
    assert(
      config.scope !== undefined,
      `${String(route.method)} ${route.url} names the scope it needs`,
    )
    route.config = {
      ...config,
      ...(body === undefined
        ? {}
        : {
            normaliseBody: createNormaliser(body),
            checkFixed: createFixedCheck({
              changing: body,
              making: () => makingBodies.get(collectionOf(route.url) ?? ''),
              changedBy: config.changedBy ?? {},
            }),
          }),
      checkQuery: createQueryCheck(route.schema?.querystring),
      ...(route.schema?.querystring === undefined
        ? {}
        : { normaliseQuery: createNormaliser(route.schema.querystring) }),
    }
  })
}

function addAuthentication(
  app: ApiInstance,
  deps: ApiDeps & { readonly findApiKey: FindApiKey },
): void {
  const { authenticate, forget } = createAuthenticator(deps)
  const limit =
    deps.config.rateLimit === null ? null : createRateLimiter(deps.config.rateLimit, deps.clock)

  app.addHook('onRequest', async (request, reply) => {
    const apiKey = await authenticate(request)
    if (apiKey.isNarrowed && !isInProcess(request)) throw narrowed()
    if (limit !== null) reply.headers(limit(apiKey.id))
    checkVersion(request.headers['revkeen-version'])
    const { scope } = request.routeOptions.config
    assert(scope !== undefined, 'every route names its scope')
    requireScope(apiKey.scopes, scope)
    request.apiKey = apiKey
    const idempotencyKey = idempotencyKeyOf(request)
    request.commandContext = toCommandContext(deps, {
      id: request.id,
      method: request.method,
      path: request.routeOptions.url ?? '',
      apiKey,
      idempotencyKey,
      claim: () => request.claim,
    })
  })

  // Before the answer is out, so that whoever has it reads what it says.
  app.addHook('onSend', async ({ apiKey, routeOptions }) => {
    if (apiKey !== null && REMEMBERED_WITH_A_KEY.has(routeOptions.config.scope))
      forget(apiKey.account.id)
  })
}

const REMEMBERED_WITH_A_KEY: ReadonlySet<Scope | undefined> = new Set<Scope>([
  'account:write',
  'api_keys:write',
])

/** Comes before idempotency: nothing remembers such a body, its hash included. */
function refuseCardNumbers(app: ApiInstance): void {
  app.addHook('preValidation', async ({ body }) => {
    const param = findCardNumber(body)
    if (param !== null) throw cardNumberRefused(param)
  })
}

/** Comes after idempotency: a body that is refused here is refused again in the same words. */
function addNormalisation(app: ApiInstance): void {
  app.addHook('preValidation', async (request) => {
    const { normaliseBody, normaliseQuery, checkFixed, checkQuery } = request.routeOptions.config
    checkQuery?.(request.query)
    request.sent = [request.body, request.query]
    // First of all: what nests without end is walked by nobody.
    for (const part of [request.params, request.query, request.body]) {
      const problem = findUnstorable(part)
      if (problem !== null) throw ApiRefusal.invalid(problem.param, problem.message)
    }
    checkFixed?.(request.body)
    if (normaliseBody !== undefined)
      request.body = normaliseBody(request.body === undefined ? {} : request.body)
    if (normaliseQuery !== undefined) request.query = normaliseQuery(withoutEmpty(request.query))
  })
}

/** `?search=` is a form that was left empty: the same as not asking. */
function withoutEmpty(query: unknown): object {
  return Object.fromEntries(Object.entries(query ?? {}).filter(([, value]) => value !== ''))
}

function checkVersion(version: string | string[] | undefined): void {
  if (version === undefined || (typeof version === 'string' && KNOWN_VERSIONS.has(version))) return
  throw ApiRefusal.invalid(
    'RevKeen-Version',
    `Unknown API version. This service speaks ${[...KNOWN_VERSIONS].join(', ')}.`,
  )
}

function narrowed(): ApiRefusal {
  return new ApiRefusal({
    status: 403,
    type: 'authorization_error',
    code: 'insufficient_permissions',
    message:
      'This API key is narrowed down to calls or addresses of the RevCent-compatible API (/v2/settings/revcent/api-keys) and may be used there alone. Make another key for this API.',
  })
}
