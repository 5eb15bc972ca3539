import type { Uuid } from '@perennial/core/ids'
import { isOpen, refundShares, type InvoiceLine } from '@perennial/core/invoices'
import type { SubscriptionItem } from '@perennial/core/subscriptions'
import {
  DROPPED,
  listTerms,
  planValueHundredths,
  type StoredTerms,
} from '../../../modules/billing/index.ts'
import {
  findInvoices,
  listInvoiceLines,
  type StoredInvoice,
} from '../../../modules/invoices/index.ts'
import { listItems, listRenewalsOfInvoices } from '../../../modules/subscriptions/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { INVOICE_KEYS, readVoidsOf, type FaceVoid } from '../queries/invoices.ts'
import { numbersOf, type NumberOf } from '../numbers/numbers.ts'
import type { Numbered } from '../numbers/queries.ts'
import {
  readAttempts,
  readFaceCustomers,
  readMethods,
  readPaidOutside,
  readRecyclingInvoices,
  readRefundsOf,
  type FaceAttempt,
  type FaceCustomer,
  type FaceMethod,
  type FaceRefund,
} from '../queries/objects.ts'
import { valueTypeOf } from '../read/read-plan.ts'
import { toDay, toMajor } from './dates-and-money.ts'
import { toWireAttempt, toWireVoid } from './show-attempt.ts'
import { toWireMethod } from './show-method.ts'

type Shown = {
  readonly invoice: StoredInvoice
  readonly lines: readonly InvoiceLine[]
  readonly items: readonly SubscriptionItem[]
  readonly attempts: readonly FaceAttempt[]
  readonly refunds: readonly FaceRefund[]
  readonly voids: readonly FaceVoid[]
  readonly methods: readonly FaceMethod[]
  readonly customer: FaceCustomer | undefined
  readonly terms: StoredTerms | undefined
  readonly merchantName: string
  readonly isRecycling: boolean
  readonly isRecurring: boolean
  readonly isPaidOutside: boolean
}

/** Invoices as this face shows them, in the order of the ids. */
export async function showInvoices(
  tx: Tx,
  account: { readonly id: Uuid; readonly name: string },
  ids: readonly Uuid[],
): Promise<readonly WireInvoice[]> {
  const { shown, numberOf } = await loadShown(tx, account, ids)
  return shown.map((one) => toWire(one, numberOf))
}

/** The refunds of an invoice, each as an invoice of its own (spec/revolv3.md 10). */
export async function showRefunds(
  tx: Tx,
  account: { readonly id: Uuid; readonly name: string },
  invoiceId: Uuid,
): Promise<readonly { readonly id: Uuid; readonly wire: WireInvoice }[]> {
  const { shown, numberOf } = await loadShown(tx, account, [invoiceId])
  return shown.flatMap((one) =>
    one.refunds.map((refund, index) => ({
      id: refund.id,
      wire: toWireRefund(one, { refund, index }, numberOf),
    })),
  )
}

