import {
  addAttempt,
  chargeAtTax,
  findFirstRoute,
  findRoute,
  firstAllowed,
  soldBillOf,
  type FoundRoute,
  type GuardedCards,
  type Work,
} from '@perennial/core/billing'
import { owedMinor, payInvoice as decidePayment } from '@perennial/core/invoices'
import type { ChargeRoute, PaymentAttempt, Retry } from '@perennial/core/payments'
import type { BillRouting } from '@perennial/core/routing'
import type { Instant } from '@perennial/core/time'
import { accepted, refused, type Decision } from '../../../platform/command/index.ts'
import type { RouteSubject } from '../../routing/index.ts'
import type { InvoiceState } from '../load/lock-invoice-state.ts'
import { routedBy } from '../load/routed-by.ts'

/** A charge of a bill that names its method, or is by the customer's default. */
export type PlannedPayment = {
  readonly state: InvoiceState
  /** Where it goes unless the routing says otherwise. */
  readonly route: ChargeRoute
  /** Absent where nothing but `route` is possible. */
  readonly routing: BillRouting | undefined
  readonly cards: GuardedCards | undefined
  readonly amountMinor: bigint
  readonly isCustomerPresent: boolean
  /** What a charge after a failed one is: by hand when absent. */
  readonly retryKind?: Retry['kind'] | undefined
}

/** Who is charged, for the routing; the invoice's id is its key. */
export function subjectOf(
  { invoice, sold }: InvoiceState,
  { paymentMethodId }: Pick<ChargeRoute, 'paymentMethodId'>,
): RouteSubject {
  const { id: key, subscriptionId, customerId } = invoice
  const said = sold === undefined ? {} : routedBy(key, sold.sale)
  return { key, subscriptionId, customerId, paymentMethodId, ...said }
}

/** Whether this much may be taken for the invoice now; null = all that is owed. */
export function checkPayable(
  state: InvoiceState,
  amountMinor: bigint | null,
  now: Instant,
): Decision<bigint, 'invoice_being_paid' | 'invoice_not_payable' | 'invoice_overpaid'> {
  const { invoice } = state
  if (state.liveAttempt !== null) return refused('invoice_being_paid')
  if (state.sold?.sale.status === 'voided') return refused('invoice_not_payable')
  const wantedMinor = amountMinor ?? owedMinor(invoice)
  const decision = decidePayment(invoice, wantedMinor, now)
  if (decision.kind === 'accepted') return accepted(wantedMinor)
  return refused(decision.code === 'invoice_overpaid' ? 'invoice_overpaid' : 'invoice_not_payable')
}

/** The way that the routing gives for the payment's method; without any routing, its own. */
export function findWay(
  { state, route, routing, cards, amountMinor, isCustomerPresent }: PlannedPayment,
  at: Instant,
): FoundRoute {
  const { invoice, billed, renewal, attemptsMade, sold } = state
  const { currency } = invoice
  const bill = { owedMinor: amountMinor, currency, attemptsMade, at, isCustomerPresent }
  if (routing === undefined) return firstAllowed([route], { ...bill, cards })
  if (billed !== null) {
    const renewalKind = renewal?.kind ?? null
    return findFirstRoute({ ...billed, routing, cards }, { ...bill, renewalKind })
  }
  if (sold !== undefined)
    return findRoute(routing, {
      ...soldBillOf(sold, { ...bill, invoice, cards }),
      owedMinor: amountMinor,
    })
  const { metadata } = invoice
  const sale = { requestType: 'initial_sale', metadata, productIds: [], cards } as const
  return findRoute(routing, { ...bill, ...sale })
}

/** Why nobody may be charged where the routing leads nowhere. */
export function refusalOf(code: string): 'forced_gateway_unavailable' | 'no_gateway_available' {
  return code === 'forced_gateway_unavailable' ? code : 'no_gateway_available'
}

/** Adds the attempt to what is written, and to the routing's book, so that the next one of a batch sees it. */
export function addPayment(
  { state, routing, amountMinor, isCustomerPresent, retryKind }: PlannedPayment,
  found: Extract<FoundRoute, { readonly kind: 'route' }>,
  work: Work,
): PaymentAttempt {
  const { invoice } = state
  const retry = nextRetry(state.latestAttempt, retryKind)
  const number = state.attemptsMade + 1
  const attempt = { invoice, number, retry, isCustomerPresent, book: routing?.routing.book }
  if (amountMinor !== owedMinor(invoice))
    return addAttempt(found, { ...attempt, partMinor: amountMinor }, work)
  const due = chargeAtTax(state, { invoice, found }, work)
  return addAttempt(due.found, { ...attempt, invoice: due.invoice }, work)
}

/** A charge after a charge that failed is a retry, by hand unless something else is said. */
export function nextRetry(
  latest: PaymentAttempt | null,
  kind: Retry['kind'] = 'manual',
): Retry | undefined {
  return latest === null ? undefined : { number: latest.retryNumber + 1, kind }
}
