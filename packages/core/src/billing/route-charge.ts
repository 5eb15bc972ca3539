import { assert } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import type { Invoice } from '../invoices/index.ts'
import type { Currency } from '../money/index.ts'
import type { ChargeRoute, PaymentAttempt } from '../payments/index.ts'
import {
  continueRoute,
  noteCharge,
  startRoute,
  type ChargeFacts,
  type RequestType,
  type RouteOutcome,
  type RouteState,
  type RouteStep,
  type Routing,
} from '../routing/index.ts'
import type { RenewalKind } from './change-set.ts'
import { attemptFor } from './attempt-for.ts'
import type { BillRouting, SubscriptionState, Work } from './state.ts'

/** Where a charge goes, or the code of why it goes nowhere. `step`: null where nothing had to be decided. */
export type FoundRoute =
  | { readonly kind: 'route'; readonly route: ChargeRoute; readonly step: ChargeStep | null }
  | { readonly kind: 'none'; readonly code: string; readonly step: RouteStep | null }

type ChargeStep = Extract<RouteStep, { readonly kind: 'charge' }>

export type RoutedBill = {
  readonly owedMinor: bigint
  readonly currency: Currency
  /** Null for an invoice that bills no cycle. */
  readonly renewalKind: RenewalKind | null
  readonly attemptsMade: number
}

/** The first charge of what a bill owes: by the subscription's routing, or else along its best route. */
export function findFirstRoute(state: SubscriptionState, bill: RoutedBill): FoundRoute {
  const { routing } = state
  if (routing === undefined) {
    const route = state.routes[0]
    if (route === undefined) return NO_METHOD
    return { kind: 'route', route, step: null }
  }
  if (routing.known.methods.length === 0) return NO_METHOD
  return toFound(routing, startRoute(routing.routing, factsOf(state, routing, bill)))
}

const NO_METHOD: FoundRoute = { kind: 'none', code: 'no_payment_method', step: null }

/** What follows on the same bill at once. `bill` is as the outcome has left it. */
export function findNextRoute(
  state: SubscriptionState,
  bill: RoutedBill,
  made: { readonly state: RouteState; readonly outcome: RouteOutcome },
): FoundRoute {
  const { routing } = state
  if (routing === undefined || routing.known.methods.length === 0) return NO_METHOD
  return toFound(routing, continueRoute(routing.routing, factsOf(state, routing, bill), made))
}

function toFound({ methods }: BillRouting, step: RouteStep): FoundRoute {
  if (step.kind === 'stop') return { kind: 'none', code: step.code, step }
  const method = methods.find((one) => one.paymentMethodId === step.paymentMethodId)
  assert(method !== undefined, 'a route charges one of the methods that it was given')
  return { kind: 'route', route: { ...method, gatewayId: step.gatewayId }, step }
}

/** Adds the attempt along a route, with the decision that led to it. */
export function addAttempt(
  found: Extract<FoundRoute, { kind: 'route' }>,
  bill: {
    readonly invoice: Invoice
    readonly number: number
    readonly book: Routing['book'] | undefined
  },
  { at, tools, changes }: Work,
): PaymentAttempt {
  const { step, route } = found
  const id = tools.nextId()
  const planned = attemptFor(bill.invoice, route, { id, number: bill.number }, at)
  const attempt = step === null ? planned : { ...planned, amountMinor: step.amountMinor }
  changes.newAttempts.push(attempt)
  if (step !== null) {
    changes.newRouteDecisions.push({ id, invoiceId: bill.invoice.id, step, at })
    if (bill.book !== undefined) noteCharge(bill.book, step)
  }
  return attempt
}

/** Keeps why a route stopped short of its money. */
export function addStop(
  found: Extract<FoundRoute, { kind: 'none' }>,
  invoiceId: Uuid,
  { at, tools, changes }: Work,
): void {
  const { step } = found
  if (step === null || found.code === 'approved') return
  changes.newRouteDecisions.push({ id: tools.nextId(), invoiceId, step, at })
}

function factsOf(state: SubscriptionState, routing: BillRouting, bill: RoutedBill): ChargeFacts {
  const { subscription, items } = state
  const metadata = textsOf(subscription.metadata)
  const productIds = [subscription.productId, ...items.map((item) => item.productId)]
  return {
    ...routing.known,
    requestType: requestTypeOf(bill),
    amountMinor: bill.owedMinor,
    currency: bill.currency,
    attemptsMade: bill.attemptsMade,
    productIds: productIds.filter((id) => id !== null),
    campaign: metadata['campaign'] ?? null,
    metadata,
  }
}

function requestTypeOf({ renewalKind, attemptsMade }: RoutedBill): RequestType {
  if (renewalKind === 'trial_end') return 'trial_expiration'
  if (renewalKind !== 'initial') return 'subscription_renewal'
  return attemptsMade === 0 ? 'initial_sale' : 'pending_sale_recovery'
}

/** Filters compare text: numbers and truths are compared as they are written. */
function textsOf(metadata: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === 'string') texts[key] = value
    else if (typeof value === 'number' || typeof value === 'boolean') texts[key] = `${value}`
  }
  return texts
}
