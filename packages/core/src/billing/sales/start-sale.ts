import { NEW_INVOICE, type Invoice, type InvoiceLine } from '../../invoices/index.ts'
import type { BillRouting } from '../../routing/index.ts'
import { addUp, type CustomerSaleLine } from '../../sales/index.ts'
import type { ChargeRoute } from '../../payments/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../change-set.ts'
import { redeemDiscounts } from '../extras/follow-lines.ts'
import { issueAtOnce } from '../bills/issue-at-once.ts'
import type { DeniedCharge, GuardedCards } from '../charges/guard-charge.ts'
import { addCharge, findRoute, firstAllowed, type FoundRoute } from '../charges/route-charge.ts'
import type { BillingTools, Work } from '../state.ts'
import type { SoldState } from './sold-state.ts'
import { concludeSale } from './conclude-sale.ts'
import { saleFact } from './sale-fact.ts'
import { soldBillOf } from './sold-bill.ts'

export type StartedSale =
  | { readonly kind: 'forbidden'; readonly denied: DeniedCharge }
  | { readonly kind: 'unroutable'; readonly code: string }
  | { readonly kind: 'accepted'; readonly changes: ChangeSet }

/**
 * A new sale: its invoice, issued with all its lines, and the one charge for it, or the debit that its payer is told of.
 * Where nothing is owed now, as for a trial alone, it is paid at once and its subscriptions begin.
 */
export function startSale(
  sold: SoldState,
  way: {
    readonly routes: readonly ChargeRoute[]
    readonly routing?: BillRouting
    readonly cards: GuardedCards
  },
  at: Instant,
  tools: BillingTools,
): StartedSale {
  const work: Work = { at, tools, changes: emptyChangeSet() }
  const { changes } = work
  const invoice = invoiceOf(sold, work)
  const found = invoice.totalMinor === 0n ? null : findWay(sold, invoice, way, at)
  if (found?.kind === 'none') {
    const { denied, code } = found
    return denied === undefined ? { kind: 'unroutable', code } : { kind: 'forbidden', denied }
  }
  const lines = sold.lines.flatMap((line) => toInvoiceLine(line, invoice))
  const { sale } = sold
  changes.newSaleLines.push(...sold.lines)
  changes.facts.push(saleFact('created', { sale, lines: sold.lines, invoice }, at))
  issueAtOnce(invoice, lines, work)
  redeemDiscounts({ invoice, lines }, work)
  if (found !== null) {
    changes.newCustomerSales.push(sale)
    const { book } = way.routing?.routing ?? {}
    addCharge(found, { invoice, number: 1, isCustomerPresent: true, book }, work)
    return { kind: 'accepted', changes }
  }
  concludeSale(sold, { invoice, lines, declineCode: null }, work)
  // It is new: what it has come to is what is written.
  changes.newCustomerSales.push(...changes.changedCustomerSales.splice(0))
  return { kind: 'accepted', changes }
}

function findWay(
  sold: SoldState,
  invoice: Invoice,
  way: Parameters<typeof startSale>[1],
  at: Instant,
): FoundRoute {
  const asked = { invoice, attemptsMade: 0, at, isCustomerPresent: true, cards: way.cards }
  const bill = soldBillOf(sold, asked)
  return way.routing === undefined ? firstAllowed(way.routes, bill) : findRoute(way.routing, bill)
}

function invoiceOf({ sale, lines }: SoldState, { at, tools }: Work): Invoice {
  const sums = addUp(lines)
  const isPaid = sums.totalMinor === 0n
  return {
    ...NEW_INVOICE,
    id: sale.invoiceId,
    customerId: sale.customerId,
    // It is of none, or of several.
    subscriptionId: null,
    billingReason: 'manual',
    status: isPaid ? 'paid' : 'finalized',
    currency: sale.currency,
    ...sums,
    collectionMethod: 'charge_automatically',
    period: null,
    finalizedAt: at,
    paidAt: isPaid ? at : null,
    publicToken: tools.nextToken(),
    createdAt: at,
    updatedAt: at,
  }
}

/** Tax by hand is the invoice's own, and what is charged later has no line yet. */
function toInvoiceLine(line: CustomerSaleLine, invoice: Invoice): readonly InvoiceLine[] {
  if (line.invoiceLineId === null) return []
  const isOff = line.kind === 'discount'
  return [
    {
      id: line.invoiceLineId,
      invoiceId: invoice.id,
      position: line.position,
      subscriptionItemId: null,
      priceId: line.priceId,
      productId: line.productId,
      description: line.description,
      quantity: line.quantity,
      unitAmountDecimal: line.unitAmountMinor === null ? null : String(line.unitAmountMinor),
      amountMinor: isOff ? -line.amountMinor : line.amountMinor,
      currency: invoice.currency,
      period: null,
      isProration: false,
      ...(line.source === null ? {} : { source: line.source }),
    },
  ]
}
