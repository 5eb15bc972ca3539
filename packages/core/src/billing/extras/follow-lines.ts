import type { Uuid } from '../../ids/index.ts'
import type { Invoice, InvoiceLine } from '../../invoices/index.ts'
import type { Shipment } from '../../shipping/index.ts'
import type { Instant } from '../../time/index.ts'
import type { Subscription } from '../../subscriptions/index.ts'
import type { Work } from '../state/state.ts'

/** Uses the discounts of a bill that was just made. A bill that is paid at once uses them for good. */
export function redeemDiscounts(
  bill: { readonly invoice: Invoice; readonly lines: readonly InvoiceLine[] },
  { at, tools, changes }: Work,
): void {
  const { invoice, lines } = bill
  const { id: invoiceId, customerId, subscriptionId, currency } = invoice
  const status = invoice.status === 'paid' ? 'counted' : 'reserved'
  for (const { source, amountMinor } of lines) {
    if (source?.kind !== 'discount') continue
    const { discountId } = source
    const used = { discountId, customerId, subscriptionId, invoiceId, currency }
    changes.newRedemptions.push({
      ...used,
      id: tools.nextId(),
      amountMinor: -amountMinor,
      status,
      at,
    })
  }
}

/** What is paid goes out, and the discounts of it are used for good. */
export function followPaid(
  bill: {
    readonly invoice: Invoice
    readonly lines: readonly InvoiceLine[]
    readonly subscription: Subscription | null
  },
  work: Work,
): void {
  const { at, changes } = work
  const { invoice, lines } = bill
  if (lines.every(({ source }) => source === undefined)) return
  if (lines.some(({ source }) => source?.kind === 'discount'))
    changes.redeemedInvoices.push({ id: invoice.id, at })
  addShipment(bill, work)
}

/** The money of a paid bill was to go back since then, and does not after all: so does what was to be shipped. */
export function resumeShipment(
  invoice: Invoice,
  since: Instant,
  { at, changes }: Pick<Work, 'at' | 'changes'>,
): void {
  const { status, paidMinor, refundedMinor, creditedMinor } = invoice
  if (status === 'paid' && refundedMinor + creditedMinor < paidMinor)
    changes.resumedShipments.push({ invoiceId: invoice.id, since, at })
}

/** A paid bill that bears shipping, for whatever price, is to be shipped. */
export function addShipment(
  bill: {
    readonly invoice: Invoice
    readonly lines: readonly InvoiceLine[]
    readonly subscription: Subscription | null
  },
  { at, tools, changes }: Work,
): void {
  const { invoice, lines, subscription } = bill
  const line = lines.find(({ source }) => source?.kind === 'shipping')
  if (line?.source?.kind !== 'shipping') return
  const { shippingProfileId, provider, providerMethod } = line.source
  const shipment = {
    shippingProfileId,
    provider,
    providerMethod,
    amountMinor: line.amountMinor,
    shipTo: subscription?.shipTo ?? null,
  }
  changes.newShipments.push(newShipment(tools.nextId(), { invoice, shipment }, at))
}

export function newShipment(
  id: Uuid,
  given: {
    readonly invoice: Invoice
    readonly shipment: Pick<
      Shipment,
      'shippingProfileId' | 'provider' | 'providerMethod' | 'amountMinor' | 'shipTo'
    >
  },
  at: Work['at'],
): Shipment {
  const { customerId, subscriptionId, currency, id: invoiceId } = given.invoice
  return {
    ...given.shipment,
    id,
    version: 1,
    customerId,
    subscriptionId,
    invoiceId,
    currency,
    status: 'pending',
    trackingNumber: null,
    metadata: {},
    shippedAt: null,
    deliveredAt: null,
    canceledAt: null,
    createdAt: at,
    updatedAt: at,
  }
}
