import { uuidTimeMs, type Uuid } from '@perennial/core/ids'
import {
  addDays,
  addMs,
  formatInstant,
  instantFromMs,
  parseInstant,
  type Instant,
} from '@perennial/core/time'
import { readList, readText, type JsonRecord } from '../../platform/foreign/index.ts'
import { NO_RECORD, type AuthnetAnswer, type AuthnetApi } from './authnet-api.ts'
import { invoiceNumberOf } from './invoice-number.ts'

const PAGE_SIZE = 1_000
/** Pages of one list that are read at most; more than 20,000 charges a day need another way to look up. */
const PAGES_MAX = 20
/** Batches are listed for 31 days at a time; a day less, because ends are rounded up. */
const SPAN_DAYS_MAX = 30
/** What settled is looked for as far back as this. */
const LOOK_BACK_DAYS_MAX = 180

/** Null: the gateway has no such transaction. Throws when there is no answer. */
export async function getDetails(api: AuthnetApi, transId: string): Promise<unknown> {
  const { isOk, code, body } = await api.ask('getTransactionDetailsRequest', { transId })
  if (code === NO_RECORD) return null
  if (!isOk || readText(body, 'transaction', 'transId') === null)
    throw new Error(`the gateway answered ${code}`)
  return body['transaction']
}

/** The details of the transaction that was sent under a key, of one customer. Null: there is none. */
export async function findOfCustomer(
  api: AuthnetApi,
  customerProfileId: string,
  key: Uuid,
): Promise<unknown> {
  const answer = await api.ask('getTransactionListForCustomerRequest', {
    customerProfileId,
    sorting: LATEST_FIRST,
    paging: { limit: PAGE_SIZE, offset: 1 },
  })
  const transId = answer.code === NO_RECORD ? null : transIdIn(pageOf(answer), key)
  return transId === null ? null : getDetails(api, transId)
}

const LATEST_FIRST = { orderBy: 'submitTimeUTC', orderDescending: true }

/** What is looked for, from when on, and until when in real time: a gateway that is slow is not asked for ever. */
export type Search = { readonly key: Uuid; readonly now: Instant; isOver(): boolean }

/**
 * The details of the transaction that was sent under a key: what is unsettled is listed whole, and what has settled by the
 * batches since the key was made. Null: there is none. Throws when the search is over before that is sure.
 */
export async function findByKey(api: AuthnetApi, search: Search): Promise<unknown> {
  const { key, now } = search
  const unsettled = await findInList(api, 'getUnsettledTransactionListRequest', {}, search)
  if (unsettled !== null) return getDetails(api, unsettled)
  // The gateway's clock may be ahead of ours.
  const span = { from: madeAt(key, now), until: addDays(now, 1) }
  for (const { batchId } of await listBatches(api, span)) {
    const settled = await findInList(api, 'getTransactionListRequest', { batchId }, search)
    if (settled !== null) return getDetails(api, settled)
  }
  return null
}

/** A day before the key was made, by its own account, and never less than four days back. */
function madeAt(key: Uuid, now: Instant): Instant {
  const latest = addDays(now, -4)
  const earliest = addDays(now, -LOOK_BACK_DAYS_MAX)
  const made = uuidTimeMs(key)
  if (!Number.isInteger(made) || made > latest) return latest
  const from = addDays(instantFromMs(Math.max(made, earliest)), -1)
  return from < earliest ? earliest : from
}

async function findInList(
  api: AuthnetApi,
  request: string,
  about: JsonRecord,
  search: Search,
): Promise<string | null> {
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    if (search.isOver()) throw new Error('the gateway is too slow to be looked through')
    const paging = { limit: PAGE_SIZE, offset: page }
    const found = pageOf(await api.ask(request, { ...about, sorting: LATEST_FIRST, paging }))
    const transId = transIdIn(found, search.key)
    if (transId !== null || found.length < PAGE_SIZE) return transId
  }
  throw new Error('the gateway lists more than can be looked through')
}

/** No list stands for an empty one. */
function pageOf({ isOk, code, body }: AuthnetAnswer): readonly unknown[] {
  if (!isOk) throw new Error(`the gateway answered ${code}`)
  return readList(body, 'transactions') ?? []
}

function transIdIn(page: readonly unknown[], key: Uuid): string | null {
  const invoiceNumber = invoiceNumberOf(key)
  const found = page.filter((summary) => readText(summary, 'invoiceNumber') === invoiceNumber)
  const made = found.find((summary) => readText(summary, 'transactionStatus') !== 'declined')
  return readText(made ?? found[0], 'transId')
}

export type SettledBatch = { readonly batchId: string; readonly settledAt: Instant }

/** Oldest first. */
export async function listBatches(
  api: AuthnetApi,
  { from, until }: { readonly from: Instant; readonly until: Instant },
): Promise<readonly SettledBatch[]> {
  const batches: SettledBatch[] = []
  let start = from
  do {
    const next = addDays(start, SPAN_DAYS_MAX)
    const { isOk, code, body } = await api.ask('getSettledBatchListRequest', {
      includeStatistics: false,
      firstSettlementDate: wholeSeconds(start),
      lastSettlementDate: wholeSeconds(addMs(next < until ? next : until, 999)),
    })
    if (!isOk) throw new Error(`the gateway answered ${code}`)
    const found = (readList(body, 'batchList') ?? []).flatMap(toBatch)
    batches.push(...found.filter(({ settledAt }) => settledAt >= start && settledAt < next))
    start = next
  } while (start < until)
  const inSpan = batches.filter(({ settledAt }) => settledAt < until)
  return inSpan.toSorted((a, b) => a.settledAt - b.settledAt || (a.batchId < b.batchId ? -1 : 1))
}

/** Without a fraction, which the gateway's dates have not. */
function wholeSeconds(at: Instant): string {
  return formatInstant(at).replace(/\.\d{3}Z$/, 'Z')
}

function toBatch(batch: unknown): SettledBatch[] {
  const batchId = readText(batch, 'batchId')
  const settledAt = parseInstant(readText(batch, 'settlementTimeUTC') ?? '')
  const isSettled = readText(batch, 'settlementState') === 'settledSuccessfully'
  return batchId === null || settledAt === null || !isSettled ? [] : [{ batchId, settledAt }]
}

/** Refunds among them are asked for one by one. */
const MOVEMENTS_MAX = 200

/** One page of a settled batch, and whether there are more. */
export async function listPage(
  api: AuthnetApi,
  batchId: string,
  page: number,
): Promise<{ readonly summaries: readonly unknown[]; readonly hasMore: boolean }> {
  const paging = { limit: MOVEMENTS_MAX, offset: page }
  const sorting = { orderBy: 'submitTimeUTC', orderDescending: false }
  const summaries = pageOf(await api.ask('getTransactionListRequest', { batchId, sorting, paging }))
  return { summaries, hasMore: summaries.length === MOVEMENTS_MAX }
}
