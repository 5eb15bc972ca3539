import { assert, assertNever } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import { continueFlow, startFlow } from './flow.ts'
import {
  askedMinor,
  candidatesOf,
  choose,
  firstValid,
  isValid,
  pickFromCascade,
  refusalOf,
  type Asking,
  type Candidate,
} from './pick.ts'
import type { CascadeMethods, PaymentProfile, ProfileDefinition, ProfileStep } from './profile.ts'
import type { SourceEntry } from './source.ts'
import type { GatewayRefusal } from './reason.ts'
import {
  chargeVia,
  stopWith,
  type ChargeFacts,
  type RouteMethod,
  type RouteOutcome,
  type RouteState,
  type RouteStep,
  type Routing,
  type Walk,
} from './route.ts'
import { isCuredByAnotherCard } from './to-route-outcome.ts'

/** Charges of one route at most (revcent 7.4). A cascade over all methods ends with the last of them instead. */
const ROUTE_ATTEMPTS_MAX = 10

/** The first charge of a route, or why there is none. Faults: without a payment method there is no route. */
export function startRoute(routing: Routing, facts: ChargeFacts): RouteStep {
  assert(facts.methods.length > 0, 'a route has a payment method to charge')
  const walk = begin(routing, facts, newState(routing.profile, facts))
  if (facts.forcedGatewayId !== null) return useForced(walk, facts.forcedGatewayId)
  if (facts.preferredGatewayId !== null) {
    const step = usePreferred(walk, facts.preferredGatewayId)
    if (step !== null) return step
  }
  return enterProfile(walk)
}

/** What follows when the charge of `state` came to `outcome`. `facts` are as they are now; the request stays what it was. */
export function continueRoute(
  routing: Routing,
  facts: ChargeFacts,
  made: { readonly state: RouteState; readonly outcome: RouteOutcome },
): RouteStep {
  const { outcome } = made
  const walk = begin(routing, facts, afterOutcome(made.state, outcome))
  const { profile } = routing
  if (isOver(walk, outcome))
    return stopWith(
      walk,
      outcome.kind === 'declined' && outcome.isFinal ? 'hard_decline' : 'declined',
    )
  if (walk.state.stage === 'forced')
    return stopWith(walk, outcome.kind === 'approved' ? 'approved' : 'declined')
  const isSame =
    walk.state.profileId === (profile?.id ?? null) &&
    walk.state.profileVersion === (profile?.version ?? 0)
  if (outcome.kind === 'approved' && (!isSame || walk.state.stage !== 'flow'))
    return stopWith(walk, 'approved')
  if (!isSame) return stopWith(walk, 'profile_changed')
  if (walk.state.attempts >= ROUTE_ATTEMPTS_MAX && !isOverAllMethods(profile)) {
    return stopWith(walk, outcome.kind === 'approved' ? 'approved' : 'too_many_attempts')
  }
  return goOn(walk, outcome)
}

/** A refusal that nothing may follow. Of one card alone it ends only what would charge that card again. */
function isOver({ routing, state }: Walk, outcome: RouteOutcome): boolean {
  if (outcome.kind === 'approved') return false
  const { definition } = routing.profile ?? {}
  const isInTurn = definition?.kind === 'cascade' && definition.methods === 'each_once'
  if (isInTurn && state.stage === 'cascade') return !isCuredByAnotherCard(outcome)
  return outcome.kind === 'declined' && outcome.isFinal
}

/** Each method once at each gateway (revolv3 6.2). */
function isOverAllMethods(profile: PaymentProfile | null): boolean {
  return profile?.definition.kind === 'cascade' && profile.definition.methods === 'all'
}

function begin(routing: Routing, facts: ChargeFacts, state: RouteState): Walk {
  const { fixedMethodId, requestType = facts.requestType } = state
  const isWanted = (method: RouteMethod) => method.paymentMethodId === fixedMethodId
  const methods = fixedMethodId === null ? facts.methods : facts.methods.filter(isWanted)
  const known = { ...facts, requestType, methods }
  return { routing, facts: known, state, reasons: [], turns: [], effects: [] }
}

export function newState(
  profile: PaymentProfile | null,
  facts: Pick<ChargeFacts, 'attemptsMade'> &
    Partial<Pick<ChargeFacts, 'requestType' | 'fixedMethodId'>>,
): RouteState {
  return {
    profileId: profile?.id ?? null,
    profileVersion: profile?.version ?? 0,
    ...(facts.requestType === undefined ? {} : { requestType: facts.requestType }),
    stage: 'account_order',
    step: 0,
    node: null,
    amountNode: null,
    fixedMethodId: facts.fixedMethodId ?? null,
    paymentMethodId: null,
    gatewayId: null,
    skippedGatewayId: null,
    triedGatewayIds: [],
    declinedGatewayIds: [],
    triedMethodIds: [],
    lastDeclineCode: null,
    attemptsBefore: facts.attemptsMade,
    attempts: 0,
    nodesSeen: 0,
    metadata: {},
  }
}

