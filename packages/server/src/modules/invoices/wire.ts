import { encodeId, type Uuid } from '@perennial/core/ids'
import {
  owedMinor,
  type Invoice,
  type InvoiceLine,
  type LineSource,
} from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { JsonObject } from '../../platform/wire/index.ts'
import type { StoredInvoice } from './rows.ts'

const idOrNull = (kind: Parameters<typeof encodeId>[0], id: Uuid | null): string | null =>
  id === null ? null : encodeId(kind, id)

/** The invoice as the API and events show it (spec/revkeen.md 5.13). */
export function toWireInvoice(
  invoice: Invoice & Partial<Pick<StoredInvoice, 'allowedMethods'>>,
  lines: readonly InvoiceLine[],
) {
  return {
    id: encodeId('invoice', invoice.id),
    object: 'invoice' as const,
    ...(invoice.number === null ? {} : { invoice_number: invoice.number }),
    customer_uuid: encodeId('customer', invoice.customerId),
    subscription_id: idOrNull('subscription', invoice.subscriptionId),
    status: invoice.status,
    billing_reason: invoice.billingReason,
    collection_method: invoice.collectionMethod,
    currency: invoice.currency,
    subtotal_minor: toWireMinor(invoice.subtotalMinor),
    discount_minor: toWireMinor(invoice.discountMinor),
    tax_minor: toWireMinor(invoice.taxMinor),
    total_minor: toWireMinor(invoice.totalMinor),
    amount_paid_minor: toWireMinor(invoice.paidMinor),
    amount_due_minor: toWireMinor(invoice.status === 'void' ? 0n : owedMinor(invoice)),
    credit_applied_minor: toWireMinor(invoice.creditAppliedMinor),
    amount_refunded_minor: toWireMinor(invoice.refundedMinor),
    amount_credited_minor: toWireMinor(invoice.creditedMinor),
    period_start: formatInstantOrNull(invoice.period?.start ?? null),
    period_end: formatInstantOrNull(invoice.period?.end ?? null),
    due_date: formatInstantOrNull(invoice.dueAt),
    finalized_at: formatInstantOrNull(invoice.finalizedAt),
    sent_at: formatInstantOrNull(invoice.sentAt),
    paid_at: formatInstantOrNull(invoice.paidAt),
    voided_at: formatInstantOrNull(invoice.voidedAt),
    public_token: invoice.publicToken,
    hosted_invoice_url: null,
    pdf_url: null,
    allowed_methods: invoice.allowedMethods ? [...invoice.allowedMethods] : null,
    subscription_terms: null,
    external_source: null,
    external_type: null,
    external_id: null,
    line_items: lines.map(toWireLine),
    metadata: invoice.metadata as JsonObject,
    custom_fields: invoice.customFields as JsonObject,
    created_at: formatInstant(invoice.createdAt),
    updated_at: formatInstant(invoice.updatedAt),
  }
}

function toWireLine(line: InvoiceLine) {
  return {
    id: encodeId('invoice_line', line.id),
    description: line.description,
    quantity: toWireMinor(line.quantity),
    unit_amount_decimal: line.unitAmountDecimal,
    amount_minor: toWireMinor(line.amountMinor),
    currency: line.currency,
    subscription_item_id: idOrNull('subscription_item', line.subscriptionItemId),
    price_id: idOrNull('price', line.priceId),
    product_id: idOrNull('product', line.productId),
    period_start: formatInstantOrNull(line.period?.start ?? null),
    period_end: formatInstantOrNull(line.period?.end ?? null),
    is_proration: line.isProration,
    ...(line.source === undefined ? NO_SOURCE : toWireSource(line.source)),
  }
}

const NO_SOURCE = { kind: 'item' as const }

function toWireSource(source: LineSource) {
  switch (source.kind) {
    case 'discount':
      return { kind: source.kind, discount_id: encodeId('discount', source.discountId) }
    case 'tax':
      return {
        kind: source.isIncluded ? ('tax_included' as const) : ('tax' as const),
        tax_rate_id: encodeId('tax_rate', source.taxRateId),
      }
    case 'shipping':
      return {
        kind: source.kind,
        shipping_profile_id: idOrNull('shipping_profile', source.shippingProfileId),
        provider: source.provider,
        provider_method: source.providerMethod,
      }
  }
}
