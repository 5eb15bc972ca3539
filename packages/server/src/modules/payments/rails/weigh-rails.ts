import type { Instant } from '@perennial/core/time'
import type { LiveMandate } from '../queries/mandates.ts'
import { PAYMENT_RAILS, type PaymentRail } from '../../invoices/index.ts'

/** What is known of a customer that bears on how they may pay. */
export type RailFacts = {
  readonly hasCard: boolean
  /** The customer's mandate that is active, suspended or on its way. */
  readonly mandate: LiveMandate | null
  readonly cardLastUsedAt: Instant | null
  /** Ways that an invoice restricts payment to; null = it does not. */
  readonly allowed: readonly PaymentRail[] | null
}

export type Rail = {
  readonly rail: PaymentRail
  /** Null = it can be used. */
  readonly reasonIfNot: string | null
  readonly lastUsedAt: Instant | null
}

/** Every way to pay, and why it cannot be used. Cards and mandates can be taken. */
export function listRails(facts: RailFacts): readonly Rail[] {
  return PAYMENT_RAILS.map((rail) => ({
    rail,
    reasonIfNot: reasonAgainst(rail, facts),
    lastUsedAt: rail === 'card' ? facts.cardLastUsedAt : null,
  }))
}

function reasonAgainst(rail: PaymentRail, { allowed, hasCard, mandate }: RailFacts): string | null {
  if (rail !== 'card' && rail !== 'direct_debit') return 'This way to pay is not available yet.'
  if (allowed !== null && !allowed.includes(rail)) return 'The invoice does not allow it.'
  if (rail === 'direct_debit') {
    if (mandate === null) return 'The customer has no mandate.'
    return mandate.status === 'active' ? null : `The mandate is ${mandate.status}.`
  }
  return hasCard ? null : 'The customer has no card on file.'
}

export type RankedRail = Rail & {
  /** Counted from 1, best first. */
  readonly rank: number
  /** 0 to 100. */
  readonly score: number
  readonly reasons: readonly string[]
}

/** The same ways, best first: what can be used before what cannot, and what worked before goes higher. */
export function rankRails(facts: RailFacts): readonly RankedRail[] {
  const scored = listRails(facts).map((rail) => ({ ...rail, ...scoreOf(rail) }))
  const ordered = scored.toSorted((one, other) => other.score - one.score)
  return ordered.map((rail, index) => ({ ...rail, rank: index + 1 }))
}

function scoreOf({ reasonIfNot, lastUsedAt }: Rail): Pick<RankedRail, 'score' | 'reasons'> {
  if (reasonIfNot !== null) return { score: 0, reasons: [reasonIfNot] }
  const isProven = lastUsedAt !== null
  return {
    score: isProven ? 100 : 75,
    reasons: ['A method is on file.', ...(isProven ? ['It was paid with before.'] : [])],
  }
}
