import { assertNever } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import { scaleMinor } from '../money/index.ts'
import type { GatewayGroup } from './profile.ts'
import type { Choice, EntryRules, SourceEntry, StepAmount } from './source.ts'
import { holdsBin } from './bin-profile.ts'
import type { ChosenBy, GatewayRefusal } from './reason.ts'
import type { RouteMethod, Walk } from './route.ts'
import { capturedMinor, passedCap } from './usage.ts'

/** A gateway that an entry leads to, alone or as a member of a group. */
export type Candidate = {
  readonly gatewayId: Uuid
  readonly groupId: Uuid | null
  readonly rules: EntryRules | null
  /** Its share where one is drawn by weight, as its group gives it; absent = 1. */
  readonly weight?: number
}

/** What the gateway would be asked for, and what else speaks against one. */
export type Asking = {
  readonly method: RouteMethod
  readonly amountMinor: bigint
  readonly excluded: (gatewayId: Uuid) => GatewayRefusal | null
}

/** Why this gateway cannot take this charge now; null when it can. Checked in the order of `GatewayRefusal`. */
export function refusalOf(walk: Walk, candidate: Candidate, asking: Asking): GatewayRefusal | null {
  const { gatewayId, rules } = candidate
  const gateway = walk.routing.config.gateways.get(gatewayId)
  if (gateway === undefined) return { code: 'missing' }
  if (!gateway.isEnabled) return { code: 'disabled' }
  const excluded = asking.excluded(gatewayId)
  if (excluded !== null) return excluded
  const { method, amountMinor } = asking
  if (!method.gatewayIds.includes(gatewayId))
    return { code: 'no_token', paymentMethodId: method.paymentMethodId }
  const { paymentMethodId } = method
  const forbidden = walk.facts.forbids?.({ paymentMethodId, gatewayId, amountMinor }) ?? null
  if (forbidden !== null) return { code: 'network_rule', ...forbidden }
  const broken = rules === null ? null : brokenRule(walk, rules, asking)
  if (broken !== null) return broken
  const charge = { gatewayId, amountMinor, currency: walk.facts.currency }
  const caps = rules?.usage === undefined ? gateway.rules : [...rules.usage, ...gateway.rules]
  const passed = caps.length === 0 ? null : passedCap(walk.routing.book, charge, caps)
  if (passed === null) return null
  const { metric, period, max } = passed.rule
  return { code: 'usage', metric, period, figure: passed.figure, max }
}

function brokenRule(walk: Walk, rules: EntryRules, asking: Asking): GatewayRefusal | null {
  const { currency } = walk.facts
  const { amountMinor } = asking
  const { brand, bin } = asking.method
  const { brands, currencies, minAmountMinor, maxAmountMinor, binProfileIds } = rules
  if (brands !== undefined && (brand === null || !brands.includes(brand.toLowerCase())))
    return { code: 'brand', brand, allowed: brands }
  if (currencies !== undefined && !currencies.includes(currency))
    return { code: 'currency', currency, allowed: currencies }
  if (minAmountMinor !== undefined && amountMinor < minAmountMinor)
    return { code: 'below_minimum', amountMinor, minMinor: minAmountMinor }
  if (maxAmountMinor !== undefined && amountMinor > maxAmountMinor)
    return { code: 'above_maximum', amountMinor, maxMinor: maxAmountMinor }
  if (binProfileIds !== undefined && !isInOneOf(walk, binProfileIds, bin))
    return { code: 'bin', bin }
  return null
}

function isInOneOf(walk: Walk, profileIds: readonly Uuid[], bin: string | null): boolean {
  if (bin === null) return false
  return profileIds.some((id) => {
    const ranges = walk.routing.config.binProfiles.get(id)
    return ranges !== undefined && holdsBin(ranges, bin)
  })
}

/** Whether the gateway can take the charge; a no is noted with its reason. */
export function isValid(walk: Walk, candidate: Candidate, asking: Asking): boolean {
  const refusal = refusalOf(walk, candidate, asking)
  if (refusal === null) return true
  walk.reasons.push({ code: 'refused', gatewayId: candidate.gatewayId, by: refusal })
  return false
}

