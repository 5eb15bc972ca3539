import { NEW_INVOICE, type Invoice, type InvoiceLine } from '../../invoices/index.ts'
import type { BillRouting } from '../../routing/index.ts'
import { addUp, type CustomerSaleLine } from '../../sales/index.ts'
import {
  saleByHand,
  type ChargeRoute,
  type PaymentByHand,
  type Transaction,
} from '../../payments/index.ts'
import type { Instant } from '../../time/index.ts'
import { emptyChangeSet, type ChangeSet } from '../state/change-set.ts'
import { redeemDiscounts } from '../extras/follow-lines.ts'
import { issueAtOnce } from '../bills/issue-at-once.ts'
import type { GuardedCards } from '../state/guarded-cards.ts'
import type { DeniedCharge } from '../charges/guard-charge.ts'
import {
  addCharge,
  findRoute,
  firstAllowed,
  toldOf,
  type FoundRoute,
} from '../charges/route-charge.ts'
import type { BillingTools, Work } from '../state/state.ts'
import type { SoldState } from '../state/sold-state.ts'
import { concludeSale } from './conclude-sale.ts'
import { saleFact } from './sale-fact.ts'
import { soldBillOf } from './sold-bill.ts'

/** How a sale is paid: by a charge, or by money that has come without any gateway. */
export type SaleWay =
  | {
      readonly kind: 'charge'
      readonly routes: readonly ChargeRoute[]
      readonly routing?: BillRouting
      readonly cards: GuardedCards
    }
  | { readonly kind: 'by_hand'; readonly payment: PaymentByHand }

export type StartedSale =
  | { readonly kind: 'forbidden'; readonly denied: DeniedCharge }
  | { readonly kind: 'unroutable'; readonly code: string; readonly message: string | null }
  | { readonly kind: 'accepted'; readonly changes: ChangeSet }

/**
 * A new sale: its invoice, issued with all its lines, and the one charge for it, or the debit that its payer is told of.
 * Where nothing is owed now, as for a trial alone, or the money has come already, it is paid at once and its subscriptions
 * begin. What was paid by hand is not charged later on either: the bills of its subscriptions are sent.
 */
export function startSale(
  sold: SoldState,
  way: SaleWay,
  at: Instant,
  tools: BillingTools,
): StartedSale {
  const work: Work = { at, tools, changes: emptyChangeSet() }
  const { changes } = work
  const invoice = invoiceOf(sold, work)
  if (way.kind === 'by_hand' || invoice.totalMinor === 0n) {
    beginPaid(sold, { invoice, way }, work)
    return { kind: 'accepted', changes }
  }
  const found = findWay(sold, invoice, way, at)
  if (found.kind === 'none') {
    const { denied, code } = found
    if (denied !== undefined) return { kind: 'forbidden', denied }
    return { kind: 'unroutable', code, message: toldOf(found) }
  }
  issue(sold, { invoice }, work)
  changes.newCustomerSales.push(sold.sale)
  const { book } = way.routing?.routing ?? {}
  addCharge(found, { invoice, number: 1, isCustomerPresent: true, book }, work)
  return { kind: 'accepted', changes }
}

function beginPaid(
  sold: SoldState,
  { invoice: issued, way }: { readonly invoice: Invoice; readonly way: SaleWay },
  work: Work,
): void {
  const { at, changes } = work
  const { totalMinor: amountMinor } = issued
  const collectionMethod = way.kind === 'by_hand' ? 'send_invoice' : 'charge_automatically'
  const paid = { status: 'paid', paidMinor: amountMinor, paidAt: at } as const
  const invoice: Invoice = { ...issued, ...paid, collectionMethod }
  const hasCome = way.kind === 'by_hand' && amountMinor > 0n
  const payment = hasCome ? { payment: saleByHand(way.payment, { invoice, amountMinor }) } : {}
  const lines = issue(sold, { invoice, ...payment }, work)
  concludeSale({ ...sold, collectionMethod }, { invoice, lines, declineCode: null }, work)
  // It is new: what it has come to is what is written.
  changes.newCustomerSales.push(...changes.changedCustomerSales.splice(0))
}

function issue(
  { sale, lines: soldLines }: SoldState,
  bill: { readonly invoice: Invoice; readonly payment?: Transaction },
  work: Work,
): readonly InvoiceLine[] {
  const { at, changes } = work
  const { invoice } = bill
  const lines = soldLines.flatMap((line) => toInvoiceLine(line, invoice))
  changes.newSaleLines.push(...soldLines)
  changes.facts.push(saleFact('created', { sale, lines: soldLines, invoice }, at))
  issueAtOnce({ ...bill, lines }, work)
  redeemDiscounts({ invoice, lines }, work)
  return lines
}

function findWay(
  sold: SoldState,
  invoice: Invoice,
  way: Extract<SaleWay, { readonly kind: 'charge' }>,
  at: Instant,
): FoundRoute {
  const asked = { invoice, attemptsMade: 0, at, isCustomerPresent: true, cards: way.cards }
  const bill = soldBillOf(sold, asked)
  return way.routing === undefined ? firstAllowed(way.routes, bill) : findRoute(way.routing, bill)
}

function invoiceOf({ sale, lines }: SoldState, { at, tools }: Work): Invoice {
  return {
    ...NEW_INVOICE,
    id: sale.invoiceId,
    customerId: sale.customerId,
    // It is of none, or of several.
    subscriptionId: null,
    billingReason: 'manual',
    status: 'finalized',
    currency: sale.currency,
    ...addUp(lines),
    collectionMethod: 'charge_automatically',
    period: null,
    finalizedAt: at,
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