async function loadShown(
  tx: Tx,
  account: { readonly id: Uuid; readonly name: string },
  ids: readonly Uuid[],
) {
  const { id: accountId } = account
  const invoices = await findInvoices(tx, accountId, ids)
  const subscriptionIds = [...new Set(invoices.flatMap((one) => one.subscriptionId ?? []))]
  const customerIds = [...new Set(invoices.map((one) => one.customerId))]
  const [lines, items, attempts, refunds, voids, customers, terms, recycling, renewals, outside] =
    await Promise.all([
      listInvoiceLines(tx, accountId, ids),
      listItems(tx, accountId, subscriptionIds),
      readAttempts(tx, accountId, ids),
      readRefundsOf(tx, accountId, ids),
      readVoidsOf(tx, accountId, ids),
      readFaceCustomers(tx, accountId, customerIds),
      listTerms(tx, accountId, subscriptionIds),
      readRecyclingInvoices(tx, accountId, ids),
      listRenewalsOfInvoices(tx, accountId, ids),
      readPaidOutside(tx, accountId, ids),
    ])
  const methodIds = [...new Set(attempts.map((one) => one.paymentMethodId))]
  const methods = await readMethods(tx, accountId, methodIds)
  const shown = ids.flatMap((id): Shown[] => {
    const invoice = invoices.find((one) => one.id === id)
    if (invoice === undefined) return []
    return [
      {
        invoice,
        lines: lines.filter((line) => line.invoiceId === id),
        items: items.filter((item) => item.subscriptionId === invoice.subscriptionId),
        attempts: attempts.filter((one) => one.invoiceId === id),
        refunds: refunds.filter((one) => one.invoiceId === id),
        voids: voids.filter((one) => one.invoiceId === id),
        methods,
        customer: customers.find((one) => one.customerId === invoice.customerId),
        terms: terms.find((one) => one.subscriptionId === invoice.subscriptionId),
        merchantName: account.name,
        isRecycling: recycling.has(id),
        isRecurring: renewals.some((one) => one.invoiceId === id),
        isPaidOutside: outside.has(id),
      },
    ]
  })
  return { shown, numberOf: await numbersOf(tx, accountId, shown.flatMap(numberedIn)) }
}

function numberedIn({ invoice, lines, attempts, refunds, terms }: Shown): Numbered[] {
  const { subscriptionId } = invoice
  return [
    { kind: 'invoice', id: invoice.id },
    { kind: 'customer', id: invoice.customerId },
    ...(subscriptionId === null
      ? []
      : [{ kind: terms?.kind ?? 'subscription', id: subscriptionId } as const]),
    ...lines.map(({ id }) => ({ kind: 'invoice_line', id }) as const),
    ...attempts.map(({ id }) => ({ kind: 'attempt', id }) as const),
    ...attempts.map(({ paymentMethodId: id }) => ({ kind: 'method', id }) as const),
    ...refunds.map(({ id }) => ({ kind: 'refund', id }) as const),
  ]
}

export function invoiceStatusOf(
  shown: Pick<Shown, 'invoice' | 'attempts' | 'isRecycling' | 'isRecurring' | 'isPaidOutside'>,
): string {
  const { invoice, attempts } = shown
  if (invoice.status === 'paid') return shown.isPaidOutside ? 'MerchantPaid' : 'Paid'
  if (invoice.status === 'uncollectible') return 'Noncollectable'
  if (invoice.status === 'void')
    return invoice.metadata['void_reason'] === DROPPED ? 'MerchantCancelled' : 'Void'
  if (!isOpen(invoice.status)) return shown.isRecurring ? 'RecurringPending' : 'Pending'
  if (shown.isRecycling) return 'Recycle'
  const isCaptured = attempts.some(({ operation, settledAt }) => operation === 'capture' && settledAt === null) // prettier-ignore
  if (isCaptured) return 'CapturePending'
  // Under way, or tried and owed again.
  if (attempts.length > 0) return 'Pending'
  return shown.isRecurring ? 'RecurringPending' : 'OneTimePaymentPending'
}

function baseOf(shown: Shown, numberOf: NumberOf) {
  const { invoice, terms, customer, attempts, methods } = shown
  const lastMethodId = attempts.at(-1)?.paymentMethodId
  const method = methods.find((one) => one.id === lastMethodId)
  const number = invoice.subscriptionId === null ? null : numberOf(invoice.subscriptionId)
  const isInstallment = terms?.kind === 'installment'
  return {
    customerId: numberOf(invoice.customerId),
    merchantInvoiceRefId: textOf(invoice.metadata[INVOICE_KEYS.reference]),
    paymentMethod: method === undefined ? null : toWireMethod(method, numberOf),
    merchantLegalName: shown.merchantName,
    merchantCustomerRefId: customer?.reference ?? null,
    customerFirstName: customer?.firstName ?? null,
    customerLastName: customer?.lastName ?? null,
    subscriptionId: isInstallment ? null : number,
    installmentId: isInstallment ? number : null,
    eligibilityFailReason: null,
    merchantSubscriptionRefId: isInstallment ? null : (terms?.reference ?? null),
    networkTransactionId: method?.networkTransactionId ?? null,
    currency: invoice.currency,
  }
}

