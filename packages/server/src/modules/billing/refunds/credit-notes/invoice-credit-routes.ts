import { creditableMinor } from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import Type from 'typebox'
import { ApiRefusal, acceptedOr, type ApiInstance } from '../../../../platform/http/index.ts'
import { plainListOf, toOffsetList, toPageRequest } from '../../../../platform/lists/index.ts'
import { textField } from '../../../../platform/wire/index.ts'
import {
  CreditNoteCreateBody,
  CreditNoteItem,
  CreditNoteListQuery,
  findInvoice,
  InvoiceCredit,
  InvoiceParams,
  listCreditNotes,
  toWireCreditNote,
} from '../../../invoices/index.ts'
import { sumHeldByDisputes } from '../../../payments/index.ts'
import type { BillingDeps } from '../../scope.ts'
import { createCreditNote } from './create-credit-note.ts'
import { answerWithCreditNote, toCreateRequest } from './credit-note-routes.ts'
import { creditNoteErrors } from '../errors.ts'

const tags = ['Invoices']

/** The credit notes of one invoice, by its own path. */
export function addInvoiceCreditRoutes(app: ApiInstance, deps: BillingDeps): void {
  addReads(app)
  addCreate(app, deps)
}

function addReads(app: ApiInstance): void {
  app.get(
    '/invoices/:id/credit-eligibility',
    {
      config: { scope: 'credit_notes:read' },
      schema: {
        tags,
        summary: 'Tell how much of an invoice can be credited',
        params: InvoiceParams,
        response: { 200: Type.Object({ data: InvoiceCredit }) },
      },
    },
    async ({ context, params: { id } }) => {
      const { accountId } = context
      const [invoice, heldMinor] = await context.inTx(async (tx) => [
        await findInvoice(tx, accountId, id),
        await sumHeldByDisputes(tx, accountId, id),
      ])
      if (invoice === null) throw ApiRefusal.notFound('invoice')
      const leftMinor = creditableMinor(invoice, heldMinor)
      const data = {
        can_credit: leftMinor > 0n,
        max_creditable_minor: toWireMinor(leftMinor),
        total_credited_minor: toWireMinor(invoice.refundedMinor + invoice.creditedMinor),
        invoice_total_minor: toWireMinor(invoice.totalMinor),
        ...(leftMinor > 0n ? {} : { reason: creditNoteErrors.invoice_not_creditable.message }),
      }
      return { data }
    },
  )

  app.get(
    '/invoices/:id/credit-notes',
    {
      config: { scope: 'credit_notes:read' },
      schema: {
        tags,
        summary: 'List the credit notes of an invoice',
        params: InvoiceParams,
        querystring: Type.Pick(CreditNoteListQuery, ['limit', 'offset', 'page']),
        response: { 200: plainListOf(CreditNoteItem, 'Its credit notes, newest first.') },
      },
    },
    async ({ context, params: { id }, query, id: requestId }) => {
      const { accountId } = context
      const request = toPageRequest(query)
      const filter = { ...NO_FILTER, invoiceId: id }
      const page = await context.inTx((tx) => listCreditNotes(tx, accountId, filter, request))
      return { ...toOffsetList({ page, request, toItem: toWireCreditNote }), requestId }
    },
  )
}

const NO_FILTER = {
  status: null,
  customerId: null,
  creditMethod: null,
  createdFrom: null,
  createdTo: null,
}

const InvoiceCreditBody = Type.Object({
  ...Type.Omit(CreditNoteCreateBody, ['invoice_id', 'reason']).properties,
  reason: textField('Why, in words.', { minLength: 1 }),
})

function addCreate(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/invoices/:id/credit-note',
    {
      config: { scope: 'credit_notes:write' },
      schema: {
        tags,
        summary: 'Credit what was paid on this invoice',
        params: InvoiceParams,
        body: InvoiceCreditBody,
        response: { 201: Type.Object({ data: CreditNoteItem }) },
      },
    },
    async ({ context, params: { id: invoice_id }, body }, reply) => {
      const request = toCreateRequest({ ...body, invoice_id })
      const { id } = acceptedOr(await createCreditNote(deps, context, request), creditNoteErrors)
      return reply.code(201).send(await answerWithCreditNote(context, id))
    },
  )
}
