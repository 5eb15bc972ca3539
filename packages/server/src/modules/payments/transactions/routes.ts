import Type from 'typebox'
import { type ApiInstance, ApiRefusal } from '../../../platform/http/index.ts'
import { cursorListOf, toCursorList, toPageRequest } from '../../../platform/lists/index.ts'
import { findTransaction, listTransactions } from '../queries/transactions.ts'
import { toWireTransaction } from '../wire.ts'
import { TransactionItem, TransactionListQuery, TransactionParams } from './schemas.ts'

const tags = ['Transactions']

export function addTransactionRoutes(app: ApiInstance): void {
  app.get(
    '/transactions',
    {
      config: { scope: 'payments:read' },
      schema: {
        tags,
        summary: 'List transactions',
        querystring: TransactionListQuery,
        response: { 200: cursorListOf(TransactionItem, 'Transactions, newest first.') },
      },
    },
    async ({ context, query }) => {
      const filter = {
        type: query.type ?? null,
        status: query.status ?? null,
        customerId: query.customer_id ?? null,
        invoiceId: query.invoice_id ?? null,
        createdFrom: query.created_gte ?? null,
        createdTo: query.created_lte ?? null,
      }
      const page = await context.inTx((tx) =>
        listTransactions(tx, context.accountId, filter, toPageRequest(query)),
      )
      return toCursorList({ page, url: '/v2/transactions', toItem: toWireTransaction })
    },
  )

  app.get(
    '/transactions/:id',
    {
      config: { scope: 'payments:read' },
      schema: {
        tags,
        summary: 'Show a transaction',
        params: TransactionParams,
        response: { 200: Type.Object({ data: TransactionItem }) },
      },
    },
    async ({ context, params }) => {
      const row = await context.inTx((tx) => findTransaction(tx, context.accountId, params.id))
      if (row === null) throw ApiRefusal.notFound('transaction')
      return { data: toWireTransaction(row) }
    },
  )
}