function toWire(shown: Shown, numberOf: NumberOf) {
  const { invoice, lines, attempts } = shown
  return {
    invoiceId: numberOf(invoice.id),
    parentInvoiceId: null as number | null,
    ...baseOf(shown, numberOf),
    invoiceStatus: invoiceStatusOf(shown),
    subtotal: toMajor(invoice.subtotalMinor - invoice.discountMinor),
    tax: toMajor(invoice.taxMinor),
    total: toMajor(invoice.totalMinor),
    billingDate: toDay(invoice.createdAt),
    invoiceLineItems: lines.map((line) => toWireLine(line, shown, numberOf)),
    invoiceAttempts: attempts.map((attempt) => toWireAttempt(attempt, shown, numberOf)),
    voidAttempts: shown.voids.flatMap((one) => toWireVoid(one, shown, numberOf)),
  }
}

export type WireInvoice = ReturnType<typeof toWire>

function toWireLine(line: InvoiceLine, { items, invoice }: Shown, numberOf: NumberOf) {
  const item = items.find((one) => one.id === line.subscriptionItemId)
  const isOff = line.amountMinor < 0n
  const said = item === undefined ? (isOff ? -line.amountMinor : line.amountMinor) : planValueHundredths(item) // prettier-ignore
  return {
    invoiceId: numberOf(invoice.id),
    invoiceLineItemId: numberOf(line.id),
    name: line.description,
    description: line.description,
    value: toMajor(said),
    valueType: item === undefined ? (isOff ? 'Discount' : 'Standard') : valueTypeOf(item.component),
  }
}

const REFUND_FAILED = ['failed', 'canceled']

/** A refund of all at once is a `Refund`, anything else a `PartialRefund`. */
export function refundStatusOf(refund: Pick<FaceRefund, 'status'>, isWhole: boolean): string {
  if (REFUND_FAILED.includes(refund.status)) return 'RefundFailed'
  if (refund.status !== 'succeeded') return 'RefundPending'
  return isWhole ? 'Refund' : 'PartialRefund'
}

function toWireRefund(
  shown: Shown,
  { refund, index }: { readonly refund: FaceRefund; readonly index: number },
  numberOf: NumberOf,
): WireInvoice {
  const { invoice, attempts, refunds } = shown
  const share = refundShares(invoice, refunds)[index] ?? {
    netMinor: refund.amountMinor,
    taxMinor: 0n,
  }
  const isWhole = refund.amountMinor === invoice.totalMinor
  const charged = attempts.findLast(({ state }) => state === 'succeeded')
  const status = REFUND_FAILED.includes(refund.status) ? 'declined' : refund.status
  const attempt =
    charged === undefined
      ? []
      : [
          {
            ...toWireAttempt({ ...charged, amountMinor: -refund.amountMinor, state: status === 'succeeded' ? 'succeeded' : status, reference: refund.gatewayReference, createdAt: refund.createdAt, settledAt: refund.processedAt }, shown, numberOf), // prettier-ignore
            invoiceAttemptId: numberOf(refund.id),
          },
        ]
  return {
    ...baseOf(shown, numberOf),
    invoiceId: numberOf(refund.id),
    parentInvoiceId: numberOf(invoice.id),
    invoiceStatus: refundStatusOf(refund, isWhole),
    subtotal: toMajor(share.netMinor),
    tax: toMajor(share.taxMinor),
    total: toMajor(refund.amountMinor),
    billingDate: toDay(refund.createdAt),
    invoiceLineItems: [],
    invoiceAttempts: attempt,
    voidAttempts: [],
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
