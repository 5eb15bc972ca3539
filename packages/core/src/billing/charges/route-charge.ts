import { assert } from '../../fault/index.ts'
import type { Uuid } from '../../ids/index.ts'
import { owedMinor, type Invoice } from '../../invoices/index.ts'
import type { Currency } from '../../money/index.ts'
import {
  announceDebit,
  type ChargeRoute,
  type PaymentAttempt,
  type Retry,
} from '../../payments/index.ts'
import { isHardDecline } from '../../recovery/index.ts'
import { formatInstantOrNull, type Instant } from '../../time/index.ts'
import {
  continueRoute,
  decideUnrouted,
  noteCharge,
  startRoute,
  stopMessage,
  stopUnrouted,
  toRouteOutcome,
  type ChargeFacts,
  type ChargeStep,
  type RequestType,
  type RouteOutcome,
  type RouteState,
  type RouteStep,
  type Routing,
  type BillRouting,
} from '../../routing/index.ts'
import type { RenewalKind, RouteDecision } from '../state/change-set.ts'
import { attemptFor } from './attempt-for.ts'
import { partMinor } from './part-minor.ts'
import type { GuardedCards } from '../state/guarded-cards.ts'
import { findDenial, withAttempt, type DeniedCharge, type GuardedCharge } from './guard-charge.ts'
import type { SubscriptionState, Work } from '../state/state.ts'

/**
 * Where a charge goes, or the code of why it goes nowhere. `step`: null where nothing had to be decided. `denied`: the
 * card networks forbid it now.
 */
export type FoundRoute =
  | { readonly kind: 'route'; readonly route: ChargeRoute; readonly step: ChargeStep | null }
  | {
      readonly kind: 'none'
      readonly code: string
      readonly step: RouteStep | null
      readonly denied?: DeniedCharge
    }

/** What is answered instead of our own sentence where a charge goes nowhere; null = nothing. */
export function toldOf(found: Extract<FoundRoute, { readonly kind: 'none' }>): string | null {
  return found.step === null ? null : stopMessage(found.step.reasons)
}

/** What is charged, as far as the rules of a profile may ask. */
export type RoutedBill = {
  readonly owedMinor: bigint
  readonly currency: Currency
  readonly requestType: RequestType
  readonly attemptsMade: number
  readonly metadata: Readonly<Record<string, unknown>>
  readonly productIds: readonly Uuid[]
  readonly at: Instant
  readonly isCustomerPresent?: boolean
  readonly cards: GuardedCards | undefined
}

export type SubscriptionBill = Pick<
  RoutedBill,
  'owedMinor' | 'currency' | 'attemptsMade' | 'at' | 'isCustomerPresent'
> & {
  /** Null for an invoice that bills no cycle. */
  readonly renewalKind: RenewalKind | null
}

/** The bill of a subscription as its routing sees it. */
export function routedBillOf(
  { subscription, items, cards }: Pick<SubscriptionState, 'subscription' | 'items' | 'cards'>,
  { renewalKind, ...bill }: SubscriptionBill,
): RoutedBill {
  const { campaign, metadata } = subscription
  const productIds = [subscription.productId, ...items.map((item) => item.productId)]
  return {
    ...bill,
    cards,
    requestType: requestTypeOf(renewalKind, bill.attemptsMade),
    metadata: campaign === null ? metadata : { ...metadata, campaign },
    productIds: productIds.filter((id) => id !== null),
  }
}

/** The first charge of what a bill owes: by the subscription's routing, or else along its best route. */
export function findFirstRoute(state: SubscriptionState, bill: SubscriptionBill): FoundRoute {
  const { routing, routes, disabledGatewayIds = [], cards } = state
  if (routing !== undefined) return findRoute(routing, routedBillOf(state, bill))
  if (routes.length > 0 || disabledGatewayIds.length === 0)
    return firstAllowed(routes, { ...bill, cards })
  const step = stopUnrouted(disabledGatewayIds, bill)
  return { kind: 'none', code: step.code, step }
}

/** The best of these ways that the card networks allow. */
export function firstAllowed(
  routes: readonly ChargeRoute[],
  bill: Pick<RoutedBill, 'owedMinor' | 'currency' | 'at' | 'isCustomerPresent' | 'cards'>,
): FoundRoute {
  let denied: DeniedCharge | null = null
  for (const route of routes) {
    const denial = findDenial(bill.cards, chargeOf(bill, route))
    if (denial === null) return { kind: 'route', route, step: null }
    denied ??= denial
  }
  return denied === null ? NO_METHOD : { kind: 'none', code: FORBIDDEN, step: null, denied }
}

