import Type from 'typebox'
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
import { resolveAttempt, type ResolveRefusal } from './resolve-attempt.ts'

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
      config: { scope: 'payments:write' },
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
      const decision = await resolveAttempt(deps, context, {
        id,
        as: body.as,
        note: body.note,
        gatewayReference: body.gateway_transaction_id ?? null,
      })
      acceptedOr(decision, resolveErrors)
      return showAttempt(context, id)
    },
  )
}
