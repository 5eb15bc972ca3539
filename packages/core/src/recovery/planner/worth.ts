import { MS_PER_DAY, type Instant } from '../../time/index.ts'

/** What a try at one instant promises and costs. */
export type Promising = {
  readonly at: number
  /** The chance of an approval. */
  readonly chance: number
  /** What the try is expected to cost in fees, as a share of the bill. */
  readonly fee: number
}

/**
 * What an attempt must be worth beside its fees, as a share of the bill: the network's patience, and costs that nobody has told. Ours,
 * by judgement: of a bill of 17 dollars it is the 0.50 that Mastercard takes for a try beyond its limit
 * (https://developer.paypal.com/braintree/articles/risk-and-security/compliance/network-updates/2023/mastercard-f23).
 */
const ATTEMPT_COSTS = 0.03
/** What a day of waiting costs, as a share of the bill. Ours, by judgement: a month's wait is to cost about a sixth of it. */
export const DAY_COSTS = 0.006

/** What it promises less what it costs, as a share of the bill. */
export function worthOf({ at, chance, fee }: Promising, now: Instant): number {
  const days = (at - now) / MS_PER_DAY
  return chance * (1 - DAY_COSTS * days) - fee - ATTEMPT_COSTS
}
