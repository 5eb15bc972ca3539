import type { Decline } from '../../declines/index.ts'
import type { GuardAnswer } from '../guard/ask-guard.ts'
import { askRetryRule, type Answer } from '../guard/retry-rule.ts'
import { natureOf } from './end-steps.ts'
import type { OutsideRecovery } from './outside-recovery.ts'
import type { OutsideView } from './outside-view.ts'
import { asNetworksKnow } from './past-tries.ts'

/**
 * What the refusals of this payment leave of the token that is to be tried next. `told`: what has just been answered, or what the
 * biller was; null where that was of another token. A code that nobody knows is counted elsewhere (`isSecondUnknown`).
 */
export function retryLeftOf(
  recovery: OutsideRecovery,
  told: Decline | null,
  view: OutsideView,
): GuardAnswer {
  const card = view.cardOf(recovery.token)
  const answers = answersOf(recovery, told, view)
  const last = answers.at(-1)?.decline ?? null
  if (last !== null && natureOf(last, card) === 'unknown') return { kind: 'allowed' }
  return askRetryRule(answers, asNetworksKnow(card))
}

function answersOf(recovery: OutsideRecovery, told: Decline | null, view: OutsideView): Answer[] {
  const { token, handedToken, firstDecline, openedAt, attemptsMade, lastAttemptAt } = recovery
  const isToldOfTry = told !== null && attemptsMade > 0
  const handed = token === handedToken ? [{ at: openedAt, decline: firstDecline }] : []
  const ours = view
    .cardOf(token)
    .history.filter(
      ({ at, doubt, amountMinor, currency }) =>
        doubt === undefined &&
        at >= openedAt &&
        !(isToldOfTry && at === lastAttemptAt) &&
        amountMinor === recovery.amountMinor &&
        currency === recovery.currency,
    )
  const just = isToldOfTry ? [{ at: lastAttemptAt, decline: told }] : []
  return [...handed, ...ours, ...just].filter(({ decline }) => decline !== null)
}
