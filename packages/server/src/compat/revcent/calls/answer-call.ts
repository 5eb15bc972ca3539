import type { FastifyReply, FastifyRequest } from 'fastify'
import { addDays } from '@perennial/core/time'
import type { BillingDeps } from '../../../modules/billing/index.ts'
import { toCommandContext, toProblem, type ApiInstance } from '../../../platform/http/index.ts'
import { refuseUnlessPermitted, type KnownKey } from '../authenticate.ts'
import { FaceRefusal, toFaceRefusal } from '../face-refusal.ts'
import { keepCall } from '../queries/calls.ts'
import { toErrorEnvelope, type CallStamp } from './envelope.ts'
import type { Caller, Json, Operation, RawInput, Told } from './operation.ts'
import { createV2 } from './v2.ts'

/** Days that the log of calls shows. */
const LOG_DAYS = 2

export type Face = { readonly app: ApiInstance; readonly deps: BillingDeps }

export type Asked = {
  readonly operation: Operation
  readonly raw: RawInput
  readonly toBody: (stamp: CallStamp, told: Told) => Json
}

/** Finds out who calls and what is asked for; both may refuse. */
export type Opening = {
  authenticate(request: FastifyRequest): Promise<KnownKey>
  ask(request: FastifyRequest): Asked
}

type Exchange = { readonly request: FastifyRequest; readonly reply: FastifyReply }

/** One call from its key to its envelope, whatever becomes of it, and a line in the log of calls. */
export async function answerCall(
  face: Face,
  opening: Opening,
  { request, reply }: Exchange,
): Promise<FastifyReply> {
  const { deps } = face
  const stamp = stampOf(deps)
  let key: KnownKey | null = null
  let asked: Asked | null = null
  let body: Json
  try {
    key = await opening.authenticate(request)
    asked = opening.ask(request)
    refuseUnlessPermitted(key, asked.operation)
    const { operation, raw } = asked
    const told = await operation.run(callerOf(face, { request, key, operation }), raw)
    await keep(deps, { stamp, key, asked, refusal: null })
    body = asked.toBody(stamp, told)
  } catch (error) {
    const refusal = refusalOf(deps, { error, request })
    if (key !== null) await keep(deps, { stamp, key, asked, refusal })
    return send(reply.headers(refusal.headers), refusal.status, toErrorEnvelope(stamp, refusal))
  }
  return send(reply, 200, body)
}

/** What goes wrong before a call is one: a body that is no JSON, a path that is none. */
export function answerError(
  deps: BillingDeps,
  { error, request, reply }: Exchange & { readonly error: unknown },
): FastifyReply {
  const refusal = refusalOf(deps, { error, request })
  return send(reply.headers(refusal.headers), refusal.status, toErrorEnvelope(stampOf(deps), refusal)) // prettier-ignore
}

function stampOf(deps: BillingDeps): CallStamp {
  return { id: deps.ids.next(), at: deps.clock.now() }
}

function callerOf(
  { app, deps }: Face,
  of: {
    readonly request: FastifyRequest
    readonly key: KnownKey
    readonly operation: Operation
  },
): Caller {
  const { request, key } = of
  const header = request.headers['idempotency-key']
  const idempotencyKey = typeof header === 'string' && header !== '' ? header : null
  const { record, secret } = key
  const { id } = request
  // Version 1 posts whatever it asks for.
  const { method, path } = of.operation
  const stamped = { id, method, path, apiKey: record, idempotencyKey, claim: () => null }
  return {
    deps,
    apiKeyId: record.id,
    context: toCommandContext(deps, stamped),
    v2: createV2(app, { apiKey: secret, idempotencyKey }),
  }
}

const FAULT = new FaceRefusal(
  500,
  'internal_error',
  'Something went wrong on our side. The call id tells support what.',
)

function refusalOf(
  deps: BillingDeps,
  { error, request }: { readonly error: unknown; readonly request: FastifyRequest },
): FaceRefusal {
  if (error instanceof FaceRefusal && error.status < 500) return error
  const problem = toProblem(error)
  if (problem !== null && problem.status < 500) return toFaceRefusal(problem)
  deps.log.error({ error, requestId: request.id, route: request.routeOptions.url }, 'request failed') // prettier-ignore
  if (error instanceof FaceRefusal) return error
  return problem === null ? FAULT : toFaceRefusal(problem)
}

async function keep(
  deps: BillingDeps,
  of: {
    readonly stamp: CallStamp
    readonly key: KnownKey
    readonly asked: Asked | null
    readonly refusal: FaceRefusal | null
  },
): Promise<void> {
  const { stamp, key, asked, refusal } = of
  const call = {
    id: stamp.id,
    apiKeyId: key.record.id,
    operation: asked?.operation.name ?? 'unknown',
    status: refusal?.status ?? 200,
    errorCode: refusal?.errorCode ?? null,
    createdAt: stamp.at,
  }
  const accountId = key.record.account.id
  const kept = { call, dropBefore: addDays(stamp.at, -LOG_DAYS) }
  try {
    await deps.database.tx((tx) => keepCall(tx, accountId, kept), { accountScope: accountId })
  } catch (error) {
    // What the call did is done, and its caller must not be told otherwise for want of a line.
    deps.log.error({ error, operation: call.operation }, 'a call is missing from the log of calls')
  }
}

function send(reply: FastifyReply, status: number, body: Json): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
