import { toWireMinor } from '@perennial/core/money'
import Type from 'typebox'
import { ApiRefusal, type ApiInstance } from '../../../../platform/http/index.ts'
import { findCustomer } from '../../../customers/index.ts'
import {
  CreditEligibility,
  CreditedCustomerParams,
  CreditedInvoiceParams,
  CreditNotePreview,
  CreditNotePreviewBody,
  CustomerCreditItem,
  findInvoice,
  listBalances,
  ReversalEligibility,
  ReversalQuery,
  ReversedTransactionParams,
} from '../../../invoices/index.ts'
import { sumHeldByDisputes } from '../../../payments/index.ts'
import type { BillingDeps } from '../../scope.ts'
import { findEligibility, findReversal, toWirePreview } from './credit-eligibility.ts'

const tags = ['Credit notes']

/** What could be credited, and what a customer holds; nothing is stored. */
export function addEligibilityRoutes(app: ApiInstance, deps: BillingDeps): void {
  addPreview(app)
  addEligibility(app, deps)
  addCredit(app)
}

function addPreview(app: ApiInstance): void {
  app.post(
    '/credit_notes/preview',
    {
      config: { scope: 'credit_notes:read' },
      schema: {
        tags,
        summary: 'Tell what a credit note would do; nothing is stored',
        body: CreditNotePreviewBody,
        response: { 200: Type.Object({ data: CreditNotePreview }) },
      },
    },
    async ({ context, body }) => {
      const { accountId } = context
      const { invoice_id: id } = body
      const [invoice, heldMinor] = await context.inTx(async (tx) => [
        await findInvoice(tx, accountId, id),
        await sumHeldByDisputes(tx, accountId, id),
      ])
      if (invoice === null) throw ApiRefusal.notFound('invoice', 'invoice_id')
      const data = toWirePreview(invoice, {
        amountMinor: body.amount_minor,
        taxAmountMinor: body.tax_amount_minor ?? null,
        creditMethod: body.credit_method ?? 'refund_to_payment_method',
        heldMinor,
      })
      return { data }
    },
  )
}

function addEligibility(app: ApiInstance, deps: BillingDeps): void {
  app.get(
    '/credit_notes/invoice/:invoiceId/eligibility',
    {
      config: { scope: 'credit_notes:read' },
      schema: {
        tags,
        summary: 'Tell what can be credited on an invoice',
        params: CreditedInvoiceParams,
        response: { 200: CreditEligibility },
      },
    },
    async ({ context, params: { invoiceId } }) => {
      const found = await findEligibility(deps, context, invoiceId)
      if (found === null) throw ApiRefusal.notFound('invoice')
      return found
    },
  )

  app.get(
    '/credit_notes/transaction/:transactionId/reversal-eligibility',
    {
      config: { scope: 'credit_notes:read' },
      schema: {
        tags,
        summary: 'Tell how a payment can be taken back',
        params: ReversedTransactionParams,
        querystring: ReversalQuery,
        response: { 200: ReversalEligibility },
      },
    },
    async ({ context, params: { transactionId } }) => {
      const found = await findReversal(deps, context, transactionId)
      if (found === null) throw ApiRefusal.notFound('payment')
      return found
    },
  )
}

function addCredit(app: ApiInstance): void {
  app.get(
    '/customers/:id/credit',
    {
      config: { scope: 'credit_notes:read' },
      schema: {
        tags,
        summary: 'Tell what a customer holds as credit',
        params: CreditedCustomerParams,
        response: {
          200: Type.Object({
            data: Type.Array(CustomerCreditItem, { description: 'One for each currency.' }),
          }),
        },
      },
    },
    async ({ context, params: { id } }) => {
      const { accountId } = context
      const [customer, balances] = await context.inTx(async (tx) => [
        await findCustomer(tx, { accountId, id }),
        await listBalances(tx, accountId, id),
      ])
      if (customer === null) throw ApiRefusal.notFound('customer')
      const data = balances.map(({ currency, balanceMinor }) => ({
        currency,
        balance_minor: toWireMinor(balanceMinor),
      }))
      return { data }
    },
  )
}
