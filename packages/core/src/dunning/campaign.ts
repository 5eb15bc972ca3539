/** What a customer may still use. `warning` takes nothing away: it tells that something will be. */
export type AccessLevel = 'full' | 'warning' | 'restricted' | 'suspended'

/** Mails that a campaign can send. */
export const CAMPAIGN_MAILS = [
  'payment_failed',
  'retry_failed',
  'urgent_update',
  'service_suspended',
  'subscription_paused',
  'subscription_canceled',
] as const
export type CampaignMail = (typeof CAMPAIGN_MAILS)[number]

export const CAMPAIGN_ACTIONS = [
  'retry',
  'email',
  'warn',
  'restrict',
  'pause',
  'cancel',
  'unpaid',
] as const

/** What happens on a day after the first failure. `retry` is the recovery case's to do; here it stands in its order. */
export type CampaignStep = { readonly day: number } & (
  | { readonly action: 'retry' | 'warn' | 'pause' | 'cancel' | 'unpaid' }
  | { readonly action: 'email'; readonly template: CampaignMail }
  /** `partial`: restricted; `none`: suspended. */
  | { readonly action: 'restrict'; readonly access: 'partial' | 'none' }
)

/** What the built-in campaign is made of. */
export type DunningTerms = {
  /** Days after the first failure on which it is tried again, ascending. */
  readonly retryDays: readonly number[]
  readonly graceDays: number
}

/**
 * The campaign of an account that has set up none (spec/revkeen.md 7.6). Access ends with the grace period; the last
 * retry before that warns, and each one before it tells that it failed. For retries on days 1, 3 and 7 and 7 days of
 * grace: Payment Failed, Retry Failed on day 1, Urgent and a warning on day 3, suspended on day 7.
 */
export function defaultCampaign({ retryDays, graceDays }: DunningTerms): CampaignStep[] {
  const endDay = Math.max(1, graceDays)
  const before = retryDays.filter((day) => day < endDay)
  const warnDay = before.at(-1)
  const steps: CampaignStep[] = [
    { day: 0, action: 'email', template: 'payment_failed' },
    ...before.flatMap((day): CampaignStep[] =>
      day === warnDay
        ? [
            { day, action: 'retry' },
            { day, action: 'email', template: 'urgent_update' },
            { day, action: 'warn' },
          ]
        : [
            { day, action: 'retry' },
            { day, action: 'email', template: 'retry_failed' },
          ],
    ),
    ...(retryDays.includes(endDay) ? [{ day: endDay, action: 'retry' } as const] : []),
    { day: endDay, action: 'email', template: 'service_suspended' },
    { day: endDay, action: 'restrict', access: 'none' },
  ]
  const after = retryDays.filter((day) => day > endDay)
  return [...steps, ...after.map((day): CampaignStep => ({ day, action: 'retry' }))]
}

const RANK: Readonly<Record<AccessLevel, number>> = {
  full: 0,
  warning: 1,
  restricted: 2,
  suspended: 3,
}

/** Access once the step is taken: it only ever shrinks within a campaign. */
export function accessAfter(before: AccessLevel, step: CampaignStep): AccessLevel {
  const wanted = wantedAccess(step)
  return wanted === null || RANK[wanted] <= RANK[before] ? before : wanted
}

/** What the step makes of access; null where it leaves it alone. */
export function wantedAccess(step: CampaignStep): AccessLevel | null {
  if (step.action === 'warn') return 'warning'
  if (step.action === 'restrict') return step.access === 'none' ? 'suspended' : 'restricted'
  return null
}

export function isLess(some: AccessLevel, than: AccessLevel): boolean {
  return RANK[some] > RANK[than]
}
