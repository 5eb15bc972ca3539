import type { DunningRules } from '@perennial/core/recovery'
import type { AccountContext } from '../command/index.ts'

/** What the account's dunning settings say to every policy. */
export function dunningRulesOf({ settings }: Pick<AccountContext, 'settings'>): DunningRules {
  const { retrySchedule, maxRetryAttempts, gracePeriodDays, autoCancelUnpaid } = settings.dunning
  const scheduled = retrySchedule.slice(0, maxRetryAttempts)
  // Without retries there is one last try when the grace period is over.
  const lastDay = Math.max(1, gracePeriodDays)
  return {
    retryDays: scheduled.length > 0 ? scheduled : [lastDay],
    graceDays: gracePeriodDays,
    onExhausted: autoCancelUnpaid ? 'canceled' : 'unpaid',
  }
}
