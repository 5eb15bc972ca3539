import type { PaymentAttempt } from '../../payments/index.ts'
import { unansweredAs, type PastAttempt } from '../../recovery/index.ts'
import { forgetCharge, type BillRouting } from '../../routing/index.ts'
import type { ChangeSet } from '../state/change-set.ts'
import type { GuardedCards } from '../state/guarded-cards.ts'
import { answeredCards, isHeldByOthers, toPast, withPast } from './guard-charge.ts'

/**
 * The cards of several charges that are decided one after the other and begun together: each is asked about in view of
 * those before it. What is under way counts as refused until it is answered.
 */
export type CardsInTurn = {
  /** As far as they are answered: what a decision is taken on that may be put off. */
  readonly answered: GuardedCards | undefined
  /** With all that is under way by now: what a decision is taken on that cannot be put off. */
  readonly all: GuardedCards | undefined
  /**
   * Begins the charges of a decision. False, and it is to be put off as a whole: nothing but charges that are under way
   * stands against one of them, and their answers may allow it.
   */
  begin(decided: Pick<ChangeSet, 'newAttempts' | 'newRouteDecisions'>, by?: BillRouting): boolean
  /** The same for charges that cannot be put off: they begin. */
  note(attempts: readonly PaymentAttempt[]): void
}

/** `told`: attempts that have come to their end since the cards were read. */
export function cardsInTurn(
  known: GuardedCards | undefined,
  told: readonly PaymentAttempt[] = [],
): CardsInTurn {
  if (known === undefined || known.size === 0) return NO_CARDS
  const all = new Map(known)
  const methodsOf = Map.groupBy(known.keys(), (id) => known.get(id)?.key ?? id)
  const add = (past: PastAttempt, { paymentMethodId }: PaymentAttempt): void => {
    for (const id of methodsOf.get(known.get(paymentMethodId)?.key ?? paymentMethodId) ?? []) {
      const card = all.get(id)
      if (card !== undefined) all.set(id, withPast(card, past))
    }
  }
  for (const attempt of told) add(toPast(attempt), attempt)
  const answered = answeredCards(all)
  const mustWait = ({ createdAt: at, ...attempt }: PaymentAttempt): boolean => {
    const { paymentMethodId, gatewayId, amountMinor, currency, isCustomerPresent } = attempt
    const asked = { paymentMethodId, amountMinor, currency, at, isCustomerPresent }
    return isHeldByOthers(all, { ...asked, gatewayIds: [gatewayId] })
  }
  const note = (attempts: readonly PaymentAttempt[]): void => {
    for (const attempt of attempts) add(unansweredAs(toPast(attempt)), attempt)
  }
  return {
    answered,
    all,
    note,
    begin: ({ newAttempts, newRouteDecisions }, by) => {
      const begins = !newAttempts.some(mustWait)
      if (begins) note(newAttempts)
      else
        for (const { step, isAlone } of newRouteDecisions)
          if (by !== undefined && step.kind === 'charge' && isAlone !== true)
            forgetCharge(by.routing.book, step)
      return begins
    },
  }
}

/** Nothing is known that could forbid a charge. */
const NO_CARDS: CardsInTurn = {
  answered: undefined,
  all: undefined,
  begin: () => true,
  note: () => undefined,
}
