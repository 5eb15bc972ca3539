import type { FastifyReply, FastifyRequest } from 'fastify'
import type { BillingDeps, ClockHooks } from '../../modules/billing/index.ts'
import { toProblem, type ApiInstance } from '../../platform/http/index.ts'
import { secretClient } from './authenticate-client.ts'
import { addCardRoutes } from './card-routes.ts'
import { addExecuteRoute } from './execute-route.ts'
import { FaceRefusal } from './face-refusal.ts'
import { addLookupRoutes } from './lookup-routes.ts'
import { addReportRoutes } from './report-routes.ts'
import { addStatusRoutes } from './status-routes.ts'
import { addTestClockRoute } from './test-clock-route.ts'

/** `/api/recovery/*`, `/api/lookup/*` and `/api/test/advance`, with errors in the words of that API. */
export async function revtainRoutes(
  app: ApiInstance,
  deps: BillingDeps,
  given: { readonly publicUrl: string; readonly clockHooks: ClockHooks },
): Promise<void> {
  await app.register(async (own: ApiInstance) => {
    own.setErrorHandler(async (error, request, reply) => {
      const refusal = await refusalOf(deps, error, request)
      if (refusal !== null)
        return answer(reply.headers(refusal.headers), refusal.status, refusal.body)
      const problem = toProblem(error)
      if (problem !== null) return answer(reply.headers(problem.headers ?? {}), problem.status, { error: problem.message }) // prettier-ignore
      deps.log.error({ error, requestId: request.id, route: request.routeOptions.url }, 'request failed') // prettier-ignore
      const text = 'Something went wrong on our side. Repeat the call with the same idempotencyKey.'
      return answer(reply, 500, { error: text })
    })
    addExecuteRoute(own, deps, given.publicUrl)
    addStatusRoutes(own, deps)
    addCardRoutes(own, deps, given.publicUrl)
    addLookupRoutes(own)
    addReportRoutes(own, deps)
    addTestClockRoute(own, deps, given.clockHooks)
  })
}

/** The one call with a body that needs no key: the token in its path stands for it. */
const KEYLESS = '/api/recovery/update-card/:token'

/** What this face says no with itself. A missing key goes before a body that cannot be read (spec/revtain.md 4.4). */
async function refusalOf(
  deps: BillingDeps,
  error: unknown,
  request: FastifyRequest,
): Promise<FaceRefusal | null> {
  if (error instanceof FaceRefusal) return error
  const problem = toProblem(error)
  const isUnread = request.method === 'POST' && (request.body ?? null) === null
  if (!isUnread || problem === null || ![400, 413, 415].includes(problem.status)) return null
  if (request.routeOptions.url !== KEYLESS) {
    try {
      await secretClient(deps, request)
    } catch (unauthenticated) {
      if (unauthenticated instanceof FaceRefusal) return unauthenticated
      throw unauthenticated
    }
  }
  return new FaceRefusal(problem.status, { error: problem.message, field: 'body' })
}

function answer(reply: FastifyReply, status: number, body: object): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
