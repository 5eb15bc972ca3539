import type { Uuid } from '../../ids/index.ts'
import { NEW_INVOICE, type Invoice, type InvoiceLine } from '../../invoices/index.ts'
import { issueAtOnce } from './issue-at-once.ts'
import { addCharge, findFirstRoute } from '../charges/route-charge.ts'
import type { Work } from '../state/state.ts'
import { taxOf } from '../recycling/tax-of.ts'
import { draftAtTax } from '../recycling/retax.ts'
import type { RecyclingState } from '../recycling/terms.ts'

/** What is billed once, beside the cycles. Amounts are positive for what is sold, negative for what comes off. */
export type OnceLine = { readonly description: string; readonly amountMinor: bigint }

/**
 * Bills a running subscription for something beside its cycles and charges it at once, on its methods in turn. It is
 * never recycled (spec/revolv3.md 4.8). Null: there is no way to charge it.
 */
export function billOnce(
  state: RecyclingState,
  wanted: {
    readonly lines: readonly OnceLine[]
    readonly metadata: Readonly<Record<string, unknown>>
  },
  work: Work,
): Invoice | null {
  const { at, tools } = work
  const { subscription, recycling } = state
  const sold = sumOf(wanted.lines.filter(({ amountMinor }) => amountMinor > 0n))
  const off = -sumOf(wanted.lines.filter(({ amountMinor }) => amountMinor < 0n))
  const discountMinor = off < sold ? off : sold
  const netMinor = sold - discountMinor
  const taxMinor = taxOf(recycling, { netMinor })
  const drafted = { netMinor, taxMinor, subtotalMinor: sold, discountMinor }
  const draft = { ...blank(state, work), ...totals(drafted), metadata: wanted.metadata }
  if (draft.totalMinor === 0n) {
    const paid: Invoice = { ...draft, status: 'paid', paidAt: at }
    issueAtOnce({ invoice: paid, lines: linesOf(paid, wanted.lines, tools.nextId) }, work)
    return paid
  }
  const { currency } = subscription
  const bill = { owedMinor: draft.totalMinor, currency, attemptsMade: 0, renewalKind: null, at }
  const first = findFirstRoute(state, bill)
  if (first.kind === 'none') return null
  const { invoice, found } = draftAtTax(recycling, { invoice: draft, found: first })
  issueAtOnce({ invoice, lines: linesOf(invoice, wanted.lines, tools.nextId) }, work)
  const book = state.routing?.routing.book
  addCharge(found, { invoice, number: 1, book }, work)
  return invoice
}

function sumOf(lines: readonly OnceLine[]): bigint {
  return lines.reduce((sum, line) => sum + line.amountMinor, 0n)
}

function totals(of: {
  readonly netMinor: bigint
  readonly taxMinor: bigint
  readonly subtotalMinor: bigint
  readonly discountMinor: bigint
}) {
  const { netMinor, taxMinor, subtotalMinor, discountMinor } = of
  return { subtotalMinor, discountMinor, taxMinor, totalMinor: netMinor + taxMinor }
}

function blank(
  { subscription }: RecyclingState,
  { at, tools }: Work,
): Omit<Invoice, 'subtotalMinor' | 'discountMinor' | 'taxMinor' | 'totalMinor'> {
  return {
    ...NEW_INVOICE,
    id: tools.nextId(),
    customerId: subscription.customerId,
    subscriptionId: subscription.id,
    billingReason: 'manual',
    status: 'finalized',
    currency: subscription.currency,
    collectionMethod: 'charge_automatically',
    period: null,
    finalizedAt: at,
    publicToken: tools.nextToken(),
    createdAt: at,
    updatedAt: at,
  }
}

/** Discounts beyond what is sold come off no further. */
function linesOf(invoice: Invoice, wanted: readonly OnceLine[], nextId: () => Uuid): InvoiceLine[] {
  let off = invoice.discountMinor
  return wanted.map(({ description, amountMinor: asked }, position) => {
    const taken = asked >= 0n ? 0n : -asked < off ? -asked : off
    off -= taken
    const amountMinor = asked >= 0n ? asked : -taken
    return {
      id: nextId(),
      invoiceId: invoice.id,
      position,
      subscriptionItemId: null,
      priceId: null,
      productId: null,
      description,
      quantity: 1n,
      unitAmountDecimal: null,
      amountMinor,
      currency: invoice.currency,
      period: null,
      isProration: false,
    }
  })
}
