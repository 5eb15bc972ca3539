import type { Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { type ApiInstance, ApiRefusal, acceptedOr } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { given } from '../../../platform/wire/index.ts'
import { refuseCardData } from '../methods/refuse-card-data.ts'
import { findSetupIntent, listSetupIntents } from '../queries/setup-intents.ts'
import { cancelSetupIntent } from './cancel-setup-intent.ts'
import { confirmSetupIntent } from './confirm-setup-intent.ts'
import { draftSetupIntent, editSetupIntent } from './draft-setup-intent.ts'
import { setupErrors } from './errors.ts'
import {
  SetupIntentCancelBody,
  SetupIntentConfirmBody,
  SetupIntentCreateBody,
  SetupIntentItem,
  SetupIntentListQuery,
  SetupIntentParams,
  SetupIntentUpdateBody,
} from './schemas.ts'
import { refreshSetupIntent, type SetupDeps } from './settle-setup-intent.ts'
import { toWireSetupIntent } from './wire.ts'

const tags = ['Setup intents']
const One = Type.Object({ data: SetupIntentItem })

/** Call it on an instance of its own: what is registered on it refuses card data. */
export function addSetupIntentRoutes(app: ApiInstance, deps: SetupDeps): void {
  refuseCardData(app)
  addReads(app, deps)
  addDrafts(app)
  addMoves(app, deps)
}

export async function answerWithSetupIntent(context: CommandContext, id: Uuid) {
  const { accountId } = context
  const intent = await context.inTx((tx) => findSetupIntent(tx, { accountId, id }))
  if (intent === null) throw ApiRefusal.notFound('setup intent')
  return { data: toWireSetupIntent(intent) }
}

function addReads(app: ApiInstance, deps: SetupDeps): void {
  app.get(
    '/setup-intents',
    {
      config: { scope: 'setup_intents:read' },
      schema: {
        tags,
        summary: 'List setup intents',
        querystring: SetupIntentListQuery,
        response: { 200: cursorListOf(SetupIntentItem, 'Setup intents, newest first.') },
      },
    },
    async ({ context, query }) => {
      const { accountId } = context
      const filter = { customerId: query.customer_id ?? null, status: query.status ?? null }
      const list = { accountId, filter, page: toPageRequest(query) }
      const page = await context.inTx((tx) => listSetupIntents(tx, list))
      return toCursorList({ page, url: '/v2/setup-intents', toItem: toWireSetupIntent })
    },
  )

  app.get(
    '/setup-intents/:id',
    {
      config: { scope: 'setup_intents:read' },
      schema: {
        tags,
        summary: 'Show a setup intent',
        description:
          'While the customer has to act, or an answer got lost, the gateway is asked how it stands.',
        params: SetupIntentParams,
        response: { 200: One },
      },
    },
    async ({ context, params: { id } }) => {
      const intent = await refreshSetupIntent(deps, context, id)
      if (intent === null) throw ApiRefusal.notFound('setup intent')
      return { data: toWireSetupIntent(intent) }
    },
  )
}

function addDrafts(app: ApiInstance): void {
  app.post(
    '/setup-intents',
    {
      config: { scope: 'setup_intents:write' },
      schema: {
        tags,
        summary: 'Begin to set up a payment method; nothing is charged',
        body: SetupIntentCreateBody,
        response: { 201: One },
      },
    },
    async ({ context, body }, reply) => {
      const decision = await draftSetupIntent(context, {
        customerId: body.customer_id ?? null,
        paymentMethodTypes: body.payment_method_types ?? ['card'],
        usage: body.usage ?? 'off_session',
        description: body.description ?? null,
        metadata: body.metadata ?? {},
      })
      return reply.code(201).send({ data: toWireSetupIntent(acceptedOr(decision, setupErrors)) })
    },
  )

  app.post(
    '/setup-intents/:id',
    {
      config: { scope: 'setup_intents:write' },
      schema: {
        tags,
        summary: 'Change a setup intent; once it is confirmed, only what it is called',
        params: SetupIntentParams,
        body: SetupIntentUpdateBody,
        response: { 200: One },
      },
    },
    async ({ context, params: { id }, body }) => {
      const edit = {
        ...given('customerId', body.customer_id),
        ...given('paymentMethodTypes', body.payment_method_types),
        ...given('usage', body.usage),
        ...given('description', body.description),
        ...given('metadata', body.metadata),
      }
      const decision = await editSetupIntent(context, { id, edit })
      return { data: toWireSetupIntent(acceptedOr(decision, setupErrors)) }
    },
  )
}

function addMoves(app: ApiInstance, deps: SetupDeps): void {
  app.post(
    '/setup-intents/:id/confirm',
    {
      config: { scope: 'setup_intents:write' },
      schema: {
        tags,
        summary: 'Verify a payment method at its gateway and save it',
        description:
          'A method that is refused answers 200 with requires_payment_method and last_error. A customer who has to authenticate is sent to next_action; reading the setup intent afterwards tells what came of it.',
        params: SetupIntentParams,
        body: Type.Optional(SetupIntentConfirmBody),
        response: { 200: One },
      },
    },
    async ({ context, params: { id }, body }) => {
      const decision = await confirmSetupIntent(deps, context, {
        id,
        paymentMethodId: body?.payment_method_id ?? null,
        token: body?.token ?? null,
        gatewayCode: body?.gateway ?? null,
        returnUrl: body?.return_url ?? null,
      })
      return answerWithSetupIntent(context, acceptedOr(decision, setupErrors))
    },
  )

  app.post(
    '/setup-intents/:id/cancel',
    {
      config: { scope: 'setup_intents:write' },
      schema: {
        tags,
        summary: 'Give a setup intent up',
        params: SetupIntentParams,
        body: Type.Optional(SetupIntentCancelBody),
        response: { 200: One },
      },
    },
    async ({ context, params: { id }, body }) => {
      const reason = body?.cancellation_reason ?? null
      const decision = await cancelSetupIntent(deps, context, { id, reason })
      return answerWithSetupIntent(context, acceptedOr(decision, setupErrors))
    },
  )
}
