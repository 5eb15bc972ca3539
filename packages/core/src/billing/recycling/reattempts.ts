import { askGuard, type GuardedCard, type PastAttempt } from '../../recovery/index.ts'
import { addDays, type Instant } from '../../time/index.ts'
import type { GuardedCards } from '../state/guarded-cards.ts'

/**
 * The cards as the networks count what is tried again: fifteen reattempts in thirty days, and the charge that failed
 * first is none of them (spec/decline-codes.md; spec/revolv3.md 6.3). What that one forbids stays forbidden.
 */
export function countingReattempts(
  cards: GuardedCards | undefined,
  failedFirstAt: Instant,
): GuardedCards | undefined {
  if (cards === undefined) return undefined
  const since = addDays(failedFirstAt, -1)
  return new Map(
    [...cards].map(([id, card]) => {
      const first = card.history.findIndex(({ at }) => at > since && at <= failedFirstAt)
      const history = card.history.filter(
        (past, index) => index !== first || forbidsAnother(card, past),
      )
      return [id, { ...card, history }] as const
    }),
  )
}

/** A refusal that names when, or whether ever, the card may be tried again is more than one to be counted. */
function forbidsAnother(card: GuardedCard, past: PastAttempt): boolean {
  const { at, amountMinor, currency } = past
  const answer = askGuard({ ...card, history: [past], amountMinor, currency, at })
  return answer.kind === 'never' || (answer.kind === 'until' && answer.rule === 'advised_delay')
}
