import { assert } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { addDays, startOfDay, UTC, type Instant } from '@perennial/core/time'
import {
  closeByHand,
  editInvoice,
  refundInvoice,
  type BillingDeps,
  type ClosedAs,
  type RefundInvoiceRefusal,
} from '../../../modules/billing/index.ts'
import { findInvoices } from '../../../modules/invoices/index.ts'
import { listRefundsWith } from '../../../modules/payments/index.ts'
import { asOne, type CommandContext, type Refused } from '../../../platform/command/index.ts'
import type { ApiInstance } from '../../../platform/http/index.ts'
import { FaceRefusal } from '../face-refusal.ts'
import {
  CHANGED_MAX,
  INVOICE_KEYS,
  searchInvoices,
  type InvoiceSearch,
} from '../queries/invoices.ts'
import { findIdOf, idOf, toNumber } from '../numbers/numbers.ts'
import {
  listCustomersByReference,
  readInvoiceOfRefund,
  readPaidOutside,
} from '../queries/objects.ts'
import {
  choiceAt,
  hundredthsAt,
  problem,
  readBody,
  readQuery,
  refuseProblems,
  textAt,
  type Fields,
} from '../read/fields.ts'
import { filterDateAt } from '../read/read-date.ts'
import { hasTwoDecimals } from '../read/has-two-decimals.ts'
import { REFERENCE } from '../read/read-method.ts'
import { showFound, showInvoices, showRefunds, type WireInvoice } from '../show/show-invoice.ts'
import { hidden, onceAKey, type Id, type Query } from './route-forms.ts'

const PAGE_MAX = 100
const PAGES_MAX = CHANGED_MAX / PAGE_MAX
/** Customers of one name whose invoices are listed. */
const CUSTOMERS_MAX = 1_000

export function addInvoiceRoutes(app: ApiInstance, deps: BillingDeps): void {
  app.get<Query>('/api/Invoices/v1', hidden, async ({ context, query }) => {
    const invoices = await list(context, query, { from: 'billingStartDate', to: 'billingEndDate' })
    const lastOnly = textOf(readQuery(query).get('lastAttemptOnly'))?.toLowerCase() === 'true'
    return lastOnly ? invoices.map(lastAttemptOnly) : invoices
  })

  app.get<Query>('/api/Invoices', hidden, async ({ context, query }) => {
    const invoices = await list(context, query, { from: 'startDate', to: 'endDate' })
    return invoices.map((row) => ({
      ...row,
      invoiceAttempts: undefined,
      binNumber: row.paymentMethod?.paymentMethodCreditCardDetails?.binNumber ?? null,
      last4Digit: row.paymentMethod?.paymentMethodCreditCardDetails?.paymentLast4Digit ?? null,
    }))
  })

  app.get<Id>('/api/Invoices/:id', hidden, async ({ context, params }) => find(context, params.id))

  app.patch<Id>('/api/Invoices/:id', hidden, async ({ context, params, body }) => {
    const fields = readBody(body)
    const status = choiceAt(fields, 'invoiceStatus', TARGETS)
    const reference = textAt(fields, 'merchantInvoiceRefId', REFERENCE)
    refuseProblems(fields)
    const id = await idOf(context, 'invoice', toNumber(params.id))
    await asOne(context, async (whole) => {
      if (status !== null) await setStatus(deps, whole, { id, status })
      if (reference !== null) await setReference(deps, whole, { id, reference })
    })
    return find(context, params.id)
  })

  app.post<Id>(
    '/api/Invoices/:id/refund',
    onceAKey(200, showRefundsWith),
    async ({ context, params, body }) => {
      const fields = readBody(body)
      const netMinor = hundredthsAt(fields, 'amount')
      if (netMinor === 0n) problem(fields, 'amount', 'must be more than 0')
      const reportGroup = textAt(fields, 'reportGroup', REFERENCE)
      refuseProblems(fields)
      const id = await idOf(context, 'invoice', toNumber(params.id))
      return refund(deps, context, { id, netMinor, reportGroup })
    },
  )
}

