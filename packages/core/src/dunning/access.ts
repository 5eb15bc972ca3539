import { assertNever } from '../fault/index.ts'
import type { SubscriptionStatus } from '../subscriptions/index.ts'
import type { AccessLevel, CampaignStep } from './campaign.ts'
import type { DunningRun } from './run.ts'

/** What an entitlement that a subscription backs says of itself. */
export type Access = {
  readonly status:
    | 'active'
    | 'trialing'
    | 'grace'
    | 'past_due'
    | 'restricted'
    | 'suspended'
    | 'canceled'
  readonly hasAccess: boolean
  readonly accessLevel: 'full' | 'partial' | 'none'
}

const access = (status: Access['status'], accessLevel: Access['accessLevel']): Access => ({
  status,
  hasAccess: accessLevel !== 'none',
  accessLevel,
})

const PAST_DUE: Readonly<Record<AccessLevel, Access>> = {
  full: access('grace', 'full'),
  warning: access('past_due', 'full'),
  restricted: access('restricted', 'partial'),
  suspended: access('suspended', 'none'),
}

/**
 * What a customer may use by a subscription (spec/revkeen.md 2.12). `level`: of its open dunning run; `full` where there
 * is none.
 */
export function accessOf(status: SubscriptionStatus, level: AccessLevel): Access {
  switch (status) {
    case 'active':
      return access('active', 'full')
    case 'trialing':
      return access('trialing', 'full')
    case 'past_due':
      return PAST_DUE[level]
    // Not begun: nothing has been paid yet.
    case 'pending':
    case 'incomplete':
    case 'unpaid':
    case 'paused':
      return access('suspended', 'none')
    case 'incomplete_expired':
    case 'canceled':
    case 'expired':
      return access('canceled', 'none')
    default:
      return assertNever(status)
  }
}

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
