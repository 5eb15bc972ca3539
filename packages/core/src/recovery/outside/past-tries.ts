import type { Decline } from '../../declines/index.ts'
import { answeredOnly, type PastAttempt } from '../guard/ask-guard.ts'
import type { OutsideRecovery } from './outside-recovery.ts'
import type { OutsideCard, OutsideView } from './outside-view.ts'

/** The try that the biller made before it handed the payment over counts from now on. */
export function withHandOver(view: OutsideView, recovery: OutsideRecovery): OutsideView {
  return {
    ...view,
    cardOf: (token) => {
      return token === recovery.handedToken
        ? withPast(view.cardOf(token), handedOverAs(recovery))
        : view.cardOf(token)
    },
  }
}

/**
 * The biller's own refused try, as it counts for the networks: once in their windows. When it was made is not told, so it
 * starts no pause; a name for it that is not a network's own code forbids nothing by itself.
 */
export function handedOverAs(
  handed: Pick<
    OutsideRecovery,
    'openedAt' | 'amountMinor' | 'currency' | 'firstDecline' | 'isCustomerPresent'
  >,
): PastAttempt {
  const { openedAt, amountMinor, currency, firstDecline, isCustomerPresent } = handed
  const isNetworks = firstDecline !== null && firstDecline.isoCode !== null
  return {
    at: openedAt,
    amountMinor,
    currency,
    decline: isNetworks ? firstDecline : UNNAMED,
    isCustomerPresent,
    doubt: 'undated',
  }
}

const UNNAMED: Decline = { code: 'generic_decline', isoCode: null, adviceCode: null, message: null }

/** A charge that is out. */
export function unansweredAs(charge: Omit<PastAttempt, 'decline' | 'doubt'>): PastAttempt {
  return { ...charge, decline: UNNAMED, doubt: 'unanswered' }
}

/** The same view once this recovery's token is being charged. */
export function withAttempt(view: OutsideView, charged: OutsideRecovery): OutsideView {
  const { amountMinor, currency, lastAttemptAt: at } = charged
  const { isCustomerPresent } = view
  const attempt = unansweredAs({ at, amountMinor, currency, isCustomerPresent })
  const { key } = view.cardOf(charged.token)
  return {
    ...view,
    cardOf: (token) => {
      const card = view.cardOf(token)
      if (token === charged.token) return withPast(card, attempt)
      const isSame = key !== undefined && card.key === key
      return isSame ? { ...card, elsewhere: inOrder([...(card.elsewhere ?? []), attempt]) } : card
    },
  }
}

/** The same view without what is under way. */
export function withoutUnanswered(view: OutsideView): OutsideView {
  return {
    ...view,
    cardOf: (token) => {
      const { elsewhere = [], ...card } = view.cardOf(token)
      return { ...answeredOnly(card), elsewhere: answeredOnly({ history: elsewhere }).history }
    },
  }
}

function withPast(card: OutsideCard, past: PastAttempt): OutsideCard {
  return { ...card, history: inOrder([...card.history, past]) }
}

/** The card as its networks know it. */
export function asNetworksKnow({ elsewhere = [], ...card }: OutsideCard): OutsideCard {
  return elsewhere.length === 0 ? card : { ...card, history: inOrder([...card.history, ...elsewhere]) } // prettier-ignore
}

function inOrder(tries: readonly PastAttempt[]): PastAttempt[] {
  return tries.toSorted((a, b) => a.at - b.at)
}
