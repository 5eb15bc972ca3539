import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { Uuid } from '../ids/index.ts'
import type { ChargeRoute } from '../payments/index.ts'
import { decideUnrouted, describeReason, explainUnrouted, stopUnrouted } from './index.ts'
import type { RouteReason } from './reason.ts'
import { G1 as ONE, G2 as TWO, G3 as THREE, METHOD as CARD, USD } from './test-routing.ts'

const NAMES = new Map([[ONE, 'one'], [TWO, 'two'], [THREE, 'three']]) // prettier-ignore
const nameOf = (id: Uuid) => NAMES.get(id) ?? id
const textsOf = (reasons: readonly RouteReason[] | undefined) =>
  reasons?.map((reason) => describeReason(reason, nameOf))

const BY_ITSELF = 'No payment profile, gateway of a subscription or cap had a say in this charge.'
const CARD_ROUTE = { methodType: 'card', cardBrand: 'visa', cardLast4: '4242' }
const CHARGE = { amountMinor: 29_00n, currency: USD, attemptsMade: 2 }

const routeOf = (
  gatewayId: Uuid,
  more: { readonly disabled?: readonly Uuid[] } & Pick<ChargeRoute, 'wantedBy'> = {},
): ChargeRoute => {
  const { disabled = [], ...wanted } = more
  const gateways = [ONE, TWO, THREE].map((id) => ({ id, isEnabled: !disabled.includes(id) }))
  return { ...CARD_ROUTE, paymentMethodId: CARD, gatewayId, gateways, ...wanted }
}

const DECIDED = [
  ['the first of several', routeOf(ONE), ['one is chosen by account order.', 'Not needed: two, three.']],
  [
    'the first that is enabled',
    routeOf(TWO, { disabled: [ONE] }),
    ['one is refused: it is disabled.', 'two is chosen by account order.', 'Not needed: three.'],
  ],
  [
    'the only one that is enabled, whoever wanted it',
    routeOf(THREE, { disabled: [ONE, TWO], wantedBy: 'recovery' }),
    [
      'one is refused: it is disabled.',
      'two is refused: it is disabled.',
      'three is chosen as the only gateway that could take it then.',
    ],
  ],
  [
    'one that was asked for',
    routeOf(TWO, { wantedBy: 'asked_for' }),
    ['two is chosen as whoever charged asked for it.', 'Not needed: one, three.'],
  ],
  [
    'one that recovery has planned',
    routeOf(TWO, { wantedBy: 'recovery' }),
    ['two is chosen by the plan of its recovery.', 'Not needed: one, three.'],
  ],
] as const // prettier-ignore

for (const [what, route, told] of DECIDED) {
  test(`a choice that no profile made is kept with its reasons: ${what}`, () => {
    const step = decideUnrouted(route, CHARGE)
    deepEqual(textsOf(step?.reasons), [BY_ITSELF, ...told])
    deepEqual([step?.gatewayId, step?.amountMinor], [route.gatewayId, 29_00n])
    deepEqual([step?.state.profileId, step?.state.attemptsBefore], [null, 2])
  })
}

test('where one gateway alone knows the method nothing is kept', () => {
  const alone = { ...CARD_ROUTE, paymentMethodId: CARD, gatewayId: ONE }
  equal(decideUnrouted(alone, CHARGE), null)
  equal(decideUnrouted({ ...alone, wantedBy: 'asked_for' }, CHARGE), null)
})

test('where every gateway that knows the method is disabled the stop names them', () => {
  const stop = stopUnrouted([ONE, TWO], { attemptsMade: 1 })
  deepEqual(textsOf(stop.reasons), [
    BY_ITSELF,
    'one is refused: it is disabled.',
    'two is refused: it is disabled.',
    'The route stops: no gateway available.',
  ])
  deepEqual([stop.code, stop.state.attemptsBefore], ['no_gateway_available', 1])
})

test('a charge without a decision had one way, and a capture goes where the money is', () => {
  deepEqual(textsOf(explainUnrouted({ operation: 'charge', gatewayId: TWO })), [
    BY_ITSELF,
    'two is chosen as the only gateway that could take it then.',
  ])
  deepEqual(textsOf(explainUnrouted({ operation: 'capture', gatewayId: TWO })), [
    'two is chosen as it holds the money.',
  ])
})
