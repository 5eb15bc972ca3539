import { assert } from '@perennial/core/fault'
import { mixInteger, mixWord } from '../chance/hash.ts'
import type { Card } from './card.ts'
import type { Decline } from './decline-codes.ts'
import type { CardMemory } from './memory.ts'
import { type Gateway, type Issuer, type World, versionAt } from './world.ts'

/** One charge put to a gateway. `at` is the caller's business time in milliseconds since 1970. */
export interface Attempt {
  readonly card: Card
  /** What the card's earlier attempts left behind. */
  readonly memory: CardMemory
  readonly gatewayId: string
  readonly amountMinor: number
  readonly currency: string
  readonly at: number
}

export type Outcome =
  | { readonly kind: 'approved' }
  | { readonly kind: 'declined'; readonly decline: Decline }
  | { readonly kind: 'needs_action'; readonly decline: Decline }
  | { readonly kind: 'gateway_error' }
  | { readonly kind: 'timed_out'; readonly charged: boolean }

export interface Judgement {
  readonly outcome: Outcome
  /** What the card remembers once this attempt is made. */
  readonly memory: CardMemory
}

/** An attempt with everything looked up that judging it needs. */
export interface Trial {
  readonly world: World
  readonly attempt: Attempt
  readonly gateway: Gateway
  readonly issuer: Issuer
  /** The attempt counted in; what the outcome adds comes on top. */
  readonly memory: CardMemory
  /** Everything that chance may depend on. */
  readonly hash: number
}

/** Fault: a gateway that the world does not have. */
export function openTrial(world: World, attempt: Attempt): Trial {
  const version = versionAt(world, attempt.at)
  const gateway = version.gateways.get(attempt.gatewayId)
  const issuer = version.issuers[attempt.card.issuerIndex]
  assert(gateway !== undefined, 'the gateway is one of the world')
  assert(issuer !== undefined, 'every version has every issuer')
  const memory = withAttempt(attempt.memory, attempt.at)
  return { world, attempt, gateway, issuer, memory, hash: hashOf(attempt, gateway, memory) }
}

function withAttempt(memory: CardMemory, at: number): CardMemory {
  const attemptsThen = memory.attemptedAt === at ? memory.attemptsThen + 1 : 1
  return { ...memory, attemptedAt: at, attemptsThen }
}

/**
 * Attempts at the same instant differ by how many came before them; at different instants that does
 * not count.
 */
function hashOf(attempt: Attempt, gateway: Gateway, memory: CardMemory): number {
  let hash = mixWord(attempt.card.hash, gateway.hash)
  hash = mixInteger(hash, attempt.amountMinor)
  hash = mixInteger(hash, attempt.at)
  return memory.attemptsThen > 1 ? mixWord(hash, memory.attemptsThen) : hash
}
