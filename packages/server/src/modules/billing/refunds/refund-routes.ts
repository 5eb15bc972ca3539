import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import { ApiRefusal, acceptedOr, type ApiInstance } from '../../../platform/http/index.ts'
import { metaListOf, toMetaList, toPageRequest } from '../../../platform/lists/index.ts'
import { answerWithInvoice, InvoiceAnswer, InvoiceParams } from '../../invoices/index.ts'
import {
  findRefund,
  listRefunds,
  RefundItem,
  RefundListQuery,
  RefundParams,
  toWireRefund,
} from '../../payments/index.ts'
import type { BillingDeps } from '../scope.ts'
import { createRefund } from './create-refund.ts'
import { refundErrors } from './errors.ts'
import { readPaymentId } from './read-payment-id.ts'
import { refundInvoice } from './refund-bill.ts'
import { InvoiceRefundBody, RefundCreateBody } from './schemas.ts'
import { madeRefunds, showRefundsWith } from './show-refunds-with.ts'

const tags = ['Refunds']
const RefundAnswer = Type.Object({ data: RefundItem })
const InvoiceRefundAnswer = Type.Object({ ...InvoiceAnswer.properties, ...madeRefunds })

export function addRefundRoutes(app: ApiInstance, deps: BillingDeps): void {
  addReads(app)
  addCreate(app, deps)
  addInvoiceRefund(app, deps)
}

/** The refund as it is stored; 404 when the account has no such refund. */
export async function answerWithRefund(context: CommandContext, id: Uuid) {
  const refund = await context.inTx((tx) => findRefund(tx, context.accountId, id))
  if (refund === null) throw ApiRefusal.notFound('refund')
  return { data: toWireRefund(refund) }
}

function addReads(app: ApiInstance): void {
  app.get(
    '/refunds',
    {
      config: { scope: 'refunds:read' },
      schema: {
        tags,
        summary: 'List refunds',
        querystring: RefundListQuery,
        response: { 200: metaListOf(RefundItem, 'Refunds, newest first.') },
      },
    },
    async ({ context, query }) => {
      const request = toPageRequest(query)
      const filter = {
        status: query.status ?? null,
        reason: query.reason ?? null,
        invoiceId: query.invoice_id ?? null,
        paymentId: query.payment_id ?? null,
        gatewayId: query.gateway ?? null,
        createdFrom: query.created_after ?? null,
        createdTo: query.created_before ?? null,
      }
      const page = await context.inTx((tx) => listRefunds(tx, context.accountId, filter, request))
      return toMetaList({ page, request, toItem: toWireRefund })
    },
  )

  app.get(
    '/refunds/:id',
    {
      config: { scope: 'refunds:read' },
      schema: {
        tags,
        summary: 'Show a refund',
        params: RefundParams,
        response: { 200: RefundAnswer },
      },
    },
    ({ context, params: { id } }) => answerWithRefund(context, id),
  )
}

function addCreate(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/refunds',
    {
      config: { scope: 'refunds:write' },
      schema: {
        tags,
        summary: 'Refund a payment, in part or whole',
        description:
          'Refunds of cards usually succeed at once; those of bank debits stay processing for days. A refund that the gateway refuses is answered as failed, with the reason.',
        body: RefundCreateBody,
        response: { 201: RefundAnswer },
      },
    },
    async ({ context, body }, reply) => {
      const decision = await createRefund(deps, context, {
        paymentId: await readPaymentId(context, body.payment_id),
        amountMinor: body.amount_minor ?? null,
        reason: body.reason ?? null,
        reasonDetails: body.reason_details ?? null,
        mode: body.mode ?? 'at_once',
      })
      const id = acceptedOr(decision, refundErrors)
      return reply.code(201).send(await answerWithRefund(context, id))
    },
  )
}

function addInvoiceRefund(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/invoices/:id/refund',
    {
      config: {
        scope: 'refunds:write',
        reload: (context, { id }) => answerWithRefunds(context, id),
      },
      schema: {
        tags: ['Invoices'],
        summary:
          'Refund what was paid on an invoice, or a line of it, out of its newest payments first',
        params: InvoiceParams,
        body: Type.Optional(InvoiceRefundBody),
        response: { 200: InvoiceRefundAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const decision = await refundInvoice(deps, context, {
        invoiceId: id,
        lineId: body?.line_item_id ?? null,
        amountMinor: body?.amount_minor ?? null,
        reason: null,
        reasonDetails: body?.reason ?? null,
        mode: body?.mode ?? 'at_once',
      })
      const [firstId] = acceptedOr(decision, refundErrors)
      assert(firstId !== undefined, 'a refund of an invoice is of a payment')
      return answerWithRefunds(context, firstId)
    },
  )
}

async function answerWithRefunds(context: CommandContext, firstId: Uuid) {
  const made = await showRefundsWith(context, firstId)
  if (made === null) throw ApiRefusal.notFound('refund')
  return { ...(await answerWithInvoice(context, made.invoiceId)), refunds: made.refunds }
}
