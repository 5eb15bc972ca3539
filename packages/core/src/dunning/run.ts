import { assert } from '../fault/index.ts'
import type { Uuid } from '../ids/index.ts'
import { isOpen, type Invoice } from '../invoices/index.ts'
import { whenAnswered } from '../payments/index.ts'
import type { RecoveryCase } from '../recovery/index.ts'
import { isEnded, type SubscriptionStatus } from '../subscriptions/index.ts'
import { addDays, type Instant } from '../time/index.ts'
import { accessAfter, type AccessLevel, type CampaignMail, type CampaignStep } from './campaign.ts'

/** A campaign at work on one recovery case, by whose id it goes. */
export type DunningRun = {
  readonly id: Uuid
  readonly subscriptionId: Uuid
  readonly customerId: Uuid
  readonly invoiceId: Uuid
  /** Null: the built-in campaign. */
  readonly campaignId: Uuid | null
  /** As they were when the run began; null until then. */
  readonly steps: readonly CampaignStep[] | null
  readonly state: 'open' | 'ended'
  /** What its case came to; null while that is open. */
  readonly outcome: 'recovered' | 'exhausted' | 'canceled' | null
  readonly stepsDone: number
  readonly access: AccessLevel
  /** Failed retries of the case when a step was last taken. */
  readonly retriesTold: number
  readonly mailsSent: number
  readonly startedAt: Instant
  /** Of its next step; null = none left. */
  readonly dueAt: Instant | null
  readonly endedAt: Instant | null
}

/** What a step is taken in. */
export type DunningView = {
  readonly recovery: Pick<RecoveryCase, 'state' | 'retriesMade' | 'nextAttemptAt'>
  /** The bill that the run is about. */
  readonly invoice: Pick<Invoice, 'status'>
  readonly status: SubscriptionStatus
  /** When the charge for the bill that is in flight was made, by whomever; null = there is none. */
  readonly chargedAt: Instant | null
}

export type DunningMail = CampaignMail | 'payment_recovered'

export type StepsTaken = {
  readonly run: DunningRun
  /** At most one, however many steps fell due at once. */
  readonly mail: DunningMail | null
  /** What becomes of the subscription. */
  readonly move: 'pause' | 'resume' | 'cancel' | 'unpaid' | null
}

/** Gives a new run its campaign. */
export function beginRun(
  run: DunningRun,
  campaign: { readonly id: Uuid | null; readonly steps: readonly CampaignStep[] },
): DunningRun {
  assert(run.steps === null, 'a run begins once')
  return { ...run, campaignId: campaign.id, steps: campaign.steps }
}

/**
 * Takes every step that is due, or ends the run with its case. Steps that are late are taken at once, but only the last
 * of their mails is sent: nobody is told four things in a minute after an outage.
 */
export function takeSteps(run: DunningRun, view: DunningView, at: Instant): StepsTaken {
  const { steps } = run
  assert(steps !== null && run.state === 'open', 'steps are taken by a run that has begun')
  const outcome = outcomeBy(run, view)
  if (outcome === 'recovered') {
    // Whoever was told of the first failure alone has seen nothing that needs an all-clear.
    const mail = run.mailsSent > 1 ? 'payment_recovered' : null
    const move = hasPaused(run) && view.status === 'paused' ? 'resume' : null
    return { run: ended({ ...run, outcome, mailsSent: sent(run, mail) }, at), mail, move }
  }
  if (outcome === 'canceled') return { run: ended({ ...run, outcome }, at), mail: null, move: null }
  const waitUntil = waitOf({ ...run, outcome }, view, at)
  if (waitUntil !== null) return { run: { ...run, dueAt: waitUntil }, mail: null, move: null }

  const dueCount = countDue(run, { steps, outcome, at })
  const due = steps.slice(run.stepsDone, dueCount)
  const mail = mailOf(due, run, view)
  const move = isEnded(view.status) ? null : moveOf(due, view)
  const next = steps[dueCount]
  const taken: DunningRun = {
    ...run,
    outcome: move === null ? outcome : outcomeOf(move, outcome),
    stepsDone: dueCount,
    access: due.reduce(accessAfter, run.access),
    retriesTold: view.recovery.retriesMade,
    mailsSent: sent(run, mail),
    dueAt: next === undefined ? null : stepAt(run, next),
  }
  const isOver =
    isEnded(view.status) || move === 'cancel' || (taken.outcome !== null && next === undefined)
  return { run: isOver ? ended(taken, at) : taken, mail, move }
}

