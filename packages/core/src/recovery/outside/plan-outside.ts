import { classifyDecline } from '../../declines/index.ts'
import { addMs, formatInstant, maxInstant, type Instant } from '../../time/index.ts'
import { explainPlan } from '../planner/explain-plan.ts'
import { segmentKey, traitsOfCard, type CardTraits } from '../planner/card-traits.ts'
import { failureReasonOf } from '../planner/failure-reason.ts'
import { planRetry } from '../planner/plan-retry.ts'
import type { RetryQuestion } from '../planner/retry-question.ts'
import { feesOfBill } from '../planner/try-fees.ts'
import { scheduledAt } from './default-schedule.ts'
import {
  OUTSIDE_ATTEMPTS_MAX,
  outsideEndsAt,
  toldOfCard,
  type OutsidePlan,
  type OutsideRecovery,
} from './outside-recovery.ts'
import type { OutsideView } from './outside-view.ts'

export type PlannedOutside = {
  readonly at: Instant
  readonly plan: OutsidePlan
  readonly reason: string
}

/** A billing day that the biller told steers retries until so many attempts of such cards have taught more. */
const LEARNED_AFTER = 200

/** When to try next, and why; null when nothing promises anything. Not before `earliestAt`. */
export function planOutside(
  recovery: OutsideRecovery,
  view: OutsideView,
  earliestAt: Instant,
): PlannedOutside | null {
  if (recovery.attemptsMade >= OUTSIDE_ATTEMPTS_MAX) return null
  if (isUnknown(recovery)) return bySchedule(recovery, view, earliestAt)
  return followsSchedule(recovery, view)
    ? bySchedule(recovery, view, earliestAt)
    : byPlanner(recovery, view, earliestAt)
}

/** Nobody can say what an answer that nobody knows asks for, nor what it teaches. */
function isUnknown({ lastDecline }: OutsideRecovery): boolean {
  return lastDecline !== null && classifyDecline(lastDecline).nature === 'unknown'
}

function followsSchedule(recovery: OutsideRecovery, view: OutsideView): boolean {
  if (view.policy === 'schedule') return true
  if (view.billingDay === null || reasonOf(recovery, view) !== 'funds') return false
  const learned = view.model.evidence.segments.get(segmentKey(traitsOf(recovery, view)))
  return (learned?.attempts ?? 0) < LEARNED_AFTER
}

function bySchedule(
  recovery: OutsideRecovery,
  view: OutsideView,
  earliestAt: Instant,
): PlannedOutside | null {
  const { attemptsMade, lastAttemptAt, lastDecline: decline } = recovery
  const { zone, billingDay } = view
  const due = scheduledAt({ decline, attemptsMade, lastAttemptAt, zone, billingDay })
  if (due === null) return null
  const at = maxInstant(due, earliestAt)
  if (at >= outsideEndsAt(recovery)) return null
  const source = at > due ? 'network' : 'schedule'
  const none = { chance: null, runnerUpAt: null, runnerUpChance: null, evidence: 0, timesMoved: 0 }
  const reasons = [whySchedule(recovery, view)]
  return { at, plan: { source, ...none, reasons }, reason: `Scheduled for ${formatInstant(at)}.` }
}

function whySchedule(recovery: OutsideRecovery, view: OutsideView): string {
  if (isUnknown(recovery)) return 'nobody knows what the refusal asks for: tried with care'
  return view.policy === 'schedule'
    ? 'retries follow fixed delays, as the client is set'
    : 'the billing day that the client told, until enough attempts of such cards were seen'
}

function byPlanner(
  recovery: OutsideRecovery,
  view: OutsideView,
  earliestAt: Instant,
): PlannedOutside | null {
  const question = questionOf(recovery, view, earliestAt)
  const planned = planRetry(view.model, question)
  if (planned.kind !== 'attempt') return null
  const { chosen, runnerUp } = planned
  const evidence = view.model.evidence.attempts
  const told = explainPlan(view.model, question, planned)
  const percent = Math.round(chosen.chance * 100)
  return {
    at: chosen.at,
    plan: {
      source: 'planner',
      chance: chosen.chance,
      runnerUpAt: runnerUp?.at ?? null,
      runnerUpChance: runnerUp?.chance ?? null,
      evidence,
      reasons: [told.expected, ...told.evidence, told.runnerUp ?? []]
        .flat()
        .map((text) => text.replaceAll(view.gateway, 'its gateway')),
      timesMoved: 0,
    },
    reason: `Best chance at ${formatInstant(chosen.at)}: about ${percent} %.`,
  }
}

/** What the best try before `endsAt` promises, from 0 to 1. */
export function chanceBefore(
  recovery: OutsideRecovery,
  view: OutsideView,
  endsAt: Instant,
): number {
  const question = { ...questionOf(recovery, view, view.now), endsAt, attemptsLeft: 1 }
  const planned = planRetry(view.model, question)
  return planned.kind === 'attempt' ? planned.chosen.chance : 0
}

function questionOf(
  recovery: OutsideRecovery,
  view: OutsideView,
  earliestAt: Instant,
): RetryQuestion {
  const lastReason = reasonOf(recovery, view)
  const { lastAttemptAt } = recovery
  const whenIt = (reason: typeof lastReason): Instant | null =>
    lastReason === reason ? lastAttemptAt : null
  return {
    traits: traitsOf(recovery, view),
    now: view.now,
    endsAt: outsideEndsAt(recovery),
    attemptsLeft: OUTSIDE_ATTEMPTS_MAX - recovery.attemptsMade,
    earliestAt: maxInstant(earliestAt, addMs(view.now, 1)),
    lastReason,
    lastAttemptAt,
    failedBefore: recovery.attemptsMade + 1,
    shortAt: whenIt('funds'),
    refusedAt: whenIt('refusal'),
    limitAt: whenIt('limit'),
    issuerDownAt: whenIt('issuer_down'),
    currency: recovery.currency,
    gateways: [view.gateway],
    fees: feesOfBill(view.fees, recovery),
    draw: view.draw,
  }
}

/** What the gateway tells of the card goes before what the biller told. */
function traitsOf(recovery: OutsideRecovery, view: OutsideView): CardTraits {
  const card = view.cardOf(recovery.token)
  const told = toldOfCard(recovery)
  const country = card.country ?? told.country
  const { brand = null, funding = null } = card
  const traits = traitsOfCard({ bin: card.bin ?? told.bin, brand, funding, country })
  return country === null ? { ...traits, zone: view.zone } : traits
}

function reasonOf(
  { lastDecline, token }: OutsideRecovery,
  view: OutsideView,
): RetryQuestion['lastReason'] {
  if (lastDecline === null) return 'refusal'
  const reason = failureReasonOf(lastDecline, view.cardOf(token))
  // What may be tried again although it sounds final is asked about like any other refusal.
  return reason === 'final' ? 'refusal' : reason
}