export function choose(
  walk: Walk,
  candidate: Candidate,
  given: { readonly by: ChosenBy; readonly after: readonly Candidate[] },
): Candidate {
  const { gatewayId, groupId } = candidate
  walk.reasons.push({ code: 'chosen', gatewayId, groupId, by: given.by })
  noteUnreached(walk, candidate, given.after)
  return candidate
}

function noteUnreached(walk: Walk, chosen: Candidate, after: readonly Candidate[]): void {
  const others = new Set(after.map(({ gatewayId }) => gatewayId))
  others.delete(chosen.gatewayId)
  if (others.size > 0) walk.reasons.push({ code: 'not_reached', gatewayIds: [...others] })
}

export function firstValid(
  walk: Walk,
  candidates: readonly Candidate[],
  given: { readonly asking: Asking; readonly by: ChosenBy },
): Candidate | null {
  for (const [index, candidate] of candidates.entries()) {
    if (!isValid(walk, candidate, given.asking)) continue
    return choose(walk, candidate, { by: given.by, after: candidates.slice(index + 1) })
  }
  return null
}

/** One of the candidates as the choice asks; `turnOf` names whose turns a round robin remembers. */
export function pickBy(
  walk: Walk,
  candidates: readonly Candidate[],
  given: { readonly choice: Choice; readonly asking: Asking; readonly turnOf: string },
): Candidate | null {
  const { choice, asking, turnOf } = given
  if (choice === 'sort_order') return firstValid(walk, candidates, { asking, by: choice })
  if (choice === 'round_robin') {
    const turned = fromNextTurn(candidates, walk.routing.book.turns.get(turnOf))
    const picked = firstValid(walk, turned, { asking, by: choice })
    if (picked !== null) walk.turns.push({ of: turnOf, gatewayId: picked.gatewayId })
    return picked
  }
  const valid = onePerGateway(candidates.filter((candidate) => isValid(walk, candidate, asking)))
  const picked = pickAmong(walk, valid, choice)
  if (picked === undefined) return null
  const after = valid.filter((candidate) => candidate !== picked)
  return choose(walk, picked, { by: choice, after })
}

function pickAmong(
  walk: Walk,
  valid: readonly Candidate[],
  choice: 'random' | 'weighted' | 'even_distribution',
): Candidate | undefined {
  switch (choice) {
    case 'random':
      return valid[Math.floor(walk.routing.draw() * valid.length)]
    case 'weighted':
      return drawByWeight(walk, valid)
    case 'even_distribution':
      return leastUsed(walk, valid)
    default:
      return assertNever(choice)
  }
}

/** A gateway that two entries allow has one chance, not two. */
function onePerGateway(candidates: readonly Candidate[]): Candidate[] {
  const ids = candidates.map(({ gatewayId }) => gatewayId)
  return candidates.filter(({ gatewayId }, index) => ids.indexOf(gatewayId) === index)
}

/** Whoever had the last turn comes after all others, by whichever of its entries. */
function fromNextTurn(candidates: readonly Candidate[], last: Uuid | undefined): Candidate[] {
  const index = candidates.findIndex(({ gatewayId }) => gatewayId === last)
  const turned = [...candidates.slice(index + 1), ...candidates.slice(0, index + 1)]
  const others = turned.filter(({ gatewayId }) => gatewayId !== last)
  return [...others, ...candidates.filter(({ gatewayId }) => gatewayId === last)]
}

/** Each with the chance of its weight among those that are valid. */
function drawByWeight(walk: Walk, valid: readonly Candidate[]): Candidate | undefined {
  const weighed = valid.map((candidate) => ({ candidate, weight: candidate.weight ?? 1 }))
  let total = 0
  for (const { candidate, weight } of weighed) {
    const { gatewayId } = candidate
    walk.reasons.push({ code: 'weighed', gatewayId, metric: 'weight', figure: BigInt(weight) })
    total += weight
  }
  let left = Math.floor(walk.routing.draw() * total)
  for (const { candidate, weight } of weighed) {
    if (left < weight) return candidate
    left -= weight
  }
  return undefined
}

