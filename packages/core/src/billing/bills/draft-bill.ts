import { assert } from '../../fault/index.ts'
import {
  billItems,
  NEW_INVOICE,
  type Bill,
  type BillingReason,
  type BillRequest,
  type Invoice,
  type InvoiceLine,
} from '../../invoices/index.ts'
import type { Ratio } from '../../money/index.ts'
import type { Instant } from '../../time/index.ts'
import type { RenewalKind } from '../state/change-set.ts'
import { addExtras } from '../extras/add-extras.ts'
import { billedItems } from '../recycling/parts-left.ts'
import { taxOf } from '../recycling/tax-of.ts'
import type { SubscriptionState, Work } from '../state/state.ts'

export type BillOrder = {
  /** Whoever subscribes is there; absent = the merchant bills alone. */
  readonly isCustomerPresent?: boolean
  readonly kind: RenewalKind
  readonly reason: BillingReason
  /** Part of a whole cycle, for a stub before the first billing day. */
  readonly share: Ratio
}

export type DraftedBill = { readonly invoice: Invoice; readonly lines: readonly InvoiceLine[] }

/** The period that `state.subscription` stands in as a draft invoice: priced, and nothing decided yet. */
export function draftBill(
  state: SubscriptionState,
  order: BillOrder,
  { at, tools }: Work,
): DraftedBill {
  const { subscription } = state
  const items = billedItems(state)
  const { nextId } = tools
  const invoiceId = nextId()
  const { cycle, period, currency } = subscription
  const keepsEveryLine = state.recycling !== undefined
  const { share } = order
  const request = { invoiceId, items, cycle, share, period, currency, nextId, keepsEveryLine }
  const bill = withExtras(state, { request, order, at })
  const netMinor = bill.subtotalMinor - bill.discountMinor
  assert(netMinor >= 0n, 'an invoice never asks for less than nothing')
  const taxMinor = bill.taxMinor + taxOf(state.recycling, { netMinor })
  const invoice: Invoice = {
    ...NEW_INVOICE,
    id: invoiceId,
    customerId: subscription.customerId,
    subscriptionId: subscription.id,
    billingReason: order.reason,
    status: 'draft',
    currency,
    subtotalMinor: bill.subtotalMinor,
    discountMinor: bill.discountMinor,
    taxMinor,
    totalMinor: netMinor + taxMinor,
    collectionMethod: subscription.collectionMethod,
    period,
    createdAt: at,
    updatedAt: at,
  }
  return { invoice, lines: bill.lines }
}

/** A recycled subscription is taxed by its methods, and by nothing else. */
function withExtras(
  { extras, recycling }: SubscriptionState,
  given: { readonly request: BillRequest; readonly order: BillOrder; readonly at: Instant },
): Bill & { readonly taxMinor: bigint } {
  const { request, order, at } = given
  const bill = billItems(request)
  if (extras === undefined) return { ...bill, taxMinor: 0n }
  const isRenewal = order.kind === 'automatic' || order.kind === 'manual'
  const taxRates = recycling === undefined ? extras.taxRates : []
  return addExtras(bill, { ...extras, taxRates }, { request, at, isRenewal })
}
