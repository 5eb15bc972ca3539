import { readList, readRecord, readText } from '../../platform/foreign/index.ts'
import { readAll, type BraintreeApi } from './braintree-api.ts'

/** How many transactions a page of a search has at most. */
const PAGE_SIZE = 50

/** Ids of all transactions that match, latest first. Throws when there is no such answer. */
export async function searchIds(
  api: BraintreeApi,
  criteria: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  const { status, root } = await api.post('/transactions/advanced_search_ids', { search: criteria })
  const results = status === 200 ? readRecord(root, 'search_results') : null
  const ids = readList(results, 'ids')
  if (ids === null) throw new Error(`the search was answered ${status}`)
  return ids.filter((id) => typeof id === 'string')
}

export async function fetchTransactions(
  api: BraintreeApi,
  ids: readonly string[],
): Promise<readonly unknown[]> {
  const found: unknown[] = []
  for (let start = 0; start < ids.length; start += PAGE_SIZE) {
    const search = { ids: ids.slice(start, start + PAGE_SIZE) }
    const { status, root } = await api.post('/transactions/advanced_search', { search })
    const page = status === 200 ? readRecord(root, 'credit_card_transactions') : null
    if (page === null) throw new Error(`the search was answered ${status}`)
    found.push(...readAll(page, 'transaction'))
  }
  return found
}

/**
 * The transactions that were sent with a key of ours as their order. A key has one, or a few where the first was
 * refused as a duplicate.
 */
export async function findByOrder(
  api: BraintreeApi,
  wanted: { readonly orderId: string; readonly type: 'sale' | 'credit' },
): Promise<readonly unknown[]> {
  const ids = await searchIds(api, { order_id: { is: wanted.orderId } })
  const found = await fetchTransactions(api, ids.slice(0, PAGE_SIZE))
  return found.filter(
    (transaction) =>
      readText(transaction, 'type') === wanted.type &&
      readText(transaction, 'order_id') === wanted.orderId,
  )
}

/** Null: there is none of this id. Throws when there is no such answer. */
export async function getTransaction(api: BraintreeApi, id: string): Promise<unknown> {
  const { status, root } = await api.get(`/transactions/${encodeURIComponent(id)}`)
  if (status === 404) return null
  const found = status === 200 ? readRecord(root, 'transaction') : null
  if (found === null) throw new Error(`the gateway answered ${status}`)
  return found
}
