import type { Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { ApiRefusal, acceptedOr, type ApiInstance } from '../../../platform/http/index.ts'
import { pageListOf, toPageList, toPageRequest } from '../../../platform/lists/index.ts'
import { listSubscriptions, toWireAccess, toWireSubscription } from '../../subscriptions/index.ts'
import {
  cancelSubscription,
  pauseSubscription,
  reactivateSubscription,
  resumeSubscription,
} from './change-subscription.ts'
import { createSubscription } from './create-subscription.ts'
import { changeErrors, createErrors } from './errors.ts'
import { patchSubscription } from './patch-subscription.ts'
import { SubscriptionAnswer, SubscriptionItem } from './answer-schemas.ts'
import {
  CancelBody,
  PauseBody,
  SubscriptionCreateBody,
  SubscriptionListQuery,
  SubscriptionParams,
  SubscriptionUpdateBody,
} from './request-schemas.ts'
import { recoveryPolicyOf, type BillingDeps } from '../scope.ts'
import {
  findSubscriptionView,
  viewSubscriptions,
  type SubscriptionView,
} from './subscription-view.ts'
import { aboutDiscountOf, toCreateRequest } from './to-create-request.ts'

const tags = ['Subscriptions']

const EDIT = 'POST /v2/subscriptions/{id}/edit'
const TRIAL = 'POST /v2/trials/{id}/extend or …/shorten'
const REPLACE = 'POST /v2/subscriptions/{id}/replace-product'

/** What a subscription is made with and `PATCH` does not change. */
const CHANGED_BY = {
  priceId: REPLACE,
  planId: REPLACE,
  items: REPLACE,
  paymentMethodId: 'PUT /v2/subscriptions/{id}/payment-methods',
  subscriptionProfileId: EDIT,
  shipTo: EDIT,
  discountIds: EDIT,
  discountId: EDIT,
  discountCode: EDIT,
  taxRateIds: EDIT,
  trialEnd: TRIAL,
  trialDays: TRIAL,
  billingCycleAnchor: 'billingAnchorDay',
}

/** Statuses that a filter value stands for: `incomplete` is also said of a first payment not yet tried. */
function statusesOf(filter: string | undefined): readonly string[] | null {
  if (filter === undefined) return null
  return filter === 'incomplete' ? ['incomplete', 'pending'] : [filter]
}

function toWire(context: CommandContext, view: SubscriptionView) {
  const shown = toWireSubscription(view.subscription, {
    accountId: context.accountId,
    items: view.items,
    recovery: view.recovery,
    dunning: view.dunning,
    retriesMax: recoveryPolicyOf(context.account).retryDays.length,
    now: context.now,
  })
  return { ...shown, access: toWireAccess(view.access), on_dispute: view.onDispute }
}

export async function answerWithSubscription(context: CommandContext, id: Uuid) {
  const view = await context.inTx((tx) => findSubscriptionView(tx, context.accountId, id))
  if (view === null) throw ApiRefusal.notFound('subscription')
  return { data: toWire(context, view) }
}

export function addSubscriptionRoutes(app: ApiInstance, deps: BillingDeps): void {
  addReads(app)
  addWrites(app, deps)
  addMoves(app, deps)
}

function addReads(app: ApiInstance): void {
  app.get(
    '/subscriptions',
    {
      config: { scope: 'subscriptions:read' },
      schema: {
        tags,
        summary: 'List subscriptions',
        querystring: SubscriptionListQuery,
        response: { 200: pageListOf(SubscriptionItem, 'Subscriptions, newest first.') },
      },
    },
    async ({ context, query }) => {
      const request = toPageRequest(query)
      const filter = { statuses: statusesOf(query.status), customerId: query.customerId ?? null }
      return context.inTx(async (tx) => {
        const found = await listSubscriptions(tx, context.accountId, filter, request)
        const views = await viewSubscriptions(tx, context.accountId, found.rows)
        const page = { ...found, rows: views }
        return toPageList({ page, request, toItem: (view) => toWire(context, view) })
      })
    },
  )

  app.get(
    '/subscriptions/:id',
    {
      config: { scope: 'subscriptions:read' },
      schema: {
        tags,
        summary: 'Show a subscription',
        params: SubscriptionParams,
        response: { 200: SubscriptionAnswer },
      },
    },
    async ({ context, params }) => answerWithSubscription(context, params.id),
  )
}

function addWrites(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/subscriptions',
    {
      config: { scope: 'subscriptions:write' },
      schema: {
        tags,
        summary: 'Create a subscription and charge its first bill',
        body: SubscriptionCreateBody,
        response: { 201: SubscriptionAnswer },
      },
    },
    async ({ context, body }, reply) => {
      const decision = await createSubscription(deps, context, toCreateRequest(context, body))
      const made = acceptedOr(aboutDiscountOf(body, decision), createErrors)
      return reply.code(201).send(await answerWithSubscription(context, made))
    },
  )

  app.patch(
    '/subscriptions/:id',
    {
      config: { scope: 'subscriptions:write', changedBy: CHANGED_BY },
      schema: {
        tags,
        summary: 'Change a subscription',
        params: SubscriptionParams,
        body: SubscriptionUpdateBody,
        response: { 200: SubscriptionAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      await patchSubscription(deps, context, { id, body })
      return answerWithSubscription(context, id)
    },
  )

  app.delete(
    '/subscriptions/:id',
    {
      config: { scope: 'subscriptions:write' },
      schema: {
        tags,
        summary: 'Cancel a subscription now',
        params: SubscriptionParams,
        response: { 200: Type.Object({ success: Type.Boolean({ description: 'Always true.' }) }) },
      },
    },
    async ({ context, params: { id } }) => {
      acceptedOr(
        await cancelSubscription(deps, context, { id, mode: 'immediately', reason: null }),
        changeErrors,
      )
      return { success: true }
    },
  )
}

function addMoves(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/subscriptions/:id/cancel',
    {
      config: { scope: 'subscriptions:write' },
      schema: {
        tags,
        summary: 'Cancel a subscription, now or at the end of its period',
        params: SubscriptionParams,
        body: Type.Optional(CancelBody),
        response: { 200: SubscriptionAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const mode = body?.mode ?? (body?.cancelAtPeriodEnd === false ? 'immediately' : 'period_end')
      const reason = body?.reason ?? null
      acceptedOr(await cancelSubscription(deps, context, { id, mode, reason }), changeErrors)
      return answerWithSubscription(context, id)
    },
  )

  app.post(
    '/subscriptions/:id/pause',
    {
      config: { scope: 'subscriptions:write' },
      schema: {
        tags,
        summary: 'Pause a subscription',
        params: SubscriptionParams,
        body: Type.Optional(PauseBody),
        response: { 200: SubscriptionAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const request = {
        id,
        behavior: body?.behavior ?? 'keep_as_draft',
        resumesAt: body?.resumes_at ?? null,
      } as const
      acceptedOr(await pauseSubscription(deps, context, request), changeErrors)
      return answerWithSubscription(context, id)
    },
  )

  const simple = { resume: resumeSubscription, reactivate: reactivateSubscription } as const
  for (const [name, command] of Object.entries(simple)) {
    app.post(
      `/subscriptions/:id/${name}`,
      {
        config: { scope: 'subscriptions:write' },
        schema: {
          tags,
          summary: name === 'resume' ? 'End a pause' : 'Take back a scheduled cancellation',
          params: SubscriptionParams,
          response: { 200: SubscriptionAnswer },
        },
      },
      async ({ context, params: { id } }) => {
        acceptedOr(await command(deps, context, id), changeErrors)
        return answerWithSubscription(context, id)
      },
    )
  }
}
