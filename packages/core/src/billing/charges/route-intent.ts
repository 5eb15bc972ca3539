import {
  planAttempt,
  retryOf,
  type ChargeRoute,
  type PaymentAttempt,
  type PaymentIntent,
  type Retry,
} from '../../payments/index.ts'
import { noteCharge, type RouteState, type BillRouting } from '../../routing/index.ts'
import {
  addStop,
  findNextRoute,
  findRoute,
  firstAllowed,
  keepAlone,
  type FoundRoute,
  type RoutedBill,
} from './route-charge.ts'
import type { GuardedCards } from '../state/guarded-cards.ts'
import type { Work } from '../state/state.ts'

/** The charge or authorisation of an intent: by the account's routing where there is one, or else along `route`. */
export function findIntentRoute(
  intent: PaymentIntent,
  given: {
    readonly route: ChargeRoute
    readonly routing: BillRouting | undefined
    readonly attemptsMade: number
    readonly asked: Asked
  },
): FoundRoute {
  const { route, routing, attemptsMade, asked } = given
  const bill = billOf(intent, { ...asked, attemptsMade })
  return routing === undefined ? firstAllowed([route], bill) : findRoute(routing, bill)
}

/** When it is charged, whether the customer is there, and what the card networks know of the cards. */
type Asked = Pick<RoutedBill, 'at' | 'cards' | 'isCustomerPresent'>

/** Adds the attempt on an intent, with the decision that led to it. It is always for the whole amount. */
export function addIntentAttempt(
  found: Extract<FoundRoute, { kind: 'route' }>,
  charged: {
    readonly intent: PaymentIntent
    readonly number: number
    readonly retry?: Retry | undefined
    readonly isCustomerPresent: boolean
    readonly routing: BillRouting | undefined
  },
  { at, tools, changes }: Work,
): PaymentAttempt {
  const { intent, number, routing, retry, isCustomerPresent } = charged
  const { step, route } = found
  const id = tools.nextId()
  const request = {
    id,
    invoiceId: null,
    paymentIntentId: intent.id,
    subscriptionId: null,
    customerId: intent.customerId,
    attemptNumber: number,
    retry,
    isCustomerPresent,
    amountMinor: intent.amountMinor,
    currency: intent.currency,
    operation: intent.captureMethod === 'manual' ? ('authorize' as const) : ('charge' as const),
  }
  const attempt = planAttempt(request, route, at)
  changes.newAttempts.push(attempt)
  if (step === null) keepAlone(found, attempt, { at, changes })
  else {
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
    readonly cards?: GuardedCards | undefined
  },
  attempt: PaymentAttempt,
  work: Work,
): boolean {
  const { intent, routing, routeState } = state
  if (routing === undefined || routeState === undefined) return false
  // A customer who is asked to authenticate, or has taken it back, decides what comes next.
  if (intent.status !== 'processing') return false
  const { attemptNumber, isCustomerPresent } = attempt
  const { cards } = state
  const bill = billOf(intent, {
    attemptsMade: attemptNumber,
    at: work.at,
    cards,
    isCustomerPresent,
  })
  const found = findNextRoute(routing, bill, { state: routeState, attempt })
  if (found.kind === 'none') {
    addStop(found, { invoiceId: null, paymentIntentId: intent.id }, work)
    return false
  }
  const number = attemptNumber + 1
  const next = { intent, number, retry: retryOf(attempt), isCustomerPresent, routing }
  addIntentAttempt(found, next, work)
  return true
}

function billOf(
  intent: PaymentIntent,
  asked: Asked & Pick<RoutedBill, 'attemptsMade'>,
): RoutedBill {
  return {
    ...asked,
    owedMinor: intent.amountMinor,
    currency: intent.currency,
    requestType: 'initial_sale',
    metadata: intent.metadata,
    productIds: [],
  }
}
