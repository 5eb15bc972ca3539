import { assert } from '../../fault/index.ts'
import { cardToTry, mayTryAgain, type CaseView, type RecoveryCase } from '../../recovery/index.ts'
import type { BillRouting } from '../../routing/index.ts'
import type { Instant } from '../../time/index.ts'
import { findDenial, type DeniedCharge } from '../charges/guard-charge.ts'
import { findFirstRoute, type FoundRoute } from '../charges/route-charge.ts'
import type { RetryState } from '../state/billed-state.ts'
import { partMinor } from '../charges/part-minor.ts'

/** `denied`: the card networks forbid the charge that it leads to, or that it would have led to. */
export type RetryRoute = { readonly found: FoundRoute; readonly denied: DeniedCharge | null }

type RouteWish = {
  readonly gatewayId: RecoveryCase['gatewayId']
  /** Goes before the account's rules. */
  readonly fixedGatewayId?: RecoveryCase['gatewayId']
  /** Of what is owed. */
  readonly percent: number
  readonly at: Instant
}

/** Where a retry is charged, and whether the guard lets it. */
export function findRetryRoute(state: RetryState, of: RouteWish): RetryRoute {
  const { invoice, view } = state
  const { currency } = invoice
  const { percent, at } = of
  const found = routeOf(state, of)
  if (found.kind === 'none') return { found, denied: found.denied ?? null }
  const { step } = found
  const { paymentMethodId, gatewayId } = found.route
  const card = view.cards.find((one) => one.paymentMethodId === paymentMethodId)
  assert(card !== undefined, 'a retry charges a method that the guard was told about')
  if (card.guarded === null) return { found, denied: null }
  const wantedMinor = partMinor(invoice, percent)
  const amountMinor = percent < 100 ? wantedMinor : (step?.amountMinor ?? wantedMinor)
  const charge = { paymentMethodId, gatewayIds: [gatewayId], amountMinor, currency, at }
  return { found, denied: findDenial(new Map([[paymentMethodId, card.guarded]]), charge) }
}

/** Where it is fixed, or else by the account's rules, or else the planned card at the planned gateway. */
function routeOf(
  { billed, invoice, renewal, attemptsMade, view }: RetryState,
  { gatewayId, fixedGatewayId = null, percent, at }: RouteWish,
): FoundRoute {
  const { currency } = invoice
  const amountMinor = partMinor(invoice, percent)
  const renewalKind = renewal?.kind ?? null
  const bill = { owedMinor: amountMinor, currency, renewalKind, attemptsMade, at }
  const charge = { amountMinor, currency, at }
  const card = cardToTry(view, charge)
  const routes = billed.routes.filter((one) => one.paymentMethodId === card?.paymentMethodId)
  const { routing, ...unrouted } = billed
  if (fixedGatewayId !== null && card?.gatewayIds.includes(fixedGatewayId) === true) {
    const fixed = routes.map((one) => ({
      ...one,
      gatewayId: fixedGatewayId,
      wantedBy: 'asked_for' as const,
    }))
    if (fixed.length > 0) return findFirstRoute({ ...unrouted, routes: fixed }, bill)
  }
  if (routing !== undefined)
    return findFirstRoute({ ...billed, routing: withoutEnded(routing, view, charge) }, bill)
  const found = findFirstRoute({ ...unrouted, routes }, bill)
  if (found.kind === 'none' || gatewayId === null) return found
  const isKept = card?.gatewayIds.includes(gatewayId) === true
  if (!isKept) return found
  return { ...found, route: { ...found.route, gatewayId, wantedBy: 'recovery' } }
}

/** The account's rules choose among the methods that may still be tried, where there are any. */
function withoutEnded(
  routing: BillRouting,
  view: CaseView,
  charge: Parameters<typeof mayTryAgain>[2],
): BillRouting {
  const ended = new Set(
    view.cards
      .filter((card) => mayTryAgain(card, view, charge).kind === 'never')
      .map(({ paymentMethodId }) => paymentMethodId),
  )
  const left = routing.known.methods.filter(({ paymentMethodId }) => !ended.has(paymentMethodId))
  return left.length === 0 ? routing : { ...routing, known: { ...routing.known, methods: left } }
}
