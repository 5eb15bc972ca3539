import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DatabaseOutage, isConflict } from '../db/index.ts'
import type { Logger } from '../log/index.ts'
import { ApiRefusal, type Problem } from './api-refusal.ts'
import { collectionOf } from './collection-of.ts'
import { toErrorEnvelope } from './error-envelope.ts'
import { createNothingAt } from './nothing-at.ts'
import { inWordsOf } from './sent-names.ts'

const RETRY_AFTER_OUTAGE_SECONDS = 2

const invalid = (status: number, code: string, message: string): Problem => ({
  status,
  type: 'invalid_request_error',
  code,
  message,
})

const TOO_LARGE = 'request_too_large'
const NOT_JSON = invalid(400, 'invalid_request', 'The request body is not valid JSON.')

/** Fastify's own errors, by its code. */
const PROBLEM_BY_FASTIFY_CODE: Readonly<Record<string, Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: invalid(413, TOO_LARGE, 'The request body is larger than 1 MB.'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: invalid(
    415,
    'unsupported_media_type',
    'Send the body as JSON, with the header Content-Type: application/json.',
  ),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: invalid(
    400,
    'invalid_request',
    'The request body is not as long as its Content-Length says.',
  ),
  FST_ERR_CTP_INVALID_JSON_BODY: NOT_JSON,
  FST_ERR_BAD_URL: invalid(400, 'invalid_request', 'The path of the request is not a valid URL.'),
  FST_ERR_MAX_PARAM_LENGTH: invalid(
    404,
    'resource_not_found',
    'Nothing has an id as long as that.',
  ),
  FST_ERR_ASYNC_CONSTRAINT: invalid(400, 'invalid_request', 'The request cannot be routed.'),
}

const OUTAGE: Problem = {
  status: 503,
  type: 'api_error',
  code: 'service_unavailable',
  message:
    'The service cannot reach its database, so it cannot say what came of this request. Repeat it with the same Idempotency-Key; without one, look first.',
  headers: { 'retry-after': String(RETRY_AFTER_OUTAGE_SECONDS) },
}

const GAVE_WAY: Problem = {
  status: 409,
  type: 'invalid_request_error',
  code: 'conflict',
  message:
    'Another request was at work on the same things at this moment, and this one gave way. Repeat it with the same Idempotency-Key; without one, look first.',
  headers: { 'retry-after': '1' },
}

export const FAULT: Problem = {
  status: 500,
  type: 'api_error',
  code: 'internal_error',
  message: 'Something went wrong on our side. The request id tells support what.',
}

/** What an error means to the caller; null = a fault of ours, whose text stays inside. */
export function toProblem(error: unknown): Problem | null {
  if (error instanceof ApiRefusal) return error.problem
  if (error instanceof DatabaseOutage) return OUTAGE
  if (isConflict(error)) return GAVE_WAY
  if (error instanceof SyntaxError && 'statusCode' in error && error.statusCode === 400)
    return NOT_JSON
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return PROBLEM_BY_FASTIFY_CODE[error.code] ?? null
  }
  return null
}

export function handleErrors(app: FastifyInstance, log: Logger): void {
  const nothingAt = createNothingAt(app)
  const nothing = (request: FastifyRequest): Problem =>
    invalid(404, 'resource_not_found', nothingAt(request.method, pathOf(request)))
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = withLimit(toProblem(error), request.routeOptions.bodyLimit)
    if (problem === null || problem.status >= 500) {
      const at = { requestId: request.id, route: request.routeOptions.url }
      // What was said on purpose is no fault: where it was said tells nothing.
      if (error instanceof ApiRefusal)
        log.warn(
          { ...at, status: error.problem.status, code: error.problem.code },
          'request not served',
        )
      else log.error({ error, ...at }, 'request failed')
    }
    return sendProblem(request, reply, inWordsOf(request.sent ?? [], problem ?? FAULT))
  })
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, nothing(request)))
  // A route with an id would take the slash for one that is empty.
  app.addHook('onRequest', async (request, reply) => {
    const path = pathOf(request)
    if (path.endsWith('/') && collectionOf(request.routeOptions.url ?? '')?.startsWith('/v2/'))
      return sendProblem(request, reply, nothing(request))
  })
}

/** Routes that take files have a limit of their own. */
function withLimit(problem: Problem | null, bytes: number | undefined): Problem | null {
  if (problem?.code !== TOO_LARGE || bytes === undefined) return problem
  const size = bytes < 1_048_576 ? `${bytes >> 10} KB` : `${bytes >> 20} MB`
  return { ...problem, message: `The request body is larger than ${size}.` }
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/'
}

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
): FastifyReply {
  // Past the response schemas: the envelope is the same for all routes, and cheap to write.
  const body = JSON.stringify(toErrorEnvelope(problem, request.id))
  return reply
    .code(problem.status)
    .headers(problem.headers ?? {})
    .type('application/json; charset=utf-8')
    .send(body)
}
