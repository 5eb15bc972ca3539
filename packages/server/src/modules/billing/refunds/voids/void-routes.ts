import type { Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import type { CommandContext } from '../../../../platform/command/index.ts'
import { ApiRefusal, acceptedOr, type ApiInstance } from '../../../../platform/http/index.ts'
import { metaListOf, toMetaList, toPageRequest } from '../../../../platform/lists/index.ts'
import {
  findVoid,
  listVoids,
  toWireVoid,
  VoidItem,
  VoidListQuery,
  VoidParams,
} from '../../../payments/index.ts'
import type { BillingDeps } from '../../scope.ts'
import { voidErrors } from '../errors.ts'
import { readPaymentId } from '../read-payment-id.ts'
import { VoidCreateBody } from '../schemas.ts'
import { voidPayment } from './void-payment.ts'

const tags = ['Voids']
const VoidAnswer = Type.Object({ data: VoidItem })

/** The void as it is stored; 404 when the account has no such void. */
export async function answerWithVoid(context: CommandContext, id: Uuid) {
  const paymentVoid = await context.inTx((tx) => findVoid(tx, context.accountId, id))
  if (paymentVoid === null) throw ApiRefusal.notFound('void')
  return { data: toWireVoid(paymentVoid) }
}

export function addVoidRoutes(app: ApiInstance, deps: BillingDeps): void {
  app.get(
    '/voids',
    {
      config: { scope: 'voids:read' },
      schema: {
        tags,
        summary: 'List voids',
        querystring: VoidListQuery,
        response: { 200: metaListOf(VoidItem, 'Voids, newest first.') },
      },
    },
    async ({ context, query }) => {
      const request = toPageRequest(query)
      const filter = {
        status: query.status ?? null,
        paymentId: query.payment_id ?? null,
        gatewayId: query.gateway ?? null,
        createdFrom: query.created_after ?? null,
        createdTo: query.created_before ?? null,
      }
      const page = await context.inTx((tx) => listVoids(tx, context.accountId, filter, request))
      return toMetaList({ page, request, toItem: toWireVoid })
    },
  )

  app.get(
    '/voids/:id',
    {
      config: { scope: 'voids:read' },
      schema: { tags, summary: 'Show a void', params: VoidParams, response: { 200: VoidAnswer } },
    },
    ({ context, params: { id } }) => answerWithVoid(context, id),
  )

  app.post(
    '/voids',
    {
      config: { scope: 'voids:write' },
      schema: {
        tags,
        summary: 'Call a payment off, whole, before it settles',
        description:
          'A payment that has settled makes a failed void, whose failure_reason tells to refund it instead. What was called off is owed again.',
        body: VoidCreateBody,
        response: { 201: VoidAnswer },
      },
    },
    async ({ context, body }, reply) => {
      const decision = await voidPayment(deps, context, {
        paymentId: await readPaymentId(context, body.payment_id),
        reason: body.reason ?? null,
        reasonCode: body.reason_code ?? null,
      })
      const id = acceptedOr(decision, voidErrors)
      return reply.code(201).send(await answerWithVoid(context, id))
    },
  )
}
