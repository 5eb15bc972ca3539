import type { Uuid } from '@perennial/core/ids'
import type { Invoice, InvoiceLine, LineSource } from '@perennial/core/invoices'
import { parseCurrency } from '@perennial/core/money'
import { assert } from '@perennial/core/fault'
import type { Selectable } from 'kysely'
import type { DB } from '../../platform/db/index.ts'
import { given, type JsonObject } from '../../platform/wire/index.ts'

export type InvoiceRow = Selectable<DB['invoices']>
export type InvoiceLineRow = Selectable<DB['invoice_lines']>

/** Currencies were checked on the way in; what the database holds is one. */
export function storedCurrency(text: string) {
  const currency = parseCurrency(text)
  assert(currency !== null, 'a stored currency is a known one')
  return currency
}

/** Ways to pay that a customer may be offered (revkeen 5.13). */
export const PAYMENT_RAILS = ['card', 'direct_debit', 'pay_by_bank', 'in_store'] as const
export type PaymentRail = (typeof PAYMENT_RAILS)[number]

/**
 * An invoice with what is stored beside what billing decides on. Decisions copy what they do not know, so it is still
 * there on the invoice that comes out of one.
 */
export type StoredInvoice = Invoice & {
  /** Null = the merchant's default. */
  readonly allowedMethods: readonly PaymentRail[] | null
}

export function toInvoice(row: InvoiceRow): StoredInvoice {
  const { period_start: start, period_end: end } = row
  return {
    id: row.id,
    version: row.version,
    number: row.number,
    customerId: row.customer_id,
    subscriptionId: row.subscription_id,
    billingReason: row.billing_reason,
    status: row.status,
    currency: storedCurrency(row.currency),
    subtotalMinor: row.subtotal_minor,
    discountMinor: row.discount_minor,
    taxMinor: row.tax_minor,
    totalMinor: row.total_minor,
    paidMinor: row.paid_minor,
    collectionMethod:
      row.collection_method === 'send_invoice' ? 'send_invoice' : 'charge_automatically',
    period: start === null || end === null ? null : { start, end },
    dueAt: row.due_at,
    finalizedAt: row.finalized_at,
    sentAt: row.sent_at,
    paidAt: row.paid_at,
    voidedAt: row.voided_at,
    overdueAt: row.overdue_at,
    publicToken: row.public_token,
    reopenCount: row.reopen_count,
    creditAppliedMinor: row.credit_applied_minor,
    refundedMinor: row.refunded_minor,
    creditedMinor: row.credited_minor,
    metadata: row.metadata as JsonObject,
    customFields: row.custom_fields as JsonObject,
    allowedMethods: row.allowed_methods as readonly PaymentRail[] | null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** What a merchant says about an invoice, at any time of its life. */
export function toInvoiceDetails(accountId: Uuid, invoice: StoredInvoice) {
  return {
    account_id: accountId,
    id: invoice.id,
    allowed_methods: invoice.allowedMethods,
    metadata: invoice.metadata as JsonObject,
    custom_fields: invoice.customFields as JsonObject,
  }
}

/** The columns that change after an invoice was written. */
export function toInvoiceUpdate(accountId: Uuid, invoice: Invoice) {
  return {
    account_id: accountId,
    id: invoice.id,
    version: invoice.version,
    number: invoice.number,
    status: invoice.status,
    subtotal_minor: invoice.subtotalMinor,
    discount_minor: invoice.discountMinor,
    tax_minor: invoice.taxMinor,
    total_minor: invoice.totalMinor,
    paid_minor: invoice.paidMinor,
    due_at: invoice.dueAt,
    finalized_at: invoice.finalizedAt,
    sent_at: invoice.sentAt,
    paid_at: invoice.paidAt,
    voided_at: invoice.voidedAt,
    overdue_at: invoice.overdueAt,
    public_token: invoice.publicToken,
    reopen_count: invoice.reopenCount,
    credit_applied_minor: invoice.creditAppliedMinor,
    refunded_minor: invoice.refundedMinor,
    credited_minor: invoice.creditedMinor,
    updated_at: invoice.updatedAt,
  }
}

export function toInvoiceRow(accountId: Uuid, invoice: Invoice) {
  return {
    ...toInvoiceUpdate(accountId, invoice),
    customer_id: invoice.customerId,
    subscription_id: invoice.subscriptionId,
    billing_reason: invoice.billingReason,
    currency: invoice.currency,
    collection_method: invoice.collectionMethod,
    period_start: invoice.period?.start ?? null,
    period_end: invoice.period?.end ?? null,
    metadata: invoice.metadata as JsonObject,
    custom_fields: invoice.customFields as JsonObject,
    created_at: invoice.createdAt,
  }
}

export function toInvoiceLine(row: InvoiceLineRow): InvoiceLine {
  const { period_start: start, period_end: end } = row
  return {
    id: row.id,
    invoiceId: row.invoice_id,
    position: row.position,
    subscriptionItemId: row.subscription_item_id,
    priceId: row.price_id,
    productId: row.product_id,
    description: row.description,
    quantity: row.quantity,
    unitAmountDecimal: row.unit_amount_decimal,
    amountMinor: row.amount_minor,
    currency: storedCurrency(row.currency),
    period: start === null || end === null ? null : { start, end },
    isProration: row.is_proration,
    ...given('source', toLineSource(row)),
  }
}

function toLineSource({ kind, source_id: id, detail }: InvoiceLineRow): LineSource | undefined {
  switch (kind) {
    case 'item':
      return undefined
    case 'discount':
      assert(id !== null, 'a discount line names its discount')
      return { kind: 'discount', discountId: id }
    case 'tax':
    case 'tax_included':
      assert(id !== null, 'a tax line names its rate')
      return { kind: 'tax', taxRateId: id, isIncluded: kind === 'tax_included' }
    case 'shipping': {
      const { provider = null, provider_method: method = null } = detail as ShippingDetail
      return { kind, shippingProfileId: id, provider, providerMethod: method }
    }
  }
}

type ShippingDetail = {
  readonly provider?: string | null
  readonly provider_method?: string | null
}

/** Columns of lines that are no items; the others take their defaults. */
export function toSourceColumns(source: LineSource) {
  switch (source.kind) {
    case 'discount':
      return { kind: 'discount' as const, source_id: source.discountId, detail: null }
    case 'tax': {
      const kind = source.isIncluded ? ('tax_included' as const) : ('tax' as const)
      return { kind, source_id: source.taxRateId, detail: null }
    }
    case 'shipping': {
      const { provider, providerMethod } = source
      const detail = { provider, provider_method: providerMethod }
      return { kind: 'shipping' as const, source_id: source.shippingProfileId, detail }
    }
  }
}

export function toInvoiceLineRow(accountId: Uuid, line: InvoiceLine) {
  return {
    account_id: accountId,
    id: line.id,
    invoice_id: line.invoiceId,
    position: line.position,
    subscription_item_id: line.subscriptionItemId,
    price_id: line.priceId,
    product_id: line.productId,
    description: line.description,
    quantity: line.quantity,
    unit_amount_decimal: line.unitAmountDecimal,
    amount_minor: line.amountMinor,
    currency: line.currency,
    period_start: line.period?.start ?? null,
    period_end: line.period?.end ?? null,
    is_proration: line.isProration,
  }
}
