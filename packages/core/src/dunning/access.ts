import { assertNever } from '../fault/index.ts'
import type { Subscription } from '../subscriptions/index.ts'
import type { Instant } from '../time/index.ts'
import { isLess, wantedAccess, type AccessLevel, type CampaignStep } from './campaign.ts'
import { stepAt, type DunningRun } from './run.ts'

/** What a customer may use of what a subscription sells, in the words of an entitlement (spec/revkeen.md 2.12). */
export type Access = {
  readonly status: 'active' | 'trialing' | 'grace' | 'past_due' | 'restricted' | 'suspended' | 'canceled' // prettier-ignore
  readonly level: 'full' | 'partial' | 'none'
  /** Why it is less than full, or soon may be; null = nothing is the matter. */
  readonly reason: 'payment_failed' | 'unpaid' | 'paused' | 'not_begun' | 'ended' | null
  /** When it changes by itself, or shrinks at the latest, if nobody does anything; null = nothing is foreseen. */
  readonly until: Instant | null
}

type Terms = Pick<
  Subscription,
  'status' | 'period' | 'cancelAtPeriodEnd' | 'pauseAtPeriodEnd' | 'endsAt' | 'resumesAt'
>
/** As far as it has come with a bill that is still owed. */
type HoldingRun = Pick<DunningRun, 'steps' | 'stepsDone' | 'access' | 'startedAt'>

/** `runs`: the campaigns of bills that the subscription owes still; of several the one that takes most holds. */
export function accessOf(subscription: Terms, runs: readonly HoldingRun[]): Access {
  const { status } = subscription
  switch (status) {
    case 'active':
    case 'trialing':
      return { status, level: 'full', reason: null, until: leavesAt(subscription) }
    case 'past_due':
      return whileOwed(subscription, runs)
    case 'unpaid':
      return { status: 'suspended', level: 'none', reason: 'unpaid', until: null }
    case 'paused': {
      const { resumesAt: until } = subscription
      return { status: 'suspended', level: 'none', reason: 'paused', until }
    }
    case 'pending':
    case 'incomplete':
      return { status: 'suspended', level: 'none', reason: 'not_begun', until: null }
    case 'incomplete_expired':
    case 'canceled':
    case 'expired':
      return { status: 'canceled', level: 'none', reason: 'ended', until: null }
    default:
      return assertNever(status)
  }
}

function whileOwed(subscription: Terms, runs: readonly HoldingRun[]): Access {
  const least = runs.reduce<AccessLevel>(
    (level, { access }) => (isLess(access, level) ? access : level),
    'full',
  )
  const losses = runs.flatMap((run) => nextLossAt(run, least) ?? [])
  const leaves = leavesAt(subscription)
  const until = earliest(leaves === null ? losses : [...losses, leaves])
  return { ...WHILE_OWED[least], reason: 'payment_failed', until }
}

const WHILE_OWED: Readonly<Record<AccessLevel, Pick<Access, 'status' | 'level'>>> = {
  full: { status: 'grace', level: 'full' },
  warning: { status: 'past_due', level: 'full' },
  restricted: { status: 'restricted', level: 'partial' },
  suspended: { status: 'suspended', level: 'none' },
}

/** The campaign's next step that leaves less than `level`; null where none does. */
function nextLossAt(run: HoldingRun, level: AccessLevel): Instant | null {
  const left = (run.steps ?? []).slice(run.stepsDone)
  const step = left.find((one) => takesFrom(one, level))
  return step === undefined ? null : stepAt(run, step)
}

function takesFrom(step: CampaignStep, level: AccessLevel): boolean {
  switch (step.action) {
    case 'pause':
    case 'unpaid':
    case 'cancel':
      return isLess('suspended', level)
    case 'restrict': {
      const wanted = wantedAccess(step)
      return wanted !== null && isLess(wanted, level)
    }
    case 'retry':
    case 'email':
    case 'warn':
      return false
    default:
      return assertNever(step)
  }
}

/** When it is over, or pauses, as is planned. */
function leavesAt({ period, cancelAtPeriodEnd, pauseAtPeriodEnd, endsAt }: Terms): Instant | null {
  const atPeriodEnd = cancelAtPeriodEnd || pauseAtPeriodEnd ? [period.end] : []
  return earliest(endsAt === null ? atPeriodEnd : [...atPeriodEnd, endsAt])
}

function earliest(instants: readonly Instant[]): Instant | null {
  const [first] = instants.toSorted((one, other) => one - other)
  return first ?? null
}
