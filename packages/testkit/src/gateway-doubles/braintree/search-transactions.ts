import type { DoubleAnswer } from '../json-server.ts'
import type { BookedTransaction, BraintreeBook } from './braintree-book.ts'
import { fieldOf, textOf } from '../read-request.ts'
import { transactionRecord, xmlAnswer } from './wire.ts'
import { XmlCollection, XmlList } from './xml.ts'

const PAGE_SIZE = 50

/** `POST /transactions/advanced_search_ids`: the ids of all that match, latest first. */
export function searchIds(book: BraintreeBook, body: unknown): DoubleAnswer {
  const ids = matching(book, body).map(({ id }) => id)
  return xmlAnswer(200, 'search_results', {
    page_size: PAGE_SIZE,
    ids: new XmlList('item', ids),
  })
}

/** `POST /transactions/advanced_search`: the transactions of one page of ids. */
export function searchTransactions(book: BraintreeBook, body: unknown): DoubleAnswer {
  const found = matching(book, body).slice(0, PAGE_SIZE)
  const size = { page: PAGE_SIZE, total: found.length }
  return xmlAnswer(
    200,
    'credit_card_transactions',
    new XmlCollection('transaction', found.map(transactionRecord), size),
  )
}

function matching(book: BraintreeBook, body: unknown): BookedTransaction[] {
  const search = fieldOf(body, 'search')
  return [...book.transactions.values()].toReversed().filter((transaction) => {
    const orderId = textOf(search, 'order_id', 'is')
    if (orderId !== null && transaction.orderId !== orderId) return false
    const ids = fieldOf(search, 'ids')
    if (Array.isArray(ids) && !ids.includes(transaction.id)) return false
    const types = fieldOf(search, 'type')
    if (Array.isArray(types) && !types.includes(transaction.type)) return false
    return isBetween(transaction.settledAt, fieldOf(search, 'settled_at'))
  })
}

function isBetween(at: Date | null, range: unknown): boolean {
  const min = textOf(range, 'min')
  const max = textOf(range, 'max')
  if (min === null && max === null) return true
  if (at === null) return false
  const second = Math.floor(at.getTime() / 1000) * 1000
  return (min === null || second >= Date.parse(min)) && (max === null || second <= Date.parse(max))
}
