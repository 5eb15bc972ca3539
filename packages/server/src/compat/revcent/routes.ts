import type { BillingDeps } from '../../modules/billing/index.ts'
import type { Config } from '../../platform/config/index.ts'
import { createCallerLimit, type ApiInstance, type FindApiKey } from '../../platform/http/index.ts'
import { authenticate, type KnownKey } from './authenticate.ts'
import { answerCall, answerError, type Face, type Opening } from './calls/answer-call.ts'
import { toEnvelope, toFirstEnvelope } from './calls/envelope.ts'
import { toFaceOpenApi } from './calls/openapi.ts'
import { readFirstVersion } from './calls/version-one.ts'
import { FaceRefusal } from './face-refusal.ts'
import { OPERATIONS } from './operations/index.ts'

/** This face is described in a document of its own. */
const hidden = { schema: { hide: true } } as const

type Given = {
  readonly findApiKey: FindApiKey
  readonly config: Pick<Config, 'rateLimit' | 'publicUrl'>
}

/** `/revcent/v2/…`, and version 1 at `/revcent/v1`. */
export async function revcentRoutes(
  app: ApiInstance,
  deps: BillingDeps,
  given: Given,
): Promise<void> {
  const face: Face = { app, deps }
  const known = createOpen(deps, given)
  await app.register(
    async (own: ApiInstance) => {
      own.setErrorHandler((error, request, reply) => answerError(deps, { error, request, reply }))
      own.setNotFoundHandler((request, reply) => {
        const error = FaceRefusal.notFound(`operation as ${request.method} of this path`)
        return answerError(deps, { error, request, reply })
      })
      addSecondVersion(own, face, known)
      const opening: Opening = {
        authenticate: known,
        ask: ({ body }) => ({ ...readFirstVersion(OPERATIONS, body), toBody: toFirstEnvelope }),
      }
      own.post('/v1', hidden, (request, reply) => answerCall(face, opening, { request, reply }))
      const document = JSON.stringify(toFaceOpenApi(OPERATIONS, given.config.publicUrl))
      own.get('/v2/openapi.json', hidden, (_request, reply) =>
        reply.type('application/json; charset=utf-8').send(document),
      )
    },
    { prefix: '/revcent' },
  )
}

function addSecondVersion(own: ApiInstance, face: Face, known: Opening['authenticate']): void {
  for (const operation of OPERATIONS) {
    const opening: Opening = {
      authenticate: known,
      ask: ({ params, query, body }) => ({
        operation,
        raw: { params, query, body },
        toBody: toEnvelope,
      }),
    }
    own.route({
      ...hidden,
      method: operation.method,
      url: `/v2${operation.path}`,
      handler: (request, reply) => answerCall(face, opening, { request, reply }),
    })
  }
}

/** Whose key it is, and whether it may call yet again. */
function createOpen(deps: BillingDeps, given: Given): Opening['authenticate'] {
  const { rateLimit } = given.config
  const isAllowed = rateLimit === null ? () => true : createCallerLimit(rateLimit.perMinute, deps.clock) // prettier-ignore
  return async (request): Promise<KnownKey> => {
    const key = await authenticate({ ...given, database: deps.database }, request)
    if (isAllowed(key.record.id)) return key
    throw new FaceRefusal(429, 'throttled', 'Too many calls in a minute. Try again a moment later.')
  }
}
