import { addDays, type Instant } from '../../time/index.ts'
import type { GuardedCards } from '../guard-charge.ts'

/**
 * The cards as the networks count what is tried again: fifteen reattempts in thirty days, and the charge that failed
 * first is none of them (spec/decline-codes.md; spec/revolv3.md 6.3).
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
      const history = card.history.filter((_, index) => index !== first)
      return [id, { ...card, history }] as const
    }),
  )
}
