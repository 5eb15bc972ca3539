import type { Uuid } from '@perennial/core/ids'
import type { Decline, PaymentAttempt } from '@perennial/core/payments'
import Type from 'typebox'
import { asOne, type CommandContext } from '../../../platform/command/index.ts'
import { ApiRefusal, acceptedOr, type ApiInstance, unknown } from '../../../platform/http/index.ts'
import { answerWithInvoice, InvoiceAnswer, InvoiceParams } from '../../invoices/index.ts'
import { draftInvoice } from './draft-invoice.ts'
import { deleteInvoice, editInvoice } from './edit-invoice.ts'
import {
  FinalizeBody,
  InvoiceCreateBody,
  InvoiceUpdateBody,
  PayBody,
  SendBody,
  VoidBody,
  type InvoicePay,
} from './invoice-schemas.ts'
import { beginFinalize, chargeFinalized, finalizeInvoice, sendInvoice } from './issue-invoice.ts'
import { payInvoice } from './pay-invoice.ts'
import { invoiceErrors } from './errors.ts'
import { recordPayment } from './record-payment.ts'
import { refuseAgain } from './attempt-bill.ts'
import { refuseCharge } from '../collect/refuse-charge.ts'
import type { BillingDeps } from '../scope.ts'
import { toDraftRequest, toEditRequest } from './to-invoice-request.ts'
import { voidInvoice, writeOffInvoice } from './void-invoice.ts'

const tags = ['Invoices']

/** Everything that is done with invoices; `invoices` has the routes that show them. */
export function addInvoiceRoutes(app: ApiInstance, deps: BillingDeps): void {
  addDrafts(app, deps)
  addMoves(app, deps)
  addPayments(app, deps)
}

