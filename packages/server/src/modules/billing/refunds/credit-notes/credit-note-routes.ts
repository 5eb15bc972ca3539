import { encodeId, type Uuid } from '@perennial/core/ids'
import { toWireMinor } from '@perennial/core/money'
import type { Static } from 'typebox'
import Type from 'typebox'
import type { CommandContext } from '../../../../platform/command/index.ts'
import { ApiRefusal, acceptedOr, type ApiInstance } from '../../../../platform/http/index.ts'
import {
  cursorListOf,
  plainListOf,
  toCursorList,
  toOffsetList,
  toPageRequest,
} from '../../../../platform/lists/index.ts'
import {
  CreditNoteCreateBody,
  CreditNoteItem,
  CreditNoteLineItem,
  CreditNoteLinesQuery,
  CreditNoteListQuery,
  CreditNoteParams,
  findCreditNote,
  GatewayOperation,
  listCreditNoteLines,
  listCreditNotes,
  toWireCreditNote,
  toWireCreditNoteLine,
} from '../../../invoices/index.ts'
import { listRefundsOfNote } from '../../../payments/index.ts'
import type { BillingDeps } from '../../scope.ts'
import { createCreditNote, type CreateCreditNote } from './create-credit-note.ts'
import { addEligibilityRoutes } from './credit-eligibility-routes.ts'
import { creditNoteErrors } from '../errors.ts'
import { voidCreditNote } from './void-credit-note.ts'

const tags = ['Credit notes']
const CreditNoteAnswer = Type.Object({ data: CreditNoteItem })

/** The credit note as it is stored; 404 when the account has no such note. */
export async function answerWithCreditNote(context: CommandContext, id: Uuid) {
  const note = await context.inTx((tx) => findCreditNote(tx, context.accountId, id))
  if (note === null) throw ApiRefusal.notFound('credit note')
  return { data: toWireCreditNote(note) }
}

export function addCreditNoteRoutes(app: ApiInstance, deps: BillingDeps): void {
  addReads(app)
  addCommands(app, deps)
  addEligibilityRoutes(app, deps)
}

function addReads(app: ApiInstance): void {
  app.get(
    '/credit_notes',
    {
      config: { scope: 'credit_notes:read' },
      schema: {
        tags,
        summary: 'List credit notes',
        querystring: CreditNoteListQuery,
        response: { 200: plainListOf(CreditNoteItem, 'Credit notes, newest first.') },
      },
    },
    async ({ context, query, id: requestId }) => {
      const request = toPageRequest(query)
      const filter = {
        status: query.status === 'voided' ? 'void' : (query.status ?? null),
        invoiceId: query.invoice_id ?? null,
        customerId: query.customer_id ?? null,
        creditMethod: query.credit_method ?? null,
        createdFrom: query.created_after ?? null,
        createdTo: query.created_before ?? null,
      }
      const { accountId } = context
      const page = await context.inTx((tx) => listCreditNotes(tx, accountId, filter, request))
      return { ...toOffsetList({ page, request, toItem: toWireCreditNote }), requestId }
    },
  )

  app.get(
    '/credit_notes/:id',
    {
      config: { scope: 'credit_notes:read' },
      schema: {
        tags,
        summary: 'Show a credit note',
        params: CreditNoteParams,
        response: { 200: CreditNoteAnswer },
      },
    },
    ({ context, params: { id } }) => answerWithCreditNote(context, id),
  )

  app.get(
    '/credit_notes/:id/lines',
    {
      config: { scope: 'credit_notes:read' },
      schema: {
        tags,
        summary: 'List the lines of a credit note',
        params: CreditNoteParams,
        querystring: CreditNoteLinesQuery,
        response: { 200: cursorListOf(CreditNoteLineItem, 'Its lines, in order.') },
      },
    },
    async ({ context, params: { id }, query: { limit } }) => {
      await answerWithCreditNote(context, id)
      const { accountId } = context
      const page = await context.inTx((tx) =>
        listCreditNoteLines(tx, { accountId, creditNoteId: id, limit }),
      )
      const url = `/v2/credit_notes/${encodeId('credit_note', id)}/lines`
      return toCursorList({ page, url, toItem: toWireCreditNoteLine })
    },
  )
}

function addCommands(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/credit_notes',
    {
      config: { scope: 'credit_notes:write' },
      schema: {
        tags,
        summary: 'Credit what was paid on an invoice',
        description:
          'By refund, to the customer’s balance (the next invoice uses it), or as given outside. A credit note by refund is pending until the money has gone back.',
        body: CreditNoteCreateBody,
        response: {
          201: Type.Object({
            data: CreditNoteItem,
            gateway_operations: Type.Optional(
              Type.Array(GatewayOperation, { description: 'With auto_route: the refunds.' }),
            ),
          }),
        },
      },
    },
    async ({ context, body }, reply) => {
      const request = toCreateRequest(body)
      const { id } = acceptedOr(await createCreditNote(deps, context, request), creditNoteErrors)
      const answer = await answerWithCreditNote(context, id)
      const operations = request.isAutoRouted ? await listOperations(context, id) : null
      return reply.code(201).send({
        ...answer,
        ...(operations === null ? {} : { gateway_operations: operations }),
      })
    },
  )

  app.post(
    '/credit_notes/:id/void',
    {
      config: { scope: 'credit_notes:write' },
      schema: {
        tags,
        summary: 'Take back a credit that nobody has used',
        params: CreditNoteParams,
        response: { 200: CreditNoteAnswer },
      },
    },
    async ({ context, params: { id } }) => {
      acceptedOr(await voidCreditNote(deps, context, id), creditNoteErrors)
      return answerWithCreditNote(context, id)
    },
  )
}

/** What a body asks for, whichever path it came by. */
export function toCreateRequest(body: Static<typeof CreditNoteCreateBody>): CreateCreditNote {
  return {
    invoiceId: body.invoice_id,
    creditMethod: body.credit_method ?? 'refund_to_payment_method',
    amountMinor: body.amount_minor,
    taxAmountMinor: body.tax_amount_minor ?? null,
    reason: body.reason ?? null,
    reasonCode: body.reason_code ?? null,
    isProrated: body.is_prorated ?? false,
    prorationDaysTotal: body.proration_days_total ?? null,
    prorationDaysUnused: body.proration_days_unused ?? null,
    idempotencyKey: body.idempotency_key ?? null,
    metadata: body.metadata ?? {},
    isAutoRouted: body.auto_route ?? false,
    cancelsSubscription: body.cancel_subscription ?? false,
  }
}

async function listOperations(context: CommandContext, creditNoteId: Uuid) {
  const { accountId } = context
  const refunds = await context.inTx((tx) => listRefundsOfNote(tx, accountId, creditNoteId))
  return refunds.map((refund) => ({
    type: 'refund' as const,
    refund_id: encodeId('refund', refund.id),
    transaction_id: encodeId('transaction', refund.transactionId),
    gateway: refund.gatewayId === null ? 'manual' : encodeId('gateway', refund.gatewayId),
    amount_minor: toWireMinor(refund.amountMinor),
    status: refund.status,
  }))
}
