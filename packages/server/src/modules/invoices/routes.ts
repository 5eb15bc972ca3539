import type { Uuid } from '@perennial/core/ids'
import type { InvoiceLine } from '@perennial/core/invoices'
import type { CommandContext } from '../../platform/command/index.ts'
import { type ApiModule, ApiRefusal } from '../../platform/http/index.ts'
import { plainListOf, toOffsetList, toPageRequest } from '../../platform/lists/index.ts'
import { findInvoice, listInvoiceLines, listInvoices } from './queries.ts'
import { InvoiceAnswer, InvoiceItem, InvoiceListQuery, InvoiceParams } from './schemas.ts'
import { toWireInvoice } from './wire.ts'

const tags = ['Invoices']
const OPEN = ['finalized', 'approved', 'sent', 'partially_paid', 'overdue']

/** Statuses that a filter value stands for (revkeen 2.7). */
function statusesOf(filter: string | undefined): readonly string[] | null {
  if (filter === undefined) return null
  if (filter === 'open') return OPEN
  return [filter === 'voided' ? 'void' : filter]
}

/** Lists and shows invoices; what is done with them is `billing`'s. */
export const invoicesRoutes: ApiModule = (app, { loaders }) => {
  loaders.register('invoice', (context, id) => answerWithInvoice(context, id))

  app.get(
    '/invoices',
    {
      config: { scope: 'invoices:read' },
      schema: {
        tags,
        summary: 'List invoices',
        querystring: InvoiceListQuery,
        response: { 200: plainListOf(InvoiceItem, 'Invoices, newest first.') },
      },
    },
    async ({ context, query, id: requestId }) => {
      const request = toPageRequest(query)
      const filter = {
        statuses: statusesOf(query.status),
        customerId: query.customerId ?? null,
        subscriptionId: query.subscriptionId ?? null,
      }
      const { accountId } = context
      return context.inTx(async (tx) => {
        const page = await listInvoices(tx, accountId, filter, request)
        const ids = page.rows.map((invoice) => invoice.id)
        const lines = Map.groupBy(await listInvoiceLines(tx, accountId, ids), linesKey)
        const toItem = (invoice: (typeof page.rows)[number]) =>
          toWireInvoice(invoice, lines.get(invoice.id) ?? [])
        return { ...toOffsetList({ page, request, toItem }), requestId }
      })
    },
  )

  app.get(
    '/invoices/:id',
    {
      config: { scope: 'invoices:read' },
      schema: {
        tags,
        summary: 'Show an invoice',
        params: InvoiceParams,
        response: { 200: InvoiceAnswer },
      },
    },
    async ({ context, params }) => answerWithInvoice(context, params.id),
  )
}

function linesKey(line: InvoiceLine): Uuid {
  return line.invoiceId
}

/** The body of every answer about one invoice; 404 when the account has no such invoice. */
export async function answerWithInvoice(context: CommandContext, id: Uuid) {
  const { accountId } = context
  const found = await context.inTx(async (tx) => {
    const invoice = await findInvoice(tx, accountId, id)
    return invoice === null ? null : { invoice, lines: await listInvoiceLines(tx, accountId, [id]) }
  })
  if (found === null) throw ApiRefusal.notFound('invoice')
  return {
    data: toWireInvoice(found.invoice, found.lines),
    requestId: context.request?.id ?? '',
  }
}
