import { canPayerHelp } from '@perennial/core/recovery'
import { formatInstant } from '@perennial/core/time'
import type { FastifyReply } from 'fastify'
import {
  clientCardUrl,
  createCardLink,
  handOver,
  type HandOverAnswer,
  type OutsideDeps,
  type RecoveryClient,
} from '../../modules/recovery/index.ts'
import type { ApiInstance } from '../../platform/http/index.ts'
import { encodeId } from '@perennial/core/ids'
import { secretClient } from './authenticate-client.ts'
import { FaceRefusal } from './face-refusal.ts'
import { readExecute } from './read-execute.ts'
import { createWindowLimit } from './window-limit.ts'
import { statusOf, toWireDone, toWireQueued, toWireUnknown, transactionIdOf } from './wire.ts'

const CALLS_PER_MINUTE = 60

export function addExecuteRoute(app: ApiInstance, deps: OutsideDeps, publicUrl: string): void {
  const limit = createWindowLimit(CALLS_PER_MINUTE, deps.clock)
  app.post('/api/recovery/execute', { schema: { hide: true } }, async (request, reply) => {
    const client = await secretClient(deps, request)
    limit(client.apiKeyId)
    const handed = readExecute(request.body, client)
    const answer = await handOver(deps, client, handed)
    return send(deps, reply, { answer, client, publicUrl })
  })
}

async function send(
  deps: OutsideDeps,
  reply: FastifyReply,
  given: {
    readonly answer: HandOverAnswer
    readonly client: RecoveryClient
    readonly publicUrl: string
  },
): Promise<FastifyReply> {
  const { answer, client, publicUrl } = given
  if (answer.kind === 'refused') throw refusalOf(answer)
  if (answer.kind === 'duplicate') throw duplicateOf(answer)
  const { recovery, isUnknown, evidence } = answer
  if (isUnknown) return reply.code(202).send(toWireUnknown(answer))
  if (recovery.state === 'blocked') {
    throw new FaceRefusal(403, {
      error: recovery.reason ?? 'Blocked.',
      declineCode: recovery.lastDecline?.code ?? null,
      action: 'blocked',
      transactionId: transactionIdOf(recovery),
    })
  }
  if (recovery.nextAttemptAt !== null && recovery.attemptsMade === 0)
    return reply.code(202).send(toWireQueued(recovery, evidence))
  let link = null
  if (canPayerHelp(recovery)) {
    const of = { paymentToken: recovery.handedToken, recoveryId: recovery.id, payer: 'present' } as const // prettier-ignore
    const made = await createCardLink(deps, client, of)
    const url = clientCardUrl(client, { publicUrl, token: made.token })
    link = { url, expiresAt: formatInstant(made.expiresAt) }
  }
  return reply.code(200).send(toWireDone(recovery, { evidence, link }))
}

function duplicateOf(answer: Extract<HandOverAnswer, { kind: 'duplicate' }>): FaceRefusal {
  const error =
    answer.by === 'key'
      ? 'This idempotencyKey was used before.'
      : 'The same card and amount were handed over less than 5 minutes ago.'
  return new FaceRefusal(409, {
    error,
    message: 'Nothing was charged. Ask for the status of the recovery that exists.',
    existingTransactionId: encodeId('recovery_case', answer.of.id),
    existingStatus: statusOf(answer.of.state),
  })
}

function refusalOf(answer: Extract<HandOverAnswer, { kind: 'refused' }>): FaceRefusal {
  const field = 'paymentMethodToken'
  if (answer.code === 'no_gateway')
    return new FaceRefusal(400, { error: 'This account has no enabled gateway to charge at.', field }) // prettier-ignore
  const form = answer.message === undefined ? '' : `; they look like ${answer.message}`
  return new FaceRefusal(400, { error: `This is no token of the client's gateway${form}.`, field })
}
