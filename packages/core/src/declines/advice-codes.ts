import {
  fromHours,
  type DeclineNature,
  FIXED_SET_UP,
  NEVER,
  NEW_DATA,
  type RetryAdvice,
} from './nature.ts'

/** What an advice code changes; null leaves what the response code says. */
export type AdviceKnowledge = {
  readonly adviceCode: string
  readonly nature: DeclineNature | null
  readonly retry: RetryAdvice | null
  readonly meaning: string
}

type Row = readonly [string, DeclineNature | null, RetryAdvice | null, string]

/**
 * Mastercard's merchant advice codes, data element 48, sub-element 84. Meanings: the lists of Antom, Braintree and
 * Solidgate and the field notes of Visa's message specification (22 and 42 stand in few lists); the 72 hours of 02
 * are Solidgate's. 24 to 30 name their delay themselves. 04 allows a try with another token or the card's number, and
 * none that is unchanged. 40 allows one more at most; we make none, for what such a card holds will not grow. Breaking 03 or 21 is charged for by the network.
 */
const ROWS: readonly Row[] = [
  ['01', 'new_data', NEW_DATA, 'Newer data of the account exists.'],
  ['02', 'soft', fromHours(72), 'It cannot be approved now; try later.'],
  ['03', 'hard', NEVER, 'Do not try again.'],
  ['04', 'technical', NEW_DATA, 'The token does not meet the rules; try once by card number or with a new token.'],
  ['21', 'stop', NEVER, 'The cardholder cancelled the recurring payment.'],
  ['22', 'set_up', FIXED_SET_UP, 'The merchant does not qualify for the product.'],
  ['24', 'soft', fromHours(1), 'Try again after an hour.'],
  ['25', 'soft', fromHours(24), 'Try again after 24 hours.'],
  ['26', 'soft', fromHours(48), 'Try again after two days.'],
  ['27', 'soft', fromHours(96), 'Try again after four days.'],
  ['28', 'soft', fromHours(144), 'Try again after six days.'],
  ['29', 'soft', fromHours(192), 'Try again after eight days.'],
  ['30', 'soft', fromHours(240), 'Try again after ten days.'],
  ['40', 'new_data', NEVER, 'A prepaid card that cannot be loaded again.'],
  ['41', 'new_data', NEVER, 'A virtual number for a single use: it is spent.'],
  ['42', 'hard', NEVER, 'The sanctions score is too high.'],
  ['43', null, null, 'A virtual number for several uses; its owner may have set limits.'],
] // prettier-ignore

const BY_ADVICE: ReadonlyMap<string, AdviceKnowledge> = new Map(
  ROWS.map(([adviceCode, nature, retry, meaning]) => [
    adviceCode,
    { adviceCode, nature, retry, meaning },
  ]),
)

/** From `03`, `3` or `03 : Do not try again`. Null for what is no advice code of the network. */
export function findAdviceCode(advice: string): AdviceKnowledge | null {
  const digits = /^\s*(\d{1,2})(?!\d)/.exec(advice)?.[1]
  return digits === undefined ? null : (BY_ADVICE.get(digits.padStart(2, '0')) ?? null)
}

export function listAdviceCodes(): readonly AdviceKnowledge[] {
  return [...BY_ADVICE.values()]
}