function leastUsed(walk: Walk, valid: readonly Candidate[]): Candidate | undefined {
  const { currency } = walk.facts
  let least: { readonly candidate: Candidate; readonly figure: bigint } | undefined
  for (const candidate of valid) {
    const { gatewayId } = candidate
    const figure = capturedMinor(walk.routing.book, { gatewayId, currency, period: 'day' })
    walk.reasons.push({ code: 'weighed', gatewayId, metric: 'captured_day_minor', figure })
    if (least === undefined || figure < least.figure) least = { candidate, figure }
  }
  return least?.candidate
}

/** The gateway of the first entry that has a valid one; a group chooses among its own. */
export function pickFromCascade(
  walk: Walk,
  entries: readonly SourceEntry[],
  asking: Asking,
): Candidate | null {
  for (const [index, entry] of entries.entries()) {
    const picked = pickFromEntry(walk, entry, asking)
    if (picked === null) continue
    noteUnreached(walk, picked, candidatesOf(walk, entries.slice(index + 1), 'quietly'))
    return picked
  }
  return null
}

function pickFromEntry(walk: Walk, entry: SourceEntry, asking: Asking): Candidate | null {
  if (entry.kind === 'gateway')
    return firstValid(walk, [alone(entry)], { asking, by: 'cascade_order' })
  const group = usableGroup(walk, entry.groupId)
  if (group === null) return null
  const members = membersOf(group, entry.rules ?? null)
  return pickBy(walk, members, { choice: group.choice, asking, turnOf: group.id })
}

function usableGroup(walk: Walk, groupId: Uuid): GatewayGroup | null {
  const group = walk.routing.config.groups.get(groupId)
  if (group?.isEnabled === true) return group
  const by = group === undefined ? 'missing' : 'disabled'
  walk.reasons.push({ code: 'group_refused', groupId, by })
  return null
}

/**
 * Every gateway that the entries lead to, in order. One that is named again has another chance by the rules of that entry;
 * where none were asked before, it adds nothing.
 */
export function candidatesOf(
  walk: Walk,
  entries: readonly SourceEntry[],
  how: 'told' | 'quietly' = 'told',
): Candidate[] {
  const found: Candidate[] = []
  for (const entry of entries) {
    const added = entry.kind === 'gateway' ? [alone(entry)] : groupMembers(walk, entry, how)
    for (const candidate of added) {
      const { gatewayId } = candidate
      if (!found.some((one) => one.gatewayId === gatewayId && one.rules === null))
        found.push(candidate)
    }
  }
  return found
}

function groupMembers(
  walk: Walk,
  entry: Extract<SourceEntry, { kind: 'group' }>,
  how: 'told' | 'quietly',
): Candidate[] {
  const group =
    how === 'told'
      ? usableGroup(walk, entry.groupId)
      : (walk.routing.config.groups.get(entry.groupId) ?? null)
  return group === null ? [] : membersOf(group, entry.rules ?? null)
}

function membersOf(group: GatewayGroup, rules: EntryRules | null): Candidate[] {
  return group.gatewayIds.map((gatewayId, index) => {
    return { gatewayId, groupId: group.id, rules, weight: group.weights?.[index] ?? 1 }
  })
}

function alone(entry: Extract<SourceEntry, { kind: 'gateway' }>): Candidate {
  return { gatewayId: entry.gatewayId, groupId: null, rules: entry.rules ?? null }
}

/** The part of what is owed that is asked for: never more than all, never nothing. */
export function askedMinor(owedMinor: bigint, amount: StepAmount | undefined): bigint {
  if (amount === undefined || amount.kind === 'full') return owedMinor
  const wantedMinor =
    amount.kind === 'fixed'
      ? amount.amountMinor
      : scaleMinor(owedMinor, { numerator: BigInt(amount.percent), denominator: 100n })
  if (wantedMinor < 1n) return 1n < owedMinor ? 1n : owedMinor
  return wantedMinor < owedMinor ? wantedMinor : owedMinor
}
