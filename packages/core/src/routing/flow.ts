import { assert, assertNever } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import {
  askedMinor,
  candidatesOf,
  choose,
  isValid,
  pickBy,
  type Asking,
  type Candidate,
} from './pick.ts'
import type { ChooseGatewayNode, FlowFilter, FlowNode, GatewayTrait } from './flow-node.ts'
import type { StepAmount } from './source.ts'
import {
  chargeVia,
  stopWith,
  type RouteMethod,
  type RouteOutcome,
  type RouteStep,
  type Walk,
} from './route.ts'
import { pickByBin } from './smart-bin.ts'

/** Nodes that one charge passes at most (revcent 7.4). */
export const FLOW_NODES_MAX = 25

/** Follows the graph of the profile from its start to the first charge. */
export function startFlow(walk: Walk): RouteStep {
  const start = nodesOf(walk).find((node) => node.type === 'start_payment_request')
  assert(start !== undefined, 'a valid flow has a start')
  return follow(walk, start.id)
}

/** Goes on from the node that charged, by the output that its outcome asks for. */
export function continueFlow(walk: Walk, outcome: RouteOutcome): RouteStep {
  const id = walk.state.node
  const node = nodesOf(walk).find((one) => one.id === id)
  assert(node?.type === 'action_process_payment', 'a flow goes on from the node that charged')
  const { approved, declined, error } = node.outputs
  const next =
    outcome.kind === 'approved'
      ? approved
      : outcome.kind === 'error'
        ? (error ?? declined)
        : declined
  if (next === undefined) return end(walk, outcome.kind === 'approved')
  left(walk, node, outcome.kind)
  return follow(walk, next)
}

/** What a flow came to that has no further node. */
function end(walk: Walk, wasApproved: boolean): RouteStep {
  if (wasApproved) return stopWith(walk, 'approved')
  return stopWith(walk, walk.state.attempts === 0 ? 'no_gateway_available' : 'declined')
}

function nodesOf(walk: Walk): readonly FlowNode[] {
  const definition = walk.routing.profile?.definition
  return definition?.kind === 'flow' ? definition.nodes : []
}

function left(walk: Walk, node: FlowNode, output: string): void {
  walk.reasons.push({ code: 'node_left', node: node.id, type: node.type, output })
}

/** What the flow has chosen so far; a process node charges it. */
type Chosen = { readonly candidate: Candidate; readonly method: RouteMethod }

type Passage = {
  chosen: Chosen | null
  /** Where to go on; null = nowhere. */
  next: string | null
  /** The answer, once there is one. */
  result: RouteStep | null
}

function follow(walk: Walk, from: string): RouteStep {
  const nodes = walk.routing.profile?.nodes
  const wasApproved = walk.state.attempts > 0 && walk.state.lastDeclineCode === null
  const passage: Passage = { chosen: chosenBefore(walk), next: from, result: null }
  while (passage.next !== null) {
    const node = nodes?.get(passage.next)
    assert(node !== undefined, 'the outputs of a valid flow name its nodes')
    const nodesSeen = walk.state.nodesSeen + 1
    if (nodesSeen > FLOW_NODES_MAX) return stopWith(walk, 'too_many_nodes')
    walk.state = { ...walk.state, nodesSeen }
    passage.next = null
    pass(walk, node, passage)
    if (passage.result !== null) return passage.result
  }
  return end(walk, wasApproved)
}

/** The gateway of the last charge stays chosen until another is. */
function chosenBefore(walk: Walk): Chosen | null {
  const { gatewayId, paymentMethodId } = walk.state
  const method = walk.facts.methods.find((one) => one.paymentMethodId === paymentMethodId)
  if (gatewayId === null || method === undefined) return null
  return { candidate: { gatewayId, groupId: null, rules: null }, method }
}

