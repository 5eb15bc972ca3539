import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { continueRoute, startRoute } from './find-route.ts'
import type { FlowNode } from './flow-node.ts'
import type { GatewayGroup } from './profile.ts'
import type { ChargeFacts, RouteOutcome } from './route.ts'
import { emptyBook } from './usage.ts'
import {
  CASCADE,
  factsOf,
  G1,
  G2,
  G3,
  gateway,
  METHOD,
  routingOf,
  told,
  USD,
  uuid,
  type Shop,
} from './test-routing.ts'
import { validateProfile } from './validate-profile.ts'

const A = uuid(701)
const B = uuid(702)
const groups: readonly GatewayGroup[] = [
  { id: A, isEnabled: true, choice: 'sort_order', gatewayIds: [G1] },
  { id: B, isEnabled: true, choice: 'sort_order', gatewayIds: [G2] },
]
const inGroup = (groupId: typeof A) => [{ kind: 'group', groupId } as const]
const SOFT: RouteOutcome = { kind: 'declined', code: 'do_not_honor', isFinal: false }

const start: FlowNode = { id: 's', type: 'start_payment_request', outputs: { next: 'f' } }
const chooseNode = (id: string, entries: typeof CASCADE, next: string): FlowNode => ({
  id,
  type: 'action_choose_gateway',
  entries,
  pick: 'sort_order',
  outputs: { next },
})
const processNode = (id: string, declined?: string): FlowNode => ({
  id,
  type: 'action_process_payment',
  outputs: declined === undefined ? {} : { declined },
})

/** A filter that sends what passes to group A and the rest to group B. */
function split(filter: FlowNode): readonly FlowNode[] {
  return [
    start,
    filter,
    chooseNode('a', inGroup(A), 'pa'),
    processNode('pa'),
    chooseNode('b', inGroup(B), 'pb'),
    processNode('pb'),
  ]
}

const outputs = { passed: 'a', failed: 'b' }

function wayOf(nodes: readonly FlowNode[], facts: Partial<ChargeFacts>, shop: Shop = {}): string {
  const definition = { kind: 'flow', nodes } as const
  const known = {
    gatewayIds: new Set([G1, G2, G3]),
    groupIds: new Set([A, B]),
    binProfileIds: new Set<typeof A>(),
    productIds: new Set([uuid(80), uuid(81)]),
  }
  assert.deepEqual(validateProfile(definition, known), [])
  return told(startRoute(routingOf({ ...shop, definition, groups }), factsOf(facts)))
}

