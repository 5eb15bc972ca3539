import type { Instant } from '../../time/index.ts'
import type { CardsInTurn } from '../charges/cards-in-turn.ts'
import type { BillingTools, SubscriptionState } from '../state/state.ts'
import { decideDue, type DueDecision } from './due.ts'

/**
 * The step that is due, one of many that are taken together. Null: it is left due, because nothing but charges of its card
 * that are not answered yet stands against it.
 */
export function decideDueInTurn(
  state: SubscriptionState,
  cards: CardsInTurn,
  now: Instant,
  tools: BillingTools,
): DueDecision | null {
  const made = decideDue({ ...state, cards: cards.answered }, now, tools)
  return cards.begin(made.changes, state.routing) ? made : null
}
