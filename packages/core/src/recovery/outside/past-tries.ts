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

/** A charge that is being begun, and the card that it is of. */
export type BegunCharge = {
  readonly token: string
  /** See `OutsideCard`. */
  readonly names: readonly string[]
  readonly attempt: PastAttempt
}

/** The charge that this recovery begins; `view`: by which it was decided. */
export function begunBy(charged: OutsideRecovery, view: OutsideView): BegunCharge {
  const { token, amountMinor, currency, lastAttemptAt: at } = charged
  const { isCustomerPresent } = view
  const attempt = unansweredAs({ at, amountMinor, currency, isCustomerPresent })
  return { token, names: view.cardOf(token).names ?? [], attempt }
}

/** The same view once these charges are under way. */
export function withBegun(view: OutsideView, begun: readonly BegunCharge[]): OutsideView {
  if (begun.length === 0) return view
  return {
    ...view,
    cardOf: (token) => {
      const card = view.cardOf(token)
      const own = begun.filter((charge) => charge.token === token)
      const same = begun.filter(
        (charge) =>
          charge.token !== token && charge.names.some((name) => card.names?.includes(name)),
      )
      if (own.length === 0 && same.length === 0) return card
      const after = (past: readonly PastAttempt[], charges: readonly BegunCharge[]) =>
        inOrder([...past, ...charges.map(({ attempt }) => attempt)])
      return {
        ...card,
        history: after(card.history, own),
        elsewhere: after(card.elsewhere ?? [], same),
      }
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