function afterOutcome(state: RouteState, outcome: RouteOutcome): RouteState {
  const { gatewayId } = state
  assert(gatewayId !== null, 'an outcome belongs to a charge at a gateway')
  if (outcome.kind === 'approved') return { ...state, lastDeclineCode: null }
  return {
    ...state,
    lastDeclineCode: outcome.code,
    triedGatewayIds: [...state.triedGatewayIds, gatewayId],
    declinedGatewayIds: state.declinedGatewayIds.includes(gatewayId)
      ? state.declinedGatewayIds
      : [...state.declinedGatewayIds, gatewayId],
  }
}

/** Nothing but this gateway, whatever its caps say (revcent 7.6): only what cannot charge at all is refused. */
function useForced(walk: Walk, gatewayId: Uuid): RouteStep {
  walk.state = { ...walk.state, stage: 'forced' }
  const candidate: Candidate = { gatewayId, groupId: null, rules: null }
  const amountMinor = walk.facts.amountMinor
  for (const method of walk.facts.methods) {
    const asking = { method, amountMinor, excluded: () => null }
    const refusal = refusalOf(walk, candidate, asking)
    if (refusal === null || refusal.code === 'usage') {
      choose(walk, candidate, { by: 'forced', after: [] })
      return chargeVia(walk, { gatewayId, method, amountMinor })
    }
    walk.reasons.push({ code: 'refused', gatewayId, by: refusal })
    if (refusal.code !== 'no_token' && refusal.code !== 'network_rule') break
  }
  return stopWith(walk, 'forced_gateway_unavailable')
}

/** Null when it cannot be used; either way the profile passes over it afterwards. */
function usePreferred(walk: Walk, gatewayId: Uuid): RouteStep | null {
  walk.state = { ...walk.state, stage: 'preferred', skippedGatewayId: gatewayId }
  const candidate: Candidate = { gatewayId, groupId: null, rules: null }
  const amountMinor = walk.facts.amountMinor
  for (const method of walk.facts.methods) {
    const asking = { method, amountMinor, excluded: () => null }
    if (!isValid(walk, candidate, asking)) continue
    choose(walk, candidate, { by: 'preferred', after: [] })
    return chargeVia(walk, { gatewayId, method, amountMinor })
  }
  return null
}

function enterProfile(walk: Walk): RouteStep {
  const { profile } = walk.routing
  if (profile === null) return useAccountOrder(walk)
  const { definition } = profile
  switch (definition.kind) {
    case 'basic':
      walk.state = { ...walk.state, stage: 'basic', step: 0 }
      return enterSteps(walk, definition, 0)
    case 'cascade':
      walk.state = { ...walk.state, stage: 'cascade', triedGatewayIds: [] }
      return useCascade(walk, definition)
    case 'flow':
      walk.state = { ...walk.state, stage: 'flow' }
      return startFlow(walk)
    default:
      return assertNever(definition)
  }
}

function goOn(walk: Walk, outcome: RouteOutcome): RouteStep {
  const { stage, step } = walk.state
  const { profile } = walk.routing
  if (stage === 'preferred') return enterProfile(walk)
  if (profile === null) return stopWith(walk, 'declined')
  const { definition } = profile
  switch (definition.kind) {
    case 'basic':
      return enterSteps(walk, definition, step + 1)
    case 'cascade':
      return useCascade(walk, definition)
    case 'flow':
      return continueFlow(walk, outcome)
    default:
      return assertNever(definition)
  }
}

/** Without a profile: the first of the account's gateways that can, once. */
function useAccountOrder(walk: Walk): RouteStep {
  walk.state = { ...walk.state, stage: 'account_order' }
  const candidates = [...walk.routing.config.gateways.keys()].map((gatewayId) => ({
    gatewayId,
    groupId: null,
    rules: null,
  }))
  const asked = { amountMinor: walk.facts.amountMinor, excluded: excludedBy(walk.state, false) }
  const picked = pickForMethods(walk, asked, (asking) =>
    firstValid(walk, candidates, { asking, by: 'account_order' }),
  )
  return picked ?? noneLeft(walk)
}

/** The first method for which there is a gateway. */
function pickForMethods(
  walk: Walk,
  asked: Omit<Asking, 'method'>,
  pick: (asking: Asking) => Candidate | null,
): RouteStep | null {
  for (const method of walk.facts.methods) {
    const picked = pick({ ...asked, method })
    if (picked !== null)
      return chargeVia(walk, { ...picked, method, amountMinor: asked.amountMinor })
  }
  return null
}

