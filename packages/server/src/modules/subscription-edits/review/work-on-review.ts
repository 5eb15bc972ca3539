import type { Uuid } from '@perennial/core/ids'
import type { CommandContext } from '../../../platform/command/index.ts'
import { contextOf, loadScope, type BillingDeps } from '../../billing/index.ts'
import type { EditRecord } from '../edit.ts'
import { loadChoices } from '../load-bulk-states.ts'
import { lockEdit } from '../queries/edits.ts'
import { readStoredFilters } from '../request/read-json.ts'
import { cancelEdit } from '../run/stop-edit.ts'
import { reviewChanged } from './preview-undo.ts'
import { reviewMatches } from './review-matches.ts'
import { ReviewEnded } from './write-review.ts'

/** Rows of one part: a few seconds, all of which a process that dies leaves undone. */
const PART_ROWS = 50_000

/**
 * Goes on with a review that its request has begun, part after part, until it is a draft, canceled, or another process has
 * it that is not waited for. One that comes to more segments than were there when it was begun, and may not, is canceled.
 */
export async function workOnReview(
  deps: BillingDeps,
  given: {
    readonly accountId: Uuid
    readonly id: Uuid
    readonly signal?: AbortSignal
    readonly rowsMax?: number
    readonly onPart?: (edit: EditRecord) => void
    readonly waits?: boolean
  },
): Promise<void> {
  const { accountId, id, signal, rowsMax = PART_ROWS, onPart, waits = false } = given
  while (signal?.aborted !== true) {
    const { clockHeldAt, ...scope } = await loadScope(deps, accountId)
    const now = clockHeldAt ?? deps.clock.now()
    const context = contextOf(deps, { ...scope, request: null, runId: null }, now)
    const edit = await reviewPart(deps, context, { id, rowsMax, waits })
    if (edit?.status !== 'previewing') return
    onPart?.(edit)
  }
}

/** The edit after its next part; null where there is none to do here. */
async function reviewPart(
  deps: BillingDeps,
  context: CommandContext,
  given: { readonly id: Uuid; readonly rowsMax: number; readonly waits: boolean },
): Promise<EditRecord | null> {
  const { accountId } = context
  const { id, rowsMax, waits } = given
  try {
    return await context.inTx(async (tx) => {
      const edit = await lockEdit(tx, { accountId, id }, { skipLocked: !waits })
      if (edit?.status !== 'previewing') return null
      const { undoesId: undoneId } = edit
      if (undoneId !== null) return reviewChanged(tx, context, { edit, undoneId, rowsMax })
      const actions = edit.segments.flatMap((segment) => segment.actions)
      const choices = await loadChoices(tx, accountId, { actions, lock: false })
      const filters = readStoredFilters(context, edit.filters)
      return reviewMatches(tx, context, { edit, filters, choices, rowsMax })
    })
  } catch (error) {
    if (!(error instanceof ReviewEnded)) throw error
    deps.log.error({ accountId, editId: id, reason: error.code }, 'review of an edit ended')
    await cancelEdit(context, id)
    return null
  }
}