/** The code of a charge that the card networks forbid. */
const FORBIDDEN = 'attempt_forbidden'

function chargeOf(
  bill: Pick<RoutedBill, 'owedMinor' | 'currency' | 'at' | 'isCustomerPresent'>,
  { paymentMethodId, gatewayId }: Pick<ChargeRoute, 'paymentMethodId' | 'gatewayId'>,
): GuardedCharge {
  const { owedMinor: amountMinor, currency, at, isCustomerPresent = false } = bill
  const asked = { amountMinor, currency, at, isCustomerPresent }
  return { ...asked, paymentMethodId, gatewayIds: [gatewayId] }
}

/** The first charge of a route. */
export function findRoute(routing: BillRouting, bill: RoutedBill): FoundRoute {
  if (routing.known.methods.length === 0) return NO_METHOD
  return toFound(routing, bill, startRoute(routing.routing, factsOf(routing, bill)))
}

const NO_METHOD: FoundRoute = { kind: 'none', code: 'no_payment_method', step: null }

/** What follows on the same bill at once. `bill` is as the outcome has left it. */
export function findNextRoute(
  routing: BillRouting,
  bill: RoutedBill,
  made: { readonly state: RouteState; readonly attempt: PaymentAttempt },
): FoundRoute {
  if (routing.known.methods.length === 0) return NO_METHOD
  const { state, attempt } = made
  const outcome = outcomeOf(attempt, routing)
  const now = { ...bill, cards: withAttempt(bill.cards, attempt) }
  const facts = factsOf(routing, now)
  return toFound(routing, now, continueRoute(routing.routing, facts, { state, outcome }))
}

function outcomeOf(attempt: PaymentAttempt, { hardDeclines }: BillRouting): RouteOutcome {
  if (attempt.state === 'succeeded') return { kind: 'approved' }
  const nothing = { isoCode: null, adviceCode: null, message: null }
  const decline = attempt.decline ?? { code: 'generic_decline', ...nothing }
  const outcome = toRouteOutcome(decline, attempt.createdAt)
  if (hardDeclines === undefined) return outcome
  if (isHardDecline(decline, hardDeclines))
    return { kind: 'declined', code: decline.code, isFinal: true }
  return outcome.kind === 'declined' ? { ...outcome, isFinal: false } : outcome
}

function toFound({ methods }: BillRouting, bill: RoutedBill, step: RouteStep): FoundRoute {
  if (step.kind === 'stop') {
    const denied = denialIn(step, bill)
    if (denied === null) return { kind: 'none', code: step.code, step }
    return { kind: 'none', code: step.state.attempts === 0 ? FORBIDDEN : step.code, step, denied }
  }
  const method = methods.find((one) => one.paymentMethodId === step.paymentMethodId)
  assert(method !== undefined, 'a route charges one of the methods that it was given')
  return { kind: 'route', route: { ...method, gatewayId: step.gatewayId }, step }
}

/** A route that stopped because the networks forbid what it would have charged. */
function denialIn(step: RouteStep, bill: RoutedBill): DeniedCharge | null {
  for (const reason of step.reasons) {
    if (reason.code !== 'refused' || reason.by.code !== 'network_rule') continue
    const { paymentMethodId } = reason.by
    return findDenial(bill.cards, chargeOf(bill, { paymentMethodId, gatewayId: reason.gatewayId }))
  }
  return null
}

type Way = Extract<FoundRoute, { kind: 'route' }>

type ChargedBill = {
  readonly invoice: Invoice
  readonly number: number
  readonly retry?: Retry | undefined
  readonly isCustomerPresent?: boolean
  /** What is charged instead of all that is owed: no part of a route, because nothing follows it. */
  readonly partMinor?: bigint
  readonly book: Routing['book'] | undefined
}

/** A debit that its payer is told of before it is made. Bacs moves pounds alone: anything else is for the gateway to refuse. */
export function isAnnounced({ route }: Pick<Way, 'route'>, currency: Currency): boolean {
  return typeof route.mandateId === 'string' && currency === 'GBP'
}

