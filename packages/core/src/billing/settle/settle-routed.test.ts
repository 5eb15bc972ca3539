import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { assert } from '../../fault/index.ts'
import type { GatewayOutcome } from '../../payments/index.ts'
import {
  compileProfile,
  emptyBook,
  startRoute,
  type ProfileDefinition,
  type RouteMethod,
  type BillRouting,
} from '../../routing/index.ts'
import { decideSettlement, type SettlementState } from '../index.ts'
import { APPROVED, at, DECLINED, numberedId, ROUTE } from '../test-samples.ts'
import { paidShop } from '../test-shop.ts'

const SECOND = numberedId(800)
const STOLEN: GatewayOutcome = {
  kind: 'declined',
  gatewayReference: 'ch_1',
  decline: { code: 'stolen_card', isoCode: '43', adviceCode: null, message: null },
}
const RENEWAL = at('2027-02-28')
const gateways = [ROUTE.gatewayId, SECOND]
const entries = gateways.map((gatewayId) => ({ kind: 'gateway', gatewayId }) as const)
const CASCADE: ProfileDefinition = { kind: 'cascade', entries }
const HALF_AT_SECOND: ProfileDefinition = {
  kind: 'basic',
  steps: [
    { source: 'gateway', entries: entries.slice(0, 1) },
    { source: 'gateway', entries: entries.slice(1), amount: { kind: 'percent', percent: 50 } },
  ],
}

function routingOf(definition: ProfileDefinition): BillRouting {
  const { paymentMethodId } = ROUTE
  const method: RouteMethod = { paymentMethodId, brand: null, bin: null, gatewayIds: gateways }
  const known = gateways.map((id) => ({ id, isEnabled: true, rules: [], isSmartBin: false }))
  return {
    routing: {
      config: {
        gateways: new Map(known.map((gateway) => [gateway.id, gateway])),
        groups: new Map(),
        binProfiles: new Map(),
      },
      profile: compileProfile({ id: numberedId(900), version: 1, definition }),
      book: emptyBook(),
      draw: () => 0,
    },
    known: {
      methods: [method],
      customerGroups: [],
      approvedGatewayIds: [],
      declinedGatewayIds: [],
      forcedGatewayId: null,
      preferredGatewayId: null,
      lastSuccessGatewayId: null,
    },
    methods: [ROUTE],
  }
}

/** A renewal whose first charge, at the first gateway, is on its way. */
function renewing(definition: ProfileDefinition): SettlementState {
  const shop = paidShop()
  shop.step(RENEWAL)
  const [attempt] = shop.liveAttempts()
  assert(attempt !== undefined && attempt.invoiceId !== null, 'a renewal is being charged')
  const billed = shop.billed(attempt.invoiceId)
  const routing = routingOf(definition)
  const first = startRoute(routing.routing, {
    ...routing.known,
    requestType: 'subscription_renewal',
    amountMinor: attempt.amountMinor,
    currency: attempt.currency,
    attemptsMade: 0,
    productIds: [],
    campaign: null,
    metadata: {},
  })
  return { ...billed, attempt, route: ROUTE, routing, routeState: first.state }
}

let ids = 1_000
const tools = { nextId: () => numberedId((ids += 1)), nextToken: () => `token ${ids}` }
const settle = (state: SettlementState, outcome: GatewayOutcome) =>
  decideSettlement(state, outcome, RENEWAL, tools)

/** The state in which the answer to the charge that a decision has planned finds everything. */
function next(state: SettlementState, changes: ReturnType<typeof settle>['changes']) {
  const [attempt] = changes.newAttempts
  const [decision] = changes.newRouteDecisions
  assert(attempt !== undefined && decision !== undefined, 'the route goes on')
  equal(decision.id, attempt.id)
  return { ...state, attempt, routeState: decision.step.state }
}

test('a refused step leaves its attempt and failed sale, and the next is planned with them', () => {
  const { result, changes } = settle(renewing(CASCADE), DECLINED)
  equal(result, 'charging_on')
  deepEqual(
    changes.changedAttempts.map(({ state }) => state),
    ['declined'],
  )
  deepEqual(
    changes.newTransactions.map(({ status }) => status),
    ['failed'],
  )
  deepEqual(
    changes.newAttempts.map(({ gatewayId, attemptNumber, state }) => [
      gatewayId,
      attemptNumber,
      state,
    ]),
    [[SECOND, 2, 'sending']],
  )
  deepEqual(
    changes.facts.map(({ type }) => type),
    ['payment.failed'],
  )
  deepEqual([changes.newCases, changes.changedSubscriptions], [[], []])
})

test('only the last refusal makes the bill fail', () => {
  const state = renewing(CASCADE)
  const first = settle(state, DECLINED)
  const { result, changes } = settle(next(state, first.changes), DECLINED)
  equal(result, 'failed')
  deepEqual(
    changes.facts.map(({ type }) => type),
    ['payment.failed', 'invoice.payment_failed', 'subscription.past_due'],
  )
  deepEqual(
    changes.newCases.map(({ firstDeclineCode }) => firstDeclineCode),
    ['insufficient_funds'],
  )
  const [stop] = changes.newRouteDecisions
  equal(stop?.step.kind === 'stop' ? stop.step.code : null, 'declined')
})

test('after a decline that allows no other try nothing is charged', () => {
  const { result, changes } = settle(renewing(CASCADE), STOLEN)
  deepEqual([result, changes.newAttempts], ['failed', []])
})

test('half of a bill pays half of it; the rest waits in a case', () => {
  const state = renewing(HALF_AT_SECOND)
  const { attempt } = state
  const half = next(state, settle(state, DECLINED).changes)
  equal(half.attempt.amountMinor, attempt.amountMinor / 2n)
  const { result, changes } = settle(half, APPROVED)
  equal(result, 'paid')
  deepEqual(
    changes.changedInvoices.map(({ status, paidMinor }) => [status, paidMinor]),
    [['partially_paid', attempt.amountMinor / 2n]],
  )
  deepEqual(
    changes.changedRenewals.map(({ status }) => status),
    ['partially_paid'],
  )
  deepEqual(
    changes.newCases.map(({ amountMinor }) => amountMinor),
    [attempt.amountMinor / 2n],
  )
  deepEqual(
    changes.changedSubscriptions.map(({ status }) => status),
    ['past_due'],
  )
  const postedMinor = changes.transfers.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  equal(postedMinor, attempt.amountMinor / 2n)
})

test('a route whose profile has changed meanwhile ends with the refusal', () => {
  const state = renewing(CASCADE)
  ok(state.routeState !== undefined)
  const changed = { ...state, routeState: { ...state.routeState, profileVersion: 2 } }
  equal(settle(changed, DECLINED).result, 'failed')
})
