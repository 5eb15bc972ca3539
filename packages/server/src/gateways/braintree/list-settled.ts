import { isUuid } from '@perennial/core/ids'
import {
  listedRefundNotice,
  type GatewayMovement,
  type MovementPage,
  type MovementsQuery,
} from '@perennial/core/payments'
import {
  addMs,
  formatInstant,
  MS_PER_SECOND,
  parseInstant,
  type Instant,
} from '@perennial/core/time'
import { readList, readText } from '../../platform/foreign/index.ts'
import type { BraintreeApi } from './braintree-api.ts'
import { fetchTransactions, searchIds } from './find-transactions.ts'
import { moneyOf } from './transaction.ts'

/** More than this many are asked for in shorter spans of time; a search gives 20,000 ids at most. */
const PAGE_MAX = 500

/**
 * What settled, sales and refunds, oldest first. Fees are in the vendor's reports alone, so that lines carry none. Of cards
 * the vendor tells refunds in no other way (developer.paypal.com/braintree, "Transaction webhooks are available for ACH and
 * SEPA Direct Debit"). The cursor is the instant to go on from: a page is a span of time.
 */
export async function listSettled(api: BraintreeApi, query: MovementsQuery): Promise<MovementPage> {
  const from = query.cursor === null ? query.from : (parseInstant(query.cursor) ?? query.from)
  const { ids, until } = await idsUntil(api, { from, until: query.until })
  const found = await fetchTransactions(api, ids)
  const movements = found
    .map(toMovement)
    .filter((movement) => movement !== null)
    .filter(({ at }) => at >= from && at < until)
    .toSorted((a, b) => a.at - b.at || (a.reference < b.reference ? -1 : 1))
  return { movements, nextCursor: until < query.until ? formatInstant(until) : null }
}

type Span = { readonly from: Instant; readonly until: Instant }

/** Halves the span until what settled in it fits a page, down to a second. */
async function idsUntil(
  api: BraintreeApi,
  { from, until }: Span,
): Promise<{ readonly ids: readonly string[]; readonly until: Instant }> {
  const ids = await searchIds(api, {
    settled_at: { min: formatInstant(from), max: formatInstant(until) },
  })
  const half = Math.floor((until - from) / 2 / MS_PER_SECOND) * MS_PER_SECOND
  if (ids.length <= PAGE_MAX || half < MS_PER_SECOND) return { ids, until }
  return idsUntil(api, { from, until: addMs(from, half) })
}

function toMovement(transaction: unknown): GatewayMovement | null {
  const reference = readText(transaction, 'id')
  const money = moneyOf(transaction)
  const at = settledAt(transaction)
  if (reference === null || money === null || at === null) return null
  const isRefund = readText(transaction, 'type') === 'credit'
  const order = readText(transaction, 'order_id') ?? ''
  const shared = { idempotencyKey: isUuid(order) ? order : null, currency: money.currency, at }
  const line = {
    ...shared,
    reference,
    feeMinor: 0n,
    payoutReference: readText(transaction, 'disbursement_details', 'disbursement_date'),
  }
  const { amountMinor } = money
  if (!isRefund) return { ...line, kind: 'charge', chargeReference: reference, amountMinor }
  const chargeReference = readText(transaction, 'refunded_transaction_id')
  const told = { ...shared, refundReference: reference, chargeReference, amountMinor }
  const notice = listedRefundNotice(told)
  return { ...line, kind: 'refund', chargeReference, amountMinor: -amountMinor, notice }
}

/** Its history names when each status was reached. */
function settledAt(transaction: unknown): Instant | null {
  const events = readList(transaction, 'status_history') ?? []
  const settled = events.find((event) => readText(event, 'status') === 'settled')
  return parseInstant(readText(settled, 'timestamp') ?? '')
}