function pass(walk: Walk, node: FlowNode, passage: Passage): void {
  switch (node.type) {
    case 'action_process_payment':
      passage.result = process(walk, node, passage.chosen)
      return
    case 'action_return_error':
      passage.result = stopWith(walk, 'custom_error', node.message)
      return
    case 'action_abort':
      passage.result = stopWith(walk, 'aborted')
      return
    case 'start_payment_request':
      break
    case 'action_choose_gateway':
      passage.chosen = chooseGateway(walk, node)
      break
    case 'action_change_amount':
      walk.state = { ...walk.state, amountNode: node.id }
      break
    case 'action_insert_metadata': {
      const metadata = { ...walk.state.metadata, [node.key]: node.value }
      walk.state = { ...walk.state, metadata }
      break
    }
    case 'action_call_function': {
      const { id, functionName } = node
      walk.effects.push({ kind: 'call_function', node: id, functionName })
      break
    }
    default: {
      const output = isPassed(walk, node) ? 'passed' : 'failed'
      left(walk, node, output)
      passage.next = node.outputs[output] ?? null
      return
    }
  }
  left(walk, node, 'next')
  passage.next = node.outputs.next ?? null
}

function process(walk: Walk, node: FlowNode, chosen: Chosen | null): RouteStep {
  if (walk.facts.amountMinor <= 0n) return stopWith(walk, 'approved')
  if (chosen === null) return end(walk, false)
  const { candidate, method } = chosen
  const asking = { method, amountMinor: askedOf(walk), excluded: () => null }
  if (!isValid(walk, candidate, asking)) return end(walk, false)
  walk.state = { ...walk.state, node: node.id }
  return chargeVia(walk, { ...candidate, method, amountMinor: asking.amountMinor })
}

function askedOf(walk: Walk): bigint {
  const node = walk.routing.profile?.nodes.get(walk.state.amountNode ?? '')
  const amount: StepAmount | undefined =
    node?.type === 'action_change_amount' ? node.amount : undefined
  return askedMinor(walk.facts.amountMinor, amount)
}

function chooseGateway(walk: Walk, node: FlowNode & ChooseGatewayNode): Chosen | null {
  const amountMinor = askedOf(walk)
  const excluded = excludedAt(walk, node)
  const asked = { amountMinor, excluded }
  const chosen = chooseAmong(walk, node, { ...asked, entries: node.entries })
  if (chosen !== null || node.failsafe === undefined) return chosen
  walk.reasons.push({ code: 'failsafe_used', node: node.id })
  const { skippedGatewayId } = walk.state
  const failsafe = (id: Uuid) => (id === skippedGatewayId ? EXCLUDED : null)
  return chooseAmong(walk, node, { amountMinor, excluded: failsafe, entries: node.failsafe })
}

const EXCLUDED = { code: 'excluded' } as const

type Asked = Omit<Asking, 'method'> & { readonly entries: ChooseGatewayNode['entries'] }

function chooseAmong(walk: Walk, node: FlowNode & ChooseGatewayNode, asked: Asked): Chosen | null {
  const candidates = candidatesOf(walk, asked.entries)
  const turnOf = `${walk.state.profileId ?? ''}/${node.id}`
  for (const method of walk.facts.methods) {
    const asking = { method, amountMinor: asked.amountMinor, excluded: asked.excluded }
    const given = { choice: node.pick, asking, turnOf }
    const candidate =
      pickPreferred(walk, candidates, { node, asking }) ??
      (node.smartBin === true ? pickByBin(walk, candidates, asking) : null) ??
      pickBy(walk, candidates, given)
    if (candidate !== null) return { candidate, method }
  }
  return null
}

