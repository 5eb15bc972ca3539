import {
  classifyDecline,
  explainDecline,
  type Decline,
  type DeclineNature,
  type RecommendedAction,
  type RefusedCard,
} from '../../declines/index.ts'
import type { GuardAnswer } from '../guard/ask-guard.ts'
import { neverRefilled } from '../guard/told-card.ts'
import { endOutside, type OutsideRecovery, type OutsideStep } from './outside-recovery.ts'
import type { OutsideView } from './outside-view.ts'
import { asNetworksKnow } from './past-tries.ts'

export function failByGuard(
  recovery: OutsideRecovery,
  guard: Exclude<GuardAnswer, { kind: 'allowed' }>,
  view: OutsideView,
): OutsideStep {
  return fail(recovery, { action: 'request_card_update', reason: guard.reason }, view)
}

export function failAs(
  recovery: OutsideRecovery,
  decline: Decline,
  view: OutsideView,
): OutsideStep {
  const card = view.cardOf(recovery.token)
  const prepaid = neverRefilled(decline, asNetworksKnow(card).history)
  if (prepaid !== null)
    return fail(recovery, { action: 'request_card_update', reason: prepaid.evidence }, view)
  const { recommendedAction: action } = classifyDecline(decline, card)
  return fail(recovery, { action, reason: explainDecline(decline.code).meaning }, view)
}

export function fail(
  recovery: OutsideRecovery,
  why: { readonly action: RecommendedAction; readonly reason: string },
  view: OutsideView,
): OutsideStep {
  const end = { state: 'failed', recommendedAction: why.action, reason: why.reason } as const
  return ended(endOutside(recovery, end, view.now))
}

export function block(recovery: OutsideRecovery, decline: Decline, view: OutsideView): OutsideStep {
  const { recommendedAction } = classifyDecline(decline, view.cardOf(recovery.token))
  const { meaning: reason } = explainDecline(decline.code)
  return ended(endOutside(recovery, { state: 'blocked', recommendedAction, reason }, view.now))
}

export function ended(recovery: OutsideRecovery): OutsideStep {
  return { recovery, isAttempting: false }
}

export function natureOf(decline: Decline, card: RefusedCard | null = null): DeclineNature {
  return classifyDecline(decline, card).nature
}
