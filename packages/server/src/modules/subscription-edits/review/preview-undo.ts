import { decideBulkEdit } from '@perennial/core/billing'
import type { Uuid } from '@perennial/core/ids'
import {
  accepted,
  refused,
  type CommandContext,
  type Decision,
} from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { scopeOf } from '../../billing/index.ts'
import { findSubscriptions } from '../../subscriptions/index.ts'
import type { EditRecord, EditRow } from '../edit.ts'
import { isAsSeen } from '../is-as-seen.ts'
import {
  listDiscardable,
  loadBulkStates,
  loadChoices,
  type LoadedState,
} from '../load-bulk-states.ts'
import { findEdit } from '../queries/edits.ts'
import { listRowsOf } from '../queries/rows.ts'
import { emptySegment, endedAsRefused } from './preview-edit.ts'
import type { ReviewedState } from './reviewer.ts'
import { ROWS_MAX, writeReview, type ReviewRefusal } from './write-review.ts'

export type UndoRefusal = ReviewRefusal | 'edit_not_found' | 'edit_not_over' | 'nothing_to_undo'

const CHUNK_ROWS = 2_500

/**
 * A draft that takes back what an edit has changed, row by row: each gets back its own values. Rows that were changed since, and
 * what cannot be taken back, are skipped. It is reviewed and confirmed like any other.
 */
export async function previewUndo(
  context: CommandContext,
  id: Uuid,
): Promise<Decision<EditRecord, UndoRefusal>> {
  const { accountId } = context
  return endedAsRefused(() =>
    context.inTx(async (tx): Promise<Decision<EditRecord, UndoRefusal>> => {
      const undone = await findEdit(tx, { accountId, id })
      if (undone === null) return refused('edit_not_found')
      if (undone.status !== 'done' && undone.status !== 'canceled') return refused('edit_not_over')
      if (undone.counts.changed === 0) return refused('nothing_to_undo')
      const edit = await writeReview(tx, context, {
        plan: {
          undoesId: id,
          filters: {},
          segmentBy: 'none',
          segments: [emptySegment(null, [])],
          limit: null,
          rowsMax: ROWS_MAX,
        },
        chunks: () => readChanged(tx, context, id),
      })
      await context.remember(tx, 'subscription_edit', edit.id)
      return accepted(edit)
    }),
  )
}

async function* readChanged(
  tx: Tx,
  context: CommandContext,
  editId: Uuid,
): AsyncIterable<readonly ReviewedState[]> {
  const { accountId } = context
  let after = -1
  for (;;) {
    const page = { result: 'changed', after, limit: CHUNK_ROWS } as const
    const rows = await listRowsOf(tx, { accountId, editId }, page)
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.position
    yield await decideChunk(tx, context, rows)
  }
}

async function decideChunk(
  tx: Tx,
  context: CommandContext,
  rows: readonly EditRow[],
): Promise<ReviewedState[]> {
  const { accountId, now } = context
  const subscriptionIds = rows.map(({ subscriptionId }) => subscriptionId)
  const actions = rows.flatMap(({ undo }) => undo ?? [])
  const [subscriptions, own, choices] = await Promise.all([
    findSubscriptions(tx, accountId, subscriptionIds),
    listDiscardable(tx, accountId, { subscriptionIds, actions }),
    loadChoices(tx, accountId, { actions, lock: false }),
  ])
  const states = await loadBulkStates(tx, scopeOf(context), { subscriptions, own })
  const stateOf = new Map(states.map((state) => [state.subscription.id, state]))
  return rows.flatMap((row): ReviewedState[] => {
    const state = stateOf.get(row.subscriptionId)
    if (state === undefined) return []
    const { undo } = row
    const reviewed = { state, segment: null, ownActions: undo }
    if (undo === null) return [{ ...reviewed, decision: skipped('cannot_be_undone') }]
    if (!isAsLeft(state, row)) return [{ ...reviewed, decision: skipped('changed_since_edit') }]
    return [{ ...reviewed, decision: decideBulkEdit(state, { actions: undo, choices }, now) }]
  })
}

const skipped = (reason: string) => ({ kind: 'skipped', reason }) as const

function isAsLeft(
  state: LoadedState,
  { version, versionAfter, isNoticeSent, after, before }: EditRow,
): boolean {
  const seen = { version: versionAfter ?? version, isNoticeSent, standing: after ?? before }
  return isAsSeen(state, seen)
}
