import type { FastifyReply } from 'fastify'
import type { BillingDeps, ClockHooks } from '../../modules/billing/index.ts'
import { toProblem, type ApiInstance } from '../../platform/http/index.ts'
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
    own.setErrorHandler((error, request, reply) => {
      if (error instanceof FaceRefusal)
        return answer(reply.headers(error.headers), error.status, error.body)
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

function answer(reply: FastifyReply, status: number, body: object): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
