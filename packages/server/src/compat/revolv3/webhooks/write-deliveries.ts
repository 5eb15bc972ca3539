import { messageOf } from '@perennial/core/fault'
import { encodeId, type Uuid } from '@perennial/core/ids'
import { formatInstant } from '@perennial/core/time'
import { listTerms, type BillingDeps } from '../../../modules/billing/index.ts'
import { getAccount } from '../../../modules/accounts/index.ts'
import { DatabaseOutage, type Tx } from '../../../platform/db/index.ts'
import { showInvoices, showRefunds, type WireInvoice } from '../show/show-invoice.ts'
import { showSubscriptions } from '../show/show-subscription.ts'
import { numbersOf } from '../numbers/numbers.ts'
import {
  insertDeliveries,
  listAccountsWithNews,
  readAttemptsOf,
  takeNews,
  type NewDelivery,
  type News,
} from './queries.ts'
import { readNews, type Told } from './read-news.ts'
import { envelopeOf } from './sign.ts'

type WriteDeps = Pick<BillingDeps, 'database' | 'clock' | 'ids' | 'log'>

/** Accounts whose news are written in one round; the others have the next. */
const ACCOUNTS_MAX = 100

/** Puts news into the words of this face; how many there were. What faults for one account keeps no other's from it. */
export async function writeDeliveries(deps: WriteDeps, limit: number): Promise<number> {
  const accountIds = await deps.database.statement((tx) => listAccountsWithNews(tx, ACCOUNTS_MAX))
  let count = 0
  for (const accountId of accountIds) {
    try {
      count += await writeFor(deps, accountId, limit)
    } catch (error) {
      if (error instanceof DatabaseOutage) throw error
      const reason = messageOf(error)
      deps.log.error({ accountId, reason }, 'webhooks not written')
    }
  }
  return count
}

/** The bytes are fixed here. */
async function writeFor(deps: WriteDeps, accountId: Uuid, limit: number): Promise<number> {
  return deps.database.tx(async (tx) => {
    const news = await takeNews(tx, accountId, limit)
    if (news.length === 0) return 0
    const { name } = await getAccount(deps.database, accountId)
    const told = news.flatMap(readNews)
    const shapes = await loadShapes(tx, { id: accountId, name }, told)
    const deliveries = told.flatMap((one) => toDelivery(deps, one, shapes(one)))
    await insertDeliveries(tx, accountId, { deliveries, realNow: deps.clock.now() })
    return news.length
  })
}

type Shape = {
  readonly objectId: Uuid
  readonly member: object
  /** Where what was told before makes it another message. */
  readonly eventType?: string
}

