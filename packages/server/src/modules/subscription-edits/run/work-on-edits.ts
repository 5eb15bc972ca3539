import { messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import { MS_PER_DAY } from '@perennial/core/time'
import { DatabaseOutage, type Tx } from '../../../platform/db/index.ts'
import { startLoop, startTurns, type Loop } from '../../../platform/loop/index.ts'
import { loadScope, type BillingDeps } from '../../billing/index.ts'
import {
  dropStaleDraft,
  findEdit,
  findPreviewingEdits,
  findRunningEdits,
} from '../queries/edits.ts'
import { workOnReview } from '../review/work-on-review.ts'
import { applyBatch } from './apply-batch.ts'

const EDITS_MAX = 100
const EDITS_AT_ONCE = 4
/** A large edit holds up the others no longer than this. */
const TURN_MS = 5_000
const EDITS_IN_WORK_MAX = 16
/** Drafts that nobody confirmed can be read for a while after they have expired. */
const EXPIRED_KEPT_MS = 7 * MS_PER_DAY
const SWEEP_INTERVAL_MS = 60_000

/** Finds reviews that go on and confirmed edits, and does them, part after part. Any number of these may run side by side. */
export function startEditsWorker(
  deps: BillingDeps,
  { intervalMs }: { readonly intervalMs: number },
): Loop {
  return startTurns({
    name: 'subscription edits',
    intervalMs,
    log: deps.log,
    atOnce: EDITS_AT_ONCE,
    turnMs: TURN_MS,
    inWorkMax: EDITS_IN_WORK_MAX,
    keyOf: ({ id }) => id,
    find: () => findWork(deps),
    work: ({ isReview, ...edit }, signal) =>
      isReview ? reviewApart(deps, { ...edit, signal }) : workApart(deps, { ...edit, signal }),
  })
}

async function findWork(deps: BillingDeps) {
  const previewing = await deps.database.statement((tx) => findPreviewingEdits(tx, EDITS_MAX))
  const running = await deps.database.statement((tx) => findRunningEdits(tx, EDITS_MAX))
  return [
    ...previewing.map((edit) => ({ ...edit, isReview: true })),
    ...running.map((edit) => ({ ...edit, isReview: false })),
  ]
}

/** Drops drafts that nobody confirmed, one after the other: each may have many rows. */
export function startDraftSweep(deps: Pick<BillingDeps, 'database' | 'clock' | 'log'>): Loop {
  return startLoop({
    name: 'sweep of unconfirmed edits',
    intervalMs: SWEEP_INTERVAL_MS,
    log: deps.log,
    round: async () => {
      const stale = { realNow: deps.clock.now(), keptMs: EXPIRED_KEPT_MS }
      return { hasMore: await deps.database.statement((tx) => dropStaleDraft(tx, stale)) }
    },
  })
}

export function workApart(
  deps: BillingDeps,
  given: Parameters<typeof workOnEdit>[1],
): Promise<void> {
  return apart(deps, given, () => workOnEdit(deps, given))
}

function reviewApart(deps: BillingDeps, given: Parameters<typeof workOnReview>[1]): Promise<void> {
  return apart(deps, given, () => workOnReview(deps, given))
}

/** One edit's fault stops nobody else: the next round finds it again. An outage is thrown. */
async function apart(
  deps: BillingDeps,
  { accountId, id }: { readonly accountId: Uuid; readonly id: Uuid },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof DatabaseOutage) throw error
    const reason = messageOf(error)
    deps.log.error({ accountId, editId: id, reason }, 'subscription edit failed')
  }
}

/**
 * Does all that an account has begun to review and all that it has confirmed, before its test clock is moved on. Of what
 * another process is at, it waits for each part and does the next. `foundMax` are looked for at a time.
 */
export async function finishEdits(
  deps: BillingDeps,
  given: {
    readonly accountId: Uuid
    readonly signal?: AbortSignal
    readonly foundMax?: number
  },
): Promise<void> {
  const { accountId, signal, foundMax = EDITS_MAX } = given
  const signals = signal === undefined ? {} : { signal }
  const reviews = (tx: Tx) => findPreviewingEdits(tx, foundMax, accountId)
  const confirmed = (tx: Tx) => findRunningEdits(tx, foundMax, accountId)
  while (signal?.aborted !== true) {
    const previewing = await deps.database.statement(reviews)
    for (const edit of previewing) await workOnReview(deps, { ...edit, ...signals, waits: true })
    const running = await deps.database.statement(confirmed)
    for (const edit of running) await workOnEdit(deps, { ...edit, ...signals, waits: true })
    if (previewing.length < foundMax && running.length < foundMax) return
  }
}

/**
 * Does a confirmed edit until it is over, stopped, or as many batches are done. A held clock does not hold it up: it is
 * done at the account's time, whichever clock tells it.
 */
export async function workOnEdit(
  deps: BillingDeps,
  given: {
    readonly accountId: Uuid
    readonly id: Uuid
    readonly signal?: AbortSignal
    readonly batchesMax?: number
    readonly batchRows?: number
    /** For another process that is at it; otherwise that one goes on alone. */
    readonly waits?: boolean
  },
): Promise<void> {
  const { accountId, id, signal, batchesMax = Infinity, batchRows, waits = false } = given
  const { clockHeldAt: _, ...scope } = await loadScope(deps, accountId)
  const edit = await deps.database.statement((tx) => findEdit(tx, { accountId, id }))
  const requestId = edit?.requestId ?? null
  const request = requestId === null ? null : { id: requestId, idempotencyKey: null }
  let after = -1
  for (let batch = 0; batch < batchesMax && signal?.aborted !== true; batch += 1) {
    // A sandbox's clock may move between two batches.
    const { clockHeldAt } = await loadScope(deps, accountId)
    const done = await applyBatch(deps, {
      id,
      after,
      waits,
      scope: { ...scope, request, runId: null },
      at: clockHeldAt ?? deps.clock.now(),
      ...(batchRows === undefined ? {} : { limit: batchRows }),
    })
    if (done.isOver) return
    after = done.position
  }
}