/** The first valid gateway that has one of the node's preferred traits. */
function pickPreferred(
  walk: Walk,
  candidates: readonly Candidate[],
  given: { readonly node: ChooseGatewayNode; readonly asking: Asking },
): Candidate | null {
  const traits = given.node.preferIfAny ?? []
  if (traits.length === 0) return null
  const preferred = candidates.find(
    (candidate) =>
      traits.some((trait) => hasTrait(walk, trait, candidate.gatewayId)) &&
      isValid(walk, candidate, given.asking),
  )
  if (preferred === undefined) return null
  const after = candidates.filter((candidate) => candidate !== preferred)
  return choose(walk, preferred, { by: 'preferred_trait', after })
}

function excludedAt(walk: Walk, node: ChooseGatewayNode): Asking['excluded'] {
  const { skippedGatewayId } = walk.state
  const { groups } = walk.routing.config
  const excludedIds = (node.excludeGroupIds ?? []).flatMap((id) => groups.get(id)?.gatewayIds ?? [])
  const traits = node.doNotChooseIfAny ?? []
  return (gatewayId) => {
    const isOut =
      gatewayId === skippedGatewayId ||
      excludedIds.includes(gatewayId) ||
      traits.some((trait) => hasTrait(walk, trait, gatewayId))
    return isOut ? EXCLUDED : null
  }
}

function hasTrait(walk: Walk, trait: GatewayTrait, gatewayId: Uuid): boolean {
  const { facts, state } = walk
  switch (trait) {
    case 'approved_for_customer':
      return facts.approvedGatewayIds.includes(gatewayId)
    case 'declined_for_customer':
      return (
        facts.declinedGatewayIds.includes(gatewayId) || state.declinedGatewayIds.includes(gatewayId)
      )
    case 'declined_in_request':
      return state.declinedGatewayIds.includes(gatewayId)
    case 'last_success_of_subscription':
      return facts.lastSuccessGatewayId === gatewayId
    default:
      return assertNever(trait)
  }
}

function isPassed(walk: Walk, filter: FlowFilter): boolean {
  const { facts, state } = walk
  switch (filter.type) {
    case 'filter_request_type':
      return filter.requestTypes.includes(facts.requestType)
    case 'filter_campaign':
      return facts.campaign !== null && filter.campaigns.includes(facts.campaign)
    case 'filter_currency':
      return filter.currencies.includes(facts.currency)
    case 'filter_amount':
      return (
        facts.amountMinor >= (filter.minAmountMinor ?? 0n) &&
        (filter.maxAmountMinor === undefined || facts.amountMinor <= filter.maxAmountMinor)
      )
    case 'filter_product':
      return facts.productIds.some((id) => filter.productIds.includes(id))
    case 'filter_customer_group':
      return facts.customerGroups.some((group) => filter.customerGroups.includes(group))
    case 'filter_metadata':
      return isMetadataPassed(walk, filter)
    case 'filter_gateway_response':
      return state.lastDeclineCode !== null && filter.declineCodes.includes(state.lastDeclineCode)
    case 'filter_attempt_count':
      return isCountPassed(walk, filter)
    default:
      return assertNever(filter)
  }
}

function isMetadataPassed(
  { facts, state }: Walk,
  filter: Extract<FlowFilter, { type: 'filter_metadata' }>,
): boolean {
  const value = state.metadata[filter.key] ?? facts.metadata[filter.key]
  const wanted = filter.value ?? ''
  switch (filter.operator) {
    case 'exists':
      return value !== undefined
    case 'equals':
      return value === wanted
    case 'not_equals':
      return value !== wanted
    case 'contains':
      return value?.includes(wanted) === true
    default:
      return assertNever(filter.operator)
  }
}

/** Only initial sales and renewals are counted (revcent 7.4): for anything else it fails. */
function isCountPassed(
  { facts, state }: Walk,
  filter: Extract<FlowFilter, { type: 'filter_attempt_count' }>,
): boolean {
  if (facts.requestType !== 'initial_sale' && facts.requestType !== 'subscription_renewal')
    return false
  const attempt = state.attemptsBefore + state.attempts + 1
  return filter.operator === 'at_least' ? attempt >= filter.count : attempt <= filter.count
}
