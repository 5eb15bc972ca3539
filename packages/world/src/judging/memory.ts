/**
 * What a card's earlier attempts leave behind. It is a value: judging an attempt gives the next
 * one, and "what if we had tried on Friday" is judging from an older one. It is meant for clocks
 * that move forward.
 */
export interface CardMemory {
  /**
   * The latest attempt, and how many there were at that very instant: those are told apart by their
   * number.
   */
  readonly attemptedAt: number
  readonly attemptsThen: number
  /** Declines of the last 24 hours, oldest first. */
  readonly declinedAt: readonly number[]
  /** While it lasts, the issuer refuses most attempts. */
  readonly spellUntil: number
  /** While it lasts, the card's spending limit is reached. */
  readonly limitUntil: number
  /** Which of the card's lives carries a fraud flag; -1 for none. A successor starts clean. */
  readonly flaggedLife: number
  /** A charge that waits for the customer to authenticate; null when there is none. */
  readonly challenge: { readonly amountMinor: number; readonly until: number } | null
}

export const emptyMemory: CardMemory = {
  attemptedAt: -1,
  attemptsThen: 0,
  declinedAt: [],
  spellUntil: -1,
  limitUntil: -1,
  flaggedLife: -1,
  challenge: null,
}
