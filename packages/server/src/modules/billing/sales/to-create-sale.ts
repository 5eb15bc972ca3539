import { toExtras } from '@perennial/core/subscriptions'
import { ApiRefusal } from '../../../platform/http/index.ts'
import type { JsonObject } from '../../../platform/wire/index.ts'
import { toCustomerChange } from '../../customers/index.ts'
import type { SaleCreate } from '../../sales/index.ts'
import type { CreateSale } from './create-sale.ts'

/** The sale that a body asks for; 400 where its fields contradict each other. */
export function toCreateSale(body: SaleCreate): CreateSale {
  return {
    customer: customerOf(body),
    ...methodOf(body),
    byHand: byHandOf(body),
    paymentProfileId: body.payment_profile_id ?? null,
    currency: body.currency ?? null,
    campaign: body.campaign ?? null,
    shop: body.shop ?? null,
    billTo: body.bill_to ?? null,
    shipTo: body.ship_to ?? null,
    lines: body.lines.map((line) => ({
      productId: line.product_id ?? null,
      priceId: line.price_id ?? null,
      quantity: line.quantity ?? 1n,
      unitAmountMinor: line.unit_amount_minor ?? null,
    })),
    shipping: (body.shipping ?? []).map((entry) => ({
      description: entry.description ?? 'Shipping',
      amountMinor: entry.amount_minor,
      line: entry.line ?? null,
      details: detailsOf(entry),
    })),
    discounts: (body.discounts ?? []).map((entry) => ({
      description: entry.description ?? 'Discount',
      amountMinor: entry.amount_minor,
    })),
    tax: (body.tax ?? []).map((entry) => ({
      description: entry.description ?? 'Tax',
      amountMinor: entry.amount_minor,
    })),
    ...extrasOf(body),
    metadata: body.metadata ?? {},
  }
}

function extrasOf(body: SaleCreate): Pick<CreateSale, 'extras' | 'shipsByProfile'> {
  const { discount_ids: discountIds = [], tax_rate_ids: taxRateIds = [], tax = [] } = body
  if (taxRateIds.length > 0 && tax.length > 0)
    throw ApiRefusal.invalid('tax', 'Give it or tax_rate_ids, not both.')
  const shipsByProfile = body.shipping_by_profile ?? false
  if (shipsByProfile && (body.shipping ?? []).length > 0)
    throw ApiRefusal.invalid('shipping', 'Give it or shipping_by_profile, not both.')
  return { extras: toExtras({ discountIds, taxRateIds }), shipsByProfile }
}

function customerOf({ customer_id: id, customer }: SaleCreate): CreateSale['customer'] {
  if (id !== undefined && id !== null) {
    if (customer !== undefined && customer !== null)
      throw ApiRefusal.invalid('customer', 'Give it or customer_id, not both.')
    return { id }
  }
  if (customer === undefined || customer === null)
    throw ApiRefusal.invalid('customer_id', 'Say who buys: customer_id, or a new customer.')
  const { email, if_known: ifKnown, ...details } = customer
  return {
    details: { ...toCustomerChange(details), email },
    ifKnown: ifKnown === undefined || ifKnown === null ? null : toCustomerChange(ifKnown),
  }
}

function methodOf(body: SaleCreate): Pick<CreateSale, 'method' | 'makesDefault'> {
  const { payment_method_id: id, payment_token: token, payment_tokens: tokens, gateway } = body
  const makesDefault = body.make_default ?? false
  if (tokens !== undefined && tokens !== null) {
    refuseBeside(body)
    const method = { tokens: tokens.map((one) => ({ token: one.token, gatewayCode: one.gateway })) }
    return { method, makesDefault }
  }
  if (id !== undefined && id !== null) {
    if (token !== undefined && token !== null)
      throw ApiRefusal.invalid('payment_token', 'Give it or payment_method_id, not both.')
    return { method: { id }, makesDefault }
  }
  if (token !== undefined && token !== null)
    return { method: { tokens: [{ token, gatewayCode: gateway ?? null }] }, makesDefault }
  if (makesDefault)
    throw ApiRefusal.invalid('make_default', 'Say what: payment_method_id or payment_token.')
  return { method: null, makesDefault }
}

function refuseBeside(body: SaleCreate): void {
  for (const field of ['payment_method_id', 'payment_token', 'gateway'] as const) {
    if (body[field] !== undefined && body[field] !== null)
      throw ApiRefusal.invalid(field, 'Give it or payment_tokens, not both.')
  }
}

function byHandOf(body: SaleCreate): CreateSale['byHand'] {
  const { paid_by_hand: paid } = body
  if (paid === undefined || paid === null) return null
  for (const field of CHARGED) {
    if (body[field] !== undefined && body[field] !== null)
      throw ApiRefusal.invalid(field, 'What was paid by hand is not charged: give it or paid_by_hand, not both.') // prettier-ignore
  }
  const { method, reference = null, notes = null, paid_at: paidAt = null } = paid
  return { method, reference, notes, paidAt }
}

/** What says how a sale is charged. */
const CHARGED = [
  'payment_method_id',
  'payment_token',
  'payment_tokens',
  'payment_profile_id',
] as const

function detailsOf({
  provider,
  provider_method: providerMethod,
}: NonNullable<SaleCreate['shipping']>[number]): JsonObject {
  return {
    ...(provider === null || provider === undefined ? {} : { provider }),
    ...(providerMethod === null || providerMethod === undefined
      ? {}
      : { provider_method: providerMethod }),
  }
}
