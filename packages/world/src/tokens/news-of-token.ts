import type { Behaviour } from './behaviour.ts'

export type TokenChange = 'updated' | 'closed' | 'contact_cardholder' | 'mandate_canceled'

export interface TokenNews {
  readonly change: TokenChange
  /** Midnight at the start of the month, as milliseconds on a local clock. */
  readonly fromLocal: number
}

/** What a token's name says will be told of it; null for most. Cards of the population are told of by their lives. */
export function newsOfToken(behaviour: Behaviour): TokenNews | null {
  if (behaviour.kind === 'update') return behaviour
  if (behaviour.kind !== 'bank' || behaviour.canceledFromLocal === null) return null
  return { change: 'mandate_canceled', fromLocal: behaviour.canceledFromLocal }
}
