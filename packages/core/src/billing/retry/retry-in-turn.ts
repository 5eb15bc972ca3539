import type { Instant } from '../../time/index.ts'
import type { RetryState } from '../state/billed-state.ts'
import type { CardsInTurn } from '../charges/cards-in-turn.ts'
import type { GuardedCards } from '../state/guarded-cards.ts'
import { isRecycling } from '../recycling/terms.ts'
import type { BillingTools } from '../state/state.ts'
import { decideRetry, type RetryDecision } from './retry.ts'

/** The cards that any of these may be charged to. */
export function cardsOfRetries(states: Iterable<RetryState>): GuardedCards {
  const all = [...states].flatMap(({ billed, view }) => [
    ...(billed.cards ?? []),
    ...view.cards.flatMap(({ paymentMethodId, guarded }) =>
      guarded === null ? [] : [[paymentMethodId, guarded] as const],
    ),
  ])
  return new Map(all)
}

/**
 * What an open case does that is due, one of many that are decided together. Null: it is left due, because nothing but
 * charges of its card that are not answered yet stands against it. A run of a recycled bill, whose first charge is none of
 * those that count, comes again a moment later instead.
 */
export function decideRetryInTurn(
  state: RetryState,
  cards: CardsInTurn,
  at: Instant,
  tools: BillingTools,
): RetryDecision | null {
  if (isRecycling(state.billed)) {
    const made = decideRetry(asKnown(state, cards.all), at, tools)
    cards.note(made.changes.newAttempts)
    return made
  }
  const made = decideRetry(asKnown(state, cards.answered), at, tools)
  return cards.begin(made.changes, state.billed.routing) ? made : null
}

function asKnown(state: RetryState, cards: GuardedCards | undefined): RetryState {
  const { billed, view } = state
  const known = view.cards.map((card) => ({
    ...card,
    guarded: cards?.get(card.paymentMethodId) ?? card.guarded,
  }))
  return { ...state, billed: { ...billed, cards }, view: { ...view, cards: known } }
}
