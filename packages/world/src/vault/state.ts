import { type CardMemory, emptyMemory } from '../judging/memory.ts'
import type { Instrument } from '../tokens/behaviour.ts'
import type { Charge, ChargeAttempt, Refund } from '../charges/charge.ts'
import type { Dispute } from '../disputes/dispute.ts'
import type { Endpoint } from './endpoint.ts'
import { type Happening, type Timeline, forgetFront, insert, makeTimeline } from './timeline.ts'

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

/** A token that an account holds and that an updater has, or will have, news of. */
export interface TokenWatch extends Scope {
  readonly token: string
  readonly instrument: string
  readonly changesAt: number
  /** How far the account's clock is ahead of UTC. */
  readonly offsetMs: number
}

/** What a dialect keeps beside charges: customers, who holds a card, setups, what was made under a key. */
export interface Thing extends Scope {
  readonly kind: 'customer' | 'holder' | 'setup' | 'file' | 'keyed'
  readonly id: string
  readonly at: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Whose doings, and where. */
export interface Scope {
  readonly account: string
  readonly gatewayId: string
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
      /** Of cards whose charges are disputed: what is to come. */
      readonly disputes?: readonly Dispute[]
    }
  | {
      readonly kind: 'charge_changed'
      readonly chargeId: string
      readonly change: Partial<Omit<Charge, 'attempt' | 'id'>>
      readonly history: HistoryEntry | null
    }
  | { readonly kind: 'refunded'; readonly refund: Refund }
  /** New, or changed. */
  | { readonly kind: 'disputed'; readonly dispute: Dispute; readonly at: number }
  | { readonly kind: 'token_watched'; readonly watch: TokenWatch }
  | { readonly kind: 'endpoint_set'; readonly endpoint: Endpoint }
  | { readonly kind: 'thing_kept'; readonly thing: Thing }
  | { readonly kind: 'endpoint_removed'; readonly endpoint: Pick<Endpoint, 'account' | 'id'> }

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
  readonly refundIds: Map<string, Refund>
  /** By charge, oldest first. */
  readonly refundsOf: Map<string, readonly Refund[]>
  readonly disputes: Map<string, Dispute>
  readonly disputesOf: Map<string, readonly string[]>
  readonly watches: Map<string, TokenWatch>
  readonly things: Map<string, Thing>
  /** By account, and then by their ids. */
  readonly endpoints: Map<string, ReadonlyMap<string, Endpoint>>
  /** By scope: what can be told, in order of time. */
  readonly timelines: Map<string, Timeline>
  /** The newest business time that an account has shown. */
  readonly seenAt: Map<string, number>
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
    refundIds: new Map(),
    refundsOf: new Map(),
    disputes: new Map(),
    disputesOf: new Map(),
    watches: new Map(),
    things: new Map(),
    endpoints: new Map(),
    timelines: new Map(),
    seenAt: new Map(),
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

export function scopeKey({ account, gatewayId }: Scope): string {
  return `${account}\n${gatewayId}`
}

export function watchKey(of: Scope & Pick<TokenWatch, 'token' | 'instrument'>): string {
  return `${scopeKey(of)}\n${of.token}\n${of.instrument}`
}

export function thingKey(of: Scope & Pick<Thing, 'kind' | 'id'>): string {
  return `${scopeKey(of)}\n${of.kind}\n${of.id}`
}

/** Puts a happening where its account will find it; what was forgotten meanwhile leaves the front. */
export function tell(state: State, scope: Scope, happening: Omit<Happening, 'sequence'>): void {
  const key = scopeKey(scope)
  const known = state.timelines.get(key)
  const timeline = known ?? makeTimeline()
  if (known === undefined) state.timelines.set(key, timeline)
  insert(timeline, happening)
  forgetFront(timeline, ({ id }) => isRemembered(state, id))
}

function isRemembered(state: State, id: string): boolean {
  const { charges, disputes, watches, refundIds } = state
  return charges.has(id) || refundIds.has(id) || disputes.has(id) || watches.has(id)
}

/**
 * Returns what had to be forgotten to make room. A map lists its keys in the order of their coming.
 */
export function remember<K, V>(map: Map<K, V>, key: K, value: V, keep: number): V | null {
  map.set(key, value)
  if (map.size <= keep) return null
  const oldest = map.entries().next()
  if (oldest.done === true) return null
  map.delete(oldest.value[0])
  return oldest.value[1]
}
