import { assertNever } from '../../fault/index.ts'
import {
  explainDecline,
  isShortOfMoney,
  type Decline,
  type DeclineNature,
} from '../../declines/index.ts'
import { addMs, MS_PER_HOUR } from '../../time/index.ts'
import { askGuard, type GuardAnswer } from '../guard/ask-guard.ts'
import { strictest } from '../guard/retry-rule.ts'
import { toldCardOf } from '../guard/told-card.ts'
import { DUE_NOW_MS, MOVES_MAX } from '../planner/due-now.ts'
import { block, ended, fail, failAs, failByGuard, natureOf } from './end-steps.ts'
import {
  OUTSIDE_ATTEMPTS_MAX,
  outsideEndsAt,
  succeedOutside,
  toldOfCard,
  type OutsideRecovery,
  type OutsideStep,
} from './outside-recovery.ts'
import type { OutsideView } from './outside-view.ts'
import { asNetworksKnow, withHandOver, withoutUnanswered } from './past-tries.ts'
import { chanceBefore, planOutside } from './plan-outside.ts'
import { firstUpdaterAsk, isRenewed } from './renewed-card.ts'
import { retryLeftOf } from './retry-left.ts'

export type HandedOver = Pick<
  OutsideRecovery,
  | 'id'
  | 'amountMinor'
  | 'currency'
  | 'handedToken'
  | 'fallbackTokens'
  | 'firstDecline'
  | 'isUrgent'
  | 'isCustomerPresent'
  | 'bin'
  | 'country'
>

/** Charge now, later, when there is another card, or never: the answer to a payment that is handed over. */
export function openOutside(handed: HandedOver, known: OutsideView): OutsideStep {
  const { now } = known
  const recovery: OutsideRecovery = {
    ...handed,
    state: 'attempting',
    token: handed.handedToken,
    lastDecline: handed.firstDecline,
    attemptsMade: 0,
    lastAttemptAt: now,
    strategy: 'none',
    trigger: null,
    nextAttemptAt: null,
    plan: null,
    recommendedAction: null,
    reason: null,
    gatewayReference: null,
    openedAt: now,
    movedAt: null,
    askUpdaterAt: null,
    closedAt: null,
  }
  const view = withHandOver(known, recovery)
  const decline = handed.firstDecline
  if (decline === null) return attempt(recovery, view)
  const isSoft = natureOf(decline) === 'soft'
  const waits = isShortOfMoney(decline) || explainDecline(decline.code).reason === 'over_limit'
  const isLeft = retryLeftOf(recovery, decline, view).kind !== 'never'
  if (isSoft && waits && isLeft && !recovery.isUrgent) return schedule(recovery, view)
  return goOn(recovery, { decline, isFresh: true }, view)
}

export type OutsideOutcome =
  | { readonly kind: 'succeeded'; readonly gatewayReference: string }
  | {
      readonly kind: 'declined'
      readonly decline: Decline
      /** The payer was sent to authenticate, from a page on which they can give another card. */
      readonly wasChallenged: boolean
    }

/** What an attempt's answer makes of it. */
export function settleOutside(
  recovery: OutsideRecovery,
  outcome: OutsideOutcome,
  view: OutsideView,
): OutsideStep {
  if (outcome.kind === 'succeeded')
    return ended(succeedOutside(recovery, { gatewayReference: outcome.gatewayReference, at: view.now })) // prettier-ignore
  const { decline } = outcome
  const refused = { ...recovery, lastDecline: decline }
  // Somebody was there to authenticate, and may have another card; otherwise nobody is, and that is the end.
  if (outcome.wasChallenged && natureOf(decline) === 'authenticate')
    return awaitCard(refused, decline, view)
  if (isSecondUnknown(recovery, decline)) return failAs(refused, decline, view)
  return goOn(refused, { decline, isFresh: false }, view)
}

/** What nobody can read is tried with care: twice on a card, and not again (spec/revtain.md 7). */
function isSecondUnknown(before: OutsideRecovery, decline: Decline): boolean {
  const { lastDecline, attemptsMade, trigger, fallbackTokens } = before
  if (natureOf(decline) !== 'unknown' || fallbackTokens.length > 0) return false
  const isOurs = attemptsMade > 1 && trigger !== 'card_update'
  return isOurs && lastDecline !== null && natureOf(lastDecline) === 'unknown'
}

