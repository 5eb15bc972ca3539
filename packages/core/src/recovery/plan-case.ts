import type { Uuid } from '../ids/index.ts'
import type { Currency } from '../money/index.ts'
import {
  addDays,
  addMs,
  formatInstant,
  maxInstant,
  minInstant,
  MS_PER_DAY,
  UTC,
  type Instant,
} from '../time/index.ts'
import { cardAwaitedUntil, caseEndsAt, rungAt, type RecoveryCase } from './case.ts'
import type { CaseCard, CaseDecision, CaseTry, CaseView, PlannedCase } from './case-view.ts'
import { answeredOnly, askGuard, type GuardAnswer } from './guard/ask-guard.ts'
import { askRetryRule, strictest } from './guard/retry-rule.ts'
import { toldCardOf } from './guard/told-card.ts'
import type { CardTraits } from './planner/card-traits.ts'
import type { FailureReason } from './planner/evidence.ts'
import { chanceOf } from './planner/chances.ts'
import { explainPlan, ofHundred } from './planner/explain-plan.ts'
import { failureReasonOf } from './planner/failure-reason.ts'
import type { PlannerModel } from './planner/model.ts'
import { planRetry, type RetryOption, type RetryPlan } from './planner/plan-retry.ts'
import type { RetryQuestion } from './planner/retry-question.ts'
import { feesOfBill } from './planner/try-fees.ts'
import { windowOfDays } from './planner/window-of-days.ts'

const ALLOWED: GuardAnswer = { kind: 'allowed' }

/**
 * Whether the card networks allow this charge of a method, as far as it is answered: what is under way puts a charge off,
 * and changes no plan. What is no card may always be charged.
 */
export function mayCharge(
  { guarded, gatewayIds }: CaseCard,
  charge: { readonly amountMinor: bigint; readonly currency: Currency; readonly at: Instant },
): GuardAnswer {
  return guarded === null ? ALLOWED : askGuard({ ...answeredOnly(guarded), ...charge, gatewayIds })
}

/** The same of a try that nobody asks for: what the bill's own refusals leave of the card counts too. */
export function mayTryAgain(
  card: CaseCard,
  view: Pick<CaseView, 'tries'>,
  charge: { readonly amountMinor: bigint; readonly currency: Currency; readonly at: Instant },
): GuardAnswer {
  const left = askRetryRule(ownTries(card, view).filter(isTelling), card.guarded)
  return strictest(mayCharge(card, charge), left, charge.at)
}

/** The first card that may ever be tried again; the first of all when none may. */
export function cardToTry(
  view: Pick<CaseView, 'cards' | 'tries'>,
  charge: { readonly amountMinor: bigint; readonly currency: Currency; readonly at: Instant },
): CaseCard | null {
  const { cards } = view
  return cards.find((card) => mayTryAgain(card, view, charge).kind !== 'never') ?? cards[0] ?? null
}

/**
 * How an open case goes on: its next try, or what it waits for. Never plans a try that the guard forbids at that
 * instant or that the bill's own refusals leave no room for, and nothing after the end of the case.
 */
export function planCase(open: RecoveryCase, view: CaseView, at: Instant): PlannedCase {
  const { policy } = view
  const lastTryAt = view.tries.at(-1)?.at ?? open.openedAt
  const rung = rungAt(open, policy, maxInstant(lastTryAt, open.openedAt))
  const card = cardToTry(view, { ...chargeOf(open), at })
  const plan: Planning = { open, view, at, card, guard: ALLOWED, reason: null }
  if (rung === null) return giveUp(plan)
  if (card === null) {
    const reasons = ['the customer has no payment method that could be charged']
    return tryAt(plan, { at: maxInstant(rung, at), reasons })
  }
  const guard = mayTryAgain(card, view, { ...chargeOf(open), at })
  const guarded = { ...plan, guard, reason: lastReasonOf(card, view) }
  if (guard.kind === 'never') return waitForCard(guarded, guard.reason)
  return policy.kind === 'planner' && view.model !== null
    ? byPlanner(guarded, view.model, rung)
    : bySchedule(guarded, rung)
}

