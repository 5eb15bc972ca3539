import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { continueRoute, startRoute } from './find-route.ts'
import type { ChargeFacts, RouteOutcome, Routing } from './route.ts'
import { describeReason } from './reason.ts'
import type { ProfileDefinition, GatewayGroup } from './profile.ts'
import type { ChooseGatewayNode } from './flow-node.ts'
import type { SourceEntry } from './source.ts'
import { noteCharge } from './usage.ts'
import {
  captured,
  CASCADE,
  factsOf,
  G1,
  G2,
  G3,
  gateway,
  METHOD,
  nameOf,
  routingOf,
  told,
  uuid,
  type Shop,
} from './test-routing.ts'

const SOFT: RouteOutcome = { kind: 'declined', code: 'do_not_honor', isFinal: false }
const HARD: RouteOutcome = { kind: 'declined', code: 'stolen_card', isFinal: true }
const OK: RouteOutcome = { kind: 'approved' }

/** Every charge of a route, when each comes to the same outcome, and the way it ended. */
function routeOf(
  routing: Routing,
  facts: ChargeFacts,
  outcomeOf: (charge: number) => RouteOutcome = () => SOFT,
): string {
  const way: string[] = []
  let step = startRoute(routing, facts)
  while (step.kind === 'charge') {
    way.push(told(step))
    // As it is stored: plain JSON.
    const state = JSON.parse(JSON.stringify(step.state))
    step = continueRoute(routing, facts, { state, outcome: outcomeOf(way.length) })
  }
  return [...way, told(step)].join(' ')
}

const GROUP = uuid(700)
const groupOf = (choice: GatewayGroup['choice']): GatewayGroup => ({
  id: GROUP,
  isEnabled: true,
  choice,
  gatewayIds: [G1, G2, G3],
})
const WEIGHTED: GatewayGroup = { ...groupOf('weighted'), weights: [20, 50, 30] }
const IN_GROUP: ProfileDefinition = {
  kind: 'basic',
  steps: [{ source: 'cascade', entries: [{ kind: 'group', groupId: GROUP }] }],
}
const lastTurn = (gatewayId: typeof G1) => {
  const book = captured({})
  book.turns.set(GROUP, gatewayId)
  return book
}

const choosing = (
  pick: ChooseGatewayNode['pick'],
  entries: readonly SourceEntry[],
): ProfileDefinition => ({
  kind: 'flow',
  nodes: [
    { id: 's', type: 'start_payment_request', outputs: { next: 'c' } },
    {
      id: 'c',
      type: 'action_choose_gateway',
      entries,
      pick,
      outputs: { next: 'p' },
    },
    { id: 'p', type: 'action_process_payment', outputs: {} },
  ],
})

type Row = {
  readonly name: string
  readonly shop?: Shop
  readonly facts?: Partial<ChargeFacts>
  readonly way: string
}

