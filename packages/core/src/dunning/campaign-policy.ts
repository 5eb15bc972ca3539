import type { RecoveryPolicy } from '../recovery/index.ts'
import type { CampaignStep } from './campaign.ts'

/**
 * How a case is retried under its campaign: on the days that this names, and on no others; a campaign that says nothing about
 * retries leaves them to the policy that would hold without it. The case is not given up before the campaign ends it; one
 * that never does leaves that to the policy, too.
 */
export function campaignPolicy(
  steps: readonly CampaignStep[],
  otherwise: RecoveryPolicy,
): RecoveryPolicy {
  const named = retryDaysOf(steps)
  const policy: RecoveryPolicy =
    named.length === 0
      ? otherwise
      : { ...otherwise, kind: 'fixed', isFree: false, retryDays: named }
  const end = steps.findLast(
    ({ action }) => action === 'cancel' || action === 'unpaid' || action === 'pause',
  )
  if (end === undefined) return policy
  // A day later, so that the campaign comes first.
  return { ...policy, endDay: Math.max(end.day + 1, policy.retryDays.at(-1) ?? 0) }
}

/** The days on which a campaign wants retries; none where it leaves them to others. */
export function retryDaysOf(steps: readonly CampaignStep[]): readonly number[] {
  return steps.flatMap(({ action, day }) => (action === 'retry' ? [day] : []))
}