/** The charge of a bill along a route: an attempt, or a debit that is announced and takes all that is owed on its day. */
export function addCharge(found: Way, bill: ChargedBill, work: Work): void {
  const { invoice } = bill
  const { mandateId = null } = found.route
  if (mandateId === null || !isAnnounced(found, invoice.currency)) {
    addAttempt(found, bill, work)
    return
  }
  const { id: invoiceId, customerId } = invoice
  const debit = { id: work.tools.nextId(), mandateId, customerId, invoiceId }
  const amountMinor = owedMinor(invoice)
  work.changes.newCollections.push(announceDebit({ ...debit, amountMinor }, work.at))
}

/** The charge of a part of what a bill owes: no part of a route, because nothing follows it. A debit is announced whole. */
export function addPart(
  found: Way,
  bill: Omit<ChargedBill, 'book'> & { readonly percent: number },
  work: Work,
): void {
  const { invoice, percent } = bill
  if (isAnnounced(found, invoice.currency)) {
    addCharge(found, { ...bill, book: undefined }, work)
    return
  }
  const planned = attemptFor(invoice, found.route, { ...bill, id: work.tools.nextId() }, work.at)
  const attempt = { ...planned, amountMinor: partMinor(invoice, percent) }
  work.changes.newAttempts.push(attempt)
  keepAlone(found, attempt, work)
}

/** Adds the attempt along a route, with the decision that led to it. */
export function addAttempt(
  found: Way,
  bill: ChargedBill,
  { at, tools, changes }: Work,
): PaymentAttempt {
  const { step, route } = found
  const { partMinor } = bill
  const id = tools.nextId()
  const planned = attemptFor(bill.invoice, route, { ...bill, id }, at)
  const amountMinor = partMinor ?? step?.amountMinor ?? planned.amountMinor
  const attempt = { ...planned, amountMinor }
  changes.newAttempts.push(attempt)
  if (step === null || partMinor !== undefined) keepAlone(found, attempt, { at, changes })
  else {
    const { id: invoiceId } = bill.invoice
    changes.newRouteDecisions.push({ id, invoiceId, paymentIntentId: null, step, at })
  }
  if (step !== null && bill.book !== undefined) noteCharge(bill.book, step)
  return attempt
}

/** Keeps the decision behind a charge that nothing follows: of a part, or a choice among several gateways that no profile made. */
export function keepAlone(
  { route, step: routed }: Way,
  attempt: PaymentAttempt,
  { at, changes }: Pick<Work, 'at' | 'changes'>,
): void {
  const { id, invoiceId, paymentIntentId, amountMinor, currency, attemptNumber } = attempt
  const charge = { amountMinor, currency, attemptsMade: attemptNumber - 1 }
  const step = routed ?? decideUnrouted(route, charge)
  if (step === null) return
  changes.newRouteDecisions.push({ id, invoiceId, paymentIntentId, step, at, isAlone: true })
}

/** Keeps why a route stopped short of its money. */
export function addStop(
  found: Extract<FoundRoute, { kind: 'none' }>,
  charged: Pick<RouteDecision, 'invoiceId' | 'paymentIntentId'>,
  { at, tools, changes }: Work,
): void {
  const { step } = found
  if (step === null || found.code === 'approved') return
  changes.newRouteDecisions.push({ id: tools.nextId(), ...charged, step, at })
}

/** What the rules of a profile are asked about. */
export function factsOf(routing: BillRouting, bill: RoutedBill): ChargeFacts {
  const metadata = textsOf(bill.metadata)
  const { cards, at, currency, isCustomerPresent = false } = bill
  const asked = { at, currency, isCustomerPresent }
  return {
    ...routing.known,
    ...(cards === undefined ? {} : { forbids: forbiddenBy(cards, asked) }),
    requestType: bill.requestType,
    amountMinor: bill.owedMinor,
    currency,
    attemptsMade: bill.attemptsMade,
    productIds: bill.productIds,
    campaign: metadata['campaign'] ?? null,
    metadata,
  }
}

function forbiddenBy(
  cards: GuardedCards,
  asked: Pick<GuardedCharge, 'at' | 'currency' | 'isCustomerPresent'>,
): NonNullable<ChargeFacts['forbids']> {
  return ({ gatewayId, ...charge }) => {
    const denial = findDenial(cards, { ...charge, ...asked, gatewayIds: [gatewayId] })
    if (denial === null) return null
    const { paymentMethodId, rule, allowedAt } = denial
    return { paymentMethodId, rule, allowedAt: formatInstantOrNull(allowedAt) }
  }
}

function requestTypeOf(renewalKind: RenewalKind | null, attemptsMade: number): RequestType {
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