/** What each message is about, as it is now and with the status that it is told to have had. */
async function loadShapes(
  tx: Tx,
  account: { readonly id: Uuid; readonly name: string },
  told: readonly Told[],
): Promise<(one: Told) => Shape | null> {
  const subscriptionIds = told.flatMap(({ about }) => (about.kind === 'subscription' ? [about.id] : [])) // prettier-ignore
  const invoiceIds = told.flatMap(({ about }) => {
    if (about.kind === 'invoice') return [about.id]
    return about.kind === 'attempt' || about.kind === 'waiting_attempt' ? [about.invoiceId] : []
  })
  const waitingIds = told.flatMap(({ about }) => (about.kind === 'waiting_attempt' ? [about.id] : [])) // prettier-ignore
  const transactionIds = told.flatMap(({ about }) => (about.kind === 'attempt' ? [about.transactionId] : [])) // prettier-ignore
  const terms = await listTerms(tx, account.id, [...new Set(subscriptionIds)])
  const own = terms.filter(({ kind }) => kind === 'subscription')
  const shown = await showSubscriptions(tx, account.id, own, { withRefused: true })
  const invoices = await showInvoices(tx, account, [...new Set(invoiceIds)])
  const attemptOf = await readAttemptsOf(tx, account.id, transactionIds)
  const numberOf = await numbersOf(tx, account.id, [
    ...own.map(({ subscriptionId: id }) => ({ kind: 'subscription', id }) as const),
    ...[...new Set(invoiceIds)].map((id) => ({ kind: 'invoice', id }) as const),
    ...[...attemptOf.values()].map(({ attemptId: id }) => ({ kind: 'attempt', id }) as const),
    ...waitingIds.map((id) => ({ kind: 'attempt', id }) as const),
  ])
  const shapeOfAttempt = (id: Uuid, invoiceId: Uuid, more: object): Shape | null => {
    const invoice = invoices.find((one) => one.invoiceId === numberOf(invoiceId))
    const found = invoice?.invoiceAttempts.find((one) => one.invoiceAttemptId === numberOf(id))
    if (found === undefined) return null
    return { objectId: id, member: { invoiceAttempt: { ...found, ...more, invoiceId: invoice?.invoiceId } } } // prettier-ignore
  }
  const refunds = await loadRefunds(tx, account, told)
  return ({ about }) => {
    switch (about.kind) {
      case 'subscription': {
        if (!own.some((one) => one.subscriptionId === about.id)) return null
        const found = shown.find((one) => one.subscriptionId === numberOf(about.id))
        if (found === undefined) return null
        const status = about.status ?? found.subscriptionStatusType
        const subscription = { ...found, subscriptionStatusType: status }
        return { objectId: about.id, member: { subscription } }
      }
      case 'invoice': {
        const found = invoices.find((one) => one.invoiceId === numberOf(about.id))
        if (found === undefined) return null
        return {
          objectId: about.id,
          member: { invoice: { ...found, invoiceStatus: statusTold(about.status, found) } },
        }
      }
      case 'attempt': {
        const of = attemptOf.get(about.transactionId)
        if (of === undefined) return null
        const shape = shapeOfAttempt(of.attemptId, about.invoiceId, {})
        const isKnown = of.wasTold || waitingIds.includes(of.attemptId)
        return shape === null || !isKnown ? shape : { ...shape, eventType: 'InvoiceAttemptStatusChanged' } // prettier-ignore
      }
      case 'waiting_attempt':
        return shapeOfAttempt(about.id, about.invoiceId, WAITING)
      case 'refund': {
        const invoice = refunds.get(about.id)
        return invoice === undefined ? null : { objectId: about.id, member: { invoice } }
      }
    }
  }
}

/** As an attempt was before its gateway had decided. */
const WAITING = {
  invoiceAttemptStatus: 'Pending',
  responseCode: null,
  responseMessage: null,
  authCode: null,
  revolv3ResponseCode: null,
  revolv3ResponseMessage: null,
  processorResponseDateTime: null,
}

/** The status of then; how it was paid, and why it is void, is told as it is known by now. */
function statusTold(status: string | null, { invoiceStatus }: WireInvoice): string {
  const isPaidOutside = status === 'Paid' && invoiceStatus === 'MerchantPaid'
  return status === null || isPaidOutside ? invoiceStatus : status
}

async function loadRefunds(
  tx: Tx,
  account: { readonly id: Uuid; readonly name: string },
  told: readonly Told[],
): Promise<ReadonlyMap<Uuid, WireInvoice>> {
  const invoiceIds = new Set(told.flatMap(({ about }) => (about.kind === 'refund' ? [about.invoiceId] : []))) // prettier-ignore
  const found = new Map<Uuid, WireInvoice>()
  for (const invoiceId of invoiceIds)
    for (const { id, wire } of await showRefunds(tx, account, invoiceId)) found.set(id, wire)
  return found
}

function toDelivery(deps: WriteDeps, told: Told, shape: Shape | null): NewDelivery[] {
  if (shape === null) return []
  const { news } = told
  const eventType = shape.eventType ?? told.eventType
  const id = deps.ids.next()
  const message = { ...shape.member, ...headOf(news, eventType) }
  const body = envelopeOf(message, id)
  return [{ id, eventId: news.eventId, eventType, objectId: shape.objectId, body }]
}

function headOf(news: Pick<News, 'accountId' | 'at'>, eventType: string) {
  return {
    eventDateTime: formatInstant(news.at),
    eventType,
    revolvMerchantId: encodeId('account', news.accountId),
  }
}
