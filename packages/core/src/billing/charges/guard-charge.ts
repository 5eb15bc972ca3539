import type { Uuid } from '../../ids/index.ts'
import type { Currency } from '../../money/index.ts'
import type { PaymentAttempt } from '../../payments/index.ts'
import { askGuard, type CardNetwork, type GuardedCard } from '../../recovery/index.ts'
import type { Instant } from '../../time/index.ts'

/** The cards that may be charged, as their networks know them, by payment method. What is absent is not asked about. */
export type GuardedCards = ReadonlyMap<Uuid, GuardedCard>

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
}

/** Why this charge must not be made now; null when it may. */
export function findDenial(
  cards: GuardedCards | undefined,
  charge: GuardedCharge,
): DeniedCharge | null {
  const { paymentMethodId, ...asked } = charge
  const card = cards?.get(paymentMethodId)
  if (card === undefined) return null
  const answer = askGuard({ ...card, ...asked })
  if (answer.kind === 'allowed') return null
  const { rule, reason } = answer
  const allowedAt = answer.kind === 'until' ? answer.until : null
  const refusals = card.history.flatMap(({ decline }) => decline?.code ?? [])
  const declineCode = refusals.at(-1) ?? null
  return { paymentMethodId, network: card.network, rule, reason, allowedAt, declineCode }
}

/** The same cards once an attempt has come to its end: what follows at once is asked with it. */
export function withAttempt(
  cards: GuardedCards | undefined,
  attempt: PaymentAttempt,
): GuardedCards | undefined {
  const card = cards?.get(attempt.paymentMethodId)
  if (cards === undefined || card === undefined) return cards
  const { createdAt: at, amountMinor, currency, decline, isCustomerPresent } = attempt
  const past = { at, amountMinor, currency, decline, isCustomerPresent }
  const told = { ...card, history: [...card.history, past] }
  return new Map([...cards, [attempt.paymentMethodId, told]])
}
