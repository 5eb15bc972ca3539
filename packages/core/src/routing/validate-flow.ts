import { assertNever } from '../fault/index.ts'
import { outputsOf, type FlowFilter, type FlowNode } from './flow-node.ts'
import { FLOW_NODES_MAX } from './flow.ts'
import {
  validateAmount,
  validateCount,
  validateDeclines,
  validateEntries,
  validateRange,
  type KnownSources,
  type Tell,
} from './check-entries.ts'

/** A graph may hold branches that one charge does not take all of. */
const NODES_MAX = 200

/** The rules of a flow graph (revcent 7.4): one start, one input for each other node, a way to a charge. */
export function validateFlow(nodes: readonly FlowNode[], known: KnownSources, tell: Tell): void {
  if (nodes.length > NODES_MAX)
    return tell('nodes', 'count', `A flow has at most ${NODES_MAX} nodes.`)
  const byId = new Map<string, FlowNode>()
  for (const [index, node] of nodes.entries()) {
    if (byId.has(node.id))
      tell(`nodes[${index}].id`, 'duplicate', `Two nodes have the id "${node.id}".`)
    byId.set(node.id, node)
  }
  const starts = nodes.filter((node) => node.type === 'start_payment_request')
  if (starts.length !== 1)
    tell('nodes', 'start', `A flow has exactly one start_payment_request, not ${starts.length}.`)
  validateLinks(nodes, byId, tell)
  for (const [index, node] of nodes.entries()) validateNode(node, { index, known }, tell)
  const [start] = starts
  if (start === undefined) return
  const reached = validateWays(byId, start, tell)
  if (reached !== null) validateReached(nodes, reached, tell)
}

/** Nodes that have an input each and still no way from the start lead back to themselves. */
function validateReached(
  nodes: readonly FlowNode[],
  reached: ReadonlySet<string>,
  tell: Tell,
): void {
  const targets = new Set(nodes.flatMap((node) => outputsOf(node).map(([, to]) => to)))
  for (const [index, { id }] of nodes.entries())
    if (targets.has(id) && !reached.has(id))
      tell(`nodes[${index}]`, 'unreachable', `No way leads from the start to "${id}".`)
}

function validateLinks(
  nodes: readonly FlowNode[],
  byId: ReadonlyMap<string, FlowNode>,
  tell: Tell,
): void {
  const inputs = new Map<string, number>()
  for (const [index, node] of nodes.entries()) {
    for (const [output, to] of outputsOf(node)) {
      const path = `nodes[${index}].outputs.${output}`
      if (!byId.has(to)) tell(path, 'unknown_node', `There is no node "${to}".`)
      inputs.set(to, (inputs.get(to) ?? 0) + 1)
    }
  }
  for (const [index, node] of nodes.entries()) {
    const count = inputs.get(node.id) ?? 0
    const path = `nodes[${index}]`
    if (node.type === 'start_payment_request') {
      if (count > 0) tell(path, 'inputs', 'Nothing leads back to the start.')
    } else if (count !== 1) {
      tell(
        path,
        'inputs',
        `Node "${node.id}" has ${count} inputs; each node but the start has one.`,
      )
    }
  }
}

function validateNode(
  node: FlowNode,
  { index, known }: { readonly index: number; readonly known: KnownSources },
  tell: Tell,
): void {
  const path = `nodes[${index}]`
  if (node.type === 'action_choose_gateway') {
    validateEntries(node.entries, { path: `${path}.entries`, known }, tell)
    if (node.failsafe !== undefined)
      validateEntries(node.failsafe, { path: `${path}.failsafe`, known }, tell)
    for (const [place, id] of (node.excludeGroupIds ?? []).entries())
      if (!known.groupIds.has(id))
        tell(
          `${path}.excludeGroupIds[${place}]`,
          'unknown_group',
          'There is no such gateway group.',
        )
  }
  if (node.type === 'action_change_amount') validateAmount(node.amount, `${path}.amount`, tell)
  if (isFilter(node)) validateFilter(node, { path, known }, tell)
}

function isFilter(node: FlowNode): node is FlowFilter & FlowNode {
  return node.type.startsWith('filter_')
}

function validateFilter(
  filter: FlowFilter,
  { path, known }: { readonly path: string; readonly known: KnownSources },
  tell: Tell,
): void {
  switch (filter.type) {
    case 'filter_request_type':
      return validateCount(filter.requestTypes, `${path}.requestTypes`, tell)
    case 'filter_campaign':
      return validateCount(filter.campaigns, `${path}.campaigns`, tell)
    case 'filter_currency':
      return validateCount(filter.currencies, `${path}.currencies`, tell)
    case 'filter_customer_group':
      return validateCount(filter.customerGroups, `${path}.customerGroups`, tell)
    case 'filter_attempt_count':
      return undefined
    case 'filter_amount':
      return validateRange(filter.minAmountMinor, filter.maxAmountMinor, (message) =>
        tell(`${path}.maxAmountMinor`, 'range', message),
      )
    case 'filter_product':
      validateCount(filter.productIds, `${path}.productIds`, tell)
      for (const [index, id] of filter.productIds.entries())
        if (!known.productIds.has(id))
          tell(`${path}.productIds[${index}]`, 'unknown_product', 'There is no such product.')
      return undefined
    case 'filter_metadata':
      if (filter.operator !== 'exists' && filter.value === undefined)
        tell(
          `${path}.value`,
          'no_value',
          `Say what the value is compared with, or ask whether it exists.`,
        )
      return undefined
    case 'filter_gateway_response':
      validateCount(filter.declineCodes, `${path}.declineCodes`, tell)
      return validateDeclines(filter.declineCodes, `${path}.declineCodes`, tell)
    default:
      return assertNever(filter)
  }
}

/**
 * There is a charge, each charge has a gateway chosen before it, and no way is longer than a charge may go. Tells which
 * nodes the start leads to; null where a way is too long to be followed.
 */
function validateWays(
  byId: ReadonlyMap<string, FlowNode>,
  start: FlowNode,
  tell: Tell,
): ReadonlySet<string> | null {
  let charges = 0
  let isCut = false
  const seen = new Set<string>()
  const visit = (node: FlowNode, way: { readonly isChosen: boolean; readonly length: number }) => {
    if (seen.has(node.id)) return
    seen.add(node.id)
    if (way.length > FLOW_NODES_MAX) {
      isCut = true
      const message = `The way to "${node.id}" passes more than ${FLOW_NODES_MAX} nodes.`
      return tell('nodes', 'count', message)
    }
    if (node.type === 'action_process_payment') {
      charges += 1
      if (!way.isChosen)
        tell('nodes', 'no_choice', `No action_choose_gateway comes before "${node.id}".`)
    }
    const isChosen = way.isChosen || node.type === 'action_choose_gateway'
    for (const [, to] of outputsOf(node)) {
      const next = byId.get(to)
      if (next !== undefined) visit(next, { isChosen, length: way.length + 1 })
    }
  }
  visit(start, { isChosen: false, length: 1 })
  // What lies behind a way that is too long was not looked at.
  if (charges === 0 && !isCut)
    tell('nodes', 'no_process', 'No way leads from the start to a process node.')
  return isCut ? null : seen
}
