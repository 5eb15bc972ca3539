import type { Uuid } from '@perennial/core/ids'
import { addMs, MS_PER_HOUR } from '@perennial/core/time'
import type { CommandContext } from '../../../platform/command/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { EditRecord, ReviewedTo } from '../edit.ts'
import { updateEdit } from '../queries/edits.ts'
import { insertRows } from '../queries/rows.ts'
import { Reviewer, type ReviewedState } from './reviewer.ts'

/** How long a review may be confirmed. */
const DRAFT_HOURS = 24
/** Rows that one edit holds at most, whoever asks. */
export const ROWS_MAX = 1_000_000
export const SEGMENTS_MAX = 1_000
/**
 * What a request reviews itself: a second or two. The rest is reviewed by the worker, in larger parts, since each part has to
 * find where it goes on.
 */
export const ROWS_AT_ONCE = 20_000
/** Subscriptions that are loaded and decided together. */
export const CHUNK_ROWS = 2_500

export type ReviewRefusal = 'too_many_rows' | 'too_many_segments'

/** Ends the transaction of a review that may not be. */
export class ReviewEnded extends Error {
  readonly code: ReviewRefusal
  /** Absent = that of the catalogue. */
  readonly sentence: string | undefined

  constructor(code: ReviewRefusal, sentence?: string) {
    super(code)
    this.code = code
    this.sentence = sentence
  }
}

export type ReviewPlan = Pick<
  EditRecord,
  'undoesId' | 'filters' | 'segmentBy' | 'segments' | 'limit'
>

export type ReviewChunk = {
  readonly states: readonly ReviewedState[]
  /** What was looked at: some of it may be gone by now. */
  readonly found: number
  readonly to: ReviewedTo
}

/**
 * Writes the next part of a review, a row for each subscription, chunk after chunk, so that memory holds one chunk. Fewer than
 * `rowsMax` that were found are the last: the edit is a draft then. Throws `ReviewEnded` where there are more rows or
 * segments than allowed; the caller's transaction then leaves nothing.
 */
export async function writeReview(
  tx: Tx,
  context: Pick<CommandContext, 'accountId' | 'now'>,
  given: {
    readonly edit: EditRecord
    readonly rowsMax: number
    readonly chunks: (reviewer: Reviewer) => AsyncIterable<ReviewChunk>
  },
): Promise<EditRecord> {
  const { accountId, now } = context
  const { edit, rowsMax } = given
  const key = { accountId, editId: edit.id }
  const reviewer = new Reviewer(edit)
  let written: Promise<void> = Promise.resolve()
  let { reviewedTo } = edit
  let found = 0
  for await (const chunk of given.chunks(reviewer)) {
    found += chunk.found
    if (edit.counts.loaded + found > ROWS_MAX) throw new ReviewEnded('too_many_rows')
    const rows = chunk.states.map((reviewed) => reviewer.add(reviewed))
    if (reviewer.segmentCount > SEGMENTS_MAX) throw new ReviewEnded('too_many_segments')
    reviewedTo = chunk.to
    await written
    written = insertRows(tx, key, rows)
  }
  await written
  const isOver = found < rowsMax
  const status = isOver ? 'draft' : 'previewing'
  const reviewed = { ...edit, ...reviewer.finish({ isOver }), status, reviewedTo, updatedAt: now } as const // prettier-ignore
  await updateEdit(tx, accountId, reviewed)
  return reviewed
}

/** One of which nothing is reviewed yet. */
export function newReview(context: CommandContext, plan: ReviewPlan): EditRecord {
  const { now, ids, request } = context
  const id: Uuid = ids.next()
  return {
    ...plan,
    id,
    status: 'previewing',
    reviewDigest: '',
    matching: null,
    reviewedTo: null,
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