type Planning = {
  readonly open: RecoveryCase
  readonly view: CaseView
  readonly at: Instant
  readonly card: CaseCard | null
  readonly guard: GuardAnswer
  /** Why the last try on this very card failed; null for a card that was not tried yet. */
  readonly reason: FailureReason | null
}

function chargeOf({ amountMinor, currency }: RecoveryCase) {
  return { amountMinor, currency }
}

/** Tries of the case on this card, with its data as they are now. */
function ownTries(
  { paymentMethodId, guarded }: CaseCard,
  { tries }: Pick<CaseView, 'tries'>,
): CaseTry[] {
  const since = guarded?.dataAt
  return tries.filter(
    (one) => one.paymentMethodId === paymentMethodId && (since === undefined || one.at >= since),
  )
}

function isTelling({ isInOutage }: CaseTry): boolean {
  return isInOutage !== true
}

function lastReasonOf(card: CaseCard, view: CaseView): FailureReason | null {
  const last = ownTries(card, view).filter(isTelling).at(-1)
  return last === undefined ? null : failureReasonOf(last.decline, card.guarded)
}

function bySchedule(plan: Planning, rung: Instant): PlannedCase {
  const { open, view, at, guard } = plan
  const { policy } = view
  const allowedAt = guard.kind === 'until' ? guard.until : at
  const dueAt = maxInstant(rung, allowedAt)
  if (dueAt > rung && dueAt > caseEndsAt(open, policy) && guard.kind === 'until')
    return waitForCard(plan, guard.reason)
  const day = policy.retryDays[open.retriesMade] ?? 0
  const reasons = [
    `retry ${open.retriesMade + 1} of ${policy.retryDays.length} of the ${policy.kind === 'ladder' ? 'ladder' : 'schedule'}, ${day} days after the first failure`,
    ...(dueAt > rung && guard.kind === 'until' ? [`later, because ${guard.reason}`] : []),
  ]
  const chance = expectedAt(plan, dueAt)
  const told = chance === null ? [] : [`the planner expects ${ofHundred(chance)} of it`]
  return tryAt(plan, { at: dueAt, reasons: [...reasons, ...told], chance })
}

/**
 * What the planner expects of a try that a schedule makes at the card's first gateway, whatever that costs; null where nobody asks it, or
 * it cannot tell.
 */
function expectedAt(plan: Planning, at: Instant): number | null {
  const { view, reason } = plan
  const [gateway] = gatewaysOf(plan)
  const isTold =
    reason !== 'card_ended' && reason !== 'authentication' && view.salvage === undefined
  if (view.model === null || gateway === undefined || !isTold) return null
  return chanceOf(view.model, questionOf(plan), { at, gateway })
}

function byPlanner(plan: Planning, model: PlannerModel, rung: Instant): PlannedCase {
  const { open, view, at } = plan
  const question = { ...questionOf(plan), fees: feesOfBill(view.fees, open) }
  const planned = planRetry(model, question)
  if (planned.kind === 'attempt') return tryAsPlanned(plan, { model, question, planned, rung })
  // The pause after a try by hand may reach past the end: the merchant's own instant stands.
  if (!view.policy.isFree) return bySchedule(plan, rung)
  const endsAt = caseEndsAt(open, view.policy)
  if (planned.kind === 'stop' && planned.code === 'no_hope' && at < endsAt) {
    const lookAt = minInstant(addDays(at, 1), endsAt)
    const reasons = ['no hour until the end promises more than a try costs; looked at again in a day'] // prettier-ignore
    return moved(plan, { kind: 'wait_for_chance', waitsFor: 'chance', dueAt: lookAt, reasons })
  }
  return giveUp(plan, 'no instant until the end is left for another try')
}

