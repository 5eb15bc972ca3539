import { decideBulkEdit, type BulkAction, type BulkChange } from '@perennial/core/billing'
import { assert, messageOf } from '@perennial/core/fault'
import type { Uuid } from '@perennial/core/ids'
import type { Instant } from '@perennial/core/time'
import { inHalves, type Tx } from '../../../platform/db/index.ts'
import { contextOf, writeSteps, type BillingDeps, type BillingScope } from '../../billing/index.ts'
import { changeGatewaysOfMany } from '../../routing/index.ts'
import { archiveAllLocked, lockProfiles } from '../../subscription-profiles/index.ts'
import { lockSubscriptions } from '../../subscriptions/index.ts'
import type { EditRecord, EditRow } from '../edit.ts'
import { isAsSeen } from '../is-as-seen.ts'
import {
  listDiscardable,
  loadBulkStates,
  loadChoices,
  type LoadedState,
} from '../load-bulk-states.ts'
import { lockEdit, updateEdit } from '../queries/edits.ts'
import { listRowsOf, settleRows, type RowOutcome } from '../queries/rows.ts'
import { recordEditEvent } from './edit-event.ts'

/** What a batch is done for: by the account's time. */
export type BatchScope = { readonly scope: BillingScope; readonly at: Instant }

/** `isOver`: it is done, does not run, or another process has it that is not waited for. */
export type BatchDone =
  | { readonly isOver: true }
  /** Rows up to there are done. */
  | { readonly isOver: false; readonly position: number }

const OVER: BatchDone = { isOver: true }

function upTo(rows: readonly EditRow[]): BatchDone {
  return { isOver: false, position: rows.at(-1)?.position ?? -1 }
}

function fromTheStart(after: number): BatchDone {
  assert(after >= 0, 'as many rows are planned as are counted')
  return { isOver: false, position: -1 }
}

/** Others lock subscriptions too. */
const RETRIED = { retry: true } as const

/** Subscriptions that are written together. */
const BATCH_ROWS = 500

/**
 * Does the next rows of a confirmed edit in one transaction: locks them in the order of their ids, decides again as the
 * review did, writes one statement a table, and notes what came of each. A process that dies leaves the batch undone and
 * nothing else.
 */
export async function applyBatch(
  deps: BillingDeps,
  given: BatchScope & {
    readonly id: Uuid
    /** Rows up to there are done: what a batch before this one told. */
    readonly after?: number
    readonly limit?: number
    readonly waits?: boolean
  },
): Promise<BatchDone> {
  const key = { accountId: given.scope.accountId, id: given.id }
  let planned: readonly EditRow[] = []
  try {
    return await deps.database.tx(async (tx) => {
      const edit = await lockEdit(tx, key, { skipLocked: given.waits !== true })
      if (edit === null || edit.status !== 'running') return OVER
      const { after = -1, limit = BATCH_ROWS } = given
      planned = await listRowsOf(
        tx,
        { ...key, editId: given.id },
        { result: 'planned', after, limit },
      )
      if (planned.length === 0) {
        // Rows that were passed over, because somebody stopped it in between, come in the next round.
        if (edit.counts.planned > 0) return fromTheStart(after)
        await finish(deps, given, { tx, edit })
        return OVER
      }
      await applyRows(deps, given, { tx, edit, rows: planned })
      return upTo(planned)
    }, RETRIED)
  } catch (error) {
    await applyInHalves(deps, given, { rows: planned, error })
    return upTo(planned)
  }
}

/** The row at fault fails. */
async function applyInHalves(
  deps: BillingDeps,
  given: BatchScope & { readonly id: Uuid },
  failed: { readonly rows: readonly EditRow[]; readonly error: unknown },
): Promise<void> {
  const key = { accountId: given.scope.accountId, id: given.id }
  const inTx = (work: (stage: Stage) => Promise<void>, part: readonly EditRow[]) =>
    deps.database.tx(async (tx) => {
      const edit = await lockEdit(tx, key)
      // Another process may have done them meanwhile, or somebody has stopped it.
      if (edit?.status !== 'running') return
      const left = await listRowsOf(tx, { ...key, editId: given.id }, pageOf(part))
      const positions = new Set(part.map(({ position }) => position))
      const still = left.filter(({ position }) => positions.has(position))
      if (still.length > 0) await work({ tx, edit, rows: still })
    })
  await inHalves(failed, {
    write: (half) => inTx((stage) => applyRows(deps, given, stage), half),
    setApart: async (row, error) => {
      const reason = messageOf(error)
      const { subscriptionId } = row
      deps.log.error(
        { accountId: key.accountId, editId: key.id, subscriptionId, reason },
        'edit of a subscription failed',
      )
      await inTx((stage) => settle(given, stage, [outcomeOf(row, 'failed', reason)]), [row])
    },
  })
}

function pageOf(part: readonly EditRow[]) {
  const first = part[0]?.position ?? 0
  return { result: 'planned', after: first - 1, limit: part.length } as const
}

type Stage = { readonly tx: Tx; readonly edit: EditRecord; readonly rows: readonly EditRow[] }

type Decided = {
  readonly row: EditRow
  readonly state: LoadedState
  readonly change: BulkChange
}