describe('filters of a flow', () => {
  type Row = readonly [node: FlowNode, facts: Partial<ChargeFacts>, way: string]
  const rows: readonly Row[] = [
    // 55: renewals to group A, initial sales to group B.
    [{ id: 'f', type: 'filter_request_type', requestTypes: ['subscription_renewal'], outputs }, { requestType: 'subscription_renewal' }, 'G1'],
    [{ id: 'f', type: 'filter_request_type', requestTypes: ['subscription_renewal'], outputs }, { requestType: 'initial_sale' }, 'G2'],
    // 55: at least 4 takes the passed branch on the fourth attempt.
    [{ id: 'f', type: 'filter_attempt_count', operator: 'at_least', count: 4, outputs }, { attemptsMade: 2 }, 'G2'],
    [{ id: 'f', type: 'filter_attempt_count', operator: 'at_least', count: 4, outputs }, { attemptsMade: 3 }, 'G1'],
    [{ id: 'f', type: 'filter_attempt_count', operator: 'at_most', count: 1, outputs }, { attemptsMade: 0 }, 'G1'],
    [{ id: 'f', type: 'filter_attempt_count', operator: 'at_most', count: 9, outputs }, { requestType: 'trial_expiration' }, 'G2'],
    [{ id: 'f', type: 'filter_campaign', campaigns: ['spring'], outputs }, { campaign: 'spring' }, 'G1'],
    [{ id: 'f', type: 'filter_campaign', campaigns: ['spring'], outputs }, {}, 'G2'],
    [{ id: 'f', type: 'filter_currency', currencies: [USD], outputs }, {}, 'G1'],
    [{ id: 'f', type: 'filter_amount', minAmountMinor: 40_00n, outputs }, {}, 'G1'],
    [{ id: 'f', type: 'filter_amount', maxAmountMinor: 39_99n, outputs }, {}, 'G2'],
    [{ id: 'f', type: 'filter_product', productIds: [uuid(80)], outputs }, { productIds: [uuid(80)] }, 'G1'],
    [{ id: 'f', type: 'filter_product', productIds: [uuid(80)], outputs }, { productIds: [uuid(81)] }, 'G2'],
    [{ id: 'f', type: 'filter_customer_group', customerGroups: ['vip'], outputs }, { customerGroups: ['vip'] }, 'G1'],
    [{ id: 'f', type: 'filter_metadata', key: 'k', operator: 'equals', value: 'v', outputs }, { metadata: { k: 'v' } }, 'G1'],
    [{ id: 'f', type: 'filter_metadata', key: 'k', operator: 'not_equals', value: 'v', outputs }, { metadata: { k: 'v' } }, 'G2'],
    [{ id: 'f', type: 'filter_metadata', key: 'k', operator: 'contains', value: 'b', outputs }, { metadata: { k: 'abc' } }, 'G1'],
    [{ id: 'f', type: 'filter_metadata', key: 'k', operator: 'exists', outputs }, {}, 'G2'],
    [{ id: 'f', type: 'filter_gateway_response', declineCodes: ['do_not_honor'], outputs }, {}, 'G2'],
  ] // prettier-ignore
  for (const [node, facts, way] of rows) {
    it(`${node.type} sends ${JSON.stringify(facts, (_, v: unknown) => (typeof v === 'bigint' ? `${v}` : v))} to ${way}`, () => {
      assert.equal(wayOf(split(node), facts), way)
    })
  }
})

describe('choosing a gateway in a flow', () => {
  const choosing = (node: Partial<Extract<FlowNode, { type: 'action_choose_gateway' }>>) => {
    const base = {
      id: 'f',
      type: 'action_choose_gateway',
      entries: CASCADE,
      outputs: { next: 'p' },
    }
    return [start, { ...base, pick: 'sort_order', ...node } as FlowNode, processNode('p')]
  }
  const learned = (results: readonly (readonly [typeof G1, number, number])[]) => ({
    ...emptyBook(),
    binResults: new Map([
      ['424242', new Map(results.map(([id, approved, attempts]) => [id, { approved, attempts }]))],
    ]),
  })

  it('takes the one the customer was approved at before', () => {
    const nodes = choosing({ preferIfAny: ['approved_for_customer'] })
    assert.equal(wayOf(nodes, { approvedGatewayIds: [G3] }), 'G3')
  })
  it('leaves out the one that declined the customer before', () => {
    const nodes = choosing({ doNotChooseIfAny: ['declined_for_customer'] })
    assert.equal(wayOf(nodes, { declinedGatewayIds: [G1] }), 'G2')
  })
  it('takes the one of the subscription’s last success, or leaves it out', () => {
    const trait = ['last_success_of_subscription'] as const
    const facts = { lastSuccessGatewayId: G3 }
    assert.equal(wayOf(choosing({ preferIfAny: trait }), facts), 'G3')
    assert.equal(wayOf(choosing({ preferIfAny: trait }), facts, { disabled: [G3] }), 'G1')
    assert.equal(wayOf(choosing({ preferIfAny: trait }), {}), 'G1')
    const others = choosing({ doNotChooseIfAny: trait })
    assert.equal(wayOf(others, { lastSuccessGatewayId: G1 }), 'G2')
    assert.equal(wayOf(others, facts), 'G1')
  })
  it('leaves out the members of excluded groups', () => {
    assert.equal(wayOf(choosing({ excludeGroupIds: [A] }), {}), 'G2')
  })
  it('uses the failsafe list when nothing is left', () => {
    const nodes = choosing({ entries: [gateway(G1)], failsafe: [gateway(G3)] })
    assert.equal(wayOf(nodes, {}, { disabled: [G1] }), 'G3')
  })
  it('picks at random by the draw that it is handed', () => {
    assert.equal(wayOf(choosing({ pick: 'random' }), {}, { draw: () => 0.99 }), 'G3')
  })
  it('learns the best gateway for the BIN from 30 attempts on, ties by order', () => {
    const nodes = choosing({ smartBin: true })
    const book = learned([[G1, 20, 40], [G2, 36, 40], [G3, 27, 30]]) // prettier-ignore
    assert.equal(wayOf(nodes, {}, { book }), 'G2') // 50 %, 90 %, 90 %
    const few = learned([[G1, 29, 40], [G2, 29, 29]]) // prettier-ignore
    assert.equal(wayOf(nodes, {}, { book: few }), 'G1') // G2 has one attempt too few
    assert.equal(wayOf(nodes, {}, { book: learned([]) }), 'G1')
  })
})