/** Its time has come: the next try, unless what was learned since promises more later; a renewed card, or the end of waiting for one. */
export function continueOutside(recovery: OutsideRecovery, view: OutsideView): OutsideStep {
  if (recovery.state === 'awaiting_card') return attemptRenewed(recovery, view)
  const { movedAt, lastAttemptAt } = recovery
  const isNewCard = movedAt !== null && movedAt > lastAttemptAt
  const trigger = isNewCard ? 'card_update' : 'scheduled_retry'
  return planAnew(recovery, view) ?? attempt({ ...recovery, trigger }, view)
}

/** Where the card is as it was, or more than its old data stands against it, another one is waited for to the end. */
function attemptRenewed(recovery: OutsideRecovery, view: OutsideView): OutsideStep {
  if (isRenewed(recovery, view) && recovery.attemptsMade < OUTSIDE_ATTEMPTS_MAX) {
    const step = attempt({ ...recovery, trigger: 'account_updater' }, view)
    if (step.recovery.closedAt === null) return step
  }
  const endsAt = outsideEndsAt(recovery)
  if (endsAt > view.now) return ended({ ...recovery, nextAttemptAt: endsAt, askUpdaterAt: null })
  return fail(recovery, { action: 'request_card_update', reason: 'no new card came' }, view)
}

/** A later instant is waited for when due only if it promises so much more: plans must not creep. */
const MOVES_FOR = 0.1

/** Null = it is tried now. Only what the planner chose is moved: other instants were promised. */
function planAnew(recovery: OutsideRecovery, view: OutsideView): OutsideStep | null {
  const { plan } = recovery
  if (plan?.source !== 'planner' || plan.timesMoved >= MOVES_MAX) return null
  const { recovery: next } = schedule(recovery, view)
  if (next.plan?.source !== 'planner' || next.nextAttemptAt === null) return null
  if (next.nextAttemptAt - view.now < DUE_NOW_MS) return null
  const gain = (next.plan.chance ?? 0) - chanceBefore(recovery, view, addMs(view.now, DUE_NOW_MS))
  if (gain < MOVES_FOR) return null
  return ended({ ...next, plan: { ...next.plan, timesMoved: plan.timesMoved + 1 } })
}

/** The biller is about to give up: tried now if the networks allow it; else a new card is all that can help. */
export function lastChanceOutside(recovery: OutsideRecovery, view: OutsideView): OutsideStep {
  const step = attempt({ ...recovery, trigger: 'scheduled_retry' }, view)
  if (step.isAttempting || step.recovery.closedAt !== null) return step
  const reason = step.recovery.reason ?? 'The biller gives up, and the networks allow no try now.'
  return fail(recovery, { action: 'request_card_update', reason }, view)
}

/**
 * A new card has come: tried at once, whatever was planned. While a charge of the old one is out, as soon as that is
 * refused.
 */
export function moveOutside(
  recovery: OutsideRecovery,
  token: string,
  view: OutsideView,
): OutsideStep {
  const isOut = recovery.state === 'attempting'
  if (isOut)
    return ended({
      ...recovery,
      handedToken: token,
      firstDecline: null,
      fallbackTokens: [token],
      movedAt: view.now,
    })
  const of = { token, handedToken: token, firstDecline: null, fallbackTokens: [] }
  return attempt({ ...recovery, ...of, movedAt: view.now, trigger: 'card_update' }, view)
}

/** Tries of one call at most where nothing but the way was at fault and somebody waits. */
const URGENT_TECHNICAL_TRIES = 2

