import { setTimeout } from 'node:timers/promises'
import { assert } from '@perennial/core/fault'
import {
  addMs,
  minInstant,
  MS_PER_DAY,
  MS_PER_HOUR,
  MS_PER_SECOND,
  type Instant,
} from '@perennial/core/time'
import { accepted, refused, type Decision } from '../../../platform/command/index.ts'
import type { Database, Tx } from '../../../platform/db/index.ts'
import { pullNotices } from '../notices/pull-notices.ts'
import { runDueReconciliations } from '../reconciliation/run-reconciliations.ts'
import { watchOutages } from '../recovery/run-recoveries.ts'
import { finishRun, startRun } from './queries/runs.ts'
import { holdClock, tryLockClock } from './queries/clock.ts'
import { findNextDue, type NextDue } from './queries/next-due.ts'
import { hasLostAnswers } from '../attempts/queries.ts'
import { runDueWork, type OnProgress } from './run-due-work.ts'
import {
  addWork,
  isIdle,
  noWork,
  WORK_KINDS,
  type WorkDone,
  type WorkKind,
  type WorkKinds,
} from '../work/work-done.ts'
import type { BillingDeps, BillingScope } from '../scope.ts'

export type AdvanceRefusal =
  | 'clock_not_movable'
  | 'clock_moved_backwards'
  | 'clock_moved_too_far'
  | 'clock_busy'
  | 'clock_stopped'

/** Ten years: all their work is done in one request, and no clock goes back. */
export const ADVANCE_DAYS_MAX = 3_653
export const ADVANCE_SECONDS_MAX = (ADVANCE_DAYS_MAX * MS_PER_DAY) / MS_PER_SECOND

/**
 * What falls due within this stretch is done as one batch, each piece at its own instant. No work makes
 * more work due sooner than this after itself, so the order of due times is kept.
 */
const STRETCH_MS = MS_PER_HOUR
const IDLE_MS = 50
const IDLE_MS_MAX = 5_000
/** What waits for charges that are under way elsewhere waits until they are answered, or lost and looked up. */
const LEASES_WAITED = 2

export type Advance = {
  readonly from: Instant
  readonly to: Instant
  /** What is to be done before it moves, once it is sure to. */
  readonly beforeMove?: () => Promise<void>
  readonly onProgress?: OnProgress
  /** Stops it before the next piece of work, at whose instant the clock then stands: another move goes on from there. */
  readonly signal?: AbortSignal
  /** Longer stretches are faster; within one, renewals are done before retries. An hour when absent. */
  readonly stretchMs?: number
}

/**
 * Moves a sandbox's clock to `to` and does on the way all work that falls due, in order of due time, each
 * piece at the instant it fell due. Returns when the clock stands there, or refuses (`clock_stopped`) where it had to stop
 * on the way.
 */
export async function advanceClock(
  deps: BillingDeps,
  scope: Omit<BillingScope, 'runId'>,
  given: Advance,
): Promise<Decision<WorkDone, AdvanceRefusal>> {
  if (scope.environment === 'live') return refused('clock_not_movable')
  if (given.to < given.from) return refused('clock_moved_backwards')
  if (given.to > addMs(given.from, ADVANCE_DAYS_MAX * MS_PER_DAY))
    return refused('clock_moved_too_far')
  const moving = movingIn.get(deps.database) ?? 0
  if (moving >= MOVING_MAX) return refused('clock_busy')
  movingIn.set(deps.database, moving + 1)
  try {
    return await advanceAlone(deps, scope, given)
  } finally {
    movingIn.set(deps.database, (movingIn.get(deps.database) ?? 1) - 1)
  }
}

/** Each moving clock keeps a connection; there must be some left for the work that it makes. */
const MOVING_MAX = 8
const movingIn = new WeakMap<Database, number>()

