/** Who chooses when a failed charge is tried again. */
export type PolicyKind = 'planner' | 'fixed' | 'ladder'

/** What a merchant asks for: of the account, a product or a subscription. The narrower one holds. */
export type RecoveryChoice =
  /** Chooses within the windows of the account's dunning settings; with limits of its own, anywhere within them. */
  | {
      readonly policy: 'planner'
      readonly horizonDays: number | null
      readonly attemptsMax: number | null
    }
  /** Days after the first failure, ascending. */
  | { readonly policy: 'fixed'; readonly retryDays: readonly number[] }
  /** The days of the account's dunning settings (spec/revkeen.md 7.6). */
  | { readonly policy: 'ladder' }

/** How one case is retried. */
export type RecoveryPolicy = {
  readonly kind: PolicyKind
  /** Days after the first failure, ascending: the retries, or what the planner's windows end with. */
  readonly retryDays: readonly number[]
  /** The planner may choose any instant until the last of the days, and is held to none of the others. */
  readonly isFree: boolean
  /** A card that may not be tried again is waited for at least so many days. */
  readonly graceDays: number
  /** What happens to the subscription when nothing is left to try. */
  readonly onExhausted: 'unpaid' | 'canceled'
  /** Day before which the case is not given up, where a dunning campaign ends it; the last retry's when absent. */
  readonly endDay?: number
}

/** What the account's dunning settings say. */
export type DunningRules = Pick<RecoveryPolicy, 'retryDays' | 'graceDays' | 'onExhausted'>

export const NEW_ACCOUNTS_CHOOSE: RecoveryChoice = {
  policy: 'planner',
  horizonDays: null,
  attemptsMax: null,
}

/** What a planner that is held to no days has: the limits of the simulation that it is judged by. */
export const FREE_PLANNER = { horizonDays: 28, attemptsMax: 8 } as const

export function toPolicy(choice: RecoveryChoice, dunning: DunningRules): RecoveryPolicy {
  const { graceDays, onExhausted } = dunning
  const rest = { kind: choice.policy, graceDays, onExhausted }
  switch (choice.policy) {
    case 'ladder':
      return { ...rest, isFree: false, retryDays: dunning.retryDays }
    case 'fixed':
      return { ...rest, isFree: false, retryDays: choice.retryDays }
    case 'planner': {
      const { horizonDays, attemptsMax } = choice
      if (horizonDays === null && attemptsMax === null)
        return { ...rest, isFree: false, retryDays: dunning.retryDays }
      const days = horizonDays ?? FREE_PLANNER.horizonDays
      return {
        ...rest,
        isFree: true,
        retryDays: spread(days, attemptsMax ?? FREE_PLANNER.attemptsMax),
      }
    }
  }
}

/** Evenly over the days, no two on one: what a free planner falls back on, and how many tries it has. */
function spread(days: number, attempts: number): number[] {
  const count = Math.min(days, attempts)
  return Array.from({ length: count }, (_, index) => Math.ceil((days * (index + 1)) / count))
}

/** The case's own policy, or else the account's, whose last step always counts. */
export function policyOf(
  { policy }: { readonly policy: RecoveryPolicy | null },
  account: RecoveryPolicy,
): RecoveryPolicy {
  return policy === null ? account : { ...policy, onExhausted: account.onExhausted }
}
