import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import type { PaymentAttempt } from '../../payments/index.ts'
import {
  answeredOnly,
  askGuard,
  type CardNetwork,
  type GuardedCard,
  type PastAttempt,
} from '../../recovery/index.ts'
import type { GuardedCards } from '../state/guarded-cards.ts'
import { addMs, MS_PER_SECOND, type Instant } from '../../time/index.ts'

/** A charge that the card networks' rules forbid. */
export type DeniedCharge = {
  readonly paymentMethodId: Uuid
  readonly network: CardNetwork
  readonly rule: string
  readonly reason: string
  /** From then on it may be tried; null = not with this card data. */
  readonly allowedAt: Instant | null
  /** Of the card's last refusal. */
  readonly declineCode: string | null
}

export type GuardedCharge = {
  readonly paymentMethodId: Uuid
  readonly amountMinor: bigint
  readonly currency: Currency
  readonly at: Instant
  readonly isCustomerPresent?: boolean
  /** Where it may be made; absent = not known yet. */
  readonly gatewayIds?: readonly Uuid[]
}

/** Gateways answer within this, or the charge is looked up. */
const ANSWERS_AFTER_MS = 60 * MS_PER_SECOND

/**
 * Why this charge must not be made now; null when it may. Where nothing but charges that are under way stands against it,
 * it is allowed as soon as they are answered.
 */
export function findDenial(
  cards: GuardedCards | undefined,
  charge: GuardedCharge,
): DeniedCharge | null {
  const { paymentMethodId, ...asked } = charge
  const card = cards?.get(paymentMethodId)
  if (card === undefined) return null
  const { network } = card
  const answered = answeredOnly(card)
  const refusals = answered.history.flatMap(({ decline }) => decline?.code ?? [])
  const declineCode = refusals.at(-1) ?? null
  const answer = askGuard({ ...answered, ...asked })
  if (answer.kind !== 'allowed') {
    const { rule, reason } = answer
    const allowedAt = answer.kind === 'until' ? answer.until : null
    return { paymentMethodId, network, rule, reason, allowedAt, declineCode }
  }
  const inAll = answered === card ? answer : askGuard({ ...card, ...asked })
  if (inAll.kind === 'allowed') return null
  const { rule } = inAll
  const allowedAt = addMs(charge.at, ANSWERS_AFTER_MS)
  return { paymentMethodId, network, rule, reason: OTHERS_UNDER_WAY, allowedAt, declineCode }
}

const OTHERS_UNDER_WAY = 'as many charges of it are under way as may be'

/** Whether nothing but charges that are under way stands against it: their answers may allow it. */
export function isHeldByOthers(cards: GuardedCards, charge: GuardedCharge): boolean {
  return findDenial(cards, charge)?.reason === OTHERS_UNDER_WAY
}

/** The same cards as far as they are answered: without what is under way. */
export function answeredCards(cards: GuardedCards): GuardedCards {
  return new Map([...cards].map(([id, card]) => [id, answeredOnly(card)]))
}

/** The same cards once an attempt has come to its end: what follows at once is asked with it. */
export function withAttempt(
  cards: GuardedCards | undefined,
  attempt: PaymentAttempt,
): GuardedCards | undefined {
  const own = cards?.get(attempt.paymentMethodId)
  if (cards === undefined || own === undefined) return cards
  const past = toPast(attempt)
  const told = methodsOf(cards, attempt.paymentMethodId).map(
    ([id, card]) => [id, withPast(card, past)] as const,
  )
  return new Map([...cards, ...told])
}

export function toPast(attempt: PaymentAttempt): PastAttempt {
  const {
    id,
    createdAt: at,
    amountMinor,
    currency,
    decline,
    approvalAdvice,
    isCustomerPresent,
  } = attempt
  return { id, at, amountMinor, currency, decline, approvalAdvice, isCustomerPresent }
}

/** An attempt takes the place of what was known of it before. */
export function withPast(card: GuardedCard, past: PastAttempt): GuardedCard {
  const isKnown = card.history.some(({ id }) => id === past.id)
  const history = isKnown
    ? card.history.map((one) => (one.id === past.id ? past : one))
    : [...card.history, past]
  return { ...card, history }
}

/** Everything that stands for the card behind a method. */
function methodsOf(cards: GuardedCards, id: Uuid): (readonly [Uuid, GuardedCard])[] {
  const own = cards.get(id)
  if (own === undefined) return []
  if (own.key === undefined) return [[id, own]]
  return [...cards].filter(([, card]) => card.key === own.key)
}