function addDrafts(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/invoices',
    {
      config: { scope: 'invoices:write' },
      schema: {
        tags,
        summary: 'Draft an invoice',
        body: InvoiceCreateBody,
        response: { 201: InvoiceAnswer },
      },
    },
    async ({ context, body }, reply) => {
      const decision = await draftInvoice(deps, context, toDraftRequest(context, body))
      const param = body.customer_uuid === undefined ? 'customer_id' : 'customer_uuid'
      const errors = { ...invoiceErrors, customer_not_found: unknown('customer', param) }
      const id = acceptedOr(decision, errors)
      return reply.code(201).send(await answerWithInvoice(context, id))
    },
  )

  app.patch(
    '/invoices/:id',
    {
      config: { scope: 'invoices:write' },
      schema: {
        tags,
        summary: 'Change an invoice; its amounts only while it is a draft',
        description:
          'A status is the call of the same meaning: finalized and approved finalize it, with the charge that belongs to it.',
        params: InvoiceParams,
        body: InvoiceUpdateBody,
        response: { 200: InvoiceAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const { status, ...fields } = body
      const edit = toEditRequest(context, id, fields)
      // All of it or nothing: a status that is refused takes the fields back.
      const attempts = await asOne(context, async (one) => {
        if (Object.keys(edit).length > 1 || status === undefined)
          acceptedOr(await editInvoice(deps, one, edit), invoiceErrors)
        return status === undefined ? [] : moveToStatus(deps, one, { id, status })
      })
      await chargeFinalized(deps, context, attempts)
      return answerWithInvoice(context, id)
    },
  )

  app.delete(
    '/invoices/:id',
    {
      config: { scope: 'invoices:write' },
      schema: {
        tags,
        summary: 'Delete a draft',
        params: InvoiceParams,
        response: { 200: Type.Object({ success: Type.Boolean({ description: 'Always true.' }) }) },
      },
    },
    async ({ context, params: { id } }) => {
      acceptedOr(await deleteInvoice(context, id), invoiceErrors)
      return { success: true }
    },
  )
}

/**
 * A status set by PATCH is the call of the same meaning; what no call leads to is refused. Answers what is to be charged
 * once the move is committed.
 */
async function moveToStatus(
  deps: BillingDeps,
  context: CommandContext,
  wanted: { readonly id: Uuid; readonly status: string },
): Promise<readonly PaymentAttempt[]> {
  const { id, status } = wanted
  const { data: current } = await answerWithInvoice(context, id)
  if (current.status === status) return []
  switch (status) {
    case 'finalized':
    case 'approved': {
      const request = { id, isApproved: status === 'approved' }
      return acceptedOr(await beginFinalize(deps, context, request), invoiceErrors)
    }
    case 'sent':
      acceptedOr(await sendInvoice(deps, context, id), invoiceErrors)
      return []
    case 'void':
    case 'voided':
      acceptedOr(await voidInvoice(deps, context, { id, reason: null }), invoiceErrors)
      return []
    case 'uncollectible':
      acceptedOr(await writeOffInvoice(deps, context, id), invoiceErrors)
      return []
    default:
      throw ApiRefusal.invalid(
        'status',
        'An invoice can be set to finalized, approved, sent, void or uncollectible; to any other status it gets by itself.',
      )
  }
}

function addMoves(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/invoices/:id/finalize',
    {
      config: { scope: 'invoices:write' },
      schema: {
        tags,
        summary: 'Take an invoice out of draft: it gets its number, and its amounts are fixed',
        description:
          'One that a pause of its subscription has kept is charged at once, where the subscription is charged automatically.',
        params: InvoiceParams,
        body: Type.Optional(FinalizeBody),
        response: { 200: InvoiceAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const isApproved = body?.auto_advance ?? false
      acceptedOr(await finalizeInvoice(deps, context, { id, isApproved }), invoiceErrors)
      return answerWithInvoice(context, id)
    },
  )

  app.post(
    '/invoices/:id/send',
    {
      config: { scope: 'invoices:write' },
      schema: {
        tags,
        summary: 'Send an invoice to its customer',
        params: InvoiceParams,
        body: Type.Optional(SendBody),
        response: { 200: InvoiceAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const channel = body?.channel ?? 'email'
      if (channel !== 'email')
        throw ApiRefusal.invalid('channel', `Nothing can be sent by ${channel} yet. Use email.`)
      acceptedOr(await sendInvoice(deps, context, id), invoiceErrors)
      return answerWithInvoice(context, id)
    },
  )

  app.post(
    '/invoices/:id/void',
    {
      config: { scope: 'invoices:write' },
      schema: {
        tags,
        summary: 'Cancel an invoice that nobody has paid',
        params: InvoiceParams,
        body: Type.Optional(VoidBody),
        response: { 200: InvoiceAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const reason = body?.reason ?? null
      acceptedOr(await voidInvoice(deps, context, { id, reason }), invoiceErrors)
      return answerWithInvoice(context, id)
    },
  )
}

function addPayments(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/invoices/:id/pay',
    {
      config: {
        scope: 'invoices:write',
        reload: async (context, { id, note }) => {
          if (note?.['charges'] === true) await refuseAgain(context, id)
          return answerWithInvoice(context, id)
        },
      },
      schema: {
        tags,
        summary: 'Charge an invoice, or record money that came another way',
        description:
          'A charge that is refused answers 402 with the reason in decline_code; the invoice stays as it was.',
        params: InvoiceParams,
        body: Type.Optional(PayBody),
        response: { 200: InvoiceAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const decline = await pay(deps, context, { id, body })
      if (decline !== null)
        throw refuseCharge({ declineCode: decline.code, message: decline.message })
      return answerWithInvoice(context, id)
    },
  )
}

async function pay(
  deps: BillingDeps,
  context: CommandContext,
  request: { readonly id: Uuid; readonly body: InvoicePay },
): Promise<Decline | null> {
  const { id: invoiceId, body } = request
  const amountMinor = body.amount_minor ?? null
  const method = body.payment_method ?? null
  const paymentMethodId = body.paymentMethodId ?? null
  if (method === null) {
    const charge = { invoiceId, paymentMethodId, amountMinor }
    return acceptedOr(await payInvoice(deps, context, charge), invoiceErrors).decline
  }
  if (paymentMethodId !== null) {
    throw ApiRefusal.invalid(
      'payment_method',
      'Either charge a method (paymentMethodId) or record money that came (payment_method).',
    )
  }
  const decision = await recordPayment(deps, context, {
    invoiceId,
    method,
    amountMinor,
    reference: body.reference ?? null,
    notes: body.notes ?? null,
    paidAt: body.paid_at ?? null,
  })
  return acceptedOr(decision, invoiceErrors)
}