/** All charges are declined softly. The numbers are those of the acceptance list (revcent 19). */
const rows: readonly Row[] = [
  {
    name: '48, 50: the gateway of the last success goes first, and step 2 follows its decline',
    facts: { lastSuccessGatewayId: G3 },
    way: 'G3 G2 stop: declined',
  },
  {
    name: '49: a last success that is disabled gives way to the cascade',
    facts: { lastSuccessGatewayId: G3 },
    shop: { disabled: [G3] },
    way: 'G1 G2 stop: declined',
  },
  {
    name: '49: a last success that is over its limit gives way to the cascade',
    facts: { lastSuccessGatewayId: G3 },
    shop: {
      rules: new Map([[G3, [{ metric: 'captured_amount', period: 'day', max: 100_00 }]]]),
      book: captured({ [G3]: 60_01n }), // 60.01 + 40.00 > 100.00
    },
    way: 'G1 G2 stop: declined',
  },
  {
    name: 'a limit that is reached exactly refuses nothing',
    facts: { lastSuccessGatewayId: G3 },
    shop: {
      rules: new Map([[G3, [{ metric: 'captured_amount', period: 'day', max: 100_00 }]]]),
      book: captured({ [G3]: 60_00n }),
    },
    way: 'G3 G2 stop: declined',
  },
  {
    name: 'a last success outside the cascade is not used',
    facts: { lastSuccessGatewayId: uuid(9) },
    way: 'G1 G2 stop: declined',
  },
  {
    name: '51: a preferred gateway goes first, then the profile passes over it',
    facts: { preferredGatewayId: G2 },
    way: 'G2 G1 stop: declined',
  },
  {
    name: '51: a preferred gateway that is disabled falls back to the profile',
    facts: { preferredGatewayId: G2 },
    shop: { disabled: [G2] },
    way: 'G1 stop: declined',
  },
  {
    name: '52: a forced gateway that declines is the only one asked',
    facts: { forcedGatewayId: G3 },
    way: 'G3 stop: declined',
  },
  {
    name: '52: a forced gateway that is disabled is not replaced',
    facts: { forcedGatewayId: G3 },
    shop: { disabled: [G3] },
    way: 'stop: forced_gateway_unavailable',
  },
  {
    name: 'a forced gateway that is gone is not replaced',
    facts: { forcedGatewayId: uuid(9) },
    way: 'stop: forced_gateway_unavailable',
  },
  {
    name: '53: forced outranks preferred',
    facts: { forcedGatewayId: G3, preferredGatewayId: G2 },
    way: 'G3 stop: declined',
  },
  { name: '53: with neither, the profile decides', way: 'G1 G2 stop: declined' },
  {
    name: '54: round robin goes on after the gateway used last',
    shop: { definition: IN_GROUP, groups: [groupOf('round_robin')], book: lastTurn(G1) },
    way: 'G2 stop: declined',
  },
  {
    name: '54: round robin wraps to the top',
    shop: { definition: IN_GROUP, groups: [groupOf('round_robin')], book: lastTurn(G3) },
    way: 'G1 stop: declined',
  },
  {
    name: '54: even distribution takes the least captured of 210, 200 and 230',
    shop: {
      definition: IN_GROUP,
      groups: [groupOf('even_distribution')],
      book: captured({ [G1]: 210_00n, [G2]: 200_00n, [G3]: 230_00n }),
    },
    way: 'G2 stop: declined',
  },
  {
    name: 'a weighted group draws the second at half of 20, 50 and 30',
    shop: { definition: IN_GROUP, groups: [WEIGHTED], draw: () => 0.5 },
    way: 'G2 stop: declined',
  },
  {
    name: 'a weighted group draws the first just below its share',
    shop: { definition: IN_GROUP, groups: [WEIGHTED], draw: () => 0.1999 },
    way: 'G1 stop: declined',
  },
  {
    name: 'a weighted group shares what a disabled gateway would have had',
    shop: { definition: IN_GROUP, groups: [WEIGHTED], disabled: [G2], draw: () => 0.4 },
    way: 'G3 stop: declined',
  },
  {
    name: 'a flow that picks by weight asks its groups, and one without a weight counts as 1',
    shop: {
      definition: choosing('weighted', [gateway(G3), { kind: 'group', groupId: GROUP }]),
      groups: [{ ...WEIGHTED, gatewayIds: [G1, G2], weights: [2, 7] }],
      draw: () => 0.3,
    },
    way: 'G2 stop: declined',
  },
  {
    name: '54: sort order with the first disabled takes the second',
    shop: { definition: IN_GROUP, groups: [groupOf('sort_order')], disabled: [G1] },
    way: 'G2 stop: declined',
  },
  {
    name: 'a disabled group leads nowhere',
    shop: { definition: IN_GROUP, groups: [{ ...groupOf('sort_order'), isEnabled: false }] },
    way: 'stop: no_gateway_available',
  },
  {
    name: 'a step whose condition is another decline is not entered',
    shop: {
      definition: {
        kind: 'basic',
        steps: [
          { source: 'cascade', entries: CASCADE },
          {
            source: 'gateway',
            entries: [gateway(G2)],
            enterOnDeclines: ['insufficient_funds'],
          },
        ],
      },
    },
    way: 'G1 stop: declined',
  },
  {
    name: 'a step without a valid gateway gives way to the next',
    shop: {
      disabled: [G1],
      definition: {
        kind: 'basic',
        steps: [
          { source: 'gateway', entries: [gateway(G1)] },
          { source: 'gateway', entries: [gateway(G2)] },
        ],
      },
    },
    way: 'G2 stop: declined',
  },
  {
    name: 'a cascade that excludes who has declined moves on in its own order',
    shop: {
      definition: {
        kind: 'basic',
        steps: [1, 2, 3].map(() => ({
          source: 'cascade' as const,
          entries: CASCADE,
          excludesDeclined: true,
        })),
      },
    },
    way: 'G1 G2 G3 stop: declined',
  },
  {
    name: 'without a profile the first gateway of the account is asked, once',
    shop: { definition: null, disabled: [G1] },
    way: 'G2 stop: declined',
  },
  {
    name: 'a gateway that has no token of the method is passed over',
    shop: { definition: null },
    facts: {
      methods: [{ paymentMethodId: METHOD, brand: 'visa', bin: null, gatewayIds: [G3] }],
    },
    way: 'G3 stop: declined',
  },
  {
    name: 'methods by priority: each processor in order, then the next method (revolv3 6.2)',
    shop: { definition: { kind: 'cascade', entries: [gateway(G2), gateway(G1)], methods: 'all' } },
    facts: {
      methods: [
        { paymentMethodId: METHOD, brand: 'visa', bin: null, gatewayIds: [G1, G2, G3] },
        { paymentMethodId: uuid(901), brand: 'visa', bin: null, gatewayIds: [] },
        { paymentMethodId: uuid(902), brand: 'visa', bin: null, gatewayIds: [G1] },
      ],
    },
    way: 'G2 G1 G1 stop: declined',
  },
  {
    name: 'methods by priority: the twelfth is reached as well, and each is charged once (revolv3 6.2)',
    shop: { definition: { kind: 'cascade', entries: [gateway(G2)], methods: 'all' } },
    facts: {
      methods: Array.from({ length: 12 }, (_, index) => ({
        paymentMethodId: uuid(901 + index),
        brand: 'visa',
        bin: null,
        gatewayIds: [G2],
      })),
    },
    way: `${'G2 '.repeat(12)}stop: declined`,
  },
  {
    name: 'a cascade of the first method alone ends with it',
    shop: { definition: { kind: 'cascade', entries: CASCADE } },
    facts: {
      methods: [
        { paymentMethodId: METHOD, brand: 'visa', bin: null, gatewayIds: [G1] },
        { paymentMethodId: uuid(902), brand: 'visa', bin: null, gatewayIds: [G2] },
      ],
    },
    way: 'G1 stop: declined',
  },
]

