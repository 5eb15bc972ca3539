import type { Uuid } from '@perennial/core/ids'
import { addMs, MS_PER_HOUR } from '@perennial/core/time'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { EditRecord } from '../edit.ts'
import { insertEdit, updateEdit } from '../queries/edits.ts'
import { insertRows } from '../queries/rows.ts'
import { Reviewer, SEGMENTS_MAX, type ReviewedState } from './reviewer.ts'

/** How long a review may be confirmed. */
const DRAFT_HOURS = 24
/** Rows that one edit holds at most, whoever asks. */
export const ROWS_MAX = 1_000_000

export type ReviewRefusal = 'too_many_rows' | 'too_many_segments'

/** Ends the transaction of a review that may not be. */
export class ReviewEnded extends Error {
  readonly code: ReviewRefusal

  constructor(code: ReviewRefusal) {
    super(code)
    this.code = code
  }
}

export type ReviewPlan = Pick<
  EditRecord,
  'undoesId' | 'filters' | 'segmentBy' | 'segments' | 'limit'
> & { readonly rowsMax: number }

/**
 * Writes a draft with a row for each subscription, chunk after chunk, so that memory holds one chunk. Throws `ReviewEnded`
 * where there are more rows or segments than allowed; the caller's transaction then leaves nothing.
 */
export async function writeReview(
  tx: Tx,
  context: CommandContext,
  given: {
    readonly plan: ReviewPlan
    readonly chunks: (reviewer: Reviewer) => AsyncIterable<readonly ReviewedState[]>
  },
): Promise<EditRecord> {
  const { accountId } = context
  const { rowsMax, ...plan } = given.plan
  const reviewer = new Reviewer(plan)
  const draft = toDraft(context, plan)
  await insertEdit(tx, accountId, draft)
  const key = { accountId, editId: draft.id }
  let written: Promise<void> = Promise.resolve()
  let count = 0
  for await (const chunk of given.chunks(reviewer)) {
    count += chunk.length
    if (count > rowsMax) throw new ReviewEnded('too_many_rows')
    const rows = chunk.map((reviewed) => reviewer.add(reviewed))
    if (reviewer.segmentCount > SEGMENTS_MAX) throw new ReviewEnded('too_many_segments')
    await written
    written = insertRows(tx, key, rows)
  }
  await written
  const { digest, ...reviewed } = reviewer.finish()
  const edit = { ...draft, ...reviewed, reviewDigest: digest }
  await updateEdit(tx, accountId, edit)
  return edit
}

function toDraft(context: CommandContext, plan: Omit<ReviewPlan, 'rowsMax'>): EditRecord {
  const { now, ids, request } = context
  const id: Uuid = ids.next()
  return {
    ...plan,
    id,
    status: 'draft',
    reviewDigest: '',
    totals: [],
    counts: { loaded: 0, planned: 0, changed: 0, unchanged: 0, skipped: 0, failed: 0 },
    requestId: request?.id ?? null,
    createdAt: now,
    expiresAt: addMs(now, DRAFT_HOURS * MS_PER_HOUR),
    confirmedAt: null,
    finishedAt: null,
    updatedAt: now,
  }
}
