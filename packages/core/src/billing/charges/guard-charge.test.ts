import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { findIsoCode, type Decline } from '../../declines/index.ts'
import { assert } from '../../fault/index.ts'
import type { Uuid } from '../../ids/index.ts'
import { planAttempt, type ChargeRoute, type PaymentAttempt } from '../../payments/index.ts'
import { askGuard, type CardNetwork, type PastAttempt } from '../../recovery/index.ts'
import {
  compileProfile,
  emptyBook,
  type BillRouting,
  type ProfileDefinition,
  type RouteState,
} from '../../routing/index.ts'
import { addMs, formatInstant, MS_PER_HOUR, type Instant } from '../../time/index.ts'
import type { GuardedCards } from '../state/guarded-cards.ts'
import {
  findNextRoute,
  findRoute,
  firstAllowed,
  type FoundRoute,
  type RoutedBill,
} from './route-charge.ts'
import { at, numberedId, ROUTE, usd } from '../test-samples.ts'

const NOW = at('2027-02-28')
const CARD = ROUTE.paymentMethodId
const BACKUP = numberedId(5)
const GATEWAYS = [numberedId(4), numberedId(800), numberedId(801)]
const entries = GATEWAYS.map((gatewayId) => ({ kind: 'gateway', gatewayId }) as const)

function declineOf(isoCode: string, adviceCode: string | null = null): Decline {
  const found = findIsoCode(isoCode)
  assert(found !== null, `${isoCode} is a response code`)
  return { code: found.code, isoCode, adviceCode, message: null }
}

function tries(count: number, hoursApart: number, decline = declineOf('51')): PastAttempt[] {
  const hours = Array.from({ length: count }, (_, index) => (count - index) * hoursApart)
  return hours.map((ago) => past(addMs(NOW, -ago * MS_PER_HOUR), decline))
}

function past(instant: Instant, decline: Decline | null): PastAttempt {
  return { at: instant, amountMinor: 4_900n, currency: usd(), decline }
}

type Histories = ReadonlyMap<
  Uuid,
  { readonly network: CardNetwork; readonly history: readonly PastAttempt[] }
>
const cardsOf = (histories: Histories): GuardedCards =>
  new Map([...histories].map(([id, card]) => [id, { ...card, country: 'US' }]))

function routingOf(definition: ProfileDefinition, methodIds: readonly Uuid[]): BillRouting {
  const known = GATEWAYS.map((id) => ({ id, isEnabled: true, rules: [], isSmartBin: false }))
  const method = (paymentMethodId: Uuid) => ({
    paymentMethodId,
    brand: null,
    bin: null,
    gatewayIds: GATEWAYS,
  })
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
      methods: methodIds.map(method),
      customerGroups: [],
      approvedGatewayIds: [],
      declinedGatewayIds: [],
      forcedGatewayId: null,
      preferredGatewayId: null,
      lastSuccessGatewayId: null,
    },
    methods: methodIds.map((paymentMethodId) => ({ ...ROUTE, paymentMethodId })),
  }
}

function billOf(cards: GuardedCards, more: Partial<RoutedBill> = {}): RoutedBill {
  return {
    owedMinor: 4_900n,
    currency: usd(),
    requestType: 'subscription_renewal',
    attemptsMade: 0,
    metadata: {},
    productIds: [],
    at: NOW,
    cards,
    ...more,
  }
}

let ids = 2_000
function attemptOn(
  route: ChargeRoute,
  made: {
    readonly amountMinor: bigint
    readonly at: Instant
    readonly isCustomerPresent: boolean
    readonly decline: Decline | null
  },
): PaymentAttempt {
  const request = {
    id: numberedId((ids += 1)),
    invoiceId: numberedId(60),
    paymentIntentId: null,
    subscriptionId: null,
    customerId: numberedId(1),
    attemptNumber: 1,
    amountMinor: made.amountMinor,
    currency: usd(),
    operation: 'charge' as const,
    isCustomerPresent: made.isCustomerPresent,
  }
  const { decline } = made
  const state = decline === null ? ('succeeded' as const) : ('declined' as const)
  return { ...planAttempt(request, route, made.at), state, decline }
}

