import { decideBulkEdit } from '@perennial/core/billing'
import { assert } from '@perennial/core/fault'
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
import { findEdit, insertEdit, updateEdit } from '../queries/edits.ts'
import { findPosition, listRowsOf } from '../queries/rows.ts'
import { endedAsRefused } from './preview-edit.ts'
import { emptySegment, type ReviewedState } from './reviewer.ts'
import {
  CHUNK_ROWS,
  newReview,
  ROWS_AT_ONCE,
  writeReview,
  type ReviewChunk,
  type ReviewRefusal,
} from './write-review.ts'

export type UndoRefusal = ReviewRefusal | 'edit_not_found' | 'edit_not_over' | 'nothing_to_undo'

/**
 * A draft that takes back what an edit has changed, row by row: each gets back its own values. Rows that were changed since, and
 * what cannot be taken back, are skipped. It is reviewed and confirmed like any other.
 */
export async function previewUndo(
  context: CommandContext,
  id: Uuid,
  { rowsMax = ROWS_AT_ONCE }: { readonly rowsMax?: number } = {},
): Promise<Decision<EditRecord, UndoRefusal>> {
  const { accountId } = context
  return endedAsRefused(() =>
    context.inTx(async (tx): Promise<Decision<EditRecord, UndoRefusal>> => {
      const undone = await findEdit(tx, { accountId, id })
      if (undone === null) return refused('edit_not_found')
      if (undone.status !== 'done' && undone.status !== 'canceled') return refused('edit_not_over')
      if (undone.counts.changed === 0) return refused('nothing_to_undo')
      const segments = [emptySegment(null, [])]
      const plan = { undoesId: id, filters: {}, segmentBy: 'none', segments, limit: null } as const
      const begun = newReview(context, plan)
      await insertEdit(tx, accountId, begun)
      let edit = await reviewChanged(tx, context, { edit: begun, undoneId: id, rowsMax })
      if (edit.status === 'previewing') {
        edit = { ...edit, matching: undone.counts.changed }
        await updateEdit(tx, accountId, edit)
      }
      await context.remember(tx, 'subscription_edit', edit.id)
      return accepted(edit)
    }),
  )
}

/** The next part of what the other edit has changed. */
export async function reviewChanged(
  tx: Tx,
  context: CommandContext,
  given: { readonly edit: EditRecord; readonly undoneId: Uuid; readonly rowsMax: number },
): Promise<EditRecord> {
  const { edit, undoneId: editId, rowsMax } = given
  const { accountId } = context
  const reached = edit.reviewedTo?.subscriptionId ?? null
  const after = reached === null ? -1 : await findPosition(tx, { accountId, editId }, reached)
  assert(after !== null, 'an undo stands at a row of the edit that it undoes')
  const chunks = () => readChanged(tx, context, { editId, after, rowsMax })
  return writeReview(tx, context, { edit, rowsMax, chunks })
}

async function* readChanged(
  tx: Tx,
  context: CommandContext,
  given: { readonly editId: Uuid; readonly after: number; readonly rowsMax: number },
): AsyncIterable<ReviewChunk> {
  const { accountId } = context
  const { editId, rowsMax } = given
  let { after } = given
  for (let found = 0; found < rowsMax;) {
    const limit = Math.min(CHUNK_ROWS, rowsMax - found)
    const rows = await listRowsOf(tx, { accountId, editId }, { result: 'changed', after, limit })
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.position
    found += rows.length
    const states = await decideChunk(tx, context, rows)
    const to = { nextRenewalAt: null, subscriptionId: last.subscriptionId }
    yield { states, found: rows.length, to }
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