/** After a refusal: the biller's own (`isFresh`), or one of ours. */
function goOn(
  recovery: OutsideRecovery,
  { decline, isFresh }: { readonly decline: Decline; readonly isFresh: boolean },
  view: OutsideView,
): OutsideStep {
  const nature = natureOf(decline, view.cardOf(recovery.token))
  switch (nature) {
    case 'fraud':
    case 'authenticate':
      return block(recovery, decline, view)
    case 'stop':
    case 'reconcile':
      return failAs(recovery, decline, view)
    case 'set_up':
      return withoutThisCard(recovery, decline, view)
    case 'new_data':
    case 'hard':
    case 'soft':
    case 'technical':
    case 'unknown': {
      const left = retryLeftOf(recovery, decline, view)
      if (left.kind === 'never') return withoutThisCard(recovery, decline, view)
      const isLater = left.kind === 'until' && !recovery.isUrgent
      if (isFresh) return isLater ? schedule(recovery, view) : attempt(recovery, view)
      if (recovery.fallbackTokens.length > 0) return attemptFallback(recovery, view)
      return laterOrNever(recovery, decline, view)
    }
    default:
      return assertNever(nature)
  }
}

function laterOrNever(recovery: OutsideRecovery, decline: Decline, view: OutsideView): OutsideStep {
  if (!recovery.isUrgent) {
    const next = withFirstToken(recovery, view)
    return schedule(next, view, next.token === recovery.token ? decline : null)
  }
  const isTechnical = natureOf(decline) === 'technical'
  if (isTechnical && recovery.attemptsMade < URGENT_TECHNICAL_TRIES) return attempt(recovery, view)
  return failAs(recovery, decline, view)
}

/** When the fallbacks have failed too, it goes on with the card it began with, if that one can work at all. */
function withFirstToken(recovery: OutsideRecovery, view: OutsideView): OutsideRecovery {
  const { firstDecline, handedToken, token } = recovery
  if (token === handedToken) return recovery
  const first = { ...recovery, token: handedToken }
  const isDead = firstDecline !== null && NEEDS_OTHER_CARD.has(natureOf(firstDecline))
  return isDead || retryLeftOf(first, null, view).kind === 'never' ? recovery : first
}

const NEEDS_OTHER_CARD: ReadonlySet<DeclineNature> = new Set(['new_data', 'hard', 'set_up'])

function withoutThisCard(
  recovery: OutsideRecovery,
  decline: Decline,
  view: OutsideView,
): OutsideStep {
  if (recovery.fallbackTokens.length > 0) return attemptFallback(recovery, view)
  const { reason } = explainDecline(decline.code)
  const isReplaceable = reason === 'expired_card' || reason === 'update_cardholder_data'
  if (recovery.isUrgent || !isReplaceable) return failAs(recovery, decline, view)
  return awaitCard({ ...recovery, askUpdaterAt: firstUpdaterAsk(view.now) }, decline, view)
}

function awaitCard(recovery: OutsideRecovery, decline: Decline, view: OutsideView): OutsideStep {
  const nextAttemptAt = outsideEndsAt(recovery)
  if (nextAttemptAt <= view.now) return failAs(recovery, decline, view)
  return ended({
    ...recovery,
    state: 'awaiting_card',
    nextAttemptAt,
    plan: null,
    recommendedAction: 'request_card_update',
    reason: 'The card has to be replaced.',
  })
}

/** Charges the token if the networks allow it; else the next one, later, or never. */
function attempt(recovery: OutsideRecovery, view: OutsideView): OutsideStep {
  const guard = guardOf(recovery, view)
  if (guard.kind === 'allowed') {
    const strategy = recovery.strategy === 'fallback' ? 'fallback' : 'primary'
    return {
      isAttempting: true,
      recovery: {
        ...recovery,
        state: 'attempting',
        strategy,
        attemptsMade: recovery.attemptsMade + 1,
        lastAttemptAt: view.now,
        nextAttemptAt: null,
        recommendedAction: null,
        reason: null,
      },
    }
  }
  if (recovery.fallbackTokens.length > 0) return attemptFallback(recovery, view)
  if (recovery.isUrgent) return failByGuard(recovery, guard, view)
  if (isOnlyPause(guard)) return schedule(recovery, view)
  // Only tries that are under way may stand against it: if they are approved, it may be tried.
  const answered = guardOf(recovery, withoutUnanswered(view))
  return answered.kind === 'allowed'
    ? afterAnswers(recovery, view)
    : failByGuard(recovery, guard, view)
}

const ANSWERS_AFTER_MS = MS_PER_HOUR

