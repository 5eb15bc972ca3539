import type { Instant } from '../time/index.ts'
import { type DatedRow, holdsAt, SINCE_EVER } from './dated-row.ts'
import type { Decline } from './decline.ts'
import {
  fromHours,
  type DeclineNature,
  FIXED_SET_UP,
  NEVER,
  NEW_DATA,
  type RetryAdvice,
} from './nature.ts'
import type { SourceTag } from './sources.ts'

/** What an advice code changes; null leaves what the response code says. */
export type AdviceKnowledge = DatedRow & {
  readonly adviceCode: string
  readonly nature: DeclineNature | null
  readonly retry: RetryAdvice | null
  readonly meaning: string
  /** What of it is the network's rule, and no suggestion: nothing more on this card, or the delay that it names. */
  readonly binds: 'stop' | 'delay' | null
  /** What kind of card it is, where it tells that: then it may come with an approval as well (ANT). */
  readonly card: 'prepaid' | 'single_use' | 'multi_use' | null
  readonly sources: readonly SourceTag[]
}

type Row = readonly [
  adviceCode: string,
  nature: DeclineNature | null,
  retry: RetryAdvice | null,
  binds: AdviceKnowledge['binds'],
  sources: readonly SourceTag[],
  meaning: string,
  /** The kind of card that it tells; dates of one that has not held ever since, or holds no more. */
  rest?: Partial<DatedRow & Pick<AdviceKnowledge, 'card'>>,
]

const LISTS = ['ANT', 'BT-MAC', 'SOL'] as const
const OPTIMIZER = ['TAB-AO', 'BT-MC'] as const

/**
 * Mastercard's merchant advice codes, data element 48, sub-element 84. The 72 hours of 02 are one processor's. 24 to 30 name
 * their delay themselves. 04 allows a try with another token or the card's number, and none that is unchanged. 40 allows
 * one more at most; we make none, for what such a card holds will not grow. Breaking 03 or 21 is charged for by the network. When any
 * of them came to be is not published.
 */
const ROWS: readonly Row[] = [
  ['01', 'new_data', NEW_DATA, null, LISTS, 'Newer data of the account exists.'],
  ['02', 'soft', fromHours(72), null, LISTS, 'It cannot be approved now; try later.'],
  ['03', 'hard', NEVER, 'stop', ['ANT', 'PZ'], 'Do not try again.'],
  ['04', 'technical', NEW_DATA, null, LISTS, 'The token does not meet the rules; try once by card number or with a new token.'],
  ['21', 'stop', NEVER, 'stop', ['ANT', 'PZ'], 'The cardholder cancelled the recurring payment.'],
  ['22', 'set_up', FIXED_SET_UP, null, ['SOL', 'VSPEC'], 'The merchant does not qualify for the product.'],
  ['24', 'soft', fromHours(1), 'delay', OPTIMIZER, 'Try again after an hour.'],
  ['25', 'soft', fromHours(24), 'delay', OPTIMIZER, 'Try again after 24 hours.'],
  ['26', 'soft', fromHours(48), 'delay', OPTIMIZER, 'Try again after two days.'],
  ['27', 'soft', fromHours(96), 'delay', OPTIMIZER, 'Try again after four days.'],
  ['28', 'soft', fromHours(144), 'delay', OPTIMIZER, 'Try again after six days.'],
  ['29', 'soft', fromHours(192), 'delay', OPTIMIZER, 'Try again after eight days.'],
  ['30', 'soft', fromHours(240), 'delay', OPTIMIZER, 'Try again after ten days.'],
  ['40', 'new_data', NEVER, null, ['ANT'], 'A prepaid card that cannot be loaded again.', { card: 'prepaid' }],
  ['41', 'new_data', NEVER, null, ['ANT'], 'A virtual number for a single use: it is spent.', { card: 'single_use' }],
  ['42', 'hard', NEVER, null, ['VSPEC'], 'The sanctions score is too high.'],
  ['43', null, null, null, ['ANT'], 'A virtual number for several uses; its owner may have set limits.', { card: 'multi_use' }],
] // prettier-ignore

const KNOWN: readonly AdviceKnowledge[] = ROWS.map(
  ([adviceCode, nature, retry, binds, sources, meaning, rest]) => ({
    adviceCode,
    nature,
    retry,
    meaning,
    binds,
    card: null,
    sources,
    from: SINCE_EVER,
    until: null,
    ...rest,
  }),
)

const BY_ADVICE: ReadonlyMap<string, AdviceKnowledge> = new Map(
  KNOWN.map((row) => [row.adviceCode, row]),
)

/** As it means today. From `03`, `3` or `03 : Do not try again`. Null for what is no advice code of the network. */
export function findAdviceCode(advice: string): AdviceKnowledge | null {
  return BY_ADVICE.get(codeIn(advice)) ?? null
}

/** Two digits; empty where it begins with none. */
function codeIn(advice: string): string {
  return /^\s*(\d{1,2})(?!\d)/.exec(advice)?.[1]?.padStart(2, '0') ?? ''
}

/** As it held for an answer of that time. */
export function findAdviceAt(
  { adviceCode }: Pick<Decline, 'adviceCode'>,
  at: Instant,
): AdviceKnowledge | null {
  if (adviceCode === null) return null
  const told = codeIn(adviceCode)
  return KNOWN.find((row) => row.adviceCode === told && holdsAt(row, at)) ?? null
}

export function listAdviceCodes(): readonly AdviceKnowledge[] {
  return [...BY_ADVICE.values()]
}
