import { encodeId, type IdKind, type Uuid } from '@perennial/core/ids'
import type { Invoice } from '@perennial/core/invoices'
import { toWireMinor } from '@perennial/core/money'
import type { Refund } from '@perennial/core/payments'
import { addUp, type CustomerSaleLine } from '@perennial/core/sales'
import { formatInstant, formatInstantOrNull } from '@perennial/core/time'
import type { JsonObject } from '../../platform/wire/index.ts'
import { toWireExtras } from '../subscriptions/index.ts'
import { toWireFrequency } from '../subscription-profiles/index.ts'
import type { SaleWithLines } from './queries.ts'

const idOrNull = (kind: IdKind, id: Uuid | null) => (id === null ? null : encodeId(kind, id))

/** A sale as the API and events show it. The amounts that money has changed are its invoice's. */
export function toWireSale(
  { sale, lines }: SaleWithLines,
  invoice: Pick<Invoice, 'paidMinor' | 'refundedMinor' | 'creditedMinor'>,
) {
  const sums = addUp(lines)
  const originalMinor = sums.subtotalMinor + sums.taxMinor
  const refundedMinor = invoice.refundedMinor + invoice.creditedMinor
  return {
    id: encodeId('sale', sale.id),
    object: 'sale' as const,
    status: sale.status,
    customer_id: encodeId('customer', sale.customerId),
    invoice_id: encodeId('invoice', sale.invoiceId),
    payment_method_id: idOrNull('payment_method', sale.paymentMethodId),
    make_default: sale.makesDefault,
    payment_profile_id: idOrNull('payment_profile', sale.paymentProfileId),
    currency: sale.currency,
    amount_minor: toWireMinor(sums.totalMinor),
    amount_original_total_minor: toWireMinor(originalMinor),
    amount_discounted_minor: toWireMinor(sums.discountMinor),
    amount_refunded_minor: toWireMinor(refundedMinor),
    amount_total_minor: toWireMinor(originalMinor - sums.discountMinor - refundedMinor),
    amount_paid_minor: toWireMinor(invoice.paidMinor),
    campaign: sale.campaign,
    shop: sale.shop,
    ...toWireExtras(sale.extras),
    bill_to: sale.billTo === null ? null : { ...sale.billTo },
    ship_to: sale.shipTo === null ? null : { ...sale.shipTo },
    lines: lines.map(toWireSaleLine),
    metadata: sale.metadata as JsonObject,
    begun_at: formatInstantOrNull(sale.begunAt),
    voided_at: formatInstantOrNull(sale.voidedAt),
    created_at: formatInstant(sale.createdAt),
    updated_at: formatInstant(sale.updatedAt),
  }
}

/** A refund of what was paid for a sale. */
export function toWireSaleRefund(refund: Refund) {
  return {
    id: encodeId('refund', refund.id),
    status: refund.status,
    amount_minor: toWireMinor(refund.amountMinor),
    send_at: formatInstantOrNull(refund.sendAt),
  }
}

function toWireSaleLine(line: CustomerSaleLine) {
  const { begins, unitAmountMinor } = line
  return {
    position: line.position,
    kind: line.kind,
    of_line: line.ofPosition,
    product_id: idOrNull('product', line.productId),
    price_id: idOrNull('price', line.priceId),
    description: line.description,
    quantity: toWireMinor(line.quantity),
    unit_amount_minor: unitAmountMinor === null ? null : toWireMinor(unitAmountMinor),
    amount_minor: toWireMinor(line.amountMinor),
    subscription:
      begins === null
        ? null
        : {
            id: idOrNull('subscription', line.subscriptionId),
            subscription_profile_id: idOrNull('subscription_profile', line.profileId),
            frequency: toWireFrequency(begins.frequency) as JsonObject,
            trial_days: begins.trialDays,
            trial_unit_amount_minor: minorOrNull(begins.trialUnitMinor),
            renewal_unit_amount_minor: minorOrNull(begins.renewalUnitMinor),
            shipping_at_trial_end_minor: toWireMinor(begins.shippingAtTrialEndMinor),
          },
    ...toWireSource(line),
    details: line.details as JsonObject,
    metadata: line.metadata as JsonObject,
  }
}

function toWireSource({ source }: CustomerSaleLine) {
  return {
    discount_id: source?.kind === 'discount' ? encodeId('discount', source.discountId) : null,
    tax_rate_id: source?.kind === 'tax' ? encodeId('tax_rate', source.taxRateId) : null,
    is_included: source?.kind === 'tax' && source.isIncluded,
  }
}

function minorOrNull(amountMinor: bigint | null) {
  return amountMinor === null ? null : toWireMinor(amountMinor)
}
