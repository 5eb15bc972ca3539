import type { DunningRules, RecoveryPolicy } from '../recovery/index.ts'
import type { CampaignStep } from './campaign.ts'

/**
 * How a case is retried whose campaign names the days: on these, and on no others. The case is not given up before the
 * campaign ends it. A campaign that says nothing about retries leaves them, and when they end, to the account's policy: null.
 */
export function campaignPolicy(
  steps: readonly CampaignStep[],
  rules: DunningRules,
): RecoveryPolicy | null {
  const retryDays = steps.flatMap(({ action, day }) => (action === 'retry' ? [day] : []))
  if (retryDays.length === 0) return null
  const end = steps.findLast(
    ({ action }) => action === 'cancel' || action === 'unpaid' || action === 'pause',
  )
  const policy = { ...rules, kind: 'fixed', isFree: false, retryDays } as const
  // A day later, so that the campaign comes first.
  return end === undefined ? policy : { ...policy, endDay: end.day + 1 }
}
