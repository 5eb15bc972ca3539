import { operation, type Operation } from '../calls/operation.ts'
import { FaceRefusal } from '../face-refusal.ts'
import { listTransactionIds, readTransactions } from '../queries/transactions.ts'
import { showTransaction } from '../show/show-transaction.ts'
import { code, idAt, listQuery, nothing, pathId, strict, windowOf } from '../wire/fields.ts'
import { toPage } from './to-page.ts'

const what = 'transaction'
const params = strict({ transaction_id: code('Id of the transaction.') })
const filters = {
  customer_filter: 'Ids of customers.',
  currency_filter: 'ISO 4217 codes.',
} as const
const pair = { type: 'transaction', method: 'retrieve' } as const

export const transactionOperations: readonly Operation[] = [
  operation({
    name: 'GetTransactions',
    summary: 'List transactions',
    method: 'GET',
    path: '/transactions',
    pair,
    scope: 'payments:read',
    schemas: { params: nothing, query: listQuery(filters), body: nothing },
    handle: async ({ context }, { query }) => {
      const window = windowOf(query)
      const filter = {
        customerIds: (query.customer_filter ?? []).map((value) => idAt('customer_filter', value)),
        currencies: query.currency_filter ?? [],
      }
      const { accountId } = context
      return context.inTx(async (tx) => {
        const ids = await listTransactionIds(tx, accountId, { filter, window })
        const shown = ids.slice(0, window.limit)
        const found = await readTransactions(tx, accountId, shown)
        const inOrder = shown.flatMap((id) => found.find((one) => one.id === id) ?? [])
        return toPage({ query, ids, rows: inOrder.map(showTransaction) })
      })
    },
  }),
  operation({
    name: 'GetTransaction',
    summary: 'Show a transaction',
    method: 'GET',
    path: '/transactions/:transaction_id',
    pair,
    scope: 'payments:read',
    schemas: { params, query: nothing, body: nothing },
    handle: async ({ context }, { params: { transaction_id: text } }) => {
      const id = pathId(text, what)
      const [found] = await context.inTx((tx) => readTransactions(tx, context.accountId, [id]))
      if (found === undefined) throw FaceRefusal.notFound(what)
      return { kind: 'object', idName: 'transaction_id', object: showTransaction(found) }
    },
  }),
]