const CASCADE_OF_ALL: ProfileDefinition = { kind: 'cascade', entries, methods: 'all' }
const CASCADE: ProfileDefinition = { kind: 'cascade', entries }

describe('the next step of a route asks the guard first', () => {
  const amex = (history: readonly PastAttempt[]) => ({ network: 'amex' as const, history })
  const visa = (history: readonly PastAttempt[]) => ({ network: 'visa' as const, history })
  const mastercard = (history: readonly PastAttempt[]) => ({
    network: 'mastercard' as const,
    history,
  })
  // What the card has behind it, the refusal that was just told, and where the route goes on.
  const rows: readonly (readonly [
    string,
    ProfileDefinition,
    ReturnType<typeof visa> | ReturnType<typeof amex> | ReturnType<typeof mastercard>,
    Decline,
    string,
  ])[] = [
    ['Visa, the first refusal', CASCADE, visa([]), declineOf('51'), 'card at 2'],
    ['Visa, the 14th of the amount', CASCADE, visa(tries(13, 40)), declineOf('51'), 'card at 2'],
    ['Visa, the 15th of the amount', CASCADE, visa(tries(14, 40)), declineOf('51'), 'visa_30_days'],
    [
      'Visa, the 15th, with another card behind',
      CASCADE_OF_ALL,
      visa(tries(14, 40)),
      declineOf('51'),
      'backup at 1',
    ],
    ['American Express pauses', CASCADE, amex([]), declineOf('51'), 'others_pause'],
    ['Mastercard, the 9th of a day', CASCADE, mastercard(tries(8, 1)), declineOf('05'), 'mastercard_24_hours'], // prettier-ignore
    ['Mastercard advises to wait', CASCADE, mastercard([]), declineOf('51', '24'), 'advised_delay'],
    ['Mastercard advises never', CASCADE, mastercard([]), declineOf('05', '03'), 'hard_decline or advice_stop'], // prettier-ignore
  ]
  for (const [name, definition, card, decline, expected] of rows) {
    test(`${name}: ${expected}`, () => {
      const routing = routingOf(definition, [CARD, BACKUP])
      const first = findRoute(routing, billOf(cardsOf(new Map())))
      assert(first.kind === 'route' && first.step !== null, 'a first charge is free')
      const made = { amountMinor: 4_900n, at: NOW, isCustomerPresent: false, decline }
      const attempt = attemptOn(first.route, made)
      const cards = cardsOf(new Map([[CARD, card]]))
      const next = findNextRoute(routing, billOf(cards), { state: first.step.state, attempt })
      ok(expected.split(' or ').includes(told(next)), told(next))
    })
  }

  function told(found: FoundRoute): string {
    if (found.kind === 'none') return found.denied?.rule ?? found.code
    const { paymentMethodId, gatewayId } = found.route
    return `${paymentMethodId === CARD ? 'card' : 'backup'} at ${GATEWAYS.indexOf(gatewayId) + 1}`
  }
})

test('a forbidden charge tells its rule, its network and when it is allowed again', () => {
  const history = tries(15, 40)
  const cards = cardsOf(new Map([[CARD, { network: 'visa', history }]]))
  const found = firstAllowed([ROUTE], billOf(cards))
  assert(found.kind === 'none' && found.denied !== undefined, 'the 16th is forbidden')
  const { network, rule, allowedAt, declineCode } = found.denied
  deepEqual([network, rule, declineCode], ['visa', 'visa_30_days', 'insufficient_funds'])
  const oldest = history[0]?.at ?? NOW
  equal(allowedAt, addMs(oldest, 30 * 24 * MS_PER_HOUR))
  const backup = { ...ROUTE, paymentMethodId: BACKUP }
  const other = firstAllowed([ROUTE, backup], billOf(cards))
  equal(other.kind === 'route' ? other.route.paymentMethodId : null, BACKUP)
})