/** Profiles are locked before subscriptions, as everybody locks them. */
async function applyRows(deps: BillingDeps, given: BatchScope, stage: Stage): Promise<void> {
  const { tx, edit, rows } = stage
  const { scope, at } = given
  const { accountId } = scope
  const subscriptionIds = rows.map(({ subscriptionId }) => subscriptionId)
  const actions = rows.flatMap((row) => actionsOf(edit, row))
  const choices = await loadChoices(tx, accountId, { actions: distinct(actions), lock: true })
  const discardable = await listDiscardable(tx, accountId, { subscriptionIds, actions })
  const ids = discardable.map(({ id }) => id)
  const own = await lockProfiles(tx, accountId, { ids, mode: 'update' })
  const subscriptions = await lockSubscriptions(tx, accountId, subscriptionIds)
  const states = await loadBulkStates(tx, scope, { subscriptions, own })
  const stateOf = new Map(states.map((state) => [state.subscription.id, state]))

  const decided: Decided[] = []
  const outcomes: RowOutcome[] = []
  for (const row of rows) {
    const state = stateOf.get(row.subscriptionId)
    const made =
      state === undefined
        ? outcomeOf(row, 'skipped', 'subscription_ended')
        : decideRow({ row, state, actions: actionsOf(edit, row), choices }, at)
    if ('change' in made) decided.push(made)
    outcomes.push('change' in made ? changedOutcome(made) : made)
  }
  await deps.onStep?.('decided')
  await writeDecided(deps, given, { tx, decided, own })
  await settle(given, stage, outcomes)
}

function actionsOf(edit: EditRecord, row: EditRow): readonly BulkAction[] {
  return row.actions ?? edit.segments[row.segment]?.actions ?? []
}

/** Rows of one segment share their list. */
function distinct(actions: readonly BulkAction[]): readonly BulkAction[] {
  return [...new Set(actions)]
}

function decideRow(
  given: {
    readonly row: EditRow
    readonly state: LoadedState
    readonly actions: readonly BulkAction[]
    readonly choices: Parameters<typeof decideBulkEdit>[1]['choices']
  },
  at: Instant,
): Decided | RowOutcome {
  const { row, state, actions, choices } = given
  const { version, isNoticeSent, before } = row
  if (!isAsSeen(state, { version, isNoticeSent, standing: before }))
    return outcomeOf(row, 'skipped', 'changed_since_load')
  try {
    const decision = decideBulkEdit(state, { actions, choices }, at)
    if (decision.kind === 'changed') return { row, state, change: decision }
    return decision.kind === 'skipped'
      ? outcomeOf(row, 'skipped', decision.reason)
      : outcomeOf(row, 'unchanged', null)
  } catch (error) {
    return outcomeOf(row, 'failed', messageOf(error))
  }
}

function outcomeOf(
  { position }: EditRow,
  result: RowOutcome['result'],
  reason: string | null,
): RowOutcome {
  return { position, result, reason, versionAfter: null, undo: null }
}

function changedOutcome({ row, state, change }: Decided): RowOutcome {
  const versionAfter = (change.steps.at(-1)?.subscription ?? state.subscription).version
  const { undo } = change
  return { position: row.position, result: 'changed', reason: null, versionAfter, undo }
}

async function writeDecided(
  deps: BillingDeps,
  { scope, at }: BatchScope,
  given: {
    readonly tx: Tx
    readonly decided: readonly Decided[]
    readonly own: Awaited<ReturnType<typeof lockProfiles>>
  },
): Promise<void> {
  const { tx, decided, own } = given
  const edits = decided.map(({ state, change }) => ({ state, steps: change.steps }))
  await writeSteps(deps, { tx, scope, at }, edits)
  const context = contextOf(deps, scope, at)
  const gateways = decided.flatMap(({ state, change }) => {
    const { id: subscriptionId, customerId } = state.subscription
    return change.gateways === null ? [] : [{ subscriptionId, customerId, ...change.gateways }]
  })
  await changeGatewaysOfMany(tx, context, gateways)
  const discarded = new Set(
    decided.flatMap(({ state, change }) => {
      const { profile } = state.subscription
      return change.discardsProfile && profile !== null ? [profile.profileId] : []
    }),
  )
  const gone = own.filter(({ id }) => discarded.has(id))
  if (gone.length > 0) await archiveAllLocked({ tx, context }, gone)
}

/** Notes what came of rows, and counts them: what is counted is what the rows say. */
async function settle(
  { scope, at }: BatchScope,
  { tx, edit }: Pick<Stage, 'tx' | 'edit'>,
  outcomes: readonly RowOutcome[],
): Promise<void> {
  const { accountId } = scope
  await settleRows(tx, { accountId, editId: edit.id }, outcomes)
  const counts = { ...edit.counts, planned: edit.counts.planned - outcomes.length }
  for (const { result } of outcomes) counts[result] += 1
  await updateEdit(tx, accountId, { ...edit, counts, updatedAt: at })
}

async function finish(
  deps: BillingDeps,
  { scope, at }: BatchScope,
  { tx, edit }: Pick<Stage, 'tx' | 'edit'>,
): Promise<void> {
  const done = { ...edit, status: 'done', finishedAt: at, updatedAt: at } as const
  await updateEdit(tx, scope.accountId, done)
  await recordEditEvent(tx, contextOf(deps, scope, at), { what: 'completed', edit: done })
}