/** What one invoice shows: the bill, or a refund of one. */
async function find(context: CommandContext, text: string): Promise<WireInvoice> {
  const { accountId, account } = context
  const of = { id: accountId, name: account.name }
  const number = toNumber(text)
  const refundId = number === null ? null : await findIdOf(context, 'refund', number)
  if (refundId !== null) {
    const refunds = await context.inTx(async (tx) => {
      const invoiceId = await readInvoiceOfRefund(tx, accountId, refundId)
      return invoiceId === null ? [] : showRefunds(tx, of, invoiceId)
    })
    const shown = refunds.find((one) => one.id === refundId)
    if (shown !== undefined) return shown.wire
  }
  const id = await idOf(context, 'invoice', number)
  const [shown] = await context.inTx((tx) => showInvoices(tx, of, [id]))
  if (shown === undefined) throw FaceRefusal.notFound('invoice')
  return shown
}

function lastAttemptOnly(invoice: WireInvoice): WireInvoice {
  return { ...invoice, invoiceAttempts: invoice.invoiceAttempts.slice(-1) }
}

async function list(
  context: CommandContext,
  query: Query['Querystring'],
  dates: { readonly from: string; readonly to: string },
): Promise<readonly WireInvoice[]> {
  const { accountId, account, environment } = context
  const fields = readQuery(query)
  const search = readSearch(fields, dates)
  const reference = textAt(fields, 'merchantCustomerRefId', REFERENCE)
  refuseProblems(fields)
  return context.inTx(async (tx) => {
    const customerIds =
      reference === null
        ? null
        : await listCustomersByReference(tx, accountId, { reference, limit: CUSTOMERS_MAX })
    const found = await searchInvoices(tx, accountId, { ...search, customerIds, environment })
    if (found === 'too_many') throw FaceRefusal.invalid([`lastUpdateStartDate and lastUpdateEndDate must name days of which no more than ${CHANGED_MAX} invoices are.`]) // prettier-ignore
    return showFound(tx, { id: accountId, name: account.name }, found)
  })
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

const ORDERS = ['id', 'billed', 'changed'] as const

function readSearch(
  fields: Fields,
  dates: { readonly from: string; readonly to: string },
): Omit<InvoiceSearch, 'customerIds'> {
  const from = filterDateAt(fields, dates.from)
  const to = filterDateAt(fields, dates.to)
  const changedFrom = filterDateAt(fields, 'lastUpdateStartDate')
  const changedTo = filterDateAt(fields, 'lastUpdateEndDate')
  const further = `: ${dates.from} and ${dates.to} lead to what lies further`
  const page = wholeAt(fields, 'page', PAGES_MAX, further) ?? 1
  const limit = wholeAt(fields, 'pageSize', PAGE_MAX) ?? PAGE_MAX
  const order = ORDERS[(wholeAt(fields, 'orderBy', ORDERS.length) ?? 1) - 1] ?? 'id'
  if (order === 'changed' && changedFrom === null && changedTo === null)
    problem(fields, 'orderBy', '3 needs lastUpdateStartDate or lastUpdateEndDate')
  return {
    reference: textAt(fields, 'merchantInvoiceRefId', REFERENCE),
    billedFrom: from === null ? null : startOfDay(from, UTC),
    billedUntil: to === null ? null : dayAfter(startOfDay(to, UTC)),
    changedFrom: changedFrom === null ? null : startOfDay(changedFrom, UTC),
    changedUntil: changedTo === null ? null : dayAfter(startOfDay(changedTo, UTC)),
    order,
    limit,
    offset: (page - 1) * limit,
  }
}

/** Both ends are part of a range. */
function dayAfter(midnight: Instant): Instant {
  return addDays(midnight, 1)
}

function wholeAt(fields: Fields, name: string, max: number, hint = ''): number | null {
  const text = textOf(fields.get(name))
  if (text === null) return null
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
  return number >= 1 && number <= max ? number : problem(fields, name, `must be between 1 and ${max}${hint}`) // prettier-ignore
}

const CLOSED_AS: Readonly<Record<string, ClosedAs>> = {
  MerchantPaid: 'paid_elsewhere',
  MerchantCancelled: 'dropped',
  Void: 'void',
  Noncollectable: 'written_off',
}
const TARGETS = Object.keys(CLOSED_AS)

async function setStatus(
  deps: BillingDeps,
  context: CommandContext,
  { id, status }: { readonly id: Uuid; readonly status: string },
): Promise<void> {
  const as = CLOSED_AS[status]
  assert(as !== undefined, 'any other status was refused')
  const decision = await closeByHand(deps, context, { invoiceId: id, as })
  if (decision.kind === 'accepted') return
  const { accountId, account } = context
  const [shown] = await context.inTx((tx) => showInvoices(tx, { id: accountId, name: account.name }, [id])) // prettier-ignore
  if (shown === undefined) throw FaceRefusal.notFound('invoice')
  throw FaceRefusal.invalid([`invoiceStatus cannot be changed while the invoice is ${shown.invoiceStatus}.`]) // prettier-ignore
}

async function setReference(
  deps: BillingDeps,
  context: CommandContext,
  wanted: { readonly id: Uuid; readonly reference: string },
): Promise<void> {
  const { id, reference } = wanted
  const metadata = { [INVOICE_KEYS.reference]: reference }
  const decision = await editInvoice(deps, context, { id, metadata })
  if (decision.kind === 'accepted') return
  if (decision.code === 'invoice_not_found') throw FaceRefusal.notFound('invoice')
  throw FaceRefusal.invalid([`merchantInvoiceRefId cannot be kept: ${decision.code}.`])
}

/** The refunds of one call, by the first of them. */
async function showRefundsWith(context: CommandContext, id: Uuid) {
  const { accountId } = context
  const made = await context.inTx(async (tx) => {
    const invoiceId = await readInvoiceOfRefund(tx, accountId, id)
    if (invoiceId === null) return null
    const refunds = await listRefundsWith(tx, accountId, { id, invoiceId })
    return { invoiceId, ids: refunds.map((refund) => refund.id) }
  })
  return made === null ? null : showMade(context, made)
}

async function showMade(
  context: CommandContext,
  { invoiceId, ids }: { readonly invoiceId: Uuid; readonly ids: readonly Uuid[] },
) {
  const of = { id: context.accountId, name: context.account.name }
  const shown = await context.inTx((tx) => showRefunds(tx, of, invoiceId))
  const made = shown.filter((one) => ids.includes(one.id))
  return {
    invoice: made.at(-1)?.wire ?? null,
    refunds: made.flatMap(({ wire }) => wire.invoiceAttempts),
  }
}

function refundRefusal({ code, message, details }: Refused<RefundInvoiceRefusal>): FaceRefusal {
  switch (code) {
    case 'invoice_not_found':
      return FaceRefusal.notFound('invoice')
    case 'payment_already_refunded':
      return FaceRefusal.invalid(['The invoice is wholly refunded already.'])
    case 'refund_above_rest': {
      const left = details?.['price_left_minor']
      const most = typeof left === 'number' ? `: that is what is left, ${left / 100}` : ''
      return FaceRefusal.invalid([`amount must not be more than what is left${most}.`])
    }
    default:
      return FaceRefusal.invalid([message ?? `The refund was refused: ${code}.`])
  }
}

/** The amount is of the price; its tax goes back with it. */
async function refund(
  deps: BillingDeps,
  context: CommandContext,
  asked: {
    readonly id: Uuid
    readonly netMinor: bigint | null
    /** Kept with the refund. */
    readonly reportGroup: string | null
  },
) {
  const { accountId } = context
  const { id } = asked
  const { outside, currency } = await context.inTx(async (tx) => {
    const [invoice] = await findInvoices(tx, accountId, [id])
    return {
      outside: await readPaidOutside(tx, accountId, [id]),
      currency: invoice?.currency ?? null,
    }
  })
  // What the merchant was paid elsewhere goes back there.
  if (outside.has(id)) throw FaceRefusal.invalid(['The invoice was not paid through a processor here: there is no charge to refund.']) // prettier-ignore
  // A part is said in hundredths: of a bill that /v2 made in JPY that would be a hundred times as much.
  if (asked.netMinor !== null && currency !== null && !hasTwoDecimals(currency))
    throw FaceRefusal.invalid([`amount has two decimals here, and ${currency} does not: refund all of it, or a part over /v2.`]) // prettier-ignore
  const decision = await refundInvoice(deps, context, {
    invoiceId: id,
    amountMinor: null,
    netMinor: asked.netMinor,
    reason: null,
    reasonDetails: asked.reportGroup,
    mode: 'at_once',
  })
  if (decision.kind === 'refused') throw refundRefusal(decision)
  return showMade(context, { invoiceId: id, ids: decision.value })
}
