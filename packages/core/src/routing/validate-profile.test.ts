import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FlowNode } from './flow-node.ts'
import type { ProfileDefinition } from './profile.ts'
import { CASCADE, G1, G2, G3, gateway, TWO_STEPS, uuid } from './test-routing.ts'
import { validateProfile } from './validate-profile.ts'

const known = {
  gatewayIds: new Set([G1, G2, G3]),
  groupIds: new Set([uuid(700)]),
  binProfileIds: new Set([uuid(600)]),
  productIds: new Set([uuid(500)]),
}

const step = { source: 'cascade', entries: CASCADE } as const
const basic = (steps: Extract<ProfileDefinition, { kind: 'basic' }>['steps']) =>
  ({ kind: 'basic', steps }) as const
const flow = (nodes: readonly FlowNode[]) => ({ kind: 'flow', nodes }) as const
const begin: FlowNode = { id: 's', type: 'start_payment_request', outputs: { next: 'c' } }
const chooseNode: FlowNode = {
  id: 'c', type: 'action_choose_gateway', entries: CASCADE, pick: 'random', outputs: { next: 'p' },
} // prettier-ignore
const processNode: FlowNode = { id: 'p', type: 'action_process_payment', outputs: {} }

type Row = readonly [string, ProfileDefinition, readonly string[]]

const filtered = (filter: object) =>
  flow([{ ...begin, outputs: { next: 'f' } } as FlowNode, { id: 'f', outputs: { passed: 'c' }, ...filter } as FlowNode, chooseNode, processNode]) // prettier-ignore

const filterRows: readonly Row[] = [
  ['a good filter of products', filtered({ type: 'filter_product', productIds: [uuid(500)] }), []],
  ['an unknown product', filtered({ type: 'filter_product', productIds: [uuid(9)] }), ['nodes[1].productIds[0]: unknown_product']],
  ['a filter of no currency', filtered({ type: 'filter_currency', currencies: [] }), ['nodes[1].currencies: count']],
  ['a filter of no campaign', filtered({ type: 'filter_campaign', campaigns: [] }), ['nodes[1].campaigns: count']],
  ['a filter of no customer group', filtered({ type: 'filter_customer_group', customerGroups: [] }), ['nodes[1].customerGroups: count']],
  ['a filter of no request type', filtered({ type: 'filter_request_type', requestTypes: [] }), ['nodes[1].requestTypes: count']],
  ['a filter of an unknown decline', filtered({ type: 'filter_gateway_response', declineCodes: ['no_money'] }), ['nodes[1].declineCodes[0]: unknown_decline']],
  ['a comparison with nothing', filtered({ type: 'filter_metadata', key: 'k', operator: 'equals' }), ['nodes[1].value: no_value']],
  ['a question whether it exists', filtered({ type: 'filter_metadata', key: 'k', operator: 'exists' }), []],
] // prettier-ignore

