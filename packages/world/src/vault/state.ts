import { assert, assertNever } from '@perennial/core/fault'
import { type CardMemory, emptyMemory } from '../judging/memory.ts'
import type { Instrument } from '../tokens/behaviour.ts'
import type { Charge, ChargeAttempt, Refund } from './charge.ts'

/** A token that came from a card number or a bank account. The number itself is never kept. */
export interface MintedToken {
  readonly token: string
  readonly gatewayId: string
  /** The named token whose ways it has, or `issuer/<id>/<text>` for a card of the world. */
  readonly actsAs: string
  readonly instrument: Instrument
  readonly fingerprint: string
}

/** What earlier charges left on a card, for one account. */
export interface CardHistory {
  readonly memory: CardMemory
  /** Counted for tokens that are approved so many times. */
  readonly approvals: number
  readonly isAuthenticated: boolean
}

export const emptyHistory: CardHistory = {
  memory: emptyMemory,
  approvals: 0,
  isAuthenticated: false,
}

export interface HistoryEntry {
  readonly key: string
  readonly history: CardHistory
}

/**
 * One thing that happened. The journal holds them as lines; applying them in order gives the state.
 */
export type Entry =
  | { readonly kind: 'opened'; readonly salt: string }
  | { readonly kind: 'token_minted'; readonly token: MintedToken }
  | {
      readonly kind: 'attempted'
      readonly attempt: ChargeAttempt
      readonly charge: Omit<Charge, 'attempt'> | null
      readonly history: HistoryEntry | null
    }
  | {
      readonly kind: 'charge_changed'
      readonly chargeId: string
      readonly change: Partial<Omit<Charge, 'attempt' | 'id'>>
      readonly history: HistoryEntry | null
    }
  | { readonly kind: 'refunded'; readonly refund: Refund }

/**
 * Everything a running world remembers. Each list keeps its newest `keep` and forgets the oldest.
 */
export interface State {
  readonly keep: number
  salt: string
  sequence: number
  readonly attempts: Map<number, ChargeAttempt>
  readonly charges: Map<string, Charge>
  readonly chargeIds: Map<string, string>
  readonly tokens: Map<string, MintedToken>
  readonly histories: Map<string, CardHistory>
  readonly refunds: Map<string, Refund>
}

export function makeState(keep: number): State {
  return {
    keep,
    salt: '',
    sequence: 0,
    attempts: new Map(),
    charges: new Map(),
    chargeIds: new Map(),
    tokens: new Map(),
    histories: new Map(),
    refunds: new Map(),
  }
}

/** The same for what just happened and for what the journal tells after a restart. */
export function applyEntry(state: State, entry: Entry): void {
  switch (entry.kind) {
    case 'opened':
      state.salt = entry.salt
      return
    case 'token_minted':
      remember(state.tokens, entry.token.token, entry.token, state.keep)
      return
    case 'attempted':
      return applyAttempt(state, entry)
    case 'charge_changed': {
      const charge = state.charges.get(entry.chargeId)
      if (charge !== undefined) state.charges.set(charge.id, { ...charge, ...entry.change })
      return applyHistory(state, entry.history)
    }
    case 'refunded': {
      const { refund } = entry
      remember(state.refunds, operationKey(refund), refund, state.keep)
      const charge = state.charges.get(refund.chargeId)
      if (charge === undefined) return
      const refundedMinor = charge.refundedMinor + refund.amountMinor
      assert(refundedMinor <= charge.attempt.amountMinor, 'refunds never exceed the charge')
      state.charges.set(charge.id, { ...charge, refundedMinor })
      return
    }
    default:
      assertNever(entry)
  }
}

/** Idempotency keys are the account's own, at each gateway. */
export function operationKey(of: {
  readonly account: string
  readonly gatewayId: string
  readonly idempotencyKey: string
}): string {
  return `${of.account}\n${of.gatewayId}\n${of.idempotencyKey}`
}

export function findChargeByKey(
  state: State,
  key: { readonly account: string; readonly gatewayId: string; readonly idempotencyKey: string },
): Charge | null {
  const id = state.chargeIds.get(operationKey(key))
  return id === undefined ? null : (state.charges.get(id) ?? null)
}

function applyAttempt(state: State, entry: Extract<Entry, { kind: 'attempted' }>): void {
  const { attempt, charge } = entry
  state.sequence = attempt.sequence
  remember(state.attempts, attempt.sequence, attempt, state.keep)
  if (charge !== null) {
    const forgotten = remember(state.charges, charge.id, { ...charge, attempt }, state.keep)
    if (forgotten !== null) state.chargeIds.delete(operationKey(forgotten.attempt))
    state.chargeIds.set(operationKey(attempt), charge.id)
  }
  applyHistory(state, entry.history)
}

function applyHistory(state: State, entry: HistoryEntry | null): void {
  if (entry === null) return
  state.histories.delete(entry.key) // so that the oldest is the one longest unused
  remember(state.histories, entry.key, entry.history, state.keep)
}

/**
 * Returns what had to be forgotten to make room. A map lists its keys in the order of their coming.
 */
function remember<K, V>(map: Map<K, V>, key: K, value: V, keep: number): V | null {
  map.set(key, value)
  if (map.size <= keep) return null
  const oldest = map.entries().next()
  if (oldest.done === true) return null
  map.delete(oldest.value[0])
  return oldest.value[1]
}