/** A preferred gateway that has had its turn and, where the step asks so, whoever has declined. */
function excludedBy(state: RouteState, excludesDeclined: boolean): Asking['excluded'] {
  return (gatewayId): GatewayRefusal | null => {
    if (state.skippedGatewayId === gatewayId) return EXCLUDED
    if (excludesDeclined && state.declinedGatewayIds.includes(gatewayId)) return DECLINED_BEFORE
    return null
  }
}

const EXCLUDED: GatewayRefusal = { code: 'excluded' }
const DECLINED_BEFORE: GatewayRefusal = { code: 'declined_before' }

function noneLeft(walk: Walk): RouteStep {
  return stopWith(walk, walk.state.attempts === 0 ? 'no_gateway_available' : 'declined')
}

type BasicDefinition = Extract<ProfileDefinition, { kind: 'basic' }>

/** The step, or the first one after it that has a valid gateway. */
function enterSteps(walk: Walk, definition: BasicDefinition, from: number): RouteStep {
  for (let index = from; index < definition.steps.length; index += 1) {
    const step = definition.steps[index]
    assert(step !== undefined, 'a step within the flow')
    const { lastDeclineCode } = walk.state
    const codes = index === 0 ? undefined : step.enterOnDeclines
    if (codes !== undefined && (lastDeclineCode === null || !codes.includes(lastDeclineCode))) {
      walk.reasons.push({ code: 'step_not_entered', step: index, decline: lastDeclineCode })
      break
    }
    walk.state = { ...walk.state, step: index }
    walk.reasons.push({ code: 'step_entered', step: index })
    const amountMinor = askedMinor(walk.facts.amountMinor, index === 0 ? undefined : step.amount)
    const isLastFirst = index === 0 && definition.prefersLastSuccess === true
    const excluded = excludedBy(walk.state, step.excludesDeclined === true)
    const picked = pickForMethods(
      walk,
      { amountMinor, excluded },
      (asking) =>
        (isLastFirst ? pickLastSuccess(walk, step, asking) : null) ??
        pickFromCascade(walk, step.entries, asking),
    )
    if (picked !== null) return picked
  }
  return noneLeft(walk)
}

/** The gateway of the last success, if it is part of the step's cascade and passes the rules there. */
function pickLastSuccess(walk: Walk, step: ProfileStep, asking: Asking): Candidate | null {
  const { lastSuccessGatewayId } = walk.facts
  if (lastSuccessGatewayId === null || step.source !== 'cascade') return null
  const candidates = candidatesOf(walk, step.entries)
  const candidate = candidates.find(
    (one) => one.gatewayId === lastSuccessGatewayId && isValid(walk, one, asking),
  )
  if (candidate === undefined) return null
  const after = candidates.filter((one) => one !== candidate)
  return choose(walk, candidate, { by: 'last_success', after })
}

/** Every valid entry once; then, where all methods are wanted, the same for the next method. */
function useCascade(
  walk: Walk,
  definition: { readonly entries: readonly SourceEntry[]; readonly methods?: CascadeMethods },
): RouteStep {
  const candidates = candidatesOf(walk, definition.entries)
  for (const method of methodsLeft(walk, definition.methods ?? 'first')) {
    if (method.paymentMethodId !== walk.state.paymentMethodId) {
      walk.reasons.push({ code: 'method_entered', paymentMethodId: method.paymentMethodId })
      enterMethod(walk, method)
    }
    const { state, facts } = walk
    const excluded: Asking['excluded'] = (gatewayId) => {
      if (state.skippedGatewayId === gatewayId) return EXCLUDED
      return state.triedGatewayIds.includes(gatewayId) ? DECLINED_BEFORE : null
    }
    const asking = { method, amountMinor: facts.amountMinor, excluded }
    const picked = firstValid(walk, candidates, { asking, by: 'cascade_order' })
    if (picked !== null)
      return chargeVia(walk, { ...picked, method, amountMinor: facts.amountMinor })
  }
  return noneLeft(walk)
}

/** The present method first, then those that have not been tried. */
function methodsLeft(walk: Walk, methods: CascadeMethods): readonly RouteMethod[] {
  const { paymentMethodId, triedMethodIds, attempts } = walk.state
  const open = walk.facts.methods.filter(
    (method) => !triedMethodIds.includes(method.paymentMethodId),
  )
  if (methods === 'all') return open
  if (methods === 'each_once')
    return attempts === 0 ? open : open.filter((one) => one.paymentMethodId !== paymentMethodId)
  // The first method that has any gateway is the one; once it was charged there is no other.
  const isCharged = attempts > 0 && walk.state.triedGatewayIds.length > 0
  return isCharged ? open.filter((method) => method.paymentMethodId === paymentMethodId) : open
}

function enterMethod(walk: Walk, method: RouteMethod): void {
  const { state } = walk
  const before = state.paymentMethodId
  walk.state = {
    ...state,
    paymentMethodId: method.paymentMethodId,
    triedGatewayIds: [],
    triedMethodIds: before === null ? state.triedMethodIds : [...state.triedMethodIds, before],
  }
}
