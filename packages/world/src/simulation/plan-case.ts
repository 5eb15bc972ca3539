import {
  buildModel,
  explainPlan,
  type PlannerModel,
  planRetry,
  windowOfDays,
} from '@perennial/core/recovery'
import { instantFromMs } from '@perennial/core/time'
import { drawLognormal, drawUnit, purpose, toUnit } from '../chance/draw.ts'
import { mixInteger } from '../chance/hash.ts'
import { drawCard, lifeIndexAt } from '../judging/card.ts'
import { versionAt } from '../judging/world.ts'
import { feesOf, mayTryAgain, traitsOf } from './charge-card.ts'
import { DAY_MS, HORIZON_MS, HOUR_MS, type OpenCase, toInstant } from './open-case.ts'
import { findOracleHour } from './oracle.ts'
import { ATTEMPTS_MAX } from './policy.ts'
import type { Simulation } from './simulation.ts'

/** Beliefs are worked out anew so often. */
const MODEL_MS = DAY_MS

/** How an open case goes on: its next try, or its end. */
export function planCase(run: Simulation, open: OpenCase, at: number): void {
  const { policy } = run.request
  open.plan += 1
  const endsAt = open.openedAt + HORIZON_MS
  switch (policy.kind) {
    case 'none':
      return closeCase(run, open, null)
    case 'oracle':
      return askOracle(run, open)
    case 'fixed':
    case 'blind': {
      const next = policy.days
        .map((day) => open.openedAt + day * DAY_MS)
        .find((due) => due > at && due <= endsAt)
      if (next === undefined || open.attempts >= ATTEMPTS_MAX) return closeCase(run, open, null)
      const gateway = open.holder.subscriber.homeGateway
      return tryAt(run, open, { at: next, gateway, isConfirmed: true })
    }
    case 'planner':
      return planByModel(run, open, { at, endsAt })
  }
}

function tryAt(
  { timeline }: Simulation,
  open: OpenCase,
  next: { readonly at: number; readonly gateway: string; readonly isConfirmed: boolean },
): void {
  const { at, ...rest } = next
  timeline.add(at, { kind: 'retry', open, plan: open.plan, ...rest })
}

type Span = { readonly at: number; readonly endsAt: number }

function planByModel(run: Simulation, open: OpenCase, { at, endsAt }: Span): void {
  const { holder } = open
  const model = modelAt(run, at)
  const guard = mayTryAgain(run, open, at)
  if (guard.kind === 'never' && open.lastReason !== 'card_ended')
    return leave(run, open, { at, endsAt })
  const allowedAt = guard.kind === 'until' ? guard.until : at
  const question = {
    traits: traitsOf(run, holder, at),
    now: instantFromMs(at),
    ...windowOf(run, open, { at, endsAt, allowedAt }),
    lastReason: open.lastReason,
    lastAttemptAt: instantFromMs(open.lastAttemptAt),
    failedBefore: open.attempts + 1,
    shortAt: toInstant(open.shortAt),
    refusedAt: toInstant(open.refusedAt),
    limitAt: toInstant(open.limitAt),
    issuerDownAt: toInstant(open.issuerDownAt),
    currency: run.currency,
    gateways: holder.subscriber.gateways,
    fees: feesOf(run, holder, at),
    draw: toUnit(mixInteger(mixInteger(holder.subscriber.card.hash, open.openedAt), open.attempts)),
  }
  const plan = planRetry(model, question)
  if (plan.kind !== 'attempt') return leave(run, open, { at, endsAt })
  const { chosen } = plan
  const isNow = chosen.at - at < HOUR_MS
  if (isNow) run.request.onReasons?.({ at, reasons: explainPlan(model, question, plan) })
  if (isNow && plan.isExploring) open.explored += 1
  const { gateway } = chosen
  tryAt(run, open, { at: isNow ? at : chosen.at, gateway, isConfirmed: isNow })
}

function windowOf(
  { request: { policy } }: Simulation,
  open: OpenCase,
  given: Span & { readonly allowedAt: number },
) {
  const allowedAt = instantFromMs(given.allowedAt)
  const days = policy.kind === 'planner' ? policy.days : null
  if (days === null)
    return {
      endsAt: instantFromMs(given.endsAt),
      attemptsLeft: ATTEMPTS_MAX - open.attempts,
      earliestAt: allowedAt,
    }
  return windowOfDays({
    days,
    openedAt: instantFromMs(open.openedAt),
    retriesMade: open.attempts,
    lastTryAt: instantFromMs(open.lastAttemptAt),
    now: instantFromMs(given.at),
    allowedAt,
  })
}

function modelAt(run: Simulation, at: number): PlannerModel {
  const isFresh = run.model !== null && at - run.model.builtAt < MODEL_MS
  if (run.model === null || !isFresh) run.model = buildModel(run.evidence, instantFromMs(at))
  return run.model
}

/** Nothing is planned; new card data may still come before the horizon ends. */
function leave(run: Simulation, open: OpenCase, { at, endsAt }: Span): void {
  const mayCome = run.request.contact || nextCardAt(open) !== null
  const isOver = at >= endsAt || !mayCome
  if (isOver) closeCase(run, open, null)
  else tryAt(run, open, { at: endsAt, gateway: '', isConfirmed: false })
}

function askOracle(run: Simulation, open: OpenCase): void {
  const { holder } = open
  const hours = findOracleHour(run.request.world, {
    card: holder.subscriber.card,
    memory: holder.memory,
    amountMinor: holder.subscriber.amountMinor,
    gateways: holder.subscriber.gateways,
    openedAt: open.openedAt,
  })
  open.attempts = hours === null ? 0 : 1
  closeCase(run, open, hours)
}

/** Null: it was not recovered. */
export function closeCase(run: Simulation, open: OpenCase, hours: number | null): void {
  if (open.isClosed) return
  open.isClosed = true
  run.results.push({
    month: open.month,
    category: open.category,
    amountMinor: open.holder.subscriber.amountMinor,
    attempts: open.attempts,
    feesMinor: open.feesMinor,
    violations: open.violations,
    explored: open.explored,
    recoveredAfterHours: hours,
  })
}

function nextCardAt(open: OpenCase): number | null {
  const { card } = open.holder.subscriber
  const index = lifeIndexAt(card, open.openedAt)
  const next = card.lives[index + 1]
  const isInTime = next !== undefined && next.from < open.openedAt + HORIZON_MS
  return isInTime ? next.from : null
}

/** What issuers and asked customers will bring before the horizon ends. */
export function scheduleNewCard(run: Simulation, open: OpenCase, at: number): void {
  const updatedAt = nextCardAt(open)
  if (updatedAt !== null && updatedAt > at)
    run.timeline.add(Math.ceil(updatedAt) + 1, { kind: 'new_card', open, card: null })
  if (run.request.contact) askCustomer(run, open, at)
}

/** Customers who answer replace their card after a while. */
function askCustomer({ request, timeline }: Simulation, open: OpenCase, at: number): void {
  const { world } = request
  const { share, delay_hours: delay } = versionAt(world, at).customers.answers_email
  const { subscriber } = open.holder
  const hash = mixInteger(subscriber.card.hash, at)
  if (drawUnit(hash, purpose.answersMail) >= share) return
  const hours = drawLognormal(hash, purpose.answersAfter, delay)
  const answersAt = Math.round(at + hours * HOUR_MS)
  if (answersAt >= open.openedAt + HORIZON_MS) return
  const card = drawCard(world, subscriber.card.number + 500_000_000)
  timeline.add(answersAt, { kind: 'new_card', open, card })
}