test('a card that has borne as much as one acquirer allows is charged by another that allows more', () => {
  const history = tries(15, 40)
  const [, second = CARD] = GATEWAYS
  const visaAttemptsOf = new Map([[second, 20]])
  const known = { network: 'visa', country: 'US', history, visaAttemptsOf } as const
  const bill = billOf(new Map([[CARD, known]]))
  const routing = routingOf(CASCADE, [CARD])
  const found = findRoute(routing, bill)
  equal(found.kind === 'route' ? found.route.gatewayId : found.code, second)
  const alone = firstAllowed([ROUTE, { ...ROUTE, gatewayId: second }], bill)
  equal(alone.kind === 'route' ? alone.route.gatewayId : alone.code, second)
})

test('no sequence of charges, steps, customers and waits makes an attempt that the guard forbids', () => {
  const decline = fc.constantFrom<Decline | null>(
    null,
    declineOf('51'),
    declineOf('05'),
    declineOf('91'),
    declineOf('51', '24'),
    declineOf('54'),
    declineOf('05', '03'),
    { code: 'gateway_error', isoCode: null, adviceCode: null, message: null },
  )
  const command = fc.record({
    waitHours: fc.constantFrom(0, 0, 0, 1, 5, 30, 200),
    amountMinor: fc.constantFrom(4_900n, 4_900n, 1_000n),
    isCustomerPresent: fc.boolean(),
    isRouted: fc.boolean(),
    outcomes: fc.array(decline, { minLength: 1, maxLength: 6 }),
  })
  const half = { kind: 'percent', percent: 50 } as const
  const definition = fc.constantFrom<ProfileDefinition>(CASCADE, CASCADE_OF_ALL, {
    kind: 'basic',
    steps: [
      { source: 'gateway', entries: entries.slice(0, 1) },
      { source: 'gateway', entries: entries.slice(1, 2), amount: half },
      { source: 'gateway', entries: entries.slice(2) },
    ],
  })
  const network = fc.constantFrom<CardNetwork>('visa', 'mastercard', 'amex', 'discover', 'other')
  let forbidden = 0
  fc.assert(
    fc.property(
      fc.array(command, { maxLength: 60 }),
      definition,
      network,
      network,
      (commands, profile, one, other) => {
        const histories = new Map([
          [CARD, { network: one, history: [] as PastAttempt[] }],
          [BACKUP, { network: other, history: [] as PastAttempt[] }],
        ])
        const routing = routingOf(profile, [CARD, BACKUP])
        let now = NOW
        for (const { waitHours, amountMinor, isCustomerPresent, isRouted, outcomes } of commands) {
          now = addMs(now, waitHours * MS_PER_HOUR + 1)
          const bill = () =>
            billOf(cardsOf(histories), { owedMinor: amountMinor, at: now, isCustomerPresent })
          let found = isRouted ? findRoute(routing, bill()) : firstAllowed([ROUTE], bill())
          for (const outcome of outcomes) {
            if (found.kind === 'none') break
            const { route, step } = found
            const card = histories.get(route.paymentMethodId)
            assert(card !== undefined, 'a card that is known was charged')
            const charged = step?.amountMinor ?? amountMinor
            const asked = { amountMinor: charged, currency: usd(), at: now, isCustomerPresent }
            const answer = askGuard({ ...card, country: 'US', ...asked })
            const when = formatInstant(now)
            equal(
              answer.kind,
              'allowed',
              `${when} ${card.network} ${JSON.stringify(answer, plain)}`,
            )
            const known = bill()
            card.history.push({ ...asked, decline: outcome })
            const attempt = attemptOn(route, { ...asked, decline: outcome })
            found = nextOf(routing, known, { step, attempt })
          }
          if (found.kind === 'none' && found.denied !== undefined) forbidden += 1
        }
      },
    ),
  )
  ok(forbidden > 50, 'the guard was met')

  function nextOf(
    routing: BillRouting,
    bill: RoutedBill,
    made: {
      readonly step: { readonly state: RouteState } | null
      readonly attempt: PaymentAttempt
    },
  ): FoundRoute {
    if (made.step === null) return { kind: 'none', code: 'over', step: null }
    return findNextRoute(routing, bill, { state: made.step.state, attempt: made.attempt })
  }

  function plain(_key: string, value: unknown): unknown {
    return typeof value === 'bigint' ? String(value) : value
  }
})