const rows: readonly Row[] = [
  ['a good basic profile', TWO_STEPS, []],
  ['no step', basic([]), ['steps: count']],
  ['four steps', basic([step, step, step, step]), ['steps: count']],
  ['an unknown gateway', basic([{ source: 'gateway', entries: [gateway(uuid(9))] }]), ['steps[0].entries[0].gatewayId: unknown_gateway']],
  ['an unknown group', basic([{ source: 'cascade', entries: [{ kind: 'group', groupId: uuid(9) }] }]), ['steps[0].entries[0].groupId: unknown_group']],
  ['a single source of several', basic([{ source: 'gateway', entries: CASCADE }]), ['steps[0].entries: count']],
  // 20: the last successful gateway on, step 1 a single gateway.
  ['a last success without a cascade', { ...basic([{ source: 'gateway', entries: [gateway(G1)] }]), prefersLastSuccess: true }, ['prefersLastSuccess: needs_cascade']],
  ['a smaller first step', basic([{ ...step, amount: { kind: 'percent', percent: 50 } }]), ['steps[0].amount: amount']],
  ['a conditional first step', basic([{ ...step, enterOnDeclines: ['expired_card'] }]), ['steps[0].enterOnDeclines: range']],
  ['101 percent', basic([step, { ...step, amount: { kind: 'percent', percent: 101 } }]), ['steps[1].amount.percent: amount']],
  ['a fixed nothing', basic([step, { ...step, amount: { kind: 'fixed', amountMinor: 0n } }]), ['steps[1].amount.amountMinor: amount']],
  ['an empty brand list', basic([{ source: 'cascade', entries: [{ kind: 'gateway', gatewayId: G1, rules: { brands: [] } }] }]), ['steps[0].entries[0].rules.brands: count']],
  ['brands that no card has', basic([{ source: 'cascade', entries: [{ kind: 'gateway', gatewayId: G1, rules: { brands: ['visa', 'Visa', 'viza'] } }] }]), ['steps[0].entries[0].rules.brands[1]: unknown_brand', 'steps[0].entries[0].rules.brands[2]: unknown_brand']],
  ['a step after a decline that never comes', basic([step, { ...step, enterOnDeclines: ['insufficient_funds', 'no_money'] }]), ['steps[1].enterOnDeclines[1]: unknown_decline']],
  ['amounts the wrong way round', basic([{ source: 'cascade', entries: [{ kind: 'gateway', gatewayId: G1, rules: { minAmountMinor: 5n, maxAmountMinor: 4n } }] }]), ['steps[0].entries[0].rules.maxAmountMinor: range']],
  ['an unknown BIN profile', { kind: 'cascade', entries: [{ kind: 'gateway', gatewayId: G1, rules: { binProfileIds: [uuid(9)] } }] }, ['entries[0].rules.binProfileIds[0]: unknown_bin_profile']],
  ['a decline rate above 100', { kind: 'cascade', entries: [{ kind: 'gateway', gatewayId: G1, rules: { usage: [{ metric: 'decline_rate', period: 'day', max: 101 }] } }] }, ['entries[0].rules.usage[0].max: range']],
  ['a good flow', flow([begin, chooseNode, processNode]), []],
  ['no start', flow([chooseNode, processNode]), ['nodes: start', 'nodes[0]: inputs']],
  ['no way to a charge', flow([begin, { ...chooseNode, outputs: {} }, processNode]), ['nodes[2]: inputs', 'nodes: no_process']],
  ['a charge without a choice', flow([{ ...begin, outputs: { next: 'p' } }, processNode]), ['nodes: no_choice']],
  ['an output to nowhere', flow([begin, chooseNode, { ...processNode, outputs: { declined: 'x' } }]), ['nodes[2].outputs.declined: unknown_node']],
  ['a node with two inputs', flow([begin, chooseNode, { ...processNode, outputs: { declined: 'c' } }]), ['nodes[1]: inputs']],
  ...filterRows,
  ['nodes that lead to themselves alone', flow([begin, chooseNode, processNode, { ...chooseNode, id: 'a', outputs: { next: 'b' } } as FlowNode, { ...chooseNode, id: 'b', outputs: { next: 'a' } } as FlowNode]), ['nodes[3]: unreachable', 'nodes[4]: unreachable']],
  ['two nodes of one id', flow([begin, chooseNode, processNode, processNode]), ['nodes[3].id: duplicate']],
] // prettier-ignore

describe('validating a profile', () => {
  for (const [name, definition, problems] of rows) {
    it(`${name}: ${problems.join(', ') || 'nothing is wrong'}`, () => {
      const found = validateProfile(definition, known)
      assert.deepEqual(
        found.map(({ path, code }) => `${path}: ${code}`),
        problems,
      )
    })
  }

  it('refuses a way of more than 25 nodes', () => {
    const links = Array.from({ length: 24 }, (_, index): FlowNode => ({
      id: `m${index}`,
      type: 'action_insert_metadata',
      key: 'k',
      value: 'v',
      outputs: { next: index === 23 ? 'c' : `m${index + 1}` },
    }))
    const nodes = [
      { ...begin, outputs: { next: 'm0' } } as FlowNode,
      ...links,
      chooseNode,
      processNode,
    ]
    const [problem] = validateProfile(flow(nodes), known)
    assert.equal(problem?.code, 'count') // start + 24 + choose = 26, the 26th and 27th are beyond
  })
})
