import { addDays, addMs, minInstant } from '../../time/index.ts'
import { FREE_PLANNER } from '../policy.ts'
import type { PastCase, TestedPolicy } from './past-case.ts'

/** For so many days a failed payment is watched, whoever tries it: as long as the longest of the policies, 28 at least. */
export function horizonDaysOf(policies: readonly TestedPolicy[]): number {
  return Math.max(FREE_PLANNER.horizonDays, ...policies.map(lastDayOf))
}

function lastDayOf(policy: TestedPolicy): number {
  if (policy.kind === 'none') return 0
  if (policy.kind === 'fixed') return policy.days.at(-1) ?? 0
  return policy.days === null ? policy.horizonDays : (policy.days.at(-1) ?? 0)
}

/** What was done is cut where policies are: its last instant belongs to the horizon. */
export function cutAt(past: PastCase, horizonDays: number): PastCase {
  const until = addMs(addDays(past.openedAt, horizonDays), 1)
  return {
    ...past,
    tries: past.tries.filter(({ at }) => at < until),
    endedAt: minInstant(past.endedAt ?? until, until),
  }
}
