import { encodeId, type Uuid } from '@perennial/core/ids'
import { canPayerHelp } from '@perennial/core/recovery'
import { formatInstant } from '@perennial/core/time'
import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  clientCardUrl,
  createCardLink,
  FaceClientChanged,
  handOver,
  type HandOverAnswer,
  type OutsideDeps,
  type RecalledClient,
  type RecoveryClient,
} from '../../modules/recovery/index.ts'
import type { ApiInstance } from '../../platform/http/index.ts'
import { recallSecretClient, secretClient } from './authenticate-client.ts'
import { FaceRefusal } from './face-refusal.ts'
import { readExecute } from './read-execute.ts'
import { createWindowLimit } from './window-limit.ts'
import { statusOf, toWireDone, toWireQueued, toWireUnknown, transactionIdOf } from './wire.ts'

const CALLS_PER_MINUTE = 60

export function addExecuteRoute(app: ApiInstance, deps: OutsideDeps, publicUrl: string): void {
  const limit = createWindowLimit(CALLS_PER_MINUTE, deps.clock)
  app.post('/api/recovery/execute', { schema: { hide: true } }, async (request, reply) => {
    const taken = await takeOver(deps, request, limit)
    return send(deps, reply, { ...taken, publicUrl })
  })
}

type Taken = { readonly answer: HandOverAnswer; readonly client: RecoveryClient }

/**
 * A key that was read before is not read first: whose it is is confirmed in the transaction that takes the payment over, which
 * saves a round trip. Whatever else came of it is found out again with the key read.
 */
async function takeOver(
  deps: OutsideDeps,
  request: FastifyRequest,
  limit: (keyId: Uuid) => void,
): Promise<Taken> {
  const recalled = recallSecretClient(deps, request)
  if (recalled !== null) {
    limit(recalled.client.apiKeyId)
    const taken = await takeOverRecalled(deps, recalled, request.body)
    if (taken !== null) return taken
  }
  const client = await secretClient(deps, request)
  if (recalled === null) limit(client.apiKeyId)
  const answer = await handOver(deps, client, readExecute(request.body, client))
  return { answer, client }
}

async function takeOverRecalled(
  deps: OutsideDeps,
  { client, confirm }: RecalledClient,
  body: unknown,
): Promise<Taken | null> {
  try {
    const answer = await handOver(deps, client, readExecute(body, client), confirm)
    return answer.kind === 'taken' ? { answer, client } : null
  } catch (error) {
    if (error instanceof FaceRefusal || error instanceof FaceClientChanged) return null
    throw error
  }
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
  const { recovery, isUnknown, evidence, endedId = null } = answer
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
  return reply.code(200).send(toWireDone(recovery, { evidence, link, endedId }))
}

type Duplicate = Extract<HandOverAnswer, { kind: 'duplicate' }>

const REPEATED: Readonly<Record<Duplicate['by'], string>> = {
  key: 'This idempotencyKey was used before.',
  card: 'The same card and amount were handed over or charged less than 5 minutes ago.',
  move: 'A recovery of this amount went over to this card less than a day ago, and goes on.',
  bill: 'This bill is being recovered already.',
}

function duplicateOf(answer: Duplicate): FaceRefusal {
  return new FaceRefusal(409, {
    error: REPEATED[answer.by],
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
