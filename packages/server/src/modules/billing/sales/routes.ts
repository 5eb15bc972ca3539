import type { Uuid } from '@perennial/core/ids'
import { assert } from '@perennial/core/fault'
import Type from 'typebox'
import type { CommandContext } from '../../../platform/command/index.ts'
import {
  acceptedOr,
  ApiRefusal,
  requireScope,
  type ApiInstance,
  type ApiModule,
} from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { findInvoices } from '../../invoices/index.ts'
import { listRefundsOfInvoice } from '../../payments/index.ts'
import {
  findSale,
  listSales,
  SaleCreateBody,
  SaleItem,
  SaleListQuery,
  SaleParams,
  SaleUpdateBody,
  SaleVoidBody,
  toWireSale,
  toWireSaleRefund,
  type SaleCreate,
  type SaleWithLines,
} from '../../sales/index.ts'
import type { BillingDeps } from '../scope.ts'
import { createSale } from './create-sale.ts'
import { changeSale } from './change-sale.ts'
import { changeSaleErrors, voidSaleErrors } from './errors.ts'
import { toCreateSale } from './to-create-sale.ts'
import { voidSale } from './void-sale.ts'

const SaleAnswer = Type.Object({ data: SaleItem })
const tags = ['Sales']

export function salesRoutes(deps: BillingDeps): ApiModule {
  return (app, { loaders }) => {
    loaders.register('sale', async (context, id) => answerWith(context, id))
    addReads(app)
    addWrites(app, deps)
  }
}

async function answerWith(context: CommandContext, id: Uuid) {
  const sale = await context.inTx((tx) => findSale(tx, context.accountId, id))
  if (sale === null) throw ApiRefusal.notFound('sale')
  const [data] = await show(context, [sale])
  assert(data !== undefined, 'a sale that was found is shown')
  const { invoiceId } = sale.sale
  const refunds = await context.inTx((tx) => listRefundsOfInvoice(tx, context.accountId, invoiceId))
  return { data: { ...data, refunds: refunds.map(toWireSaleRefund) } }
}

/** Sales with what their invoices have come to. */
async function show(context: CommandContext, sales: readonly SaleWithLines[]) {
  const ids = sales.map(({ sale }) => sale.invoiceId)
  const invoices = await context.inTx((tx) => findInvoices(tx, context.accountId, ids))
  const invoiceOf = new Map(invoices.map((invoice) => [invoice.id, invoice]))
  return sales.map((one) => {
    const invoice = invoiceOf.get(one.sale.invoiceId)
    assert(invoice !== undefined, 'a sale has an invoice')
    return toWireSale(one, invoice)
  })
}

function addReads(app: ApiInstance): void {
  app.get(
    '/sales',
    {
      config: { scope: 'sales:read' },
      schema: {
        tags,
        summary: 'List sales',
        querystring: SaleListQuery,
        response: { 200: cursorListOf(SaleItem, 'Sales, newest first.') },
      },
    },
    async ({ context, query }) => {
      const page = toPageRequest(query)
      const created = {
        column: 'created_at',
        from: query.created_from ?? null,
        to: query.created_to ?? null,
      }
      const filter = {
        status: query.status ?? null,
        customerId: query.customer_id ?? null,
        campaign: query.campaign ?? null,
        subscriptionId: query.subscription_id ?? null,
        created,
      }
      const { accountId } = context
      const found = await context.inTx((tx) => listSales(tx, { accountId, filter, page }))
      const rows = await show(context, found.rows)
      return toCursorList({ page: { ...found, rows }, url: '/v2/sales', toItem: (row) => row })
    },
  )

  app.get(
    '/sales/:id',
    {
      config: { scope: 'sales:read' },
      schema: {
        tags,
        summary: 'Show a sale',
        params: SaleParams,
        response: { 200: SaleAnswer },
      },
    },
    async ({ context, params }) => answerWith(context, params.id),
  )
}

/** Whether a sale may change a customer who is there already. */
function changesKnown({ customer }: SaleCreate): boolean {
  return customer?.if_known !== undefined && customer.if_known !== null
}

function addWrites(app: ApiInstance, deps: BillingDeps): void {
  app.post(
    '/sales',
    {
      config: { scope: 'sales:write' },
      schema: {
        tags,
        summary: 'Sell, and charge for it',
        description:
          'One invoice of all lines is charged once. Each line of a recurring product, or of one with a subscription profile, begins one subscription when the money is there; lines with a trial charge nothing now. A declined sale answers 201 with the status declined and begins nothing.',
        body: SaleCreateBody,
        response: { 201: SaleAnswer },
      },
    },
    async ({ context, apiKey, body }, reply) => {
      if (changesKnown(body)) requireScope(apiKey?.scopes ?? [], 'customers:write')
      const id = await createSale(deps, context, toCreateSale(body))
      return reply.code(201).send(await answerWith(context, id))
    },
  )

  app.patch(
    '/sales/:id',
    {
      config: { scope: 'sales:write' },
      schema: {
        tags,
        summary: 'Keep your own keys and values with a sale and its lines',
        params: SaleParams,
        body: SaleUpdateBody,
        response: { 200: SaleAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const change = { metadata: body.metadata, lines: body.lines ?? [] }
      acceptedOr(await changeSale(context, { id, change }), changeSaleErrors)
      return answerWith(context, id)
    },
  )

  app.post(
    '/sales/:id/void',
    {
      config: { scope: 'sales:write' },
      schema: {
        tags,
        summary: 'Take a sale back',
        description:
          'Everything that was paid for it is refunded, its subscriptions and trials end, and what is still owed is owed no more. Renewals that were paid meanwhile stay. refunds names what is given back.',
        params: SaleParams,
        body: Type.Optional(SaleVoidBody),
        response: { 200: SaleAnswer },
      },
    },
    async ({ context, params: { id }, body }) => {
      const mode = body?.mode ?? 'at_once'
      acceptedOr(await voidSale(deps, context, { id, mode }), voidSaleErrors)
      return answerWith(context, id)
    },
  )
}
