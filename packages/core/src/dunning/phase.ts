import { assertNever } from '../fault/index.ts'
import type { AccessLevel, CampaignStep } from './campaign.ts'
import type { DunningRun } from './run.ts'

/** How far dunning is, for the `dunning` block of a subscription. */
export type DunningPhase = {
  /** Days of the campaign on which something has happened, from 1 up. */
  readonly number: number
  readonly label: string
  readonly severity: 'info' | 'warning' | 'critical'
  readonly isAccessRestricted: boolean
}

/** `run`: null where its first step has not been taken yet. */
export function phaseOf(
  run: Pick<DunningRun, 'steps' | 'stepsDone' | 'access'> | null,
): DunningPhase {
  const done: readonly CampaignStep[] = run?.steps?.slice(0, run.stepsDone) ?? []
  const number = Math.max(1, new Set(done.map(({ day }) => day)).size)
  const level = run?.access ?? 'full'
  const isAccessRestricted = level === 'restricted' || level === 'suspended'
  return { number, label: labelOf(level, number), severity: SEVERITY[level], isAccessRestricted }
}

const SEVERITY: Readonly<Record<AccessLevel, DunningPhase['severity']>> = {
  full: 'info',
  warning: 'warning',
  restricted: 'critical',
  suspended: 'critical',
}

function labelOf(level: AccessLevel, number: number): string {
  switch (level) {
    case 'full':
      return number === 1 ? 'Payment failed' : 'Grace period'
    case 'warning':
      return 'Payment method needed'
    case 'restricted':
      return 'Access restricted'
    case 'suspended':
      return 'Service suspended'
    default:
      return assertNever(level)
  }
}