/** The lock's own transaction waits while the work is done in transactions of its own. */
async function advanceAlone(
  deps: BillingDeps,
  scope: Omit<BillingScope, 'runId'>,
  given: Advance,
): Promise<Decision<WorkDone, AdvanceRefusal>> {
  return deps.database.tx(async (lock: Tx) => {
    if (!(await tryLockClock(lock, scope.accountId))) return refused('clock_busy')
    if (!(await holdClock(deps.database.kysely, scope.accountId, given.from)))
      return refused('clock_moved_backwards')
    await given.beforeMove?.()
    return workThrough(deps, scope, given)
  })
}

async function workThrough(
  deps: BillingDeps,
  scope: Omit<BillingScope, 'runId'>,
  given: Advance,
): Promise<Decision<WorkDone, 'clock_stopped'>> {
  const runId = deps.ids.next()
  const key = { accountId: scope.accountId, id: runId }
  await startRun(deps.database.kysely, key, given.from)
  const total = noWork()
  let idleRounds = 0
  const lostAnswers = await hasLostAnswers(deps.database.kysely, scope.accountId, deps.clock.now())
  const kinds = new Set<WorkKind>(lostAnswers ? ['lostAnswers', 'notices'] : ['notices'])
  const window = { until: given.from, decideAt: 'due' } as const
  addWork(total, await runDueWork(deps, { ...scope, runId }, window, { lanes: 1, kinds }))
  let isAnyWaiting = false
  let askAt: Instant | null = given.from
  let stoppedAt: Instant | null = null
  for (;;) {
    // What was charged may have made gateways want to tell something at a time of their own.
    if (askAt !== null)
      total.told += await pullNotices(deps, { ...scope, runId }, { at: askAt, dueBy: null, askAgainMs: null }) // prettier-ignore
    const due = await findNextDue(deps.database.kysely, scope.accountId)
    const next = firstOf(due)
    if (next === null || next > given.to) break
    const start = next > given.from ? next : given.from
    if (given.signal?.aborted === true) {
      stoppedAt = start
      break
    }
    const until = minInstant(addMs(start, given.stretchMs ?? STRETCH_MS), given.to)
    await holdClock(deps.database.kysely, scope.accountId, start)
    const done = await runDueWork(
      deps,
      { ...scope, runId },
      { until, decideAt: 'due' },
      { lanes: 1, kinds: kindsDue(due, { until, isAnyWaiting }) },
    )
    isAnyWaiting = done.waiting > 0 || done.isHeldUp
    askAt = isIdle(done) ? null : until
    addWork(total, done)
    await given.onProgress?.(total)
    idleRounds = isIdle(done) ? idleRounds + 1 : 0
    // An API call holds what is due for a moment; nobody holds it for this long.
    const patienceMs = IDLE_MS_MAX + (done.isHeldUp ? LEASES_WAITED * deps.leaseMs : 0)
    assert(idleRounds * IDLE_MS < patienceMs, 'work that is due can be done')
    if (idleRounds > 0) await setTimeout(IDLE_MS)
  }
  const standsAt = stoppedAt ?? given.to
  await holdClock(deps.database.kysely, scope.accountId, standsAt)
  // Days that were passed over are compared in one go: nothing else waits for it.
  if (stoppedAt === null)
    await runDueReconciliations(deps, { ...scope, runId }, standsAt, given.signal ?? NEVER)
  if (stoppedAt === null) await watchOutages(deps, scope, standsAt)
  await deps.database.tx((tx) =>
    finishRun(tx, key, { done: total, fault: null, finishedAt: standsAt }),
  )
  return stoppedAt === null ? accepted(total) : refused('clock_stopped')
}

const NEVER = new AbortController().signal

function firstOf(due: NextDue): Instant | null {
  const [first, ...others] = Object.values(due).filter((at) => at !== null)
  return first === undefined ? null : minInstant(first, ...others)
}

/** Only the kinds of work that fall due in the stretch are looked for. */
function kindsDue(
  due: NextDue,
  given: { readonly until: Instant; readonly isAnyWaiting: boolean },
): WorkKinds {
  const isDue = (at: Instant | null): boolean => at !== null && at <= given.until
  const kinds = WORK_KINDS.filter((kind) =>
    kind === 'lostAnswers' ? given.isAnyWaiting : isDue(due[kind]),
  )
  return new Set(kinds)
}
