import {
  findAdviceAt,
  isShortOfMoney,
  type AdviceKnowledge,
  type Decline,
  type Source,
} from '../../declines/index.ts'
import { formatInstant, type Instant } from '../../time/index.ts'

/** How an attempt on the card has ended, see `PastAttempt`. */
type Told = {
  readonly at: Instant
  readonly decline: Decline | null
  readonly approvalAdvice?: string | null
}

/** What kind of card it is, as its network told with an approval (spec/decline-codes.md 3: advice 40, 41 and 43). */
export type ToldCard = {
  readonly kind: NonNullable<AdviceKnowledge['card']>
  /** When it was told, and what it means; for people. */
  readonly evidence: string
  /** Where to read up what the advice means. */
  readonly sources: readonly Source[]
}

/** What was told last; null where nothing was. `history`: oldest first. */
export function toldCardOf(history: readonly Told[]): ToldCard | null {
  const last = history.findLast((past) => toldWith(past) !== null)
  return last === undefined ? null : toldWith(last)
}

/** What this attempt has told; null for a refusal, and where no advice about the card came. */
export function toldWith({ at, decline, approvalAdvice }: Told): ToldCard | null {
  if (decline !== null || !approvalAdvice) return null
  const advice = findAdviceAt({ adviceCode: approvalAdvice }, at)
  if (advice === null || advice.card === null) return null
  const { adviceCode, card: kind, meaning, sources } = advice
  const evidence = `approved on ${formatInstant(at)} with the network's advice ${adviceCode} ("${meaning}")`
  return { kind, evidence, sources }
}

/**
 * The card, where waiting for money is in vain: it was short of it, and its network has told that it cannot be loaded again.
 * Null where it is not.
 */
export function neverRefilled(decline: Decline, history: readonly Told[]): ToldCard | null {
  if (!isShortOfMoney(decline)) return null
  const told = toldCardOf(history)
  return told?.kind === 'prepaid' ? told : null
}