/**
 * What the run has come to. Tries that are used up leave its steps to be taken for as long as the bill is owed, and a
 * subscription that ended with them is still told so.
 */
function outcomeBy(run: DunningRun, view: DunningView): DunningRun['outcome'] {
  const { recovery, invoice, status } = view
  const outcome = run.outcome ?? (recovery.state === 'open' ? null : recovery.state)
  if (outcome !== 'exhausted' || isOpen(invoice.status)) return outcome
  if (invoice.status === 'paid') return 'recovered'
  return isEnded(status) ? outcome : 'canceled'
}

/** When the step is due: days of 24 hours from the failure, as retries count them. */
export function stepAt(run: Pick<DunningRun, 'startedAt'>, step: CampaignStep): Instant {
  return addDays(run.startedAt, step.day)
}

function ended(run: DunningRun, at: Instant): DunningRun {
  return { ...run, state: 'ended', dueAt: null, endedAt: at }
}

function sent(run: DunningRun, mail: DunningMail | null): number {
  return mail === null ? run.mailsSent : run.mailsSent + 1
}

/** What the move makes of the case. */
function outcomeOf(
  move: 'pause' | 'cancel' | 'unpaid',
  outcome: DunningRun['outcome'],
): DunningRun['outcome'] {
  if (move === 'pause') return outcome
  return move === 'cancel' ? 'canceled' : 'exhausted'
}

/** Until when nothing is to be done yet, if so. A try whose answer is still out decides which step comes next. */
function waitOf(run: DunningRun, view: DunningView, at: Instant): Instant | null {
  const { recovery, status } = view
  if (view.chargedAt !== null) return whenAnswered(at, view.chargedAt)
  if (run.outcome !== null) return null
  if (status === 'paused') return hasPaused(run) ? null : addDays(at, 1)
  const { nextAttemptAt } = recovery
  const isUnderWay = nextAttemptAt === null || nextAttemptAt <= at
  return isUnderWay ? whenAnswered(at, null) : null
}

/** A pause of its own is a step like others; one by hand stops the campaign until the subscription resumes. */
function hasPaused({ steps, stepsDone }: DunningRun): boolean {
  return (steps ?? []).slice(0, stepsDone).some(({ action }) => action === 'pause')
}

/** How many steps are done after this. With the last retry gone, what takes access away need not wait for its day. */
function countDue(
  run: DunningRun,
  given: {
    readonly steps: readonly CampaignStep[]
    readonly outcome: DunningRun['outcome']
    readonly at: Instant
  },
): number {
  const { steps, outcome, at } = given
  const last = (isTaken: (step: CampaignStep) => boolean) => steps.findLastIndex(isTaken) + 1
  const byDay = last((step) => stepAt(run, step) <= at)
  const byEnd = outcome === 'exhausted' ? last(isSuspending) : 0
  return Math.max(run.stepsDone, byDay, byEnd)
}

function isSuspending(step: CampaignStep): boolean {
  if (step.action === 'restrict') return true
  return step.action === 'email' && step.template === 'service_suspended'
}

function mailOf(
  due: readonly CampaignStep[],
  run: DunningRun,
  view: DunningView,
): CampaignMail | null {
  const wasRetried = view.recovery.retriesMade > run.retriesTold
  const mails = due.flatMap((step) => (step.action === 'email' ? [step.template] : []))
  // Where nothing was tried, nothing is told to have failed.
  return mails.findLast((mail) => mail !== 'retry_failed' || wasRetried) ?? null
}

function moveOf(
  due: readonly CampaignStep[],
  view: DunningView,
): 'pause' | 'cancel' | 'unpaid' | null {
  const moves = due.flatMap(({ action }) =>
    action === 'pause' || action === 'cancel' || action === 'unpaid' ? [action] : [],
  )
  return moves.findLast((move) => canMove(move, view)) ?? null
}

/** A subscription that has moved on by itself is not moved back. */
function canMove(move: 'pause' | 'cancel' | 'unpaid', { status, recovery }: DunningView): boolean {
  if (move === 'cancel') return true
  return status === 'past_due' && (move === 'pause' || recovery.state === 'open')
}