describe('a flow after a charge', () => {
  it('goes on by the output of its outcome and keeps what it changed', () => {
    const nodes: readonly FlowNode[] = [
      start,
      chooseNode('f', CASCADE, 'p1'),
      { id: 'p1', type: 'action_process_payment', outputs: { declined: 'm', error: 'e' } },
      { id: 'm', type: 'action_insert_metadata', key: 'way', value: 'second', outputs: { next: 'n' } },
      { id: 'n', type: 'action_change_amount', amount: { kind: 'percent', percent: 50 }, outputs: { next: 'fn' } },
      { id: 'fn', type: 'action_call_function', functionName: 'notify', outputs: { next: 'c2' } },
      {
        id: 'c2',
        type: 'action_choose_gateway',
        entries: CASCADE,
        pick: 'sort_order',
        doNotChooseIfAny: ['declined_in_request'],
        outputs: { next: 'p2' },
      },
      { id: 'p2', type: 'action_process_payment', outputs: {} },
      { id: 'e', type: 'action_return_error', message: 'Try again later.', outputs: {} },
    ] // prettier-ignore
    const routing = routingOf({ definition: { kind: 'flow', nodes } })
    const first = startRoute(routing, factsOf())
    assert.ok(first.kind === 'charge')
    const { state } = first
    const second = continueRoute(routing, factsOf(), { state, outcome: SOFT })
    assert.ok(second.kind === 'charge')
    assert.deepEqual(
      [told(second), second.amountMinor, second.paymentMethodId, second.state.metadata],
      ['G2', 20_00n, METHOD, { way: 'second' }],
    )
    assert.deepEqual(second.effects, [
      { kind: 'call_function', node: 'fn', functionName: 'notify' },
    ])
    const outcome = { kind: 'error', code: 'communication_error' } as const
    const failed = continueRoute(routing, factsOf(), { state, outcome })
    assert.equal(told(failed), 'stop: custom_error')
    assert.ok(
      failed.reasons.some(
        (reason) => reason.code === 'stopped' && reason.message === 'Try again later.',
      ),
    )
  })

  it('charges what is left after a smaller approval, and nothing when nothing is left', () => {
    const nodes: readonly FlowNode[] = [
      start,
      chooseNode('f', CASCADE, 'p1'),
      { id: 'p1', type: 'action_process_payment', outputs: { approved: 'p2' } },
      processNode('p2'),
    ]
    const routing = routingOf({ definition: { kind: 'flow', nodes } })
    const first = startRoute(routing, factsOf())
    assert.ok(first.kind === 'charge')
    const made = { state: first.state, outcome: { kind: 'approved' } } as const
    const rest = continueRoute(routing, factsOf({ amountMinor: 15_00n }), made)
    assert.ok(rest.kind === 'charge')
    assert.equal(rest.amountMinor, 15_00n)
    assert.equal(told(continueRoute(routing, factsOf({ amountMinor: 0n }), made)), 'stop: approved')
  })

  it('stays the request that it began as, whatever the charge would be called by now', () => {
    const nodes: readonly FlowNode[] = [
      start,
      chooseNode('f', [gateway(G1)], 'p1'),
      processNode('p1', 'n'),
      { id: 'n', type: 'filter_attempt_count', operator: 'at_most', count: 3, outputs: { passed: 't' } },
      { id: 't', type: 'filter_request_type', requestTypes: ['initial_sale'], outputs: { passed: 'c2' } },
      chooseNode('c2', [gateway(G2)], 'p2'),
      processNode('p2'),
    ] // prettier-ignore
    const routing = routingOf({ definition: { kind: 'flow', nodes } })
    const first = startRoute(routing, factsOf({ requestType: 'initial_sale' }))
    assert.ok(first.kind === 'charge')
    const now = factsOf({ requestType: 'pending_sale_recovery', attemptsMade: 1 })
    const { state } = first
    assert.equal(told(continueRoute(routing, now, { state, outcome: SOFT })), 'G2')
    // A route that began before the request was kept goes by what the charge is called now.
    const { requestType: _, ...older } = state
    const last = continueRoute(routing, now, { state: older, outcome: SOFT })
    assert.equal(told(last), 'stop: declined')
  })

  it('is aborted without a charge, and says so', () => {
    const nodes: readonly FlowNode[] = [
      start,
      { id: 'f', type: 'filter_amount', minAmountMinor: 40_00n, outputs: { passed: 'x', failed: 'c' } },
      { id: 'x', type: 'action_abort', outputs: {} },
      chooseNode('c', CASCADE, 'p'),
      processNode('p', 'y'),
      { id: 'y', type: 'action_abort', outputs: {} },
    ] // prettier-ignore
    const routing = routingOf({ definition: { kind: 'flow', nodes } })
    assert.equal(wayOf(nodes, { amountMinor: 40_00n }), 'stop: aborted')
    // After a decline too: the second abort ends what the first let through.
    const facts = factsOf({ amountMinor: 39_99n })
    const first = startRoute(routing, facts)
    assert.ok(first.kind === 'charge')
    assert.equal(
      told(continueRoute(routing, facts, { state: first.state, outcome: SOFT })),
      'stop: aborted',
    )
  })

  it('passes 25 nodes and no more, before a charge or over several', () => {
    const insert = (index: number, next: string): FlowNode => ({
      id: `m${index}`,
      type: 'action_insert_metadata',
      key: `k${index}`,
      value: '1',
      outputs: { next },
    })
    // Start, as many as are given, a choice, a charge.
    const way = (count: number): readonly FlowNode[] => [
      { ...start, outputs: { next: 'm1' } },
      ...Array.from({ length: count }, (_, at) =>
        insert(at + 1, at + 1 < count ? `m${at + 2}` : 'c'),
      ),
      chooseNode('c', CASCADE, 'p'),
      processNode('p'),
    ]
    assert.equal(wayOf(way(22), {}), 'G1')
    // Validation refuses it; a definition that came by another way stops.
    const tooLong = { kind: 'flow', nodes: way(23) } as const
    assert.equal(
      told(startRoute(routingOf({ definition: tooLong }), factsOf())),
      'stop: too_many_nodes',
    )
    const known = {
      gatewayIds: new Set([G1, G2, G3]),
      groupIds: new Set<typeof A>(),
      binProfileIds: new Set<typeof A>(),
      productIds: new Set<typeof A>(),
    }
    assert.deepEqual(
      validateProfile(tooLong, known).map(({ path, code }) => `${path} ${code}`),
      ['nodes count'],
    )

    const twice: readonly FlowNode[] = [
      ...way(22).slice(0, -1),
      processNode('p', 'q'),
      processNode('q'),
    ]
    const routing = routingOf({ definition: { kind: 'flow', nodes: twice } })
    const first = startRoute(routing, factsOf())
    assert.ok(first.kind === 'charge')
    const second = continueRoute(routing, factsOf(), { state: first.state, outcome: SOFT })
    assert.equal(told(second), 'stop: too_many_nodes')
  })

  it('ends after ten charges, however long the graph', () => {
    const nodes: FlowNode[] = [start, chooseNode('f', CASCADE, 'p0')]
    for (let index = 0; index < 12; index += 1)
      nodes.push(processNode(`p${index}`, index < 11 ? `p${index + 1}` : undefined))
    const routing = routingOf({ definition: { kind: 'flow', nodes } })
    let step = startRoute(routing, factsOf())
    let charges = 0
    while (step.kind === 'charge') {
      charges += 1
      step = continueRoute(routing, factsOf(), { state: step.state, outcome: SOFT })
    }
    assert.deepEqual([charges, told(step)], [10, 'stop: too_many_attempts'])
  })
})
