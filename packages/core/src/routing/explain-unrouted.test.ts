import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import type { Uuid } from '../ids/index.ts'
import { describeReason, explainUnrouted, type UnroutedCharge } from './index.ts'
import { G1 as ONE, G2 as TWO, G3 as THREE, METHOD as CARD } from './test-routing.ts'

const NAMES = new Map([[ONE, 'one'], [TWO, 'two'], [THREE, 'three'], [CARD, 'card']]) // prettier-ignore

const at = (gatewayId: Uuid, tokens: readonly Uuid[], more: Partial<UnroutedCharge> = {}) => ({
  operation: 'charge' as const,
  gatewayId,
  paymentMethodId: CARD,
  retryKind: null,
  gateways: [ONE, TWO, THREE].map((id) => ({ id, hasToken: tokens.includes(id) })),
  ...more,
})

const BY_ITSELF = 'No payment profile, gateway of a subscription or cap had a say in this charge.'

const TOLD = [
  [
    'the one gateway that knows the card',
    at(TWO, [TWO]),
    [
      BY_ITSELF,
      'one is refused: card has no token there.',
      'three is refused: card has no token there.',
      'two is chosen as the only one that knows the payment method.',
    ],
  ],
  [
    'the first of several',
    at(ONE, [ONE, TWO]),
    [
      BY_ITSELF,
      'three is refused: card has no token there.',
      'one is chosen by account order.',
      'Not needed: two.',
    ],
  ],
  [
    'another one, by hand',
    at(TWO, [ONE, TWO, THREE]),
    [
      BY_ITSELF,
      'two is chosen as whoever charged asked for it, or as the first of that day.',
      'Not needed: one, three.',
    ],
  ],
  [
    'another one, by a retry',
    at(TWO, [ONE, TWO, THREE], { retryKind: 'scheduled' }),
    [
      BY_ITSELF,
      'two is chosen by the plan of its recovery, or as the first of that day.',
      'Not needed: one, three.',
    ],
  ],
  [
    'a capture',
    at(TWO, [ONE, TWO], { operation: 'capture' }),
    ['two is chosen as it holds the money.'],
  ],
] as const

for (const [what, charge, told] of TOLD) {
  test(`a charge without a decision tells why it went to ${what}`, () => {
    const nameOf = (id: Uuid) => NAMES.get(id) ?? id
    deepEqual(
      explainUnrouted(charge).map((reason) => describeReason(reason, nameOf)),
      told,
    )
  })
}
