import { failureReasonOf } from '@perennial/core/recovery'
import { lifeIndexAt } from '../judging/card.ts'
import { emptyMemory } from '../judging/memory.ts'
import { askGuardOf, chargeCard, feeOf, tellOf } from './charge-card.ts'
import {
  DAY_MS,
  type Happening,
  HOUR_MS,
  noteFailure,
  type OpenCase,
  openCase,
} from './open-case.ts'
import { closeCase, planCase, scheduleNewCard } from './plan-case.ts'
import { type Simulation, type SimulationRequest, startSimulation } from './simulation.ts'
import { billedAt, makeSubscriber } from './subscribers.ts'
import { reportOn, type SimulationReport } from './tally.ts'

/** One run of a policy over the subscribers of a world. Deterministic. */
export function simulateRecovery(request: SimulationRequest): SimulationReport {
  const run = startSimulation(request)
  const { world, subscribers, months, seed } = request
  for (let number = 0; number < subscribers; number += 1) {
    if (number % 500 === 0) request.onProgress?.(0)
    const subscriber = makeSubscriber(world, seed, number)
    const holder = { subscriber, memory: emptyMemory, history: [], life: 0 }
    for (let month = 0; month < months; month += 1)
      run.timeline.add(billedAt(world, subscriber, month), { kind: 'bill', holder, month })
  }
  playAll(run)
  return reportOn(run)
}

function playAll(run: Simulation): void {
  const { timeline, request } = run
  const bills = request.subscribers * request.months
  let billed = 0
  for (let next = timeline.next(); next !== null; next = timeline.next()) {
    const { at, what } = next
    if (what.kind === 'bill') {
      billed += 1
      if (billed % 500 === 0) request.onProgress?.(billed / bills)
      charge(run, what, at)
    } else if (what.kind === 'new_card') takeNewCard(run, what, at)
    else retry(run, what, at)
  }
}

/** The first charge of a bill. */
function charge(run: Simulation, bill: Extract<Happening, { kind: 'bill' }>, at: number): void {
  const { holder, month } = bill
  const gateway = holder.subscriber.homeGateway
  const { decline } = chargeCard(run, holder, { gateway, at })
  tellOf(run, holder, { gateway, at, month, decline, before: null })
  if (decline === null) return
  const open = openCase({ holder, month }, failureReasonOf(decline), at)
  scheduleNewCard(run, open, at)
  planCase(run, open, at)
}

function retry(run: Simulation, due: Extract<Happening, { kind: 'retry' }>, at: number): void {
  const { open, gateway } = due
  const { policy } = run.request
  if (open.isClosed || due.plan !== open.plan) return
  if (policy.kind === 'planner' && !due.isConfirmed) {
    planCase(run, open, at)
    return
  }
  const { holder, month } = open
  // A fixed schedule passes over what the networks forbid; its next day comes. The planner has asked by itself.
  if (policy.kind === 'fixed' && askGuardOf(run, holder, at).kind !== 'allowed') {
    planCase(run, open, at)
    return
  }
  open.attempts += 1
  const { decline, brokenRule } = chargeCard(run, holder, { gateway, at })
  if (brokenRule !== null) noteBroken(run, open, brokenRule)
  open.feesMinor += feeOf(run, holder, { gateway, isApproved: decline === null, at })
  tellOf(run, holder, { gateway, at, month, decline, before: open })
  open.lastAttemptAt = at
  if (decline === null) {
    closeCase(run, open, (at - open.openedAt) / HOUR_MS)
    return
  }
  noteFailure(open, failureReasonOf(decline), at)
  planCase(run, open, at)
}

/** What a policy tries against the networks' rules is held against it; first charges of bills are not its own. */
function noteBroken({ brokenRules }: Simulation, open: OpenCase, rule: string): void {
  open.violations += 1
  brokenRules.set(rule, (brokenRules.get(rule) ?? 0) + 1)
}

/** The issuer has sent new card data, or the customer a new card: what happened to the old one is past. */
function takeNewCard(
  run: Simulation,
  { open, card }: Extract<Happening, { kind: 'new_card' }>,
  at: number,
): void {
  if (open.isClosed) return
  if (card !== null) {
    open.holder.subscriber.card = card
    open.holder.memory = emptyMemory
    open.holder.history = []
    open.holder.life = lifeIndexAt(card, at)
  }
  open.shortAt = null
  open.refusedAt = null
  open.limitAt = null
  open.lastReason = 'gateway_down'
  open.lastAttemptAt = Math.min(open.lastAttemptAt, at - DAY_MS)
  planCase(run, open, at)
}