function afterAnswers(recovery: OutsideRecovery, view: OutsideView): OutsideStep {
  const nextAttemptAt = addMs(view.now, ANSWERS_AFTER_MS)
  if (nextAttemptAt >= outsideEndsAt(recovery))
    return fail(recovery, { action: 'retry_later', reason: OTHERS_UNDER_WAY }, view)
  return ended({
    ...recovery,
    state: 'scheduled',
    nextAttemptAt,
    plan: null,
    recommendedAction: 'monitor',
    reason: OTHERS_UNDER_WAY,
  })
}

const OTHERS_UNDER_WAY = 'As many charges of this card are under way as its network allows.'

function attemptFallback(recovery: OutsideRecovery, view: OutsideView): OutsideStep {
  const [token, ...fallbackTokens] = recovery.fallbackTokens
  if (token === undefined) return attempt(recovery, view)
  // A new card that came while the old one was being charged is no fallback.
  const isNew = recovery.movedAt !== null
  const of = isNew
    ? ({ trigger: 'card_update' } as const)
    : ({ trigger: 'fallback_token', strategy: 'fallback' } as const)
  return attempt({ ...recovery, ...of, token, fallbackTokens }, view)
}

/** `told`: what the token has just been answered; null where another one was tried last. */
function schedule(
  recovery: OutsideRecovery,
  view: OutsideView,
  told: Decline | null = null,
): OutsideStep {
  // By then what is under way is answered, and nobody is there.
  const guard = guardOf(recovery, { ...withoutUnanswered(view), isCustomerPresent: false })
  if (guard.kind !== 'allowed' && !isOnlyPause(guard)) return failByGuard(recovery, guard, view)
  const left = strictest(guard, retryLeftOf(recovery, told, view), view.now)
  if (left.kind === 'never') return failAsLast(recovery, left.reason, view)
  const earliestAt = left.kind === 'until' ? left.until : view.now
  const planned = planOutside(recovery, view, earliestAt)
  if (planned === null) return failAsLast(recovery, 'Every try was used.', view)
  const known = toldCardOf(asNetworksKnow(view.cardOf(recovery.token)).history)
  const why = [
    ...(left.kind === 'until' ? [`not earlier, because ${left.reason}`] : []),
    ...(known === null ? [] : [known.evidence]),
  ]
  return ended({
    ...recovery,
    state: 'scheduled',
    nextAttemptAt: planned.at,
    plan: { ...planned.plan, reasons: [...planned.plan.reasons, ...why] },
    recommendedAction: 'monitor',
    reason: planned.reason,
  })
}

/** As the last refusal asks for; `reason`: where there was none. */
function failAsLast(recovery: OutsideRecovery, reason: string, view: OutsideView): OutsideStep {
  if (recovery.lastDecline !== null) return failAs(recovery, recovery.lastDecline, view)
  return fail(recovery, { action: 'retry_later', reason }, view)
}

/** A rule that only says "not yet". A card whose tries are used up ends the recovery instead (spec/revtain.md 8.3). */
function isOnlyPause(guard: GuardAnswer): boolean {
  return guard.kind === 'until' && (guard.rule === 'advised_delay' || guard.rule.endsWith('_pause'))
}

function guardOf(recovery: OutsideRecovery, view: OutsideView): GuardAnswer {
  const { amountMinor, currency, token } = recovery
  const card = asNetworksKnow(view.cardOf(token))
  const country = card.country ?? toldOfCard(recovery).country
  const { now: at, isCustomerPresent } = view
  return askGuard({ ...card, country, amountMinor, currency, at, isCustomerPresent })
}

/** What no other card changes: somebody forbade it, or the merchant or its request is at fault. */
const BEYOND_PAYER: ReadonlySet<DeclineNature> = new Set(['stop', 'fraud', 'reconcile', 'set_up'])

/** Whether whoever waits can help it with another card. */
export function canPayerHelp(recovery: OutsideRecovery): boolean {
  const { isUrgent, state, lastDecline, recommendedAction } = recovery
  if (!isUrgent || state !== 'failed' || recommendedAction === 'manual_review') return false
  return lastDecline === null || !BEYOND_PAYER.has(natureOf(lastDecline))
}
