import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { assert } from '../../fault/index.ts'
import { emptyBook, type BillRouting } from '../../routing/index.ts'
import type { RetryState } from '../state/billed-state.ts'
import { addAttempt, addPart } from '../charges/route-charge.ts'
import { emptyChangeSet } from '../state/change-set.ts'
import { at, numberedId, ROUTE } from '../test-samples.ts'
import { paidShop } from '../test-shop.ts'
import { findRetryRoute } from './retry-route.ts'

const SECOND = { ...ROUTE, paymentMethodId: numberedId(700) }
const RENEWAL = at('2027-02-28')

/** A renewal that the first of these methods was told 76 for: no other try. The account's rules choose the gateway. */
function refused(routes: readonly (typeof ROUTE)[]): RetryState {
  const shop = paidShop()
  shop.step(RENEWAL)
  const decline = { code: 'processing_error', isoCode: '76', adviceCode: null, message: null }
  shop.answer({ kind: 'declined', gatewayReference: 'ch_1', decline }, RENEWAL)
  const [open] = [...shop.cases.values()]
  assert(open !== undefined, 'the shop has a case')
  const view = shop.caseView(open.invoiceId)
  const [first] = view.cards
  assert(first !== undefined, 'the shop has a card')
  const cards = routes.map(({ paymentMethodId }) =>
    paymentMethodId === first.paymentMethodId
      ? first
      : { ...first, paymentMethodId, guarded: null },
  )
  return {
    ...shop.billed(open.invoiceId),
    billed: { ...shop.state(), routing: routingOf(routes) },
    attemptsMade: 1,
    chargedAt: null,
    view: { ...view, cards, isRouted: true },
  }
}

function routingOf(routes: readonly (typeof ROUTE)[]): BillRouting {
  const { gatewayId } = ROUTE
  const gateway = { id: gatewayId, isEnabled: true, rules: [], isSmartBin: false }
  return {
    routing: {
      config: { gateways: new Map([[gatewayId, gateway]]), groups: new Map(), binProfiles: new Map() },
      profile: null,
      book: emptyBook(),
      draw: () => 0,
    },
    known: {
      methods: routes.map(({ paymentMethodId }) => ({ paymentMethodId, brand: null, bin: null, gatewayIds: [gatewayId] })),
      customerGroups: [],
      approvedGatewayIds: [],
      declinedGatewayIds: [],
      forcedGatewayId: null,
      preferredGatewayId: null,
      lastSuccessGatewayId: null,
    },
    methods: routes,
  }
} // prettier-ignore

function chargedBy(state: RetryState): string {
  const { found } = findRetryRoute(state, { gatewayId: null, percent: 100, at: at('2027-03-01') })
  return found.kind === 'route' ? found.route.paymentMethodId : found.code
}

test("the account's rules pass over a card of which the refusal leaves no other try, where there is another", () => {
  equal(chargedBy(refused([ROUTE, SECOND])), SECOND.paymentMethodId)
})

test('the only card may be tried by hand all the same', () => {
  equal(chargedBy(refused([ROUTE])), ROUTE.paymentMethodId)
})

/** The same without rules, where the card has a token at another gateway as well. */
function unrouted(): RetryState {
  const { billed, view, ...state } = refused([ROUTE])
  const gateways = [ROUTE.gatewayId, OTHER].map((id) => ({ id, isEnabled: true }))
  const { routing: _none, ...rest } = billed
  const cards = view.cards.map((card) => ({ ...card, gatewayIds: gateways.map(({ id }) => id) }))
  const routes = [{ ...ROUTE, gateways }]
  return { ...state, billed: { ...rest, routes }, view: { ...view, cards, isRouted: false } }
}

const OTHER = numberedId(701)
const TOOLS = { nextId: () => numberedId(9_999), nextToken: () => 'token' }
const RETRIED = at('2027-03-01')

test('a retry keeps who chose its gateway among several, and nothing follows it', () => {
  const state = unrouted()
  const wishes = [
    [{ gatewayId: OTHER }, OTHER, 'recovery'],
    [{ gatewayId: null, fixedGatewayId: OTHER }, OTHER, 'asked_for'],
    [{ gatewayId: null }, ROUTE.gatewayId, 'account_order'],
  ] as const
  for (const [wish, gatewayId, by] of wishes) {
    const { found } = findRetryRoute(state, { ...wish, percent: 100, at: RETRIED })
    assert(found.kind === 'route', 'there is a way')
    const work = { at: RETRIED, tools: TOOLS, changes: emptyChangeSet() }
    const { id } = addAttempt(found, { invoice: state.invoice, number: 2, book: undefined }, work)
    const [kept] = work.changes.newRouteDecisions
    deepEqual([kept?.id, kept?.isAlone], [id, true])
    deepEqual(kept?.step.reasons[1], { code: 'chosen', gatewayId, groupId: null, by })
  }
})

test('a part of a bill keeps the decision of the rules that it went by', () => {
  const state = refused([ROUTE])
  const { found } = findRetryRoute(state, { gatewayId: null, percent: 50, at: RETRIED })
  assert(found.kind === 'route' && found.step !== null, 'the rules give the way')
  const work = { at: RETRIED, tools: TOOLS, changes: emptyChangeSet() }
  addPart(found, { invoice: state.invoice, number: 2, percent: 50 }, work)
  const { newAttempts, newRouteDecisions } = work.changes
  deepEqual(
    newRouteDecisions.map(({ id, step, isAlone }) => [id, step, isAlone]),
    [[newAttempts[0]?.id, found.step, true]],
  )
})