describe('finding a route', () => {
  for (const row of rows) {
    it(row.name, () => {
      assert.equal(routeOf(routingOf(row.shop), factsOf(row.facts)), row.way)
    })
  }

  it('charges each card once while another one may cure the refusal', () => {
    const definition = { kind: 'cascade', entries: CASCADE, methods: 'each_once' } as const
    const card = (id: number, gatewayIds: readonly (typeof G1)[]) => ({
      paymentMethodId: uuid(id),
      brand: 'visa',
      bin: null,
      gatewayIds,
    })
    const methods = [card(901, [G1, G2]), card(902, []), card(903, [G2, G3])]
    const declined = (code: string, isFinal = false) =>
      routeOf(routingOf({ definition }), factsOf({ methods }), () => ({
        kind: 'declined',
        code,
        isFinal,
      }))
    assert.equal(declined('insufficient_funds'), 'G1 G2 stop: declined')
    assert.equal(declined('invalid_account', true), 'G1 G2 stop: declined')
    assert.equal(declined('fraudulent', true), 'G1 stop: hard_decline')
    const atFault: RouteOutcome = { kind: 'error', code: 'processing_error' }
    const ended = routeOf(routingOf({ definition }), factsOf({ methods }), () => atFault)
    assert.equal(ended, 'G1 stop: declined')
  })

  it('stops everything at a decline that allows no other try', () => {
    assert.equal(
      routeOf(routingOf(), factsOf(), () => HARD),
      'G1 stop: hard_decline',
    )
  })

  it('stops at the first approval', () => {
    const outcome = (charge: number) => (charge === 2 ? OK : SOFT)
    assert.equal(routeOf(routingOf(), factsOf(), outcome), 'G1 G2 stop: approved')
  })

  it('stops when the profile was changed between two charges', () => {
    const routing = routingOf()
    const step = startRoute(routing, factsOf())
    assert.ok(step.kind === 'charge' && routing.profile !== null)
    const changed = { ...routing, profile: { ...routing.profile, version: 2 } }
    const next = continueRoute(changed, factsOf(), { state: step.state, outcome: SOFT })
    assert.equal(told(next), 'stop: profile_changed')
  })
})

/** The first gateway twice, under rules of its own each time: a visa of 40.00 is for the second entry alone. */
const TWICE: readonly SourceEntry[] = [
  { ...gateway(G1), rules: { brands: ['amex'] } },
  { ...gateway(G1), rules: { brands: ['visa'], maxAmountMinor: 50_00n } },
  gateway(G2),
]

const TWO_WILL_DO = [{ ...gateway(G1), rules: { brands: ['visa'] } }, ...TWICE]

const basic = (entries: readonly SourceEntry[]): ProfileDefinition => ({
  kind: 'basic',
  prefersLastSuccess: true,
  steps: [{ source: 'cascade', entries }],
})

