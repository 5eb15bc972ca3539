import Type, { type Static } from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import {
  acceptedOr,
  type ApiInstance,
  type ErrorCatalogue,
  conflict,
  invalid,
  unknown,
} from '../../../platform/http/index.ts'
import { oneOf } from '../../../platform/wire/index.ts'
import { AttemptItem, AttemptParams, showAttempt } from '../../payments/index.ts'
import type { BillingDeps } from '../scope.ts'
import { resolveAttempt, type ResolveAttempt, type ResolveRefusal } from './resolve-attempt.ts'

const ResolveBody = Type.Object({
  as: oneOf(['succeeded', 'declined'], { description: 'What became of the charge.' }),
  note: Type.String({
    minLength: 1,
    maxLength: 500,
    description: 'Where you have seen it, for whoever asks later.',
  }),
  gateway_transaction_id: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'The gateway’s own id of the charge; needed with succeeded unless it is known.',
    }),
  ),
})

type ResolveRequest = Static<typeof ResolveBody>

export const resolveErrors: ErrorCatalogue<ResolveRefusal> = {
  attempt_not_found: unknown('payment attempt'),
  attempt_settled: conflict('What became of this attempt is known. Look at it again.'),
  attempt_still_answerable: conflict(
    'The gateway may still tell what became of this attempt, and is asked by itself. Wait for that: a charge that is called declined by mistake is made twice.',
  ),
  attempt_resolved_otherwise: conflict('Somebody has resolved this attempt in another way.'),
  gateway_reference_missing: invalid(
    'Name the charge as the gateway does: without that it could never be refunded.',
    'gateway_transaction_id',
  ),
}

/** For charges that no gateway ever answers. */
export function addResolveRoutes(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/payment-attempts/:id/resolve',
    {
      // What was said is kept before it counts: said again, it counts if it has not yet.
      config: {
        scope: 'payments:write',
        reload: (context, { id }, { body }) =>
          resolveAgain(deps, context, { id, ...toResolution(body as ResolveRequest) }),
      },
      schema: {
        tags: ['Payment attempts'],
        summary: 'Say what became of a charge that its gateway never told about',
        description:
          'The gateway is asked once more first. Refused with 409 while it may still answer by itself.',
        params: AttemptParams,
        body: ResolveBody,
        response: { 200: Type.Object({ data: AttemptItem }) },
      },
    },
    async ({ context, params: { id }, body }) => {
      const decision = await resolveAttempt(deps, context, { id, ...toResolution(body) })
      acceptedOr(decision, resolveErrors)
      return showAttempt(context, id)
    },
  )
}

function toResolution(body: ResolveRequest): Omit<ResolveAttempt, 'id'> {
  const { as, note, gateway_transaction_id: gatewayReference = null } = body
  return { as, note, gatewayReference }
}

async function resolveAgain(deps: BillingDeps, context: CommandContext, request: ResolveAttempt) {
  const decision = await resolveAttempt(deps, context, request)
  const isSettled = decision.kind === 'refused' && decision.code === 'attempt_settled'
  if (!isSettled) acceptedOr(decision, resolveErrors)
  return showAttempt(context, request.id)
}
