import { finishHash, mixText } from '../chance/hash.ts'
import { type Card, cardFaceAt, drawCard, drawCardOfIssuer } from '../judging/card.ts'
import type { World } from '../judging/world.ts'
import type { Behaviour, Instrument } from '../tokens/behaviour.ts'
import { readNamedToken, visa } from '../tokens/named-tokens.ts'
import type { State } from './state.ts'

/** A token in a caller's hands. */
export interface TokenUse {
  readonly account: string
  readonly gatewayId: string
  readonly token: string
  /**
   * Which of the caller's stored copies it is: customers that share a named token do not share its
   * counters.
   */
  readonly instrument: string
  readonly at: number
  /** How far the caller's clock is ahead of UTC; none when missing. */
  readonly offsetMs?: number
}

export type Resolution =
  | { readonly kind: 'resolved'; readonly resolved: ResolvedToken }
  | {
      readonly kind: 'refused'
      readonly code: 'token_malformed' | 'token_not_found'
      readonly message: string
    }

export interface ResolvedToken {
  readonly behaviour: Behaviour
  readonly instrument: Instrument
  readonly fingerprint: string
  /** A card of the world's population; null for the others. */
  readonly card: Card | null
  readonly historyKey: string
}

/** Tokens that come from tokenisation begin so; they work at the gateway that made them. */
export const MINTED_PREFIX = 'card_'

/** `tok_world` without a number draws among so many cards, by account and stored copy. */
const POPULATION = 1_000_000_000

export function resolveToken(world: World, state: State, use: TokenUse): Resolution {
  if (use.token.startsWith(MINTED_PREFIX)) return resolveMinted(world, state, use)
  const named = readNamedToken(use.token)
  const own = `${use.account}\n${use.token}\n${use.instrument}`
  const fingerprint = `fp_${hexOf(mixText(0, use.token))}${hexOf(mixText(1, use.token))}`
  const base = { fingerprint, card: null, historyKey: own }
  switch (named.kind) {
    case 'unknown':
      return resolved({ ...base, behaviour: { kind: 'approve' }, instrument: visa })
    case 'malformed':
      return { kind: 'refused', code: 'token_malformed', message: named.message }
    case 'named': {
      const { behaviour, instrument } = named
      if (behaviour.kind === 'update')
        return resolved(updatedBy(use, { ...base, behaviour, instrument }))
      if (behaviour.kind !== 'world') return resolved({ ...base, behaviour, instrument })
      const number = behaviour.number ?? finishHash(mixText(world.hash, own)) % POPULATION
      const card = drawCard(world, number)
      return resolved({
        behaviour,
        ...faceOf(world, card, use.at),
        card,
        historyKey: `${use.account}\nworld ${number}`, // one card, however many tokens name it
      })
    }
  }
}

/** Midnight after a card's printed month, on a clock that is `offsetMs` ahead of UTC. */
export function expiresAt(instrument: Instrument, offsetMs: number): number {
  if (instrument.expYear === null || instrument.expMonth === null) return Number.POSITIVE_INFINITY
  return Date.UTC(instrument.expYear, instrument.expMonth, 1) - offsetMs
}

function resolveMinted(world: World, state: State, use: TokenUse): Resolution {
  const minted = state.tokens.get(use.token)
  if (minted === undefined || minted.gatewayId !== use.gatewayId) {
    const where = minted === undefined ? '' : `: it was made at ${minted.gatewayId}`
    const message = `gateway ${use.gatewayId} has no token ${use.token}${where}`
    return { kind: 'refused', code: 'token_not_found', message }
  }
  const historyKey = `${use.account}\n${minted.fingerprint}`
  const [family, issuerId, text] = minted.actsAs.split('/')
  const issuerIndex = world.file.issuers.findIndex((issuer) => issuer.id === issuerId)
  if (family === 'issuer' && issuerId !== undefined && text !== undefined && issuerIndex >= 0) {
    const card = drawCardOfIssuer(world, issuerIndex, text)
    const behaviour: Behaviour = { kind: 'world_issuer', issuerId, text }
    const { instrument, fingerprint } = minted
    return resolved({ behaviour, instrument, fingerprint, card, historyKey })
  }
  const named = readNamedToken(minted.actsAs)
  const behaviour: Behaviour = named.kind === 'named' ? named.behaviour : { kind: 'approve' }
  const { instrument, fingerprint } = minted
  return resolved({ behaviour, instrument, fingerprint, card: null, historyKey })
}

/** The card that an updater has brought by then. */
function updatedBy(use: TokenUse, token: ResolvedToken): ResolvedToken {
  const { behaviour } = token
  if (behaviour.kind !== 'update' || behaviour.successor === null) return token
  if (use.at + (use.offsetMs ?? 0) < behaviour.fromLocal) return token
  return { ...token, instrument: behaviour.successor, fingerprint: `${token.fingerprint}b` }
}

function faceOf(world: World, card: Card, at: number) {
  const { fingerprint, ...face } = cardFaceAt(world, card, at)
  return { instrument: { type: 'card', ...face } as const, fingerprint }
}

function resolved(token: ResolvedToken): Resolution {
  return { kind: 'resolved', resolved: token }
}

function hexOf(hash: number): string {
  return finishHash(hash).toString(16).padStart(8, '0')
}