/**
 * What the planner is asked, beside fees. A card that was not tried yet is asked about like one whose gateway failed; one that was tried
 * in an outage of ours alone, like one that was refused who knows when.
 */
function questionOf(plan: Planning): RetryQuestion {
  const { open, view, at, card, reason } = plan
  const tries = card === null ? [] : ownTries(card, view)
  const telling = tries.filter(isTelling)
  const last = (wanted: FailureReason): Instant | null =>
    telling.findLast(({ decline }) => failureReasonOf(decline) === wanted)?.at ?? null
  const unknown = tries.length === 0 ? 'gateway_down' : 'refusal'
  return {
    traits: card?.traits ?? NO_TRAITS,
    now: at,
    ...windowOf(plan),
    // What may be tried again although it sounds final is asked about like any other refusal.
    lastReason: reason === null ? unknown : reason === 'final' ? 'refusal' : reason,
    lastAttemptAt: tries.at(-1)?.at ?? addMs(at, -MS_PER_DAY),
    failedBefore: telling.length,
    shortAt: last('funds'),
    refusedAt: last('refusal'),
    limitAt: last('limit'),
    issuerDownAt: last('issuer_down'),
    currency: open.currency,
    gateways: gatewaysOf(plan),
    draw: view.draw,
  }
}

/** Days that the merchant names keep their distance after a late try; a horizon does not move. */
function windowOf({ open, view, at, guard }: Planning): ReturnType<typeof windowOfDays> {
  const { policy } = view
  const { countsFrom: openedAt, retriesMade } = open
  const allowedAt = guard.kind === 'until' ? guard.until : at
  const days = policy.retryDays
  if (policy.isFree) {
    const horizonAt = addDays(openedAt, days.at(-1) ?? policy.graceDays)
    // The last instant belongs to it.
    return { endsAt: addMs(horizonAt, 1), attemptsLeft: days.length - retriesMade, earliestAt: allowedAt } // prettier-ignore
  }
  const endsAt = caseEndsAt(open, policy)
  const lastTryAt = view.tries.at(-1)?.at ?? openedAt
  return windowOfDays({ days, openedAt, retriesMade, lastTryAt, now: at, allowedAt, endsAt })
}

const NO_TRAITS: CardTraits = { bin: null, country: null, zone: UTC }

function gatewaysOf({ card, view }: Planning): readonly string[] {
  const all = card?.gatewayIds ?? []
  return view.isRouted ? all.slice(0, 1) : all
}

function tryAsPlanned(
  plan: Planning,
  of: {
    readonly model: PlannerModel
    readonly question: RetryQuestion
    readonly planned: Extract<RetryPlan, { kind: 'attempt' }>
    readonly rung: Instant
  },
): PlannedCase {
  const { model, question, planned } = of
  const { view, guard } = plan
  const told = explainPlan(model, question, planned)
  const named = (text: string) =>
    question.gateways.reduce((all, id) => all.replaceAll(id, view.gatewayName(id)), text)
  const reasons = [
    named(told.expected),
    ...told.evidence.map(named),
    ...(told.runnerUp === null ? [] : [named(told.runnerUp)]),
    ...(view.policy.isFree ? [] : [aboutWindow(plan, of)]),
    ...(guard.kind === 'until' ? [`not earlier, because ${guard.reason}`] : []),
  ]
  return tryAt(plan, {
    at: planned.chosen.at,
    reasons,
    chosen: planned.chosen,
    runnerUp: planned.runnerUp,
  })
}

function aboutWindow(
  { open, view }: Planning,
  { planned, rung }: { readonly planned: { readonly chosen: RetryOption }; readonly rung: Instant },
): string {
  const window = `retry ${open.retriesMade + 1} of ${view.policy.retryDays.length} falls due by ${formatInstant(rung)}`
  if (planned.chosen.at === rung) return `${window}, and no earlier instant is worth clearly more`
  return planned.chosen.at < rung
    ? `${window}; this instant is worth clearly more`
    : `${window}, and was not allowed by then`
}