describe('a gateway that is named twice, with other rules each time', () => {
  const turnOf = (gatewayId: typeof G1) => {
    const book = captured({})
    book.turns.set(`${uuid(500)}/c`, gatewayId)
    return book
  }
  const twice: readonly Row[] = [
    { name: 'basic', shop: { definition: basic(TWICE) }, way: 'G1 stop: declined' },
    {
      name: 'its last success counts by whichever entry allows it',
      shop: { definition: basic([gateway(G2), ...TWICE]) },
      facts: { lastSuccessGatewayId: G1 },
      way: 'G1 stop: declined',
    },
    {
      name: 'a cascade charges it once, then the next',
      shop: { definition: { kind: 'cascade', entries: TWICE } },
      way: 'G1 G2 stop: declined',
    },
    {
      name: 'a cascade passes over it when no entry allows it',
      shop: { definition: { kind: 'cascade', entries: TWICE } },
      facts: { amountMinor: 50_01n },
      way: 'G2 stop: declined',
    },
    {
      name: 'in a flow',
      shop: { definition: choosing('sort_order', TWICE) },
      way: 'G1 stop: declined',
    },
    {
      name: 'it takes one turn, not two',
      shop: { definition: choosing('round_robin', TWO_WILL_DO), book: turnOf(G1) },
      way: 'G2 stop: declined',
    },
    {
      name: 'and has its turn again after the other',
      shop: { definition: choosing('round_robin', TWO_WILL_DO), book: turnOf(G2) },
      way: 'G1 stop: declined',
    },
    {
      name: 'it is drawn as one of two',
      shop: { definition: choosing('random', TWO_WILL_DO), draw: () => 0.5 },
      way: 'G2 stop: declined',
    },
  ]
  for (const { name, shop, facts, way } of twice) {
    it(name, () => assert.equal(routeOf(routingOf(shop), factsOf(facts)), way))
  }

  it('is never told as not reached beside itself', () => {
    const { reasons } = startRoute(
      routingOf({ definition: choosing('even_distribution', TWO_WILL_DO) }),
      factsOf(),
    )
    assert.deepEqual(
      reasons.filter(({ code }) => code === 'not_reached'),
      [{ code: 'not_reached', gatewayIds: [G2] }],
    )
  })
})

describe('the amount of a step', () => {
  const amounts = [
    { name: 'half', amount: { kind: 'percent', percent: 50 }, owed: 40_01n, asked: 20_01n }, // 20.005 away from zero
    { name: 'fixed', amount: { kind: 'fixed', amountMinor: 15_00n }, owed: 40_00n, asked: 15_00n },
    {
      name: 'never more than owed',
      amount: { kind: 'fixed', amountMinor: 90_00n },
      owed: 40_00n,
      asked: 40_00n,
    },
    { name: 'never nothing', amount: { kind: 'percent', percent: 1 }, owed: 3n, asked: 1n },
    { name: 'full', amount: { kind: 'full' }, owed: 40_00n, asked: 40_00n },
  ] as const
  for (const { name, amount, owed, asked } of amounts) {
    it(`${name}: step 2 asks for ${asked} of ${owed}`, () => {
      const routing = routingOf({
        definition: {
          kind: 'basic',
          steps: [
            { source: 'gateway', entries: [gateway(G1)] },
            { source: 'gateway', entries: [gateway(G2)], amount },
          ],
        },
      })
      const facts = factsOf({ amountMinor: owed })
      const first = startRoute(routing, facts)
      assert.ok(first.kind === 'charge')
      assert.equal(first.amountMinor, owed)
      const second = continueRoute(routing, facts, { state: first.state, outcome: SOFT })
      assert.ok(second.kind === 'charge')
      assert.equal(second.amountMinor, asked)
    })
  }
})

describe('rules of an entry', () => {
  const refusals = [
    { rules: { brands: ['mastercard'] }, says: 'brand visa is not among mastercard' },
    { rules: { minAmountMinor: 40_01n }, says: '4000 is below 4001' },
    { rules: { maxAmountMinor: 39_99n }, says: '4000 is above 3999' },
    { rules: { binProfileIds: [uuid(600)] }, says: 'BIN 424242 is in none of its BIN profiles' },
    {
      rules: { usage: [{ metric: 'attempt_count', period: 'hour', max: 0 }] },
      says: 'attempt_count of the hour would be 1, above 0',
    },
  ] as const
  for (const { rules, says } of refusals) {
    it(`refuses with its figures: ${says}`, () => {
      const entries = [{ kind: 'gateway', gatewayId: G1, rules } as const, gateway(G2)]
      const definition = { kind: 'basic', steps: [{ source: 'cascade', entries }] } as const
      const bins = new Map([[uuid(600), ['555555']]])
      const step = startRoute(routingOf({ definition, bins }), factsOf())
      assert.deepEqual(
        step.reasons.map((reason) => describeReason(reason, nameOf)),
        ['Step 1 begins.', `G1 is refused: ${says}.`, 'G2 is chosen by cascade order.'],
      )
    })
  }

  it('counts what the same batch has planned', () => {
    const rules = new Map([[G1, [{ metric: 'attempt_count', period: 'hour', max: 2 } as const]]])
    const routing = routingOf({ rules })
    const way = [1, 2, 3].map(() => {
      const step = startRoute(routing, factsOf())
      if (step.kind === 'charge') noteCharge(routing.book, step)
      return told(step)
    })
    assert.deepEqual(way, ['G1', 'G1', 'G2'])
  })
})
