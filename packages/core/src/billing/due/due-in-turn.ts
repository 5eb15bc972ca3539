import type { Instant } from '../../time/index.ts'
import type { CreditInTurn } from '../bills/credit-in-turn.ts'
import type { CardsInTurn } from '../charges/cards-in-turn.ts'
import type { BillingTools, SubscriptionState } from '../state/state.ts'
import { decideDue, type DueDecision } from './due.ts'

/**
 * The step that is due, one of many that are taken together: its bill has the credit that those before it have left. Null:
 * it is left due, because nothing but charges of its card that are not answered yet stands against it.
 */
export function decideDueInTurn(
  state: SubscriptionState,
  { cards, credit }: { readonly cards: CardsInTurn; readonly credit: CreditInTurn },
  now: Instant,
  tools: BillingTools,
): DueDecision | null {
  const creditMinor = credit.leftFor(state)
  const made = decideDue({ ...state, creditMinor, cards: cards.answered }, now, tools)
  if (!cards.begin(made.changes, state.routing)) return null
  credit.note(made.changes)
  return made
}