function tryAt(
  plan: Planning,
  of: {
    readonly at: Instant
    readonly reasons: readonly string[]
    readonly chosen?: RetryOption
    readonly runnerUp?: RetryOption | null
    /** Of a try that the planner was asked about and did not choose. */
    readonly chance?: number | null
  },
): PlannedCase {
  const gatewayId = of.chosen === undefined ? null : gatewayOf(plan, of.chosen)
  const runnerUp = of.runnerUp ?? null
  const reasons = [...of.reasons, ...aboutCard(plan)]
  return moved(plan, {
    kind: 'try',
    waitsFor: 'try',
    dueAt: of.at,
    reasons,
    gatewayId,
    chance: of.chosen?.chance ?? of.chance ?? null,
    runnerUp:
      runnerUp === null
        ? null
        : { at: runnerUp.at, gatewayId: gatewayOf(plan, runnerUp), chance: runnerUp.chance },
  })
}

/** Which of several cards it is: their order is the customer's, and no chance changes it (see the README). */
function aboutCard({ card, view: { cards } }: Planning): string[] {
  if (card === null || cards.length < 2) return []
  const number = cards.indexOf(card) + 1
  const why =
    number === 1
      ? 'another is tried where this one may not be tried again'
      : 'those before it may not be tried again'
  return [`card ${number} of ${cards.length}: ${why}`]
}

/** Null where the account's rules route the charge. */
function gatewayOf({ card, view }: Planning, { gateway }: RetryOption): Uuid | null {
  if (view.isRouted) return null
  return card?.gatewayIds.find((id) => id === gateway) ?? null
}

function waitForCard(plan: Planning, why: string): PlannedCase {
  const { open, view } = plan
  const dueAt = cardAwaitedUntil(open, view.policy)
  const reasons = [why, `another card is waited for until ${formatInstant(dueAt)}`]
  return moved(plan, { kind: 'wait_for_card', waitsFor: 'card', dueAt, reasons })
}

function giveUp(plan: Planning, why: string | null = null): PlannedCase {
  const { open, view, at } = plan
  const dueAt = maxInstant(caseEndsAt(open, view.policy), at)
  const reasons = [why ?? `all ${open.retriesMade} retries are used up`]
  return moved(plan, { kind: 'give_up', waitsFor: 'end', dueAt, reasons })
}

type Move = Pick<CaseDecision, 'kind' | 'dueAt' | 'reasons'> &
  Partial<Pick<CaseDecision, 'gatewayId' | 'chance' | 'runnerUp'>> & {
    readonly waitsFor: RecoveryCase['waitsFor']
  }

function moved(plan: Planning, move: Move): PlannedCase {
  const { open, view, at, card, guard } = plan
  const { dueAt, waitsFor, gatewayId = null } = move
  const told = toldCardOf(card?.guarded?.history ?? [])?.evidence
  const isNews = told !== undefined && !move.reasons.includes(told)
  const excused =
    open.excusedTo === null
      ? []
      : [
          `retries up to ${formatInstant(open.excusedTo)} fell into an outage of ours and do not count`,
        ]
  return {
    recovery: { ...open, nextAttemptAt: dueAt, waitsFor, gatewayId, planAt: null },
    decision: {
      kind: move.kind,
      policy: view.policy.kind,
      retryNumber: open.retriesMade + 1,
      dueAt,
      gatewayId,
      paymentMethodId: card?.paymentMethodId ?? null,
      chance: move.chance ?? null,
      runnerUp: move.runnerUp ?? null,
      guard,
      reasons: [...move.reasons, ...(isNews ? [told] : []), ...excused],
      learnedFrom: view.model?.evidence.attempts ?? 0,
      decidedAt: at,
    },
  }
}
