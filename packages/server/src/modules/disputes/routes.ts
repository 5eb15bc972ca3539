import { encodeId } from '@perennial/core/ids'
import Type, { type Static } from 'typebox'
import type { CommandContext } from '../../platform/command/index.ts'
import {
  acceptedOr,
  type ApiInstance,
  type ApiModule,
  ApiRefusal,
} from '../../platform/http/index.ts'
import { metaListOf, toMetaList, toPageRequest } from '../../platform/lists/index.ts'
import { changeDispute } from './change-dispute.ts'
import { changeDisputeErrors } from './errors.ts'
import { findEvidence, listEvidenceNotes } from './queries/evidence.ts'
import { listDisputes, listOpenDisputes } from './queries/dispute-lists.ts'
import { findDispute, setOnDispute } from './queries/disputes.ts'
import {
  DisputeItem,
  DisputeListQuery,
  DisputeParams,
  DisputeUpdateBody,
  EvidenceItem,
  EvidenceParams,
  OnDisputeBody,
  OnDisputeItem,
  OpenDisputes,
  OpenDisputesQuery,
  SubscriptionParams,
  toWireEvidence,
  UrgentDispute,
} from './schemas.ts'
import { toUrgentDispute, toWireDispute } from './wire.ts'

const tags = ['Disputes']
export const DisputeAnswer = Type.Object({ data: UrgentDispute })

/** Reads of disputes and their evidence, and what a subscription says about them. */
export const disputesRoutes: ApiModule = (app, { loaders }) => {
  loaders.register('dispute', answerWithDispute)
  addLists(app)
  addMetadata(app)
  addEvidenceReads(app)
  addOnDispute(app)
}

export async function answerWithDispute(
  context: CommandContext,
  id: Parameters<typeof findDispute>[2],
): Promise<Static<typeof DisputeAnswer> | null> {
  const dispute = await context.inTx((tx) => findDispute(tx, context.accountId, id))
  return dispute === null ? null : { data: toUrgentDispute(dispute, context.now) }
}

function addLists(app: ApiInstance): void {
  app.get(
    '/disputes',
    {
      config: { scope: 'disputes:read' },
      schema: {
        tags,
        summary: 'List disputes',
        querystring: DisputeListQuery,
        response: {
          200: metaListOf(DisputeItem, 'Disputes, newest first by when they were raised.'),
        },
      },
    },
    async ({ context, query }) => {
      const filter = {
        status: query.status ?? null,
        resolution: query.resolution ?? null,
        paymentId: query.payment_id ?? null,
        invoiceId: query.invoice_id ?? null,
        gatewayId: query.gateway ?? null,
        disputedAfter: query.disputed_after ?? null,
        disputedBefore: query.disputed_before ?? null,
        needsEvidence: query.needs_evidence ?? null,
      }
      const request = toPageRequest(query)
      const page = await context.inTx((tx) => listDisputes(tx, context.accountId, filter, request))
      return toMetaList({ page, request, toItem: toWireDispute })
    },
  )

  app.get(
    '/disputes/open',
    {
      config: { scope: 'disputes:read' },
      schema: {
        tags,
        summary: 'List open disputes, most urgent first',
        querystring: OpenDisputesQuery,
        response: { 200: OpenDisputes },
      },
    },
    async ({ context, query }) => {
      const { now, accountId } = context
      const { limit } = query
      const open = await context.inTx((tx) => listOpenDisputes(tx, accountId, { now, limit }))
      return {
        data: open.rows.map((dispute) => toUrgentDispute(dispute, now)),
        meta: { total_open: open.totalOpen, overdue_count: open.overdueCount },
      }
    },
  )

  app.get(
    '/disputes/:id',
    {
      config: { scope: 'disputes:read' },
      schema: {
        tags,
        summary: 'Show a dispute',
        params: DisputeParams,
        response: { 200: DisputeAnswer },
      },
    },
    async ({ context, params }) => {
      const answer = await answerWithDispute(context, params.id)
      if (answer === null) throw ApiRefusal.notFound('dispute')
      return answer
    },
  )
}

function addMetadata(app: ApiInstance): void {
  app.patch(
    '/disputes/:id',
    {
      config: { scope: 'disputes:write' },
      schema: {
        tags,
        summary: 'Keep your own keys and values with a dispute',
        params: DisputeParams,
        body: DisputeUpdateBody,
        response: { 200: DisputeAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const { metadata } = body
      acceptedOr(await changeDispute(context, { id, metadata }), changeDisputeErrors)
      const answer = await answerWithDispute(context, id)
      if (answer === null) throw ApiRefusal.notFound('dispute')
      return answer
    },
  )
}

function addEvidenceReads(app: ApiInstance): void {
  app.get(
    '/disputes/:id/evidence',
    {
      config: { scope: 'disputes:read' },
      schema: {
        tags,
        summary: 'List the evidence of a dispute, and the facts that are attached to it',
        params: DisputeParams,
        response: {
          200: Type.Object({
            data: Type.Array(EvidenceItem, { description: 'Pieces, oldest first.' }),
            facts: Type.Record(Type.String(), Type.String(), {
              description: 'What is attached by itself: customer, payment, invoice.',
            }),
          }),
        },
      },
    },
    async ({ context, params }) => {
      const { accountId } = context
      return context.inTx(async (tx) => {
        const dispute = await findDispute(tx, accountId, params.id)
        if (dispute === null) throw ApiRefusal.notFound('dispute')
        const notes = await listEvidenceNotes(tx, accountId, params.id)
        return { data: notes.map(toWireEvidence), facts: { ...dispute.facts } }
      })
    },
  )

  app.get(
    '/disputes/:id/evidence/:evidenceId/content',
    {
      config: { scope: 'disputes:read' },
      schema: {
        tags,
        summary: 'Download a piece of evidence',
        params: EvidenceParams,
        produces: ['application/pdf', 'image/png', 'image/jpeg', 'text/plain'],
      },
    },
    async ({ context, params }, reply) => {
      const { accountId } = context
      const key = { accountId, disputeId: params.id, id: params.evidenceId }
      const found = await context.inTx((tx) => findEvidence(tx, key))
      if (found === null) throw ApiRefusal.notFound('evidence')
      const name = encodeURIComponent(found.name)
      return reply
        .type(found.contentType)
        .header('content-disposition', `attachment; filename*=UTF-8''${name}`)
        .send(Buffer.from(found.body))
    },
  )
}

function addOnDispute(app: ApiInstance): void {
  app.put(
    '/subscriptions/:id/on-dispute',
    {
      config: { scope: 'subscriptions:write' },
      schema: {
        tags,
        summary: 'Say what a chargeback does to a subscription',
        params: SubscriptionParams,
        body: OnDisputeBody,
        response: { 200: Type.Object({ data: OnDisputeItem }) },
      },
    },
    async ({ context, params, body }) => {
      const { accountId } = context
      const subscriptionId = params.id
      const onDispute = body.on_dispute
      const isSet = await context.inTx((tx) => setOnDispute(tx, { accountId, subscriptionId, onDispute })) // prettier-ignore
      if (!isSet) throw ApiRefusal.notFound('subscription')
      const id = encodeId('subscription', subscriptionId)
      return { data: { subscription_id: id, on_dispute: onDispute } }
    },
  )
}
