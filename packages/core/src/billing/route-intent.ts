import { planAttempt, type ChargeRoute, type PaymentAttempt } from '../payments/index.ts'
import type { PaymentIntent } from '../payments/index.ts'
import { noteCharge, type RouteState, type BillRouting } from '../routing/index.ts'
import {
  addStop,
  findNextRoute,
  findRoute,
  type FoundRoute,
  type RoutedBill,
} from './route-charge.ts'
import type { Work } from './state.ts'

/** The charge or authorisation of an intent: by the account's routing where there is one, or else along `route`. */
export function findIntentRoute(
  intent: PaymentIntent,
  given: {
    readonly route: ChargeRoute
    readonly routing: BillRouting | undefined
    readonly attemptsMade: number
  },
): FoundRoute {
  const { route, routing, attemptsMade } = given
  if (routing === undefined) return { kind: 'route', route, step: null }
  return findRoute(routing, billOf(intent, attemptsMade))
}

/** Adds the attempt on an intent, with the decision that led to it. It is always for the whole amount. */
export function addIntentAttempt(
  found: Extract<FoundRoute, { kind: 'route' }>,
  charged: {
    readonly intent: PaymentIntent
    readonly number: number
    readonly routing: BillRouting | undefined
  },
  { at, tools, changes }: Work,
): PaymentAttempt {
  const { intent, number, routing } = charged
  const { step, route } = found
  const id = tools.nextId()
  const request = {
    id,
    invoiceId: null,
    paymentIntentId: intent.id,
    subscriptionId: null,
    customerId: intent.customerId,
    attemptNumber: number,
    amountMinor: intent.amountMinor,
    currency: intent.currency,
    operation: intent.captureMethod === 'manual' ? ('authorize' as const) : ('charge' as const),
  }
  const attempt = planAttempt(request, route, at)
  changes.newAttempts.push(attempt)
  if (step !== null) {
    const decided = { invoiceId: null, paymentIntentId: intent.id, step, at }
    changes.newRouteDecisions.push({ id, ...decided })
    if (routing !== undefined) noteCharge(routing.routing.book, step)
  }
  return attempt
}

/** The next charge of the route that led to this attempt, where there is one: then the intent is still processing. */
export function chargeIntentOn(
  state: {
    readonly intent: PaymentIntent
    readonly routing?: BillRouting
    readonly routeState?: RouteState
  },
  attempt: PaymentAttempt,
  work: Work,
): boolean {
  const { intent, routing, routeState } = state
  if (routing === undefined || routeState === undefined) return false
  // A customer who is asked to authenticate, or has taken it back, decides what comes next.
  if (intent.status !== 'processing') return false
  const bill = billOf(intent, attempt.attemptNumber)
  const found = findNextRoute(routing, bill, { state: routeState, attempt })
  if (found.kind === 'none') {
    addStop(found, { invoiceId: null, paymentIntentId: intent.id }, work)
    return false
  }
  addIntentAttempt(found, { intent, number: attempt.attemptNumber + 1, routing }, work)
  return true
}

function billOf(intent: PaymentIntent, attemptsMade: number): RoutedBill {
  return {
    owedMinor: intent.amountMinor,
    currency: intent.currency,
    requestType: 'initial_sale',
    attemptsMade,
    metadata: intent.metadata,
    productIds: [],
  }
}
