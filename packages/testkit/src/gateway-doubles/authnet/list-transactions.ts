import type { DoubleAnswer } from '../json-server.ts'
import { fieldOf, isTrue, textOf } from '../read-request.ts'
import type { AuthnetBook, BookedTransaction } from './authnet-book.ts'
import { detailsOf, noRecords, ok, refused, summaryOf, utc } from './wire.ts'

const UNSETTLED = [
  'authorizedPendingCapture',
  'capturedPendingSettlement',
  'refundPendingSettlement',
  'voided',
]

/** `getUnsettledTransactionListRequest`. */
export function listUnsettled(book: AuthnetBook, asked: unknown): DoubleAnswer {
  const found = all(book).filter(({ status }) => UNSETTLED.includes(status))
  return pageOf(found, asked)
}

/** `getTransactionListForCustomerRequest`. */
export function listOfCustomer(book: AuthnetBook, asked: unknown): DoubleAnswer {
  const id = textOf(asked, 'customerProfileId')
  const found = all(book).filter(
    ({ profile, responseCode }) => profile.customerProfileId === id && responseCode === 1,
  )
  return pageOf(found, asked)
}

/** `getTransactionListRequest`: one settled batch. */
export function listOfBatch(book: AuthnetBook, asked: unknown): DoubleAnswer {
  const id = textOf(asked, 'batchId')
  return pageOf(
    all(book).filter(({ batchId }) => batchId === id),
    asked,
  )
}

const SPAN_DAYS_MAX = 31
const DAY_MS = 86_400_000

/** `getSettledBatchListRequest`: batches of at most 31 days. */
export function listBatches(book: AuthnetBook, asked: unknown): DoubleAnswer {
  const first = Date.parse(textOf(asked, 'firstSettlementDate') ?? '')
  const last = Date.parse(textOf(asked, 'lastSettlementDate') ?? '')
  if (Number.isNaN(first) || Number.isNaN(last) || last - first > SPAN_DAYS_MAX * DAY_MS)
    return refused('E00003', 'The date range is invalid.')
  const batches = [...book.batches.values()].filter(
    ({ settledAt }) => settledAt.getTime() >= first && settledAt.getTime() <= last,
  )
  if (batches.length === 0) return noRecords()
  const batchList = batches.map(({ batchId, settledAt }) => ({
    batchId,
    settlementTimeUTC: utc(settledAt),
    settlementTimeLocal: utc(settledAt).replace('Z', ''),
    settlementState: 'settledSuccessfully',
    paymentMethod: 'creditCard',
    marketType: 'eCommerce',
    product: 'Card Not Present',
  }))
  return ok({ batchList })
}

/** `getTransactionDetailsRequest`. */
export function showTransaction(book: AuthnetBook, asked: unknown): DoubleAnswer {
  const found = book.transactions.get(textOf(asked, 'transId') ?? '')
  if (found === undefined) return refused('E00040', 'The record cannot be found.')
  const settledAt = book.batches.get(found.batchId ?? '')?.settledAt ?? null
  return ok({ transaction: detailsOf(found, settledAt) })
}

function all(book: AuthnetBook): BookedTransaction[] {
  return [...book.transactions.values()]
}

/** `offset` counts pages from 1. */
function pageOf(found: readonly BookedTransaction[], asked: unknown): DoubleAnswer {
  const limit = Number(fieldOf(asked, 'paging', 'limit') ?? 1000)
  const page = Number(fieldOf(asked, 'paging', 'offset') ?? 1)
  if (!(limit >= 1 && limit <= 1000 && page >= 1)) return refused('E00013', 'Paging is invalid.')
  const isLatestFirst = isTrue(asked, 'sorting', 'orderDescending')
  const sorted = isLatestFirst ? found.toReversed() : found
  const transactions = sorted.slice((page - 1) * limit, page * limit).map(summaryOf)
  if (transactions.length === 0) return noRecords({ totalNumInResultSet: 0 })
  return ok({ transactions, totalNumInResultSet: found.length })
}
