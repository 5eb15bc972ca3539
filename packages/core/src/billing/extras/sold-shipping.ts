import { isUuid, type Uuid } from '../../ids/index.ts'
import type { InvoiceLine } from '../../invoices/index.ts'
import { isShippedWithSale, type CustomerSale, type CustomerSaleLine } from '../../sales/index.ts'
import type { SubscriptionItem } from '../../subscriptions/index.ts'

/** Shipping that was sold with a trial, to be charged when it ends: an item that is shipped and is no product. */
export function isSoldShipping(item: SubscriptionItem): boolean {
  return item.fulfillmentType === 'physical' && item.productId === null
}

/** Its line as one of shipping. */
export function toShippingLine(line: InvoiceLine): InvoiceLine {
  const by = { shippingProfileId: null, provider: null, providerMethod: null }
  return { ...line, source: { kind: 'shipping', ...by } }
}

/** What a paid sale sends out: null where none of its goods are shipped now. */
export function soldShipping({
  sale,
  lines,
}: {
  readonly sale: CustomerSale
  readonly lines: readonly CustomerSaleLine[]
}) {
  // What is charged when a trial ends goes out then.
  const named = lines.find(
    ({ kind, details }) => kind === 'shipping' && details['charged'] === undefined,
  )
  const isShipped = lines.some(
    ({ begins }) => begins?.fulfillmentType === 'physical' && isShippedWithSale(begins),
  )
  if (named === undefined && !isShipped) return null
  return {
    shippingProfileId: idOf(named?.details['shipping_profile_id']),
    provider: textOf(named?.details['provider']),
    providerMethod: textOf(named?.details['provider_method']),
    amountMinor: named?.amountMinor ?? 0n,
    shipTo: sale.shipTo,
  }
}

function idOf(value: unknown): Uuid | null {
  return typeof value === 'string' && isUuid(value) ? value : null
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
