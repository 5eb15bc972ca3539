import type { FastifyReply, FastifyRequest } from 'fastify'
import type { BillingDeps } from '../../modules/billing/index.ts'
import type { Config } from '../../platform/config/index.ts'
import {
  addIdempotency,
  idempotencyKeyOf,
  toCommandContext,
  toProblem,
  type ApiInstance,
  type FindApiKey,
} from '../../platform/http/index.ts'
import { authenticate } from './authenticate.ts'
import { FaceRefusal, toErrorBody } from './face-refusal.ts'
import { idempotentText } from './idempotent-text.ts'
import { hasTwoDecimals } from './read/has-two-decimals.ts'
import { addAuthorizationRoutes } from './routes/authorization-routes.ts'
import { addCustomerRoutes } from './routes/customer-routes.ts'
import { addInvoiceRoutes } from './routes/invoice-routes.ts'
import { addMethodRoutes } from './routes/method-routes.ts'
import { addPaymentRoutes } from './routes/payment-routes.ts'
import { addSubscriptionRoutes } from './routes/subscription-routes.ts'
import { addVoidRoutes } from './routes/void-routes.ts'
import { createWindowLimits } from './window-limits.ts'

/** `/api/Subscriptions`, `/api/Customers`, `/api/PaymentMethod`, `/api/Invoices`, `/api/Payments`, `/api/Installments`. */
export async function revolv3Routes(
  app: ApiInstance,
  deps: BillingDeps,
  given: { readonly findApiKey: FindApiKey; readonly config: Pick<Config, 'rateLimit'> },
): Promise<void> {
  const limit = given.config.rateLimit === null ? null : createWindowLimits(deps.clock)
  await app.register(async (own: ApiInstance) => {
    own.setErrorHandler((error, request, reply) => {
      if (error instanceof FaceRefusal) return answer(reply, error.status, error)
      const problem = toProblem(error)
      if (problem !== null) return answer(reply.headers(problem.headers ?? {}), problem.status, { message: problem.message, problems: null }) // prettier-ignore
      deps.log.error({ error, requestId: request.id, route: request.routeOptions.url }, 'request failed') // prettier-ignore
      const message = 'Something went wrong on our side. The request id tells support what.'
      return answer(reply, 500, { message, problems: null })
    })
    own.addHook('onRequest', async (request) => {
      const apiKey = await authenticate(given.findApiKey, request)
      limit?.(apiKey.id)
      const { currency } = apiKey.account
      if (!hasTwoDecimals(currency))
        throw new FaceRefusal(422, `Amounts have two decimals here, and those of ${currency}, the currency of this account, do not: use /v2.`) // prettier-ignore
      request.apiKey = apiKey
      const idempotencyKey = keyOf(request)
      const { id, method } = request
      const path = request.routeOptions.url ?? ''
      const of = { id, method, path, apiKey, idempotencyKey, claim: () => request.claim }
      request.commandContext = toCommandContext(deps, of)
    })
    addIdempotency(own, deps, {
      keyOf,
      textOf: idempotentText,
      reload: async (request, object) =>
        request.routeOptions.config.reload?.(request.context, object, request) ?? null,
    })
    addSubscriptionRoutes(own, deps)
    addCustomerRoutes(own, deps)
    addMethodRoutes(own, deps)
    addInvoiceRoutes(own, deps)
    addPaymentRoutes(own, deps)
    addAuthorizationRoutes(own, deps)
    addVoidRoutes(own, deps)
  })
}

/** Only calls that move money are run once a key. */
function keyOf(request: FastifyRequest): string | null {
  return request.routeOptions.config.reload === undefined ? null : idempotencyKeyOf(request)
}

function answer(
  reply: FastifyReply,
  status: number,
  of: { readonly message: string; readonly problems: readonly string[] | null },
): FastifyReply {
  const body = JSON.stringify(toErrorBody(of))
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}
