import type { Uuid } from '@perennial/core/ids'
import { isRefundGone, refundShares, type InvoiceLine } from '@perennial/core/invoices'
import type { Tx } from '../../../platform/db/index.ts'
import { INVOICE_KEYS, type FoundInvoice } from '../queries/invoices.ts'
import type { NumberOf } from '../numbers/numbers.ts'
import type { FaceRefund } from '../queries/objects.ts'
import { valueTypeOf } from '../read/read-plan.ts'
import { toDay, toMajor, toPlanValue } from './dates-and-money.ts'
import { invoiceStatusOf, refundStatusOf } from './invoice-status.ts'
import { loadInvoices, type ShownInvoice } from './load-invoices.ts'
import { toWireAttempt, toWireVoid } from './show-attempt.ts'
import { objectOf, toWireMethod } from './show-method.ts'

/** Invoices as this face shows them, in the order of the ids. */
export async function showInvoices(
  tx: Tx,
  account: { readonly id: Uuid; readonly name: string },
  ids: readonly Uuid[],
): Promise<readonly WireInvoice[]> {
  const { shown, numberOf } = await loadInvoices(tx, account, ids)
  return shown.map((one) => toWire(one, numberOf))
}

/** The refunds of an invoice, each as an invoice of its own (spec/revolv3.md 10). */
export async function showRefunds(
  tx: Tx,
  account: { readonly id: Uuid; readonly name: string },
  invoiceId: Uuid,
): Promise<readonly { readonly id: Uuid; readonly wire: WireInvoice }[]> {
  const { shown, numberOf } = await loadInvoices(tx, account, [invoiceId])
  return shown.flatMap((one) =>
    one.refunds.map((refund, index) => ({
      id: refund.id,
      wire: toWireRefund(one, { refund, index }, numberOf),
    })),
  )
}

/** Bills and refunds together, in the order given. */
export async function showFound(
  tx: Tx,
  account: { readonly id: Uuid; readonly name: string },
  found: readonly FoundInvoice[],
): Promise<readonly WireInvoice[]> {
  const invoiceIds = [...new Set(found.map(({ invoiceId }) => invoiceId))]
  const { shown, numberOf } = await loadInvoices(tx, account, invoiceIds)
  const byId = new Map(shown.map((one) => [one.invoice.id, one]))
  return found.flatMap(({ id, invoiceId }) => {
    const own = byId.get(invoiceId)
    if (own === undefined) return []
    if (id === invoiceId) return [toWire(own, numberOf)]
    const index = own.refunds.findIndex((refund) => refund.id === id)
    const refund = own.refunds[index]
    return refund === undefined ? [] : [toWireRefund(own, { refund, index }, numberOf)]
  })
}

function baseOf(shown: ShownInvoice, numberOf: NumberOf) {
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

function toWire(shown: ShownInvoice, numberOf: NumberOf) {
  const { invoice, lines, attempts } = shown
  return {
    invoiceId: numberOf(invoice.id),
    parentInvoiceId: null as number | null,
    ...baseOf(shown, numberOf),
    invoiceStatus: invoiceStatusOf(shown),
    subtotal: toMajor(invoice.subtotalMinor - invoice.discountMinor, invoice.currency),
    tax: toMajor(invoice.taxMinor, invoice.currency),
    total: toMajor(invoice.totalMinor, invoice.currency),
    billingDate: toDay(invoice.createdAt),
    level3: objectOf(invoice.metadata[INVOICE_KEYS.level3]),
    invoiceLineItems: lines.map((line, index) => toWireLine({ line, index }, shown, numberOf)),
    invoiceAttempts: attempts.map((attempt) => toWireAttempt(attempt, shown, numberOf)),
    voidAttempts: shown.voids.flatMap((one) => toWireVoid(one, shown, numberOf)),
  }
}

export type WireInvoice = ReturnType<typeof toWire>

function toWireLine(
  { line, index }: { readonly line: InvoiceLine; readonly index: number },
  { items, invoice, terms }: ShownInvoice,
  numberOf: NumberOf,
) {
  const kept = invoice.metadata[INVOICE_KEYS.lines]
  const said = objectOf(Array.isArray(kept) ? kept[index] : null)
  // Of an installment's last part an extra payment may have left less than the plan says.
  const own = terms?.kind === 'installment' ? [] : items
  const item = own.find((one) => one.id === line.subscriptionItemId)
  const isOff = line.amountMinor < 0n
  const { currency } = invoice
  return {
    invoiceId: numberOf(invoice.id),
    invoiceLineItemId: numberOf(line.id),
    name: line.description,
    description: textOf(said?.['description']) ?? line.description,
    value: item === undefined ? toMajor(isOff ? -line.amountMinor : line.amountMinor, currency) : toPlanValue(item, currency), // prettier-ignore
    valueType: item === undefined ? (isOff ? 'Discount' : 'Standard') : valueTypeOf(item.component),
    level3: objectOf(said?.['level3']),
  }
}

function toWireRefund(
  shown: ShownInvoice,
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
  const status = isRefundGone(refund.status) ? 'declined' : refund.status
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
    subtotal: toMajor(share.netMinor, invoice.currency),
    tax: toMajor(share.taxMinor, invoice.currency),
    total: toMajor(refund.amountMinor, invoice.currency),
    billingDate: toDay(refund.createdAt),
    level3: null,
    invoiceLineItems: [],
    invoiceAttempts: attempt,
    voidAttempts: [],
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
